"""Calendar events become sessions: each once, never changed once billed.

A match is a calendar event that is a client's session. Which recorded session it is:

1. the session that this event's key was recorded as before; else
2. the session of that client at that very time, whatever calendar it came from; else
3. a new one.

Then, for a session there already:

| the session                        | what happens                                             |
|------------------------------------|----------------------------------------------------------|
| on an invoice, and the event differs | held: nothing changes                                  |
| moved onto another one of the client | held                                                   |
| already met in this batch, elsewhere | held: two events tell different stories                |
| none, and another calendar has the same event at another time of the day | held             |
| state set by a person              | the state stays; held if the calendar has news            |
| otherwise                          | time, length, state and modality follow the calendar     |

The fee is taken when the session is recorded and stays, whatever the price list says later. It is
taken again only while the session was still ahead, or when its day, length or client changes, and
never where a person gave it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from dayhand_practice import clients, records, sessions, tables
from dayhand_practice.kinds import kind_of
from dayhand_practice.models import HeldEvent, MatchIn, RecordedSessions, UnpricedSession
from dayhand_practice.pricing import PriceList
from dayhand_practice.settings import PracticeRecords

__all__ = ["record"]

_LONGEST = timedelta(hours=12)


def record(
    connection: Connection,
    matches: Sequence[MatchIn],
    *,
    settings: PracticeRecords,
    zone: ZoneInfo,
    today: date,
) -> RecordedSessions:
    """Record the matches as sessions. The same matches again change nothing."""
    recorder = _Recorder(connection, matches, settings, zone)
    recorder.take_all(matches)
    recorder.save()
    return recorder.result(today)


@dataclass(slots=True)
class _Met:
    """What this batch has said of a session so far."""

    attendance: str
    start: datetime
    minutes: int


@dataclass(slots=True)
class _Tally:
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    held: list[HeldEvent] = field(default_factory=list)


class _Recorder:
    def __init__(
        self,
        connection: Connection,
        matches: Sequence[MatchIn],
        settings: PracticeRecords,
        zone: ZoneInfo,
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._zone = zone
        self._kind = kind_of("sessions", zone)
        self._prices = PriceList(
            clients.services(connection), clients.fee_agreements(connection), settings
        )
        self._tally = _Tally()
        self._met: dict[str, _Met] = {}
        self._added: list[str] = []
        self._changed: list[str] = []
        self._blocked: list[MatchIn] | None = []
        self._links: dict[str, str] = {}
        self._number = records.next_number(connection, tables.sessions, "S-")
        self._read(matches)

    def _read(self, matches: Sequence[MatchIn]) -> None:
        """The sessions and clients that the matches may be about."""
        ids = {match.client_id for match in matches}
        keys = [match.event.key for match in matches]
        query = select(tables.clients.c.id).where(tables.clients.c.id.in_(ids))
        self._clients = set(self._connection.execute(query).scalars())
        events = tables.session_events
        linked = select(events.c.key, events.c.session_id).where(events.c.key.in_(keys))
        self._by_key = {row.key: row.session_id for row in self._connection.execute(linked)}
        days = [match.event.start.astimezone(self._zone).date() for match in matches]
        near: list[records.Record] = []
        if days:
            near = sessions.find(
                self._connection, self._zone, start=min(days), end=max(days), client_ids=ids
            )
        known = sessions.find(self._connection, self._zone, ids=set(self._by_key.values()))
        self._sessions = {one["id"]: one for one in [*near, *known]}
        self._by_slot = {self._slot(one): one["id"] for one in self._sessions.values()}

    @staticmethod
    def _slot(session: records.Record) -> tuple[str, float]:
        return session["client_id"], session["start"].timestamp()

    def take_all(self, matches: Sequence[MatchIn]) -> None:
        """Record the matches: events known already first, so that what they leave is free."""
        in_order = sorted(
            matches,
            key=lambda one: (one.event.key not in self._by_key, one.event.start, one.event.key),
        )
        disputed = self._disputed(in_order)
        for match in in_order:
            if id(match) in disputed:
                self._hold(match, disputed[id(match)], None)
            else:
                self._take(match)
        # When a morning is moved by an hour, each session moves to where the next one still was.
        blocked, self._blocked = self._blocked, None
        for match in reversed(blocked or []):
            self._take(match)

    def _disputed(self, matches: Sequence[MatchIn]) -> dict[int, str]:
        """Those that another calendar has at another time of their day, by `id`, and why they are held.

        Of calendars with copies of one event the one that was recorded before counts, else the earlier:
        a series moved in one calendar alone would else be billed at both hours.
        """
        copies: dict[tuple[str, str, date], dict[str, list[MatchIn]]] = {}
        for match in matches:
            event = match.event
            if event.uid and event.source and match.attendance != "cancelled":
                day = event.start.astimezone(self._zone).date()
                of_day = copies.setdefault((match.client_id, event.uid, day), {})
                of_day.setdefault(event.source, []).append(match)
        found: dict[int, str] = {}
        for first, *others in (list(of_day.items()) for of_day in copies.values()):
            name, stands = first
            starts = {match.event.start for match in stands}
            told = f"calendar '{name}' has the same event at another time of that day"
            strange = [one for _, those in others for one in those if one.event.start not in starts]
            found |= {id(match): told for match in strange}
        return found

    def _take(self, match: MatchIn) -> None:
        start = match.event.start.astimezone(self._zone)
        length = match.event.end.astimezone(UTC) - match.event.start.astimezone(UTC)
        minutes = round(length / timedelta(minutes=1))
        slot = (match.client_id, start.timestamp())
        found = self._by_key.get(match.event.key) or self._by_slot.get(slot)
        if match.client_id not in self._clients:
            self._hold(match, f"there is no client {match.client_id}", found)
        elif match.event.all_day or minutes < 1 or length > _LONGEST:
            self._hold(match, "a session is neither an all-day event nor of no length", found)
        elif found is None:
            self._add(match, start, minutes)
        else:
            self._reconcile(match, self._sessions[found], start, minutes)

    def _hold(self, match: MatchIn, reason: str, session_id: str | None) -> None:
        held = HeldEvent(key=match.event.key, reason=reason, session_id=session_id)
        self._tally.held.append(held)

    def _add(self, match: MatchIn, start: datetime, minutes: int) -> None:
        session: records.Record = {
            "id": f"S-{self._number:06}",
            "client_id": match.client_id,
            "start": start,
            "day": start.date(),
            "minutes": minutes,
            "status": match.attendance,
            "status_by": "calendar",
            "calendar_status": match.attendance,
            "priced_by": "rules",
            "document": None,
            "billed_on": None,
        }
        self._number += 1
        session |= self._manner(match)
        session |= self._price(match, session)
        self._sessions[session["id"]] = session
        self._added.append(session["id"])
        self._by_slot[self._slot(session)] = session["id"]
        self._meet(match, session["id"], start, minutes)
        self._tally.new += 1

    def _meet(self, match: MatchIn, session_id: str, start: datetime, minutes: int) -> None:
        self._met[session_id] = _Met(match.attendance, start, minutes)
        self._link(match, session_id)

    def _manner(self, match: MatchIn) -> dict[str, Any]:
        categories = {category.strip().upper() for category in match.event.categories}
        settings = self._settings
        if match.event.video or "VIDEO" in categories:
            place, modifiers = settings.video_place_of_service, settings.video_modifiers
            return {"modality": "video", "place_of_service": place, "modifiers": modifiers}
        if "PHONE" in categories:
            place, modifiers = settings.video_place_of_service, settings.phone_modifiers
            return {"modality": "phone", "place_of_service": place, "modifiers": modifiers}
        place = settings.place_of_service
        return {"modality": "in_person", "place_of_service": place, "modifiers": []}

    def _price(self, match: MatchIn, session: records.Record) -> dict[str, Any]:
        minutes, day = session["minutes"], session["day"]
        service = self._prices.service_for(minutes, day, match.event.categories)
        price = self._prices.price(session["client_id"], service, minutes, day)
        return {
            "service": price.service,
            "service_name": price.service_name,
            "fee": price.fee,
            "adjustment": price.adjustment,
            "adjustment_reason": price.adjustment_reason,
        }

    def _reconcile(
        self, match: MatchIn, session: records.Record, start: datetime, minutes: int
    ) -> None:
        met = self._met.get(session["id"])
        if met is not None and not self._agrees(match, met, start, minutes):
            self._hold(match, "two calendar events tell different stories of it", session["id"])
            return
        if met is not None and (match.attendance == "cancelled" or met.attendance != "cancelled"):
            # The same slot once more, from a copy of the calendar or an event entered again.
            self._link(match, session["id"])
            self._tally.unchanged += 1
            return
        self._follow(match, session, start, minutes)

    @staticmethod
    def _agrees(match: MatchIn, met: _Met, start: datetime, minutes: int) -> bool:
        states = {match.attendance, met.attendance} - {"cancelled"}
        return met.start == start and met.minutes == minutes and len(states) <= 1

    def _link(self, match: MatchIn, session_id: str) -> None:
        if match.event.key not in self._by_key:
            self._by_key[match.event.key] = self._links[match.event.key] = session_id

    def _follow(
        self, match: MatchIn, session: records.Record, start: datetime, minutes: int
    ) -> None:
        """Bring the session to what the calendar says, where that is allowed."""
        wanted = session | {
            "client_id": match.client_id,
            "start": start,
            "day": start.date(),
            "minutes": minutes,
        }
        news = self._status(match, session, wanted)
        if self._manner(match)["modality"] != session["modality"]:
            wanted |= self._manner(match)
        if self._must_price(session, wanted):
            wanted |= self._price(match, wanted)
        differs = any(wanted[name] != session[name] for name in self._kind.names)
        refusal = self._refusal(session, wanted) if differs else ""
        if refusal and self._blocked is not None and not session["document"]:
            self._blocked.append(match)
            return
        if refusal:
            self._hold(match, refusal, session["id"])
            return
        self._meet(match, session["id"], start, minutes)
        if wanted != session:
            self._by_slot.pop(self._slot(session), None)
            self._by_slot[self._slot(wanted)] = session["id"]
            self._sessions[session["id"]] = wanted
            self._changed.append(session["id"])
        if news:
            self._hold(match, news, session["id"])
        elif session["id"] in self._added or not differs:
            self._tally.unchanged += 1
        else:
            self._tally.changed += 1

    def _status(self, match: MatchIn, session: records.Record, wanted: records.Record) -> str:
        """Set the wanted state; what the calendar says against a person's word, if anything."""
        said, before = match.attendance, session["calendar_status"]
        if session["status_by"] == "calendar":
            wanted |= {"status": said, "calendar_status": said}
            return ""
        on = {"scheduled", "attended"}  # the first becomes the second as time goes by
        is_news = before and before != said and not {before, said} <= on
        if is_news and said != session["status"]:
            return f"a person set it to {session['status']}; the calendar now says {said}"
        wanted["calendar_status"] = said
        return ""

    def _must_price(self, session: records.Record, wanted: records.Record) -> bool:
        if session["priced_by"] == "person" or session["document"]:
            return False
        moved = any(wanted[name] != session[name] for name in ("client_id", "day", "minutes"))
        came = session["status"] == "scheduled" and wanted["status"] != "scheduled"
        return moved or came or not session["service_name"]

    def _refusal(self, session: records.Record, wanted: records.Record) -> str:
        if session["document"]:
            return f"it is billed on {session['document']}, and the calendar has changed since"
        other = self._by_slot.get(self._slot(wanted))
        if other not in (None, session["id"]):
            return f"the client has session {other} at the time it was moved to"
        return ""

    def save(self) -> None:
        """Write what is new and what has changed."""
        # In the order of moving: each time slot is free again before another session takes it.
        for session_id in dict.fromkeys(self._changed):
            if session_id not in self._added:
                records.change(self._connection, self._kind, self._sessions[session_id])
        records.add(self._connection, self._kind, [self._sessions[one] for one in self._added])
        if self._links:
            links = [{"key": key, "session_id": one} for key, one in self._links.items()]
            self._connection.execute(insert(tables.session_events), links)

    def result(self, today: date) -> RecordedSessions:
        """What was done."""
        ids = set(self._met) | {held.session_id for held in self._tally.held if held.session_id}
        found = sessions.find(self._connection, self._zone, ids=ids)
        return RecordedSessions(
            sessions=sessions.as_sessions(self._connection, found, today),
            new=self._tally.new,
            changed=self._tally.changed,
            unchanged=self._tally.unchanged,
            held=self._tally.held,
            unpriced=[self._unpriced(one) for one in found if _lacks_price(one)],
        )

    def _unpriced(self, session: records.Record) -> UnpricedSession:
        price = self._prices.price(
            session["client_id"], session["service"], session["minutes"], session["day"]
        )
        return UnpricedSession(session_id=session["id"], reason=price.problem)


def _lacks_price(session: records.Record) -> bool:
    return not session["service_name"] and session["status"] not in ("cancelled", "scheduled")
