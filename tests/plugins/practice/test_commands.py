from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from dayhand import UserError
from dayhand_practice.commands import GROUPS


@pytest.fixture
def run(records):
    """Run a command as a user would write it; a refusal is raised as it is."""
    groups = {group.name: group for group in GROUPS}

    def call(line, *more, typed=None):
        first, *rest = [*line.split(), *more]
        result = CliRunner().invoke(
            groups[first], rest, obj=records.context, input=typed, catch_exceptions=True
        )
        if isinstance(result.exception, UserError):
            raise result.exception
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        return result.output

    return call


def test_clients_are_listed_without_names(run):
    shown = run("clients list")

    assert shown.splitlines()[0].split() == ["ID", "INITIALS", "STATUS", "REGION", "NOTES",
                                             "E-MAIL", "FOR"]  # fmt: skip
    assert "C-0002  DO" in shown
    assert "Desmond" not in shown
    assert "client.example" not in shown


def test_names_are_shown_on_request_and_the_audit_log_says_so(run, records):
    assert "Desmond O'Hallorahan" in run("clients list --reveal")
    assert "ana@client.example" in run("clients show C-0001 --reveal")

    assert records.kit.audit == ["reveal clients", "reveal client C-0001"]


@pytest.mark.parametrize("line", ["clients list --json", "clients show C-0001 --json"])
def test_json_too_hides_what_names_a_client(run, line):
    shown = run(line)

    assert json.loads(shown)[0]["name"] == "•••"
    assert "ana@" not in shown
    assert json.loads(run(f"{line} --reveal"))[0]["name"] == "Ana Quintanilla"


def test_a_client_is_shown_without_what_names_them(run):
    shown = run("clients show C-0001")

    assert "initials         AQ" in shown
    assert "date of birth    •••" in shown
    assert "1988" not in shown


def test_a_client_is_added_with_the_next_id(run, records):
    said = run("clients add --name", "Bo Lind", "--email", "bo@client.example")

    assert said == "added C-0004 (BL)\n"
    assert records.kit.audit == ["add client"]


def test_a_name_is_asked_for_so_that_it_stays_out_of_the_history(run):
    assert "added C-0004 (CM)" in run("clients add", typed="Cy Moss\n")


def test_a_client_there_already_is_not_added_again(run):
    with pytest.raises(UserError, match="the client is there already"):
        run("clients add --name", "Zoë Ångström")


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--email", "bo@client", "email: it is not an e-mail address"),
        ("--date-of-birth", "2030-01-01", "date-of-birth: it is in the future"),
        ("--date-of-birth", "17 May 1990", "write dates as YYYY-MM-DD"),
        ("--region", "New York", "region: it is not a state"),
        ("--status", "gone", "status: it is none of active, paused, discharged"),
        ("--id", "BO", "id: an id is capital letters"),
    ],
)
def test_a_wrong_value_is_refused_and_nothing_is_added(run, records, option, value, said):
    before = records.export("clients")

    with pytest.raises(UserError) as caught:
        run("clients add --name", "Bo Lind", option, value)

    assert said in str(caught.value)
    assert records.export("clients") == before


def test_a_client_is_edited_and_a_field_emptied(run, records):
    assert run("clients edit C-0001 --status paused --email", "") == (
        "changed C-0001: email, status\n"
    )
    assert run("clients edit C-0001 --status paused") == "C-0001 is so already\n"

    assert records.kit.run("practice.client", id="C-0001")["status"] == "paused"


@pytest.mark.parametrize("line", ["clients show C-001", "clients edit C-001 --status paused"])
def test_an_unknown_client_is_told_with_a_guess(run, line):
    with pytest.raises(UserError, match="there is no client C-001") as caught:
        run(line)

    assert caught.value.hint == "did you mean 'C-0001'?"


def test_diagnoses_fees_and_balances_are_noted(run, records):
    assert run("clients diagnose C-0001 f411 --from 2026-02-03") == ("diagnosis of C-0001 noted\n")
    assert run("clients fee C-0001 --agreed-fee 90 --from 2026-01-01") == (
        "fee agreement of C-0001 noted\n"
    )
    assert run("clients opening-balance --as-of 2026-10-01 -- C-0001 -40") == (
        "opening balance of C-0001 noted\n"
    )

    assert "F41.1 from 2026-02-03" in run("clients show C-0001 --reveal")
    (balance,) = records.kit.run("practice.opening_balances")
    assert str(balance["amount"]) == "-40.00"


def test_services_are_listed_with_the_fee_of_today(run):
    assert run("services list").splitlines()[1:] == [
        "SVC-45  Session, 45 minutes       45  150.00  2026-01-01  -",
        "SVC-60  Session, 60 minutes       60  185.00  2025-01-01  -",
    ]
    assert len(run("services list --all").splitlines()) == 4


def test_a_service_is_added_from_today(run):
    said = run("services add SVC-30 --minutes 30 --fee 100 --name", "Short session")

    assert said == "added SVC-30 from 2026-11-24\n"
    assert len(json.loads(run("services list --json"))) == 3


def test_a_session_is_added_listed_and_given_another_state(run, records):
    said = run("sessions add C-0001 2026-11-24T09:00 --minutes 45")
    assert said == "added S-000001: attended, SVC-45, 150.00\n"

    assert run("sessions set-status S-000001 no_show") == "S-000001 is no_show\n"
    assert run("sessions set-status S-000001 no_show") == "S-000001 is no_show already\n"
    shown = run("sessions list --month 2026-11")
    assert "S-000001  2026-11-24 09:00   45  C-0001  AQ        no_show" in shown
    assert shown.endswith("\n1 session, 45 minutes\n")
    assert "Ana" not in shown + run("sessions list --json")
    assert "Ana Quintanilla" in run("sessions list --reveal")
    assert run("sessions list --status attended") == "no sessions\n"
    assert run("sessions list --billed") == "no sessions\n"


