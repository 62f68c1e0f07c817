"""Until when the record of a discharged client is kept: rules as dated data, by the client's state.

| who | last day |
|---|---|
| an adult | so many years after the discharge |
| who was a minor at the discharge | the later of that day and so many years after coming of age |

A day that a year does not have (29 February) counts as 1 March, so that nothing is let go a day early. It is
a report: dayhand removes no record of a client.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from dayhand import DatedRules, Practice, RuleBook, rule_book, rule_schema
from dayhand_practice.models import Retention, RetentionItem
from dayhand_practice.vocabulary import Client

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["OWN", "SHIPPED", "RetentionRules", "json_schema", "report"]

SHIPPED = Path(__file__).parent / "rules"
OWN = "rules/practice"
"""Where a practice puts its own rule sets, relative to its folder."""


class RetentionRules(DatedRules):
    """How long the records of one state's clients are kept."""

    region: str = Field(pattern=r"^[A-Z]{2}(-[A-Z]{2})?$")
    """The state the client is in, as `CA`."""
    years: int = Field(ge=1, le=100)
    """So many years after the discharge."""
    minor_years: int | None = Field(default=None, ge=0, le=100)
    """So many years after coming of age, if the client was a minor at the discharge and this is later."""
    age_of_majority: int = Field(default=18, ge=14, le=25)

    def was_minor(self, discharged_on: date, born: date) -> bool:
        """Whether the client was a minor on the day of the discharge."""
        return discharged_on < _years_after(born, self.age_of_majority)

    def keep_until(self, discharged_on: date, born: date) -> date:
        """The last day the record is kept."""
        last = _years_after(discharged_on, self.years)
        if self.minor_years is None or not self.was_minor(discharged_on, born):
            return last
        of_age = _years_after(born, self.age_of_majority)
        return max(last, _years_after(of_age, self.minor_years))


def report(practice: Practice, connection: Connection) -> Retention:
    """Every discharged client with the last day the record is kept, or what is missing to tell it."""
    # SQL is imported only where the database is read
    from dayhand_practice import clients, sessions

    book = rule_book(practice, RetentionRules, shipped=SHIPPED, own=OWN)
    people = clients.with_status(connection, "discharged", practice.today)
    last = sessions.last_attended(connection, [one.id for one in people])
    here = practice.info.address.region
    items = [_item(one, book, here, practice.today, last.get(one.id)) for one in people]
    used = {item.rule_set for item in items if item.rule_set}
    told = [line for name in sorted(used) for line in book.find(name, on=practice.today).told()]
    return Retention(as_of=practice.today, items=sorted(items, key=_order), sources=told)


def _order(item: RetentionItem) -> tuple[bool, date, str]:
    return item.keep_until is None, item.keep_until or date.max, item.client_id


@dataclass(frozen=True, slots=True)
class _Known:
    """What of a client is told whatever the rule says."""

    client: Client
    region: str

    def item(self, **rest: Any) -> RetentionItem:
        return RetentionItem(
            client_id=self.client.id,
            initials=self.client.initials,
            region=self.region,
            discharged_on=self.client.discharged_on,
            **rest,
        )


def _item(
    client: Client, book: RuleBook[RetentionRules], here: str, today: date, last: date | None
) -> RetentionItem:
    known = _Known(client, client.region or here)
    rules = _rules_of(book, known.region, today)
    lacking = list(_gaps(client, rules, known.region, last))
    if lacking or client.discharged_on is None or client.date_of_birth is None:
        return known.item(state="unknown", why="; ".join(lacking))
    left, born = client.discharged_on, client.date_of_birth
    longest = max(rules, key=lambda one: one.keep_until(left, born))
    until = longest.keep_until(left, born)
    return known.item(
        state="past" if until < today else "keep",
        keep_until=until,
        was_minor=longest.was_minor(left, born),
        rule_set=longest.id,
    )


def _rules_of(book: RuleBook[RetentionRules], region: str, today: date) -> list[RetentionRules]:
    ids = {one.id for one in book.rules if (one.valid_from or date.min) <= today}
    valid = [book.find(name, on=today) for name in sorted(ids)]
    return [one for one in valid if one.region == region]


def _gaps(
    client: Client, rules: Sequence[RetentionRules], region: str, last: date | None
) -> Iterable[str]:
    """What is missing to tell until when."""
    if client.discharged_on is None:
        seen = f", whose last session was on {last}" if last else ""
        yield f"no day of discharge is kept{seen}"
    if client.date_of_birth is None:
        yield "no date of birth is kept, so the client may have been a minor"
    if not region:
        yield "the state the client is in is not kept"
    elif not rules:
        yield f"no rule is known for {region}"


def _years_after(day: date, years: int) -> date:
    """The same day so many years later; 1 March where that year has no 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rule file, as kept in `rules.schema.json`."""
    return rule_schema(RetentionRules, "Rule set of how long records are kept")
