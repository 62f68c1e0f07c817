"""The estimate as a PDF, and the list of who is due one with what was billed against estimates."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from dayhand import Practice, PracticeInfo
from dayhand_billing.books import Books
from dayhand_billing.estimate_models import Drift, DueEstimates
from dayhand_billing.estimate_rules import EstimateRules, rules_of
from dayhand_billing.estimates import row_of
from dayhand_billing.models import RenderedFile
from dayhand_billing.posting_models import WrittenList
from dayhand_billing.printing import file_name, write_pdf
from dayhand_billing.summary import aligned_table
from dayhand_billing.wording import Wording, identity

__all__ = ["estimate_data", "write_estimate", "write_list"]

_STATES = {"within": "within", "over": "over the estimate", "disputable": "can be disputed"}


def write_estimate(practice: Practice, name: str, *, for_client: bool = False) -> RenderedFile:
    """Typeset an estimate under `out/estimates/`; a draft is marked as one, unless the client gets it."""
    with practice.connect() as connection:
        data = estimate_data(Books.of(practice, connection), rules_of(practice), name)
    data["draft"] = data["draft"] and not for_client
    folder = "estimates/drafts" if data["draft"] else f"estimates/{data['year']}"
    return write_pdf(practice, "estimate.typ", data, f"{folder}/{file_name(name)}.pdf")


def estimate_data(books: Books, rules: EstimateRules, name: str) -> dict[str, Any]:
    """What the template `estimate.typ` is given."""
    row, wording, info = row_of(books, name), Wording.of(books.info), books.info
    content = json.loads(row["content"])
    born = content["client"]["date_of_birth"]
    times = f"about {content['visits']} in {content['weeks']} weeks" if content["visits"] else ""
    times = "once a week" if content.get("weekly") else times
    dated = content.get("dated", True)  # one made before requests were noted has an appointment
    return {
        "lang": "en",
        "region": wording.locale.territory or "US",
        "paper": books.settings.paper,
        "number": name,
        "year": f"{row['made_on']:%Y}",
        "draft": row["delivered_on"] is None,
        "sender": identity(info, books.settings),
        "facts": [
            ["Estimate", name],
            ["Date", wording.day(row["delivered_on"] or row["made_on"])],
            ["Covers", f"{wording.day(row['starts_on'])} to {wording.day(row['ends_on'])}"],
        ],
        "client": [
            ["Name", content["client"]["name"]],
            ["Date of birth", wording.day(date.fromisoformat(born)) if born else "not on file"],
        ],
        "provider": _provider(info),
        "primary": content["lines"][0]["name"],
        "first": wording.day(row["starts_on"]) if dated else "a day still to be agreed",
        "often": times,
        "diagnoses": ", ".join(content["diagnoses"]),
        "lines": [_line(wording, each) for each in content["lines"]],
        "total": wording.money(row["total"]),
        "dispute_from": wording.money(int(rules.dispute_from * 100)),
        "dispute_days": str(rules.dispute_days),
        "dispute_fee": wording.money(int(rules.dispute_fee * 100)),
        "months": str(rules.lasts_months),
        "phone": info.phone,
    }


def _provider(info: PracticeInfo) -> list[list[str]]:
    clinician = info.clinician
    licences = [f"{one.type} {one.region} {one.number}".strip() for one in clinician.licences]
    return [
        ["Name", clinician.with_credentials],
        ["NPI", clinician.npi],
        ["Tax id", info.tax_id],
        ["Licence", "; ".join(licences)],
        ["States", ", ".join(sorted({one.region for one in clinician.licences}))],
        ["Office", ", ".join(info.address.lines)],
    ]


def _line(wording: Wording, line: dict[str, Any]) -> list[str]:
    charge, total = wording.figure(line["charge"]), wording.figure(line["total"])
    return [line["service"], line["name"], str(line["quantity"]), charge, total]


def write_list(practice: Practice, due: DueEstimates, drifts: list[Drift]) -> WrittenList:
    """Write who is due an estimate and what was billed against the others; ids and initials only."""
    header = ["Client", "Initials", "What", "Noted", "First seen", "Service", "Give by", "State"]
    rows = [
        [
            each.client_id,
            each.initials,
            each.kind,
            _day(each.request.noted_on if each.request else None),
            _day(each.scheduled_on),
            _day(each.service_on),
            each.due_on.isoformat() if each.due_on else "on request",
            each.state,
        ]
        for each in due.items
    ]
    lines = [
        f"# Good-faith estimates, {practice.today}",
        "",
        aligned_table(header, rows, left=8) if rows else "Every self-pay client has one.",
        "",
    ]
    if drifts:
        head = ["Estimate", "Client", "From", "To", "Estimated", "Billed", "Over", "State"]
        told = [
            [
                each.estimate,
                each.client_id,
                each.starts_on.isoformat(),
                each.ends_on.isoformat(),
                f"{each.estimated:,.2f}",
                f"{each.billed:,.2f}",
                f"{each.over:,.2f}",
                _STATES[each.state],
            ]
            for each in drifts
        ]
        lines += ["## Billed against estimates", "", aligned_table(head, told, left=4), ""]
    lines += ["## Where the rules come from", "", *[f"- {line}" for line in due.rules], ""]
    written = practice.files.write(f"estimates/due-{practice.today}.md", "\n".join(lines))
    return WrittenList(path=written.path, rows=len(rows))


def _day(day: date | None) -> str:
    return day.isoformat() if day else "-"
