"""220: missed sessions, payments, ageing and the month's close, on the sample practice."""

from __future__ import annotations

import csv
import email
import io
import shutil

import pytest

FEE = """billing:
  no_show: {fee: fixed, amount: 75, first_waived: false}
"""


def copied(practice, folder):
    shutil.copytree(practice.folder, folder)
    return type(practice)(folder, practice.home)


def read(practice, path):
    return (practice.folder / path).read_text(encoding="utf-8")


def letters(office):
    return [email.message_from_bytes(each) for each in office.messages]


def answer(practice, *words, expect=0):
    return practice("answer", practice.question(), *words, expect=expect)


def names(practice):
    return [row[1] for row in practice.rows()["practice_clients"]]


@pytest.fixture(scope="module")
def billed(made, tmp_path_factory, _office):
    """The sample with October's invoices issued and sent."""
    practice = copied(made["sample"], tmp_path_factory.mktemp("billed") / "sample")
    practice.settings("port: 2525", f"port: {_office.port}")
    practice("run", "monthly-billing", "--as-of", "2026-11-02T09:00", expect=3)
    answer(practice, "--approve")
    return practice


@pytest.fixture
def billed_here(billed, tmp_path):
    return copied(billed, tmp_path / "sample")


# No-shows ---------------------------------------------------------------------------------------


@pytest.fixture
def missed(sample):
    """On 8 October two clients did not come; one of them has signed the policy."""
    (sample.folder / "practice.yaml").write_text(read(sample, "practice.yaml") + FEE)
    return sample


def run_missed(practice, *more, expect):
    return practice(
        "run", "no-show-and-late-cancel", "--as-of", "2026-10-08T18:00", *more, expect=expect
    )


def test_a_missed_session_is_charged_only_after_a_person_says_so(missed, office):
    run_missed(missed, expect=3)
    assert letters(office) == []
    answer(missed, "--approve")

    invoices = missed("invoices", "list", "--json").json
    new = [one for one in invoices if one["number"].startswith("INV-")]
    sessions = {
        one["id"]: one for one in missed("sessions", "list", "--month", "2026-10", "--json").json
    }
    charged = [one for one in sessions.values() if one["document"]]
    signed = {
        one["client_id"]
        for one in missed("paperwork", "list", "--json").json
        if one["kind"] == "no_show_policy"
    }
    assert charged
    assert {one["status"] for one in charged} <= {"no_show", "late_cancelled"}
    assert {one["client"] for one in charged} <= signed
    assert [one["total"] for one in new] == ["75.00"] * len(charged)
    for one in new:
        assert (
            (missed.folder / f"out/invoices/2026/{one['number']}.pdf")
            .read_bytes()
            .startswith(b"%PDF")
        )
    for message in letters(office):
        assert message["Subject"] == "Document ready"


def test_declined_nothing_is_charged_and_the_draft_is_gone(missed, office):
    run_missed(missed, expect=3)
    answer(missed, "--decline")

    assert [
        one for one in missed("invoices", "list", "--json").json if one["state"] == "draft"
    ] == []
    assert letters(office) == []
    assert missed("inbox", "--json").json == []


def test_without_a_fee_in_the_settings_nothing_is_asked(sample):
    run_missed(sample, expect=0)

    assert [
        one for one in sample("invoices", "list", "--json").json if one["state"] == "draft"
    ] == []


# Void -------------------------------------------------------------------------------------------


def test_the_sessions_of_a_void_invoice_are_billed_again(billed_here):
    first = billed_here("invoices", "list", "--state", "issued", "--json").json[-1]["number"]
    before = billed_here("sessions", "list", "--month", "2026-10", "--json").json
    ids = {one["id"] for one in before if one["document"] == first}

    told = billed_here("invoices", "void", first, "--reason", "wrong", "--yes").out
    assert f"dayhand sessions free {first}" in told
    billed_here("run", "monthly-billing", "--as-of", "2026-11-02T12:00", expect=3)
    answer(billed_here, "--approve")

    after = billed_here("sessions", "list", "--month", "2026-10", "--json").json
    documents = {one["document"] for one in after if one["id"] in ids}
    assert ids
    assert len(documents) == 1
    assert first not in documents
    assert documents != {None}


# Payments ---------------------------------------------------------------------------------------


def test_a_processors_file_is_posted_and_what_is_not_sure_is_listed(billed_here):
    owed = [
        one for one in billed_here("invoices", "list", "--state", "open", "--json").json
        if one["number"].startswith("INV-")
    ]  # fmt: skip
    one = owed[0]
    folder = billed_here.folder / "inbox/payments"
    folder.mkdir(parents=True)
    (folder / "november.csv").write_text(
        "id,Created (UTC),Amount,Fee,Net,Description\n"
        f"ch_1,2026-11-04 10:00:00,{one['balance']},1.00,{float(one['balance']) - 1:.2f},{one['number']}\n"
        "ch_2,2026-11-04 10:00:00,3.21,0.00,3.21,a gift\n"
    )
    run = (
        "run",
        "payments-post",
        "--as-of",
        "2026-11-05",
        "-i",
        "file=inbox/payments/november.csv",
    )

    billed_here(*run)

    still = {
        each["number"] for each in billed_here("invoices", "list", "--state", "open", "--json").json
    }
    assert one["number"] not in still
    page = read(billed_here, "out/payments/unmatched-2026-11-05-november.csv.md")
    assert "ch_2" in page
    assert "ch_1" not in page
    paid = billed_here("payments", "list", "--month", "2026-11", "--json").json
    billed_here(*run)
    assert billed_here("payments", "list", "--month", "2026-11", "--json").json == paid


