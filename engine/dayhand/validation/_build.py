"""Checked drafts → the frozen routine, with every default filled in."""

from __future__ import annotations

import hashlib
from typing import Any

from dayhand import document, durations
from dayhand.model.routine import Call, Input, Loop, Retry, Routine, RoutineStep, Trigger
from dayhand.validation._check import Check
from dayhand.validation._draft import Draft
from dayhand.validation._envelope import Keys
from dayhand.validation._triggers import length


def build(
    check: Check,
    keys: Keys,
    *,
    triggers: list[Trigger],
    inputs: list[Input],
    steps: list[Draft],
    on_failure: list[Draft],
    finally_steps: list[Draft],
) -> Routine:
    """The routine of a document that has no problems."""
    source = check.document
    overlap: Any = _overlap(keys)
    return Routine(
        name=keys.text("routine") or "",
        file=source.file,
        text=source.text,
        digest=hashlib.sha256(source.text.encode("utf-8", "surrogatepass")).hexdigest(),
        steps=_steps(steps),
        title=keys.text("title") or "",
        description=keys.text("description") or "",
        enabled=_is_true(keys, "enabled", default=True),
        timezone=keys.text("timezone"),
        triggers=tuple(triggers),
        inputs=tuple(inputs),
        overlap=overlap,
        timeout=length(keys, "timeout"),
        on_failure=_steps(on_failure),
        finally_steps=_steps(finally_steps),
    )


def _overlap(keys: Keys) -> str:
    node = keys.get("concurrency")
    value = node.get("overlap") if isinstance(node, document.Mapping) else None
    return value.text if isinstance(value, document.Scalar) else "skip"


def _is_true(keys: Keys, key: str, *, default: bool) -> bool:
    found = keys.scalar(key)
    return default if found is None else bool(found.value)


def _steps(drafts: list[Draft]) -> tuple[RoutineStep, ...]:
    return tuple(_step(draft) for draft in drafts)


def _step(draft: Draft) -> RoutineStep:
    keys = draft.keys
    arguments = draft.arguments()
    given = document.plain(arguments) if arguments else {}
    decline: Any = keys.text("on_decline") or "stop"
    return RoutineStep(
        key=draft.key,
        mark=draft.mark,
        id=draft.id,
        name=keys.text("name"),
        uses=keys.text("uses"),
        arguments=given if draft.kind == "uses" else {},
        steps=_steps(draft.inner) if draft.kind == "steps" else None,
        parallel=_steps(draft.inner) if draft.kind == "parallel" else None,
        call=Call(keys.text("routine") or "", given) if draft.kind == "routine" else None,
        when=keys.text("when"),
        loop=_loop(draft),
        retry=_retry(keys),
        timeout=length(keys, "timeout"),
        on_error=_on_error(draft),
        on_decline=decline,
    )


def _on_error(draft: Draft) -> Any:
    if draft.handlers is not None:
        return _steps(draft.handlers)
    return draft.keys.text("on_error") or "fail"


def _loop(draft: Draft) -> Loop | None:
    if draft.item is None:
        return None
    most = draft.keys.scalar("max_parallel")
    limit = most.value if most and isinstance(most.value, int) else 1
    return Loop(draft.keys.text("for_each") or "", draft.item, limit)


def _retry(keys: Keys) -> Retry | None:
    node = keys.get("retry")
    if isinstance(node, document.Scalar) and isinstance(node.value, int):
        return Retry(attempts=node.value)
    if not isinstance(node, document.Mapping):
        return None
    said = document.plain(node)
    defaults = Retry()
    return Retry(
        attempts=said.get("attempts", defaults.attempts),
        backoff=said.get("backoff", defaults.backoff),
        first=durations.parse(said["first"]) if "first" in said else defaults.first,
        longest=durations.parse(said["max"]) if "max" in said else defaults.longest,
        jitter=said.get("jitter", defaults.jitter),
        on=tuple(said.get("on", ())),
    )
