"""A request for records has a clock, a checklist and a package; and what the doctor says."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta

import pytest

from dayhand import StepError, UserError
from dayhand_collaboration import dayhand_health

CLIENT = {"id": "C-0009", "name": "Hyacinth Bellweather", "date_of_birth": "1959-06-03"}


@pytest.fixture
def asked(kit):
    def keep(on="2026-11-01", **more):
        values = {"client_id": "C-0009", "initials": "HB", "scope": "whole record"} | more
        return kit.run("collaboration.record_request", requested_on=on, **values)

    return keep


def test_a_request_is_due_in_thirty_days(asked):
    made = asked()

    assert (made["id"], made["due_on"], made["days_left"], made["state"]) == (
        "Q-000001", date(2026, 12, 1), 7, "pressing",
    )  # fmt: skip
    assert made["may_extend_until"] == date(2026, 12, 1)
    assert asked()["id"] == "Q-000001"


@pytest.mark.parametrize(
    ("on", "state", "left"),
    [("2026-11-24", "open", 30), ("2026-11-05", "open", 11), ("2026-11-04", "pressing", 10),
     ("2026-10-25", "pressing", 0), ("2026-10-24", "overdue", -1)],
)  # fmt: skip
def test_its_state_goes_by_the_days_left(asked, on, state, left):
    made = asked(on)

    assert (made["state"], made["days_left"]) == (state, left)


def test_it_is_extended_once_and_in_time(asked, say):
    asked()

    assert "Q-000001 is due on 2026-12-31 now" in say(
        "requests", "extend", "q-000001", "--reason", "older notes are in storage"
    )
    with pytest.raises(UserError, match="was extended on 2026-11-24; it can be once only"):
        say("requests", "extend", "Q-000001", "--reason", "again")


def test_it_is_not_extended_after_its_day_nor_without_a_reason(asked, say):
    asked("2026-10-24")
    asked("2026-11-20")

    with pytest.raises(UserError, match="was due on 2026-11-23 and cannot be extended"):
        say("requests", "extend", "Q-000001", "--reason", "late")
    with pytest.raises(UserError, match="has a reason"):
        say("requests", "extend", "Q-000002", "--reason", " ")


def test_closing_stops_the_clock(asked, say):
    asked("2026-10-01")
    assert "overdue" in say("requests", "list", code=1)

    assert say("requests", "close", "Q-000001", "--outcome", "given_in_part") == (
        "Q-000001 is closed: given in part\n"
    )

    assert say("requests", "list") == "no requests are open\n"
    assert json.loads(say("requests", "list", "--all", "--json"))[0]["state"] == "closed"
    with pytest.raises(UserError, match="was closed on"):
        say("requests", "close", "Q-000001")
    with pytest.raises(UserError, match="is closed since"):
        say("requests", "extend", "Q-000001", "--reason", "x")


def test_a_request_is_added_hidden_and_travels_as_csv(say, tmp_path):
    said = say("requests", "add", "c-0009", "--requested-on", "2026-11-20", "--form", "PDF",
               "--identity-checked-on", "2026-11-20", typed="The last six months\n")  # fmt: skip

    assert "Q-000001 is due on 2026-12-20, in 26 days" in said
    assert "six months" not in say("requests", "list")
    assert "six months" in say("requests", "list", "--reveal")
    assert "45 CFR 164.524" in say("requests", "list")
    say("requests", "export", str(tmp_path / "q.csv"))
    assert say("requests", "import", "q.csv") == "0 new, 0 changed, 1 unchanged\n"
    with pytest.raises(UserError, match="cannot have come yet"):
        say("requests", "add", "C-0009", "--scope", "x", "--requested-on", "2026-12-01")


def test_the_list_shows_clocks_and_no_name(asked, kit, text_of):
    asked()

    done = kit.run("collaboration.request_page", requests=kit.run("collaboration.requests"))

    for text in (text_of(done["path"]), text_of(done["pdf"])):
        assert "HB C-0009" in text
        assert "2026-12-01" in text
        assert "may be extended until 2026-12-01" in text


# The package ------------------------------------------------------------------------------------


def note(number=1, day="2026-10-06"):
    start = datetime.fromisoformat(f"{day}T11:00:00-04:00")
    return {
        "id": f"N-{number:06}", "format": "DAP", "start": start, "stop": start + timedelta(minutes=45),
        "sections": {"data": "Came on time.", "assessment": "Better."},
        "signed_at": start + timedelta(hours=3), "signed_by": "Jane Doe, LCSW", "sha256": "ab" * 32,
    }  # fmt: skip


def session(day="2026-10-06"):
    start = datetime.fromisoformat(f"{day}T11:00:00-04:00")
    return {"start": start, "minutes": 45, "status": "attended", "service_name": "=1+1"}


def pack(kit, request, **more):
    values = {
        "client": CLIENT,
        "sessions": [session()],
        "notes": [note(2, "2026-10-20"), note()],
    } | more
    return kit.run("collaboration.request_package", request=request, **values)


def test_a_package_has_cover_notes_sessions_checklist_and_a_list_with_hashes(asked, kit, text_of):
    (kit.files.root / "invoice.pdf").write_bytes(b"%PDF-")
    request = asked(deliver_to="Hyacinth Bellweather; 11 Rectory Lane")

    done = pack(kit, request, documents=["invoice.pdf"], draft=False)

    listing = text_of("out/requests/Q-000001/package.md")
    assert done["sha256"] == hashlib.sha256(listing.encode()).hexdigest()
    for file in done["files"]:
        assert hashlib.sha256(kit.files.read(file["path"])).hexdigest() == file["sha256"]
        assert file["sha256"] in listing
    cover = text_of("out/requests/Q-000001/cover.pdf")
    for part in ("11 Rectory Lane", "Asked for on 2026-11-01: whole record", "2 progress notes", "1 session",
                 "psychotherapy notes, which are kept apart"):  # fmt: skip
        assert part in cover, part
    assert "checklist" not in cover
    assert "Draft" not in cover
    notes = text_of("out/requests/Q-000001/notes.md")
    assert notes.index("2026-10-06") < notes.index("2026-10-20")
    assert "Came on time." in notes
    assert "'=1+1" in text_of("out/requests/Q-000001/sessions.csv")
    checklist = text_of("out/requests/Q-000001/checklist.md")
    assert "- [ ] who asks is who they say" in checklist
    assert "due on 2026-12-01 (7 days)" in checklist
    assert "Not verified: access days" in checklist


def test_a_draft_of_a_package_says_so(asked, kit, text_of):
    pack(kit, asked(requester="representative"), notes=[])

    assert "Draft: not sent" in text_of("out/requests/Q-000001/cover.pdf")
    assert "draft" in text_of("out/requests/Q-000001/package.md")
    assert "the representative's authority is on file" in text_of(
        "out/requests/Q-000001/checklist.md"
    )
    assert "There are none." in text_of("out/requests/Q-000001/notes.md")


def test_a_package_is_for_the_client_who_asked_and_while_the_request_is_open(asked, kit):
    request = asked()
    with pytest.raises(StepError, match="a request of another client than C-0010"):
        pack(kit, request, client=CLIENT | {"id": "C-0010"})

    kit.run("collaboration.close_request", request="Q-000001")
    (closed,) = kit.run("collaboration.requests", closed=True)
    with pytest.raises(StepError, match="is closed since"):
        pack(kit, closed)


def test_a_third_party_is_given_records_only_under_a_release_of_the_record(asked, kit, release):
    request = asked(requester="third_party", deliver_to="Harbor Law; 1 Main Street")
    with pytest.raises(StepError, match="there is no release to this recipient"):
        pack(kit, request)
    release(client_id="C-0009", recipient="Harbor Law", information=["progress"])
    with pytest.raises(StepError, match="does not cover: record"):
        pack(kit, request)

    release(client_id="C-0009", recipient="Harbor Law", information=["record"])

    done = pack(kit, request, draft=False)
    kept = kit.run(
        "collaboration.record_disclosure", client_id="C-0009", recipient="Harbor Law", information=["record"],
        purpose="Claim", package=done,
    )  # fmt: skip
    assert kept["document_sha256"] == done["sha256"]
    assert kept["release"] == "R-000001"


def test_the_cover_has_the_notice_of_part_2(asked, kit, say, text_of):
    say("releases", "part-two", "C-0009")

    pack(kit, asked())

    assert "42 CFR part 2 prohibits" in text_of("out/requests/Q-000001/cover.pdf")


@pytest.mark.parametrize(
    "command",
    [("releases",), ("disclosures",), ("requests",)]
    + [("releases", name) for name in ("add", "list", "show", "revoke", "ended", "check", "part-two", "import", "export")]
    + [("disclosures", name) for name in ("add", "list", "account", "import", "export")]
    + [("requests", name) for name in ("add", "list", "extend", "close", "import", "export")],
    ids=" ".join,
)  # fmt: skip
def test_help_has_an_example(say, command):
    assert f"Example: dayhand {command[0]}" in say(*command, "--help")


# The doctor -------------------------------------------------------------------------------------


def findings(kit):
    practice = kit.context("collaboration")
    return [(one.level, one.message) for check in dayhand_health() for one in check.run(practice)]


def test_the_doctor_is_content_where_nothing_is_due(kit, release):
    release()

    assert findings(kit) == [
        ("ok", "1 releases hold"),
        ("ok", "no request for records is pressing"),
    ]


def test_the_doctor_tells_of_releases_and_clocks(kit, release, asked):
    release(purpose="")
    release(recipient="B", expires_on="2026-12-01")
    asked("2026-10-01")
    asked("2026-11-01")

    assert findings(kit) == [
        ("warning", "releases that lack something and do not hold: R-000001"),
        ("warning", "releases that end soon: R-000002"),
        ("failure", "requests for records are overdue: Q-000001"),
        ("warning", "requests for records are due soon: Q-000002"),
    ]
