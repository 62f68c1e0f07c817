"""Lengths of time that do not go together: a limit above the routine's, a reminder after the end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from dayhand import document, durations
from dayhand.validation._check import Check
from dayhand.validation._draft import ASKING, Draft
from dayhand.validation._envelope import Keys
from dayhand.validation._shape import holds_expression

_NONE = timedelta(0)


def check_lengths(check: Check, keys: Keys, drafts: Iterable[Draft]) -> None:
    """Warn of a time limit that is never reached, and of a reminder that never comes."""
    longest = keys.scalar("timeout")
    for draft in drafts:
        own = draft.keys.scalar("timeout")
        if longest is not None and own is not None and _length(own) > _length(longest) > _NONE:
            message = f"the routine's own limit of {longest.text} comes first"
            hint = f"raise the 'timeout' in line {longest.mark.line}, or lower this one"
            check.warn(own.mark, "limit-too-long", message, hint)
        if draft.keys.text("uses") in ASKING:
            _check_reminder(check, draft)


def _check_reminder(check: Check, draft: Draft) -> None:
    given = draft.arguments()
    remind, expires = (given.get(key) if given else None for key in ("remind_every", "expires_in"))
    if not isinstance(remind, document.Scalar) or not isinstance(expires, document.Scalar):
        return
    if _length(remind) >= _length(expires) > _NONE:
        message = f"no reminder comes: after {expires.text} the question has expired"
        check.warn(remind.mark, "reminder-too-late", message, "remind sooner than it expires")


def _length(node: document.Scalar) -> timedelta:
    """The length that is written; none where it is computed, or wrong, which is told elsewhere."""
    if not isinstance(node.value, str) or holds_expression(node):
        return _NONE
    try:
        return durations.parse(node.value)
    except ValueError:
        return _NONE
