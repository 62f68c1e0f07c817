from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

import dayhand_practice
from dayhand import StepError, UserError
from dayhand_practice import clients
from dayhand_practice.steps import STEPS


def test_clients_are_those_in_a_state_or_those_named(records):
    records.load("clients", "id,name,status\nC-0002,Desmond O'Hallorahan,paused\n")

    def ids(**inputs):
        return [one["id"] for one in records.kit.run("practice.clients", **inputs)]

    assert ids() == ["C-0001", "C-0003"]
    assert ids(status=None) == ["C-0001", "C-0002", "C-0003"]
    assert ids(ids=["C-0003", "C-0002"]) == ["C-0003", "C-0002"]
    with pytest.raises(UserError, match="there is no client C-0009"):
        ids(ids=["C-0001", "C-0009"])


def test_a_client_has_diagnoses_a_payer_and_aliases(records):
    records.load("diagnoses", "client_id,code,effective_from\nC-0001,F41.1,2026-02-03\n")
    records.load(
        "clients",
        "id,name,bill_to_name,bill_to_address\n"
        "C-0001,Ana Quintanilla,Pa Quintanilla,1 Road; Albany\n",
    )

    person = records.kit.run("practice.client", id="C-0001")

    assert [str.__str__(one["code"]) for one in person["diagnoses"]] == ["F41.1"]
    assert [str.__str__(line) for line in person["bill_to"]["address"]] == ["1 Road", "Albany"]
    assert [str.__str__(alias) for alias in person["aliases"]] == ["Ana Q."]


def test_what_names_a_client_is_sensitive(records):
    person = records.kit.run("practice.client", id="C-0001")

    assert "Ana" not in repr(person)
    assert "1988" not in repr(person)


def test_services_are_those_in_force_on_the_day(records):
    def fees(**inputs):
        return {
            one["code"]: str(one["fee"]) for one in records.kit.run("practice.services", **inputs)
        }

    assert fees() == {"SVC-45": "150.00", "SVC-60": "185.00"}
    assert fees(on="2025-06-01") == {"SVC-45": "140.00", "SVC-60": "185.00"}
    assert fees(on="2024-12-31") == {}


def test_sessions_are_found_by_each_condition(records, make_match):
    records.record(
        make_match(start="2026-10-31T23:30-04:00"),
        make_match("C-0002", "2026-11-01T00:15-04:00", attendance="no_show"),
        make_match("C-0002", "2026-11-30T09:00-05:00", minutes=60, attendance="scheduled"),
    )
    records.kit.run("practice.mark_billed", lines=[{"session_id": "S-000001", "document": "I-1"}])

    def ids(**inputs):
        return [int(one["id"][2:]) for one in records.sessions(**inputs)]

    assert ids() == [1, 2, 3]
    assert ids(month="2026-10") == [1]
    assert ids(month="2026-11") == [2, 3]
    assert ids(start="2026-11-01", end="2026-11-29") == [2]
    assert ids(client_ids=["C-0001"]) == [1]
    assert ids(client_ids=[]) == []
    assert ids(status="no_show") == [2]
    assert ids(billed=True) == [1]
    assert ids(billed=False, month="2026-11") == [2, 3]
    assert ids(ids=["S-000003"]) == [3]
    assert records.kit.run("practice.sessions")["total_minutes"] == 150
    with pytest.raises(UserError, match="either a month or start and end"):
        records.sessions(month="2026-11", start="2026-11-01")


def test_a_session_is_freed_only_from_the_document_that_was_named(records, make_match):
    records.record(make_match())
    bill = [{"session_id": "S-000001", "document": "INV-2"}]
    records.kit.run("practice.mark_billed", lines=bill)

    def free(was):
        lines = [{"session_id": "S-000001", "document": None, "was": was}]
        return records.kit.run("practice.mark_billed", lines=lines)

    assert free("INV-1") == 0
    assert records.sessions(billed=True) != []
    assert free("INV-2") == 1
    assert records.sessions(billed=True) == []


def test_a_missed_session_that_is_not_billed_is_an_event(records, make_match, monkeypatch):
    records.record(
        make_match(attendance="no_show"),
        make_match("C-0002", attendance="late_cancelled"),
        make_match("C-0003"),
    )
    records.kit.run("practice.mark_billed", lines=[{"session_id": "S-000002", "document": "INV-1"}])
    (kind,) = [k for k in dayhand_practice.dayhand_event_kinds() if k.name == "missed_session"]
    (missed,) = records.sessions(ids=["S-000001"])
    start, end = (datetime.fromisoformat(str(missed[name])) for name in ("start", "end"))
    day = timedelta(days=1)
    monkeypatch.delattr(clients, "by_id")  # it is looked for often: nobody's record is read

    (found,) = asyncio.run(kind.read(records.context, start - day, end + day))

    assert (kind.name, found.key) == ("missed_session", "S-000001 no_show")
    assert (found.start, found.end) == (start, end)


