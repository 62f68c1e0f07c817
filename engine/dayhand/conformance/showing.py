"""What a run shows, and what in it ought to be hidden."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dayhand.report import effects_text, jsonable, run_json, run_text
from dayhand.values import SensitiveStr, plain, redact, redact_text

if TYPE_CHECKING:
    from dayhand.app.runs import Rehearsed
    from dayhand.conformance.stage import Call
    from dayhand.model.run import Run
    from dayhand.testing import Workbench

__all__ = ["leaks", "lost_marks", "sensitive_texts", "shown_of_rehearsal", "shown_of_run"]

_TELLING = 4  # letters; a shorter text is in too many words


def shown_of_run(bench: Workbench, run: Run) -> str:
    """All that `dayhand show` and `dayhand effects` tell of a run, and what it told meanwhile."""
    store = bench.app.store
    kept: dict[str, Any] = {
        "steps": store.steps(run.id),
        "attempts": store.attempts(run.id),
        "effects": store.effects(run_id=run.id, limit=1000),
        "questions": store.questions(state=None, run_id=run.id),
    }
    return "\n".join(
        [
            run_text(run, **kept, values=True),
            json.dumps(run_json(run, **kept), ensure_ascii=False),
            effects_text(kept["effects"], bench.app.zone),
            *(event.text for event in bench.events),
        ]
    )


def shown_of_rehearsal(found: Rehearsed) -> str:
    """All that a dry run tells without `--reveal`, but for the text of a message: what stands in the
    routine itself may be read in it.
    """
    known = [step.output for step in found.steps]
    previews = [
        redact_text(str(redact(preview.summary)), known) for _, preview in found.ended.previews
    ]
    details = [jsonable(plain(dict(preview.details))) for _, preview in found.ended.previews]
    outputs = [jsonable(redact(output)) for output in known]
    return "\n".join(
        [*previews, *found.files, json.dumps([details, outputs], ensure_ascii=False, default=str)]
    )


def sensitive_texts(value: Any) -> set[str]:
    """The sensitive texts somewhere in a value: those that tell something."""
    return {
        str(text)
        for text in _leaves(_as_plain(value))
        if isinstance(text, SensitiveStr) and len(text) >= _TELLING and not text.isdigit()
    }


def leaks(shown: str, hidden: Iterable[str]) -> list[str]:
    """Which of these texts are to be seen."""
    return sorted(text for text in hidden if text in shown)


def lost_marks(call: Call, output: Any) -> list[str]:
    """Where in a step's output a sensitive text it was given stands without its mark."""
    hidden = sensitive_texts(call.inputs)
    return sorted(
        {
            place
            for place, text in _placed(_as_plain(output))
            if not isinstance(text, SensitiveStr) and any(one in text for one in hidden)
        }
    )


def _as_plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _as_plain(item) for key, item in value.items()}
    try:
        return plain(value)
    except TypeError:  # a secret's reference, say: nothing that is shown
        return None


def _leaves(value: Any) -> Iterator[str]:
    for _, text in _placed(value):
        yield text


def _placed(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield at or "the whole", value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _placed(item, f"{at}.{key}".lstrip("."))
    elif isinstance(value, list):
        for item in value:
            yield from _placed(item, f"{at}[]")
