"""Warnings about what leaves the machine: who looked at it before, and what is tried again."""

from __future__ import annotations

from collections.abc import Iterable

from dayhand.validation._check import Check
from dayhand.validation._draft import Draft

_TO_THE_OWNER = frozenset({"email.notify_me"})


def check_effects(check: Check, steps: list[Draft], endings: Iterable[list[Draft]]) -> None:
    """Warn of steps that send with no approval before them, and of those that are repeated."""
    is_approved = _walk(check, steps, is_approved=False)
    for ending in endings:
        _walk(check, ending, is_approved=is_approved)


def _walk(check: Check, drafts: Iterable[Draft], *, is_approved: bool) -> bool:
    """True if somebody has approved by the end of these steps."""
    for draft in drafts:
        uses = draft.keys.text("uses")
        if draft.spec is not None and draft.spec.effect == "send" and uses not in _TO_THE_OWNER:
            _check_send(check, draft, is_approved=is_approved)
        if draft.kind == "parallel":
            ends = [_walk(check, [branch], is_approved=is_approved) for branch in draft.inner]
            is_approved = is_approved or any(ends)
        else:
            is_approved = _walk(check, draft.inner, is_approved=is_approved)
        if draft.handlers:
            _walk(check, draft.handlers, is_approved=is_approved)
        is_approved = is_approved or uses == "person.approve"
    return is_approved


def _check_send(check: Check, draft: Draft, *, is_approved: bool) -> None:
    uses = draft.keys.text("uses")
    if not is_approved:
        message = f"'{uses}' sends, and nobody has approved anything before it"
        hint = "put a person.approve before it that shows what will be sent"
        check.warn(draft.place, "send-without-approval", message, hint)
    retry = draft.keys.node.entry("retry")
    if retry is not None:
        message = f"'{uses}' sends: only attempts that certainly sent nothing are repeated"
        hint = "leave 'retry' out, or keep it for refusals that pass, such as a busy server"
        check.warn(retry.key.mark, "retry-on-send", message, hint)