def test_sessions_are_marked_billed_once(records, make_match):
    records.record(make_match(), make_match("C-0002"), make_match("C-0003", attendance="cancelled"))

    def mark(session, document):
        lines = [{"session_id": session, "document": document}]
        return records.kit.run("practice.mark_billed", lines=lines)

    assert mark("S-000001", "INV-1") == 1
    assert mark("S-000001", "INV-1") == 0
    with pytest.raises(StepError, match="session S-000001 is on INV-1 already"):
        mark("S-000001", "INV-2")
    with pytest.raises(StepError, match="session S-000003 is cancelled and cannot be billed"):
        mark("S-000003", "INV-1")
    with pytest.raises(UserError, match="there is no session S-000009"):
        mark("S-000009", "INV-1")
    assert mark("S-000001", None) == 1
    assert "C-0001,2026-11-24T09:00-05:00,45,attended,SVC-45" in records.export("sessions")
    assert "INV-1" not in records.export("sessions")
    assert records.export("sessions").count("2026-11-24") == 3
    assert mark("S-000001", "INV-2") == 1


def test_one_session_on_two_documents_is_refused_and_nothing_is_marked(records, make_match):
    records.record(make_match())

    with pytest.raises(StepError, match="stands on two documents"):
        records.kit.run(
            "practice.mark_billed",
            lines=[
                {"session_id": "S-000001", "document": "INV-1"},
                {"session_id": "S-000001", "document": "INV-2"},
            ],
        )
    assert records.sessions(billed=True) == []


def test_an_unknown_kind_of_import_is_refused(records):
    with pytest.raises(ValidationError):
        records.kit.run("practice.import_csv", kind="people", path="in.csv")


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_input_is_described(step):
    assert step.description
    for name, schema in step.input_schema()["properties"].items():
        assert schema.get("description"), name
    assert step.output_schema()


def test_loading_the_plugin_and_its_steps_imports_no_database_library():
    code = (
        "import sys, dayhand_practice as p; list(p.dayhand_steps()); p.dayhand_settings().model();"
        "p.dayhand_tables(); list(p.dayhand_health());"
        "sys.exit(any(n in sys.modules for n in ('sqlalchemy', 'alembic')))"
    )
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)})

    assert done.returncode == 0


@pytest.mark.parametrize(
    ("name", "style", "initials"),
    [
        ("Ana Maria Ruiz", "first_last", "AR"),
        ("Ana Maria Ruiz", "all", "AMR"),
        ("Prince", "first_last", "P"),
        ("'t Hooft", "first_last", "TH"),
        ("Mei-Ling Zhou-Abernathy", "first_last", "MZ"),
        ("Anna de la Cruz y Vega", "all", "ADLC"),
        ("王小明", "first_last", "王"),
        ("123", "first_last", "X"),
    ],
)
def test_initials_come_from_the_name(name, style, initials):
    from dayhand_practice.clients import initials_of

    assert initials_of(name, style) == initials


def test_the_manual_names_every_step_setting_command_and_column(records):
    from pathlib import Path

    import dayhand_practice
    from dayhand_practice.commands import GROUPS
    from dayhand_practice.intake import kind_for
    from dayhand_practice.kinds import KINDS
    from dayhand_practice.settings import PracticeRecords

    manual = (Path(dayhand_practice.__file__).parent / "README.md").read_text("utf-8")
    wanted = [f"### {step.name}\n" for step in STEPS]
    wanted += [f"`{name}`" for step in STEPS for name in step.input_schema()["properties"]]
    wanted += [f"`{name}`" for name in PracticeRecords.model_fields]
    wanted += [f"dayhand {group.name} {name}" for group in GROUPS for name in group.commands]
    wanted += [f"`{name}`" for kind in KINDS for name in kind_for(records.context, kind).names]

    assert [one for one in wanted if one not in manual] == []


def test_the_settings_of_the_manual_are_the_defaults_but_for_the_time_rule():
    from pathlib import Path

    import yaml

    import dayhand_practice
    from dayhand_practice.settings import PracticeRecords

    manual = (Path(dayhand_practice.__file__).parent / "README.md").read_text("utf-8")
    text = manual.partition("```yaml\n")[2].partition("```")[0]
    shown = PracticeRecords.model_validate(yaml.safe_load(text)["practice_records"])

    rules = {"service_by_minutes"}
    assert shown.model_dump(exclude=rules) == PracticeRecords().model_dump(exclude=rules)
    assert len(shown.service_by_minutes) == 3
