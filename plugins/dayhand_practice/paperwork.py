"""Paperwork on file, and what of it is missing, has expired or soon will."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from dayhand_practice import clients, intake, records, tables
from dayhand_practice.kinds import kind_of
from dayhand_practice.models import FeeAgreement, FiledPaperwork, PaperIn, PaperworkItem
from dayhand_practice.pricing import in_force
from dayhand_practice.settings import PracticeRecords
from dayhand_practice.vocabulary import Client

if TYPE_CHECKING:
    from dayhand import Practice

__all__ = ["TITLES", "due", "file", "first_sessions", "on_file", "video_clients"]

TITLES = {
    "consent_treatment": "consent to treatment",
    "consent_telehealth": "consent to telehealth",
    "npp_receipt": "receipt of the privacy notice",
    "fee_agreement": "fee agreement",
    "no_show_policy": "no-show policy",
    "roi": "release of information",
    "gfe": "good-faith estimate",
    "treatment_plan": "treatment plan",
    "emergency_contact": "emergency contact",
    "email_consent": "e-mail consent",
    "fee_review": "sliding scale review",
}


def on_file(
    connection: Connection, client_ids: Collection[str] | None = None
) -> list[records.Record]:
    """The papers of these clients, or of all, in order of signing."""
    condition = [] if client_ids is None else [tables.paperwork.c.client_id.in_(client_ids)]
    found = records.all_of(connection, kind_of("paperwork", ZoneInfo("UTC")), *condition)
    return sorted(found, key=lambda one: (one["client_id"], one["signed_on"], one["id"]))


def file(practice: Practice, connection: Connection, papers: Sequence[PaperIn]) -> FiledPaperwork:
    """Note the papers that are not on file yet.

    Raises:
        EntryRefused: a client is not known, or a day cannot be right.
    """
    there = {_name(**one) for one in on_file(connection, {one.client_id for one in papers})}
    wanted = {_name(**one.model_dump()): one for one in papers}
    new = [one for name, one in wanted.items() if name not in there]
    rows = [{key: str(value) for key, value in one.model_dump().items() if value} for one in new]
    planned = intake.put_all(practice, connection, "paperwork", rows)
    return FiledPaperwork(
        ids=[one["id"] for one in planned.new], unchanged=len(papers) - len(planned.new)
    )


def _name(
    *, client_id: str, kind: str, signed_on: date, scope: str, **_: Any
) -> tuple[str, str, date, str]:
    """By what a paper is told from the client's others."""
    return client_id, kind, signed_on, scope.casefold()


def video_clients(connection: Connection, client_ids: Collection[str]) -> set[str]:
    """Those of the clients who have, or will have, a session by video or phone."""
    table = tables.sessions
    query = select(table.c.client_id).where(
        table.c.client_id.in_(client_ids),
        table.c.modality != "in_person",
        table.c.status != "cancelled",
    )
    return set(connection.execute(query.distinct()).scalars())


def first_sessions(connection: Connection, client_ids: Collection[str]) -> dict[str, date]:
    """The day of each client's first session, held or ahead."""
    table = tables.sessions
    query = (
        select(table.c.client_id, func.min(table.c.day).label("day"))
        .where(table.c.client_id.in_(client_ids), table.c.status != "cancelled")
        .group_by(table.c.client_id)
    )
    return {row.client_id: row.day for row in connection.execute(query)}


def due(
    connection: Connection,
    people: Sequence[Client],
    *,
    settings: PracticeRecords,
    today: date,
    within: timedelta,
) -> list[PaperworkItem]:
    """What is due, the most pressing first: expired, missing, then by the days left."""
    ids = [client.id for client in people]
    papers: dict[str, list[records.Record]] = {}
    for paper in on_file(connection, ids):
        papers.setdefault(paper["client_id"], []).append(paper)
    away = video_clients(connection, ids) if settings.required_for_video else set()
    agreements = clients.fee_agreements(connection)
    began = first_sessions(connection, ids)
    items: list[PaperworkItem] = []
    for client in people:
        required = [*settings.required_paperwork]
        required += settings.required_for_video if client.id in away else []
        required += settings.required_for_self_pay if not client.payer else []
        own = papers.get(client.id, [])
        review = _Review(client, own, settings, today, within, began.get(client.id, today))
        items += review.items(required)
        items += review.fee_reviews(one for one in agreements if one.client_id == client.id)
    order = {"expired": 0, "missing": 1, "expiring": 2}
    return sorted(
        items, key=lambda one: (order[one.state], one.days_left or 0, one.client_id, one.kind)
    )


class _Review:
    def __init__(
        self,
        client: Client,
        papers: list[records.Record],
        settings: PracticeRecords,
        today: date,
        within: timedelta,
        began: date,
    ) -> None:
        self._client = client
        self._papers = papers
        self._settings = settings
        self._today = today
        self._within = within
        self._began = began

    def items(self, required: Iterable[str]) -> list[PaperworkItem]:
        """What is due of the papers: one item a kind, and of releases one a recipient."""
        held: dict[tuple[str, str], list[records.Record]] = {}
        for paper in self._papers:
            if paper["revoked_at"] is None or paper["revoked_at"] > self._today:
                several = paper["kind"] in ("roi", "email_consent")
                about = paper["scope"].casefold() if several else ""
                held.setdefault((paper["kind"], about), []).append(paper)
        kinds = {kind for kind, _ in held}
        missing = [kind for kind in dict.fromkeys(required) if kind not in kinds]
        found = [self._item(kind, None, None) for kind in missing]
        found += [self._lasting(kind, group) for (kind, _), group in sorted(held.items())]
        return [item for item in found if item is not None]

    def _lasting(self, kind: str, group: list[records.Record]) -> PaperworkItem | None:
        lasts = {paper["id"]: self._last_day(paper) for paper in group}
        if None in lasts.values():
            return None
        latest = max(group, key=lambda paper: (lasts[paper["id"]], paper["id"]))
        return self._item(kind, lasts[latest["id"]], latest["id"])

    def _last_day(self, paper: records.Record) -> date | None:
        expires: date | None = paper["expires_on"]
        length = self._settings.lasts.get(paper["kind"])
        if expires is None and length is not None:
            return paper["signed_on"] + length  # type: ignore[no-any-return] # a date of the record
        return expires

    def fee_reviews(self, agreements: Iterable[FeeAgreement]) -> list[PaperworkItem]:
        """The days on which the sliding scales in force are to be looked at again."""
        by_service: dict[str, list[FeeAgreement]] = {}
        for agreement in agreements:
            by_service.setdefault(agreement.service, []).append(agreement)
        holding = [in_force(group, self._today) for group in by_service.values()]
        days = [one.review_on for one in holding if one is not None and one.review_on is not None]
        item = self._item("fee_review", min(days), None) if days else None
        return [item] if item else []

    def _grace(self, kind: str) -> timedelta:
        allowed: Mapping[Any, timedelta] = self._settings.due_after  # `kind` may be fee_review too
        return allowed.get(kind, timedelta(0))

    def _item(self, kind: str, last: date | None, document_id: str | None) -> PaperworkItem | None:
        left = None if last is None else (last - self._today).days
        if left is not None and left > self._within.days:
            return None
        return PaperworkItem(
            client_id=self._client.id,
            initials=self._client.initials,
            kind=kind,
            title=TITLES[kind],
            expires=last,
            days_left=left,
            state="missing" if left is None else "expired" if left < 0 else "expiring",
            due_on=last or self._began + self._grace(kind),
            document_id=document_id,
        )
