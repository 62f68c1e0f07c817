"""Whom an event is with: told by what it says, and never by a guess."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dayhand.testing import PracticeKit

CLIENTS: list[dict[str, Any]] = [
    {"id": "C-0001", "name": "Alex Morgan", "initials": "AM", "email": "alex@example.org"},
    {
        "id": "C-0002",
        "name": "Álvaro Ruiz Peña",
        "initials": "AP",
        "preferred_name": "Al",
        "aliases": ["Tuesday couple"],
    },
    {"id": "C-0003", "name": "Ana Moreno", "initials": "AM", "email": "ana@example.org"},
    {"id": "C-0010", "name": "Kim Lee", "initials": "KL"},
]


def event(summary: str = "", **more: Any) -> dict[str, Any]:
    return {
        "uid": "x", "key": "x", "source": "work", "summary": summary, "minutes": 50,
        "start": "2026-11-03T09:00:00-05:00", "end": "2026-11-03T09:50:00-05:00", "kind": "session",
    } | more  # fmt: skip


def match(
    practice: Callable[..., PracticeKit], *events: dict[str, Any], **settings: Any
) -> dict[str, Any]:
    numbered = [
        item | ({"key": f"k{number}"} if item["key"] == "x" else {})
        for number, item in enumerate(events)
    ]
    return practice(**settings).run("calendar.match", events=numbered, clients=CLIENTS)


@pytest.mark.parametrize(
    ("said", "client", "how"),
    [
        (event("C-0001"), "C-0001", "id"),
        (event("50 min", description="file c-0010."), "C-0010", "id"),
        (event("x", categories=["C-0003"]), "C-0003", "id"),
        (
            event("Appointment", attendees=["ALEX@example.org", "me@example.org"]),
            "C-0001",
            "invitation",
        ),
        (event("tuesday couple, room 2"), "C-0002", "alias"),
        (event("Thursday group"), "C-0010", "alias"),
        (event("Alex Morgan"), "C-0001", "name"),
        (event("MORGAN, Alex (video)"), "C-0001", "name"),
        (event("Alvaro Ruiz Pena"), "C-0002", "name"),
        (event("Álvaro Peña 50"), "C-0002", "name"),
        (event("Al Peña"), "C-0002", "preferred name"),
        (event("Al 50 min"), "C-0002", "preferred name"),
        (event("KL"), "C-0010", "initials"),
        (event("Appointment K.L."), "C-0010", "initials"),
        (event("KL 50 min", kind="other"), "C-0010", "initials"),
    ],
)
def test_a_client_is_known_by(
    practice: Callable[..., PracticeKit], said: dict[str, Any], client: str, how: str
) -> None:
    result = match(practice, said, aliases={"Thursday group": "C-0010"})

    assert [(item["client_id"], item["how"]) for item in result["matched"]] == [(client, how)]
    assert result["client_ids"] == [client]
    assert result["matched"][0]["event"]["kind"] == "session"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (event("AM"), "its initials fits more than one client: C-0001, C-0003"),
        (
            event("x", attendees=["alex@example.org", "ana@example.org"]),
            "its invitation fits more than one",
        ),
        (event("C-0001 and C-0003"), "its id fits more than one"),
        (event("Alex"), "nothing in it names a client"),
        (event("Alexander Morgan-Smith"), "nothing in it names a client"),
        (event("C-00011"), "nothing in it names a client"),
        (event("XC-0001"), "nothing in it names a client"),
        (event("klezmer"), "nothing in it names a client"),
        (event("Morgan"), "nothing in it names a client"),
        (event("Al dente"), "nothing in it names a client"),
        (event(""), "nothing in it names a client"),
    ],
)
def test_where_it_cannot_be_told_an_event_stays_unknown_with_the_reason(
    practice: Callable[..., PracticeKit], said: dict[str, Any], reason: str
) -> None:
    result = match(practice, said)

    assert result["matched"] == []
    assert [item["key"] for item in result["unknown"]] == ["k0"]
    assert result["reasons"]["k0"].startswith(reason)


def test_stronger_evidence_decides(practice: Callable[..., PracticeKit]) -> None:
    result = match(
        practice, event("C-0010", attendees=["alex@example.org"], description="with Ana Moreno")
    )

    assert [(item["client_id"], item["how"]) for item in result["matched"]] == [("C-0010", "id")]


def test_initials_in_another_event_than_a_session_name_nobody(
    practice: Callable[..., PracticeKit],
) -> None:
    result = match(practice, event("Call KL about parking", kind="other"))

    assert len(result["others"]) == 1


def test_holds_and_all_day_events_are_nobodys(practice: Callable[..., PracticeKit]) -> None:
    result = match(practice, event("C-0001", kind="hold"), event("C-0001", all_day=True))

    assert len(result["others"]) == 2


def test_where_sessions_are_marked_another_event_is_never_one(
    practice: Callable[..., PracticeKit],
) -> None:
    result = match(
        practice,
        event("Call the pharmacy for C-0001", kind="other"),
        session={"categories": ["Session"]},
    )

    assert (result["matched"], len(result["others"])) == ([], 1)


@pytest.mark.parametrize(
    ("more", "attendance"),
    [
        ({}, "attended"),
        ({"start": "2026-11-03T13:00:00-05:00", "end": "2026-11-03T13:50:00-05:00"}, "scheduled"),
        ({"status": "cancelled"}, "cancelled"),
        ({"categories": ["No-Show"]}, "no_show"),
        ({"summary": "C-0001 NO SHOW"}, "no_show"),
        ({"summary": "C-0001 late cancel", "status": "cancelled"}, "late_cancelled"),
        ({"summary": "C-0001 no showers"}, "attended"),
    ],
)
def test_what_became_of_a_session_is_told_by_marks_status_and_time(
    practice: Callable[..., PracticeKit], more: dict[str, Any], attendance: str
) -> None:
    kit = practice(now="2026-11-03T12:00:00-05:00")

    result = kit.run("calendar.match", events=[event("C-0001") | more], clients=CLIENTS)

    assert result["matched"][0]["attendance"] == attendance


def test_the_clients_are_named_once_each_in_the_order_of_their_events(
    practice: Callable[..., PracticeKit],
) -> None:
    result = match(practice, event("C-0010"), event("C-0001"), event("C-0010"))

    assert result["client_ids"] == ["C-0010", "C-0001"]
    assert [item["initials"] for item in result["matched"]] == ["KL", "AM", "KL"]


def test_reasons_never_name_anyone(practice: Callable[..., PracticeKit]) -> None:
    result = match(practice, event("Alex Morgan and Ana Moreno"))

    assert result["reasons"] == {"k0": "its name fits more than one client: C-0001, C-0003"}
