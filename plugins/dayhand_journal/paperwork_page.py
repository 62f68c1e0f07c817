"""The paperwork gap list: what each client's file lacks, by the day it is due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dayhand import StepContext
from dayhand_journal.list_page import Row, Section, write
from dayhand_journal.page_models import PaperworkIn, PaperworkPage, ReleaseIn
from dayhand_journal.wording import Wording, count

__all__ = ["write_page"]

_HEADER = ("Due", "Client", "What", "State")
_WIDTHS = ("17%", "17%", "1fr", "26%")
_STATES = {
    "defective": "lacks something",
    "unrecorded": "its elements are not recorded",
    "ended": "ended",
}


@dataclass(frozen=True, slots=True)
class _Gap:
    due: date
    client: str
    what: str
    state: str


def write_page(
    context: StepContext, items: Sequence[PaperworkIn], releases: Sequence[ReleaseIn] | None
) -> PaperworkPage:
    """Write `out/paperwork/gaps-<day>.md` and `.pdf`."""
    wording = Wording.of(context)
    today = context.today
    gaps = sorted(
        [*_of_papers(items, releases, today), *_of_releases(releases or (), today)],
        key=lambda gap: (gap.due, gap.client, gap.what),
    )
    overdue = [gap for gap in gaps if gap.due < today]
    now = [gap for gap in gaps if today <= gap.due <= today + timedelta(days=7)]
    later = [gap for gap in gaps if gap.due > today + timedelta(days=7)]
    clients = len({gap.client for gap in gaps})
    intro = f"{count(len(gaps), 'gap')} of {count(clients, 'client')}, {len(overdue)} overdue."
    sections = [
        _section("Overdue", overdue, wording, urgent=True),
        _section("In the next seven days", now, wording),
        _section("Later", later, wording),
    ]
    path, pdf = write(
        context,
        f"paperwork/gaps-{today.isoformat()}",
        f"Paperwork to complete, {wording.short_date(today)}",
        intro,
        sections,
    )
    return PaperworkPage(path=path, pdf=pdf, gaps=len(gaps), overdue=len(overdue), clients=clients)


def _of_papers(
    items: Iterable[PaperworkIn], releases: Sequence[ReleaseIn] | None, today: date
) -> Iterable[_Gap]:
    for item in items:
        if item.kind == "roi" and releases is not None:
            continue  # the releases say more about it
        title = item.title or item.kind.replace("_", " ")
        due = item.due_on or item.expires or today
        yield _Gap(due, _client(item.initials, item.client_id), title, item.state)


def _of_releases(releases: Iterable[ReleaseIn], today: date) -> Iterable[_Gap]:
    for one in releases:
        if one.state == "revoked":
            continue  # taken back: there is nothing to renew
        # What is wrong with it is to be put right now, however long it would have lasted.
        days = 0 if one.days_left is None or one.state in _STATES else one.days_left
        state = _STATES.get(one.state, one.state)
        due = today + timedelta(days=days)
        what = f"release of information {one.release}".strip()
        yield _Gap(due, _client(one.initials, one.client_id), what, state)


def _client(initials: str, client_id: str) -> str:
    return f"{initials or '—'} · {client_id}"


def _section(
    heading: str, gaps: Sequence[_Gap], wording: Wording, *, urgent: bool = False
) -> Section:
    rows = [
        Row((wording.short_date(gap.due), gap.client, gap.what, gap.state), urgent=urgent)
        for gap in gaps
    ]
    return Section(heading, _HEADER, _WIDTHS, rows)
