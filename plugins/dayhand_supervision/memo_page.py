"""The memo of a consultation: who was asked what, what was advised, what was decided and why."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dayhand import StepContext, StepError
from dayhand_practice.vocabulary import Client, found_in
from dayhand_supervision.models import Memo
from dayhand_supervision.wording import write_page

__all__ = ["as_markdown", "write"]

_HEADINGS = {
    "asked": "What was asked",
    "advice": "What was advised",
    "decision": "What was decided, and why",
}


def write(
    context: StepContext,
    *,
    consultant: str,
    held_on: date,
    minutes: int,
    case: str,
    texts: Mapping[str, str],
    release: str,
    clients: Sequence[Client],
) -> Memo:
    """Write the memo under `out/consultations/`.

    Raises:
        StepError: a text is empty; or one could tell who the client is, and no release was named.
    """
    empty = [_HEADINGS[name].lower() for name, text in texts.items() if not text.strip()]
    if empty:
        raise StepError(f"the memo does not say {' and '.join(empty)}")
    names_client = _refuse_names(texts, clients, release)
    data: dict[str, Any] = {
        "title": f"Consultation on {held_on.isoformat()}",
        "clinician": context.info.clinician.with_credentials,
        "practice": context.info.name,
        "facts": [
            ["Consulted", consultant],
            ["Held on", held_on.isoformat()],
            ["Length", f"{minutes} minutes"],
            ["About", case or "no single case"],
            ["Names the client", f"yes, under release {release}" if names_client else "no"],
        ],
        "sections": [[_HEADINGS[name], text.strip()] for name, text in texts.items()],
        "made": context.today.isoformat(),
    }
    text = as_markdown(data)
    data["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    name = f"consultations/{held_on.isoformat()}-{context.key[:8]}"
    path, pdf = write_page(context, name, text, "consultation_memo.typ", data)
    return Memo(path=path, pdf=pdf, sha256=data["sha256"], names_client=names_client)


def _refuse_names(texts: Mapping[str, str], clients: Sequence[Client], release: str) -> bool:
    found = {
        (_HEADINGS[name].lower(), one.kind)
        for name, text in texts.items()
        for one in found_in(text, clients)
        if one.kind != "date"
    }
    if found and not release:
        told = ", ".join(f"{kind} under '{heading}'" for heading, kind in sorted(found))
        raise StepError(
            f"the memo could tell who the client is: {told}",
            hint="write it with the case's letter or id; or name the release that permits it",
        )
    return bool(found)


def as_markdown(data: Mapping[str, Any]) -> str:
    """The memo as Markdown."""
    lines = [f"# {data['title']}", "", f"{data['clinician']} · {data['practice']}", ""]
    lines += [f"- {name}: {value}" for name, value in data["facts"]]
    for heading, text in data["sections"]:
        lines += ["", f"## {heading}", "", text]
    return "\n".join([*lines, ""])