def test_a_file_that_does_not_add_up_posts_nothing(billed_here):
    folder = billed_here.folder / "inbox/payments"
    folder.mkdir(parents=True)
    (folder / "bad.csv").write_text("id,date,amount,fee,net\nch_1,2026-11-04,10.00,1.00,10.00\n")
    before = billed_here.rows()["billing_payments"]

    told = billed_here(
        "run",
        "payments-post",
        "--as-of",
        "2026-11-05",
        "-i",
        "file=inbox/payments/bad.csv",
        expect=1,
    )

    assert "line 2: amount less fee is not its net" in told.text
    assert billed_here.rows()["billing_payments"] == before


# Ageing -----------------------------------------------------------------------------------------


def test_ageing_is_written_and_reminders_wait_for_a_person(billed_here, office):
    monday = "2026-11-30T07:00"
    billed_here("run", "ar-ageing", "--as-of", monday, expect=3)
    rows = list(csv.DictReader(io.StringIO(read(billed_here, "out/reports/ageing-2026-11-30.csv"))))
    shown = billed_here("inbox").out
    assert letters(office) == []

    answer(billed_here, "--approve")

    assert sum(float(row["gross"]) - float(row["credits"]) - float(row["net"]) for row in rows) == 0
    assert not [name for name in names(billed_here) if name in shown]
    sent = letters(office)
    assert sent
    assert {one["Subject"] for one in sent} == {"Document ready"}
    # the same Monday again: every step has been said
    billed_here("run", "ar-ageing", "--as-of", monday)
    assert len(letters(office)) == len(sent)


def test_reminders_that_are_declined_are_not_sent(billed_here, office):
    billed_here("run", "ar-ageing", "--as-of", "2026-11-30T07:00", expect=3)
    answer(billed_here, "--decline", expect=None)

    assert letters(office) == []
    assert billed_here.rows()["billing_reminders"] == []


# Estimates --------------------------------------------------------------------------------------


def test_an_estimate_is_written_and_sent_only_after_a_person_says_so(sample, office):
    sample("run", "gfe-check", "--as-of", "2026-11-24T06:40", expect=3)
    page = read(sample, "out/estimates/due-2026-11-24.md")
    assert "| C-0027 " in page
    assert "45 CFR 149.610" in page
    assert list((sample.folder / "out/estimates").rglob("*.pdf")) == []

    assert [one["state"] for one in sample("estimates", "list", "--json").json] == ["draft"]

    answer(sample, "--approve")

    (written,) = (sample.folder / "out/estimates/2026").glob("*.pdf")
    assert written.read_bytes().startswith(b"%PDF")
    assert [one["Subject"] for one in letters(office)] == ["Document ready"]
    (given,) = sample("estimates", "list", "--json").json
    assert (given["state"], given["delivered_by"]) == ("given", "email")
    filed = sample("paperwork", "list", "--client", "C-0027", "--kind", "gfe", "--json").json
    assert [one["expires_on"] for one in filed] == [given["ends_on"]]
    sample("run", "gfe-check", "--as-of", "2026-11-25T06:40")
    assert "Every self-pay client has one" in read(sample, "out/estimates/due-2026-11-25.md")


def test_an_estimate_is_given_only_when_it_went_or_a_person_says_so(sample, office):
    for paper in sample("paperwork", "list", "--client", "C-0027", "--json").json:
        if paper["kind"] == "email_consent":
            sample("paperwork", "revoke", paper["id"], "--on", "2026-11-20")
    sample("run", "gfe-check", "--as-of", "2026-11-24T06:40", expect=3)
    answer(sample, "--approve", expect=3)
    asked = sample("inbox").out
    assert "Have you handed over 1 estimate?" in asked
    answer(sample, "--decline")
    assert letters(office) == []
    assert [one["state"] for one in sample("estimates", "list", "--json").json] == ["draft"]

    said = sample("estimates", "given", "E-00001", "--by", "portal", "--on", "2026-11-24").out

    assert "E-00001 was given to C-0027 on 2026-11-24" in said
    assert "C-0027" in read(sample, "out/estimates/due-2026-11-24.md")
    sample("run", "gfe-check", "--as-of", "2026-11-25T06:40")
    assert "Every self-pay client has one" in read(sample, "out/estimates/due-2026-11-25.md")
    filed = sample("paperwork", "list", "--client", "C-0027", "--kind", "gfe", "--json").json
    assert [one["signed_on"] for one in filed] == ["2026-11-24"]


