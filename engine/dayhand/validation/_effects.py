"""Warnings about what leaves the machine: who looked at it before, and what is tried again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dayhand.validation._check import Check
from dayhand.validation._draft import Draft
from dayhand.validation._scope import conjuncts

_TO_THE_OWNER = frozenset({"email.notify_me"})


@dataclass(frozen=True, slots=True)
class _Approvals:
    """What was approved before a point: `given` for sure, or `asked` for, with the answer left to
    a later `when`, of which those that hold at the point are `holds`.
    """

    given: bool = False
    asked: frozenset[str] = frozenset()
    holds: frozenset[str] = frozenset()

    def inside(self, draft: Draft) -> _Approvals:
        when = draft.keys.text("when")
        return self if when is None else replace(self, holds=self.holds | {*conjuncts(when)})

    def after(self, draft: Draft, inside: _Approvals) -> _Approvals:
        """After a step, with what was approved in it."""
        found = _Approvals(inside.given, inside.asked, self.holds)
        if draft.keys.text("uses") != "person.approve":
            return found
        if draft.keys.text("on_decline") != "continue":
            return replace(found, given=True)
        return replace(found, asked=found.asked | {f"steps.{draft.id}.approved"})

    @property
    def holds_here(self) -> bool:
        return self.given or bool(self.asked & self.holds)


def check_effects(check: Check, steps: list[Draft], endings: Iterable[list[Draft]]) -> None:
    """Warn of steps that send with no approval before them, and of those that are repeated."""
    approvals = _walk(check, steps, _Approvals())
    for ending in endings:
        _walk(check, ending, approvals)


def _walk(check: Check, drafts: Iterable[Draft], approvals: _Approvals) -> _Approvals:
    """What was approved by the end of these steps."""
    for draft in drafts:
        uses = draft.keys.text("uses")
        inside = approvals.inside(draft)
        if draft.spec is not None and draft.spec.effect == "send" and uses not in _TO_THE_OWNER:
            _check_send(check, draft, inside)
        if draft.kind == "parallel":
            ends = [_walk(check, [branch], inside) for branch in draft.inner]
            asked = inside.asked.union(*(end.asked for end in ends))
            inside = replace(inside, given=any(end.given for end in ends), asked=asked)
        else:
            inside = _walk(check, draft.inner, inside)
        if draft.handlers:
            _walk(check, draft.handlers, inside)
        approvals = approvals.after(draft, inside)
    return approvals


def _check_send(check: Check, draft: Draft, approvals: _Approvals) -> None:
    uses = draft.keys.text("uses")
    if not approvals.holds_here:
        message = f"'{uses}' sends, and nobody has approved anything before it"
        hint = "put a person.approve before it that shows what will be sent"
        if approvals.asked:
            message = f"'{uses}' sends, declined or not"
            hint = f"add 'when: {min(approvals.asked)}'"
        check.warn(draft.place, "send-without-approval", message, hint)
    retry = draft.keys.node.entry("retry")
    if retry is not None:
        message = f"'{uses}' sends: only attempts that certainly sent nothing are repeated"
        hint = "leave 'retry' out, or keep it for refusals that pass, such as a busy server"
        check.warn(retry.key.mark, "retry-on-send", message, hint)