def test_a_billed_or_coming_session_is_not_set(run, records):
    run("sessions add C-0001 2026-11-25T09:00 --minutes 45")
    run("sessions add C-0001 2026-11-24T09:00 --minutes 45")
    records.kit.run("practice.mark_billed", lines=[{"session_id": "S-000002", "document": "INV-1"}])

    with pytest.raises(UserError, match="session S-000001 has not begun yet"):
        run("sessions set-status S-000001 attended")
    with pytest.raises(UserError, match="session S-000002 is billed on INV-1"):
        run("sessions set-status S-000002 cancelled")
    with pytest.raises(UserError, match="there is no session S-9"):
        run("sessions set-status S-9 cancelled")
    with pytest.raises(UserError, match="a month is written as 2026-11"):
        run("sessions list --month November")


def test_paperwork_is_added_listed_and_revoked(run, records):
    said = run("paperwork add C-0001 email_consent --scope billing --warned-at 2026-11-24")
    assert said == "added D-000001\n"
    run("paperwork add C-0001 roi --scope", "Dr. Vance", "--expires-on", "2027-01-01")

    shown = run("paperwork list --client C-0001")
    assert "Vance" not in shown
    assert "D-000001  C-0001  email_consent  2026-11-24  -           -        billing" in shown
    assert "Dr. Vance" in run("paperwork list --reveal")
    assert run("paperwork revoke D-000001") == "D-000001 is revoked\n"
    assert records.kit.run("practice.client", id="C-0001")["email_scopes"] == []
    with pytest.raises(UserError, match="there is no paper D-000009"):
        run("paperwork revoke D-000009")


def test_what_is_due_is_listed(run):
    run("paperwork add C-0001 gfe --signed-on 2025-11-30")

    shown = run("paperwork due --client C-0001")

    assert (
        "C-0001  AQ        good-faith estimate            expiring  2026-11-30          6" in shown
    )
    assert "missing" in shown
    assert len(json.loads(run("paperwork due --json"))) == 21


def test_a_dry_import_says_what_it_would_do_and_does_nothing(run, tmp_path, records):
    file = tmp_path / "new.csv"
    file.write_text("id,name\n,Bo Lind\nC-0001,Ana Quintanilla\n")

    assert run("clients import --dry-run", str(file)) == (
        "would import clients: 1 new, 0 changed, 1 unchanged\n"
    )
    assert records.kit.audit == []
    assert run("clients import", str(file)) == "imported clients: 1 new, 0 changed, 1 unchanged\n"
    assert records.kit.audit == ["import clients"]


def test_other_kinds_are_imported_by_name(run, tmp_path):
    file = tmp_path / "d.csv"
    file.write_text("client_id,code,effective_from\nC-0001,F41.1,2026-01-01\n")

    said = run("clients import --kind diagnoses", str(file))
    assert said == "imported diagnoses: 1 new, 0 changed, 0 unchanged\n"


def test_an_import_of_a_missing_file_is_told(run, tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        run("clients import", str(tmp_path / "none.csv"))


def test_an_export_goes_under_out_and_is_audited(run, records, tmp_path):
    assert run("clients export") == "wrote 3 rows to out/exports/clients.csv\n"
    assert run("services export fees.csv") == "wrote 3 rows to out/fees.csv\n"
    assert run("services export -").startswith("code,name,minutes,fee,effective_from")

    assert records.kit.audit == ["export clients", "export services", "export services"]
    text = (tmp_path / "out/exports/clients.csv").read_text(encoding="utf-8-sig")
    assert "Desmond O'Hallorahan" in text
    assert records.load("clients", text)["unchanged"] == 3


def test_the_options_are_the_fields_of_a_client(records):
    from dayhand_practice.commands.clients import CLIENT_FIELDS
    from dayhand_practice.intake import kind_for

    kind = kind_for(records.context, "clients")
    assert {name: kind.field(name).about for name in CLIENT_FIELDS} == CLIENT_FIELDS
    assert set(kind.names) - set(CLIENT_FIELDS) == {"id", "name"}


def test_the_kinds_of_paper_are_those_of_the_vocabulary():
    from typing import get_args

    from dayhand_practice.commands.paperwork import _KINDS
    from dayhand_practice.vocabulary import PaperworkKind

    assert get_args(PaperworkKind) == _KINDS


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_every_command_has_help_with_an_example(group):
    for name, command in group.commands.items():
        shown = CliRunner().invoke(group, [name, "--help"]).output
        assert f"dayhand {group.name} {name}" in shown.partition("Example:")[2], name
        assert command.get_short_help_str()


def test_the_sessions_of_a_void_invoice_are_freed_after_asking(run, records, make_match):
    records.record(make_match(), make_match("C-0002"))
    lines = [{"session_id": f"S-00000{n}", "document": "INV-1"} for n in (1, 2)]
    records.kit.run("practice.mark_billed", lines=lines)

    assert "Aborted" in run("sessions free INV-1", typed="n\n")
    assert len(records.sessions(billed=True)) == 2
    assert "2 sessions can be billed again" in run("sessions free INV-1 --yes")
    assert records.sessions(billed=True) == []
    with pytest.raises(UserError, match="no session is billed on INV-1"):
        run("sessions free INV-1 --yes")
