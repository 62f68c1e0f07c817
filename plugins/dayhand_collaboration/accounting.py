"""The accounting of disclosures: what left the practice about a client in the years looked back."""

from __future__ import annotations

from datetime import date
from typing import Any

from dayhand import Practice
from dayhand_collaboration import kept
from dayhand_collaboration.models import Accounting, Disclosure
from dayhand_collaboration.release_page import as_markdown
from dayhand_collaboration.rule_set import rules_of
from dayhand_collaboration.wording import write_page

__all__ = ["look_back", "write"]


def look_back(until: date, years: int) -> date:
    """The first day of the years looked back; 28 February for the 29th where there is none."""
    try:
        return until.replace(year=until.year - years)
    except ValueError:
        return until.replace(year=until.year - years, day=28)


def write(context: Practice, client_id: str, *, since: date | None, everything: bool) -> Accounting:
    """Write the accounting under `out/collaboration/`."""
    rules = rules_of(context)
    until = context.today
    first = look_back(until, rules.accounting_years)
    begin = max(since, first) if since else first
    with context.connect() as connection:
        found = kept.disclosures(connection, client_id=client_id, since=begin)
    within = [one for one in found if one.on <= until]
    spared = [one for one in within if one.basis in rules.not_accounted]
    listed = within if everything else [one for one in within if one not in spared]
    left_out = len(within) - len(listed)
    data = _data(context, client_id, listed, left_out, begin)
    data["rules"] = rules.told()
    name = f"collaboration/accounting-{client_id}-{until.isoformat()}"
    path, pdf = write_page(context, name, as_markdown(data), "collaboration_list.typ", data)
    return Accounting(
        path=path,
        pdf=pdf,
        client_id=client_id,
        since=begin,
        until=until,
        listed=len(listed),
        left_out=left_out,
    )


def _data(
    context: Practice, client_id: str, listed: list[Disclosure], left_out: int, begin: date
) -> dict[str, Any]:
    part2 = any(one.part2 for one in listed)
    marks = ["Marked *: records under 42 CFR part 2."] if part2 else []
    if left_out:
        marks.append(
            f"{left_out} more are left out, as the rule permits: for treatment, payment or operations,"
            " to the client, or under an authorization."
        )
    return {
        "title": "Accounting of disclosures",
        "clinician": context.info.clinician.with_credentials,
        "practice": context.info.name,
        "computed_on": context.today.isoformat(),
        "intro": f"Client {client_id}, from {begin.isoformat()} to {context.today.isoformat()}.",
        "head": ["Date", "Recipient", "What", "Purpose", "Ground", "How"],
        "rows": [_row(one) for one in listed],
        "marks": marks,
        "rules_head": "Where the rules come from",
    }


def _row(one: Disclosure) -> list[str]:
    who = ", ".join(
        [one.recipient, *filter(None, map(str.strip, one.recipient_address.split(";")))]
    )
    ground = one.basis.replace("_", " ") + (f" {one.release}" if one.release else "")
    star = " *" if one.part2 else ""
    return [
        one.on.isoformat() + star,
        who,
        one.information,
        one.purpose,
        ground,
        one.method.replace("_", " "),
    ]
