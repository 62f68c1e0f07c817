"""The list of releases that do not hold, or soon will not."""

from __future__ import annotations

from typing import Any

from dayhand import StepContext, markdown_table
from dayhand_collaboration.models import CheckItem, PageFiles, ReleaseCheck
from dayhand_collaboration.wording import write_page

__all__ = ["as_markdown", "write"]

_STATES = {
    "defective": "Defective",
    "unrecorded": "Not recorded",
    "expired": "Expired",
    "ended": "Ended",
    "expiring": "Ends soon",
    "revoked": "Revoked",
}
_DO = {
    "defective": "complete it with the client, or sign a new one",
    "unrecorded": "record its elements with 'dayhand releases add'",
    "expired": "sign a new one if it is still wanted",
    "ended": "sign a new one if it is still wanted",
    "expiring": "renew it in the next session if it is still wanted",
    "revoked": "nothing more goes out",
}


def write(context: StepContext, check: ReleaseCheck) -> PageFiles:
    """Write the page under `out/collaboration/`."""
    data = {
        "title": "Releases of information",
        "clinician": context.info.clinician.with_credentials,
        "practice": context.info.name,
        "computed_on": check.computed_on.isoformat(),
        "intro": f"{len(check.items)} to look at, {check.valid} hold.",
        "head": ["Client", "Recipient", "State", "Days", "Why", "What to do"],
        "rows": [_row(one) for one in check.items],
        "rules": check.rules,
        "rules_head": "Where the rules come from",
        "marks": [],
    }
    name = f"collaboration/releases-{check.computed_on.isoformat()}"
    path, pdf = write_page(context, name, as_markdown(data), "collaboration_list.typ", data)
    return PageFiles(path=path, pdf=pdf)


def _row(item: CheckItem) -> list[str]:
    state = _STATES[item.state]
    if item.within is not None:
        state = f"{state} (within {item.within} days)" if item.within else f"{state}: today"
    return [
        f"{item.initials} {item.client_id} {item.release}".strip(),
        item.recipient,
        state,
        "" if item.days_left is None else str(item.days_left),
        "; ".join(item.reasons),
        _DO[item.state],
    ]


def as_markdown(data: dict[str, Any]) -> str:
    """The page as Markdown."""
    lines = [
        f"# {data['title']}",
        "",
        f"{data['clinician']} · {data['practice']} · {data['computed_on']}",
        "",
        data["intro"],
        "",
        *markdown_table(data["head"], data["rows"]),
        "",
        *([*(f"- {mark}" for mark in data["marks"]), ""] if data["marks"] else []),
        f"## {data['rules_head']}",
        "",
        *[f"- {line}" for line in data["rules"]],
        "",
    ]
    return "\n".join(lines)