def test_an_estimate_that_the_mail_server_refuses_is_not_given(sample, office):
    sample("run", "gfe-check", "--as-of", "2026-11-24T06:40", expect=3)
    office.fails("rcpt", "550", visit=1)
    answer(sample, "--approve", expect=3)
    answer(sample, "--approve", expect=None)

    (given,) = sample("estimates", "list", "--json").json
    assert (given["state"], given["delivered_by"]) == ("given", "paper")
    assert letters(office) == []


def test_an_estimate_that_a_client_asks_for_is_drafted_with_the_others_and_ends_the_request(
    sample, office
):
    said = sample("estimates", "request", "C-0001", "--on", "2026-11-23", "--visits", "10").out
    assert "is to be given to C-0001 by 2026-11-27" in said  # the 26th is Thanksgiving
    again = sample("estimates", "request", "C-0001", "--on", "2026-11-24", expect=2).err
    assert "C-0001 asked on 2026-11-23 is noted already" in again

    sample("run", "gfe-check", "--as-of", "2026-11-24T06:40", expect=3)
    page = read(sample, "out/estimates/due-2026-11-24.md")
    (row,) = [line for line in page.splitlines() if "| C-0001 " in line]
    assert [part in row for part in ("request", "2026-11-23", "2026-11-27", "| due")] == [True] * 4
    assert "C-0001" in sample("inbox").out
    (waiting,) = sample("estimates", "requests", "--json", expect=None).json
    assert (waiting["client_id"], waiting["estimate_id"]) == ("C-0001", None)

    answer(sample, "--approve")

    assert [one["Subject"] for one in letters(office)] == ["Document ready"] * 2
    given = {one["client_id"]: one for one in sample("estimates", "list", "--json").json}
    assert [line["quantity"] for line in given["C-0001"]["lines"]] == [10]
    assert sample("estimates", "requests").out == "nobody waits for an estimate\n"
    (ended,) = sample("estimates", "requests", "--all", "--json").json
    assert (ended["state"], ended["estimate_id"]) == ("given", given["C-0001"]["id"])
    sample("run", "gfe-check", "--as-of", "2026-11-25T06:40")
    assert "Every self-pay client has one" in read(sample, "out/estimates/due-2026-11-25.md")


def test_an_estimate_asked_for_that_cannot_be_made_fails_the_run_and_is_told_when_late(
    sample, office
):
    sample("estimates", "request", "C-0999", "--on", "2026-11-02")

    sample("run", "gfe-check", "--as-of", "2026-11-24T06:40", expect=3)
    told = answer(sample, "--approve", expect=1).text

    assert "estimates that clients wait for cannot be made: C-0999" in told
    assert "the client is not known" in told
    assert "| overdue" in read(sample, "out/estimates/due-2026-11-24.md")
    health = sample("doctor", expect=None).text
    assert "estimates that should have been given: C-0999" in health
    assert "C-0999" in sample("estimates", "requests", expect=1).out
    sample("estimates", "withdraw", "C-0999")
    assert "nobody waits too long for an estimate" in sample("doctor", expect=None).text


def test_a_change_of_charges_gives_a_new_estimate_from_its_day_on(sample, office):
    line = "estimates change C-0001 --from 2099-01-05 --service SVC-45 --fee 165"
    said = sample(*line.split()).out
    assert "is to be given to C-0001 by 2099-01-02" in said

    sample("run", "gfe-check", "--as-of", "2099-01-01T06:40", expect=None)

    (made,) = [
        one for one in sample("estimates", "list", "--json").json if one["client_id"] == "C-0001"
    ]
    assert (made["starts_on"], made["lines"][0]["charge"]) == ("2099-01-05", "165.00")


def test_a_broken_rule_file_stops_the_estimates_and_is_named(sample):
    folder = sample.folder / "rules/billing"
    folder.mkdir(parents=True)
    (folder / "mine.json").write_text('{"id": "us-gfe"}')

    told = sample("run", "gfe-check", "--as-of", "2026-11-24T06:40", expect=1)

    assert "rules/billing/mine.json is not a rule set" in told.text
    assert not (sample.folder / "out/estimates").exists()


# Close ------------------------------------------------------------------------------------------


def test_the_month_is_closed_with_what_differs_and_books_without_names(billed_here):
    billed_here("run", "month-close", "--as-of", "2026-11-03")

    page = read(billed_here, "out/close/2026-10.md")
    table = read(billed_here, "out/ledger/2026-10.csv")
    assert "| Attended sessions " in page
    assert "Attended without a note" in page
    assert "Ledger and documents" not in page
    assert not [name for name in names(billed_here) if name in page + table]


def test_the_close_stops_where_the_calendar_cannot_be_read(billed_here):
    (billed_here.folder / "calendars/practice.ics").unlink()

    told = billed_here("run", "month-close", "--as-of", "2026-11-03", expect=1)

    assert "a calendar cannot be read now: practice" in told.text
    assert not (billed_here.folder / "out/close").exists()
