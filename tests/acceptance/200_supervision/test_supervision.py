"""200: the routines of supervision, on the sample practice: what they make, and what stops them."""

from __future__ import annotations

import io
import shutil

import pypdf
import pytest

SUNDAY, THURSDAY, FRIDAY = "2026-11-22", "2026-11-26", "2026-11-27"
PAGES = "out/supervision"
FORM = {
    "consultant": "Dr. Vance, psychiatrist",
    "case": "C-0017",
    "asked": "Whether the change of medicine explains the restlessness.",
    "advice": "Likely; watch sleep.",
    "decision": "A sleep diary, and ask again in two weeks.",
}


def read(practice, path):
    content = (practice.folder / path).read_bytes()
    if not path.endswith(".pdf"):
        return content.decode()
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def names(practice):
    return [row[1] for row in practice.rows()["practice_clients"]]


def answers(**fields):
    return [part for name, text in fields.items() for part in ("--set", f"{name}={text}")]


@pytest.fixture(scope="module")
def weekly(made, tmp_path_factory):
    """A practice in which the week was logged, twice."""
    folder = tmp_path_factory.mktemp("weekly") / "sample"
    shutil.copytree(made["sample"].folder, folder)
    practice = type(made["sample"])(folder, made["sample"].home)
    practice("run", "weekly-hours-log", "--dry-run", "--as-of", SUNDAY)
    assert not (folder / PAGES).exists()
    practice("run", "weekly-hours-log", "--as-of", SUNDAY)
    once = practice("supervision", "list").out
    practice("run", "weekly-hours-log", "--as-of", SUNDAY)
    assert practice("supervision", "list").out == once
    return practice


@pytest.fixture(scope="module")
def hours(weekly):
    return weekly("supervision", "list", "--json").json


def test_the_week_becomes_a_log_to_sign_and_a_report(weekly, hours):
    log = read(weekly, f"{PAGES}/log-lpcc-2026-11-16-lakeside-counseling-dr-ilse-marchetti.pdf")
    report = read(weekly, f"{PAGES}/progress-lpcc.md")
    (kept,) = weekly("supervision", "logs", "--json").json
    total = sum(row["minutes"] for row in hours if "2026-11-16" <= row["on"] <= SUNDAY)
    assert f"{total // 60}:{total % 60:02}" in log
    assert kept["sha256"] in log
    assert kept["state"] == "open"
    assert "| 2026-11-16 | Lakeside Counseling |" in report
    assert "This rule set is not verified" in report
    assert not [name for name in names(weekly) if name in log + report]


def test_its_direct_hours_are_those_of_the_attended_sessions(weekly, hours):
    attended = {
        row["id"]: row["minutes"]
        for month in ("2026-10", "2026-11")
        for row in weekly(
            "sessions", "list", "--month", month, "--status", "attended", "--json"
        ).json
        if "2026-10-11" <= row["start"][:10] <= SUNDAY
    }

    logged = {row["reference"]: row["minutes"] for row in hours if row["source"] == "session"}

    assert len(attended) > 60
    assert logged == attended


def test_the_week_without_a_track_says_what_to_write(sample):
    sample.settings("supervision:\n  tracks:\n    lpcc:", "supervision:\n  tracks: {}\n  # lpcc:")
    text = (sample.folder / "practice.yaml").read_text()
    head, _, rest = text.partition("  # lpcc:\n")
    kept = [line for line in rest.splitlines() if not line.startswith("      ")]
    (sample.folder / "practice.yaml").write_text(head + "\n".join(kept) + "\n")

    told = sample("run", "weekly-hours-log", "--as-of", SUNDAY, expect=1)

    assert "practice.yaml has no track of supervised hours" in told.out
    assert not (sample.folder / PAGES).exists()


def test_the_agenda_is_made_the_day_before_without_names(sample):
    sample("run", "supervision-prep", "--as-of", THURSDAY)

    agenda = read(sample, f"{PAGES}/agenda-{FRIDAY}.md")
    assert agenda.index("Case A · C-0017 · RISK") < agenda.index("Case B · C-0014")
    assert "08:00–08:50, group" in agenda
    assert not [name for name in names(sample) if name in agenda]
    assert "Case C" in read(sample, f"{PAGES}/agenda-{FRIDAY}.pdf")


def test_a_name_in_a_question_does_not_reach_the_agenda(sample):
    sample("supervision", "ask", "--client", "C-0004", "--text", "Tobias Wren called on 2026-11-20")

    sample("run", "supervision-prep", "--as-of", THURSDAY)

    agenda = read(sample, f"{PAGES}/agenda-{FRIDAY}.md")
    assert "[name] called on [date]" in agenda
    assert "Tobias" not in agenda


def test_no_agenda_is_made_before_a_day_without_supervision(sample):
    sample("run", "supervision-prep", "--as-of", "2026-11-24")

    assert not (sample.folder / PAGES).exists()


def test_an_agenda_that_cannot_read_the_calendar_fails_and_says_so(sample):
    (sample.folder / "calendars/practice.ics").unlink()
    file = sample.folder / "routines/supervision/supervision-prep.yaml"
    file.write_text(
        file.read_text().replace("retry: {attempts: 3, first: 5 seconds}", "timeout: 1 min")
    )

    told = sample("run", "supervision-prep", "--as-of", THURSDAY, expect=1)

    assert "practice" in told.out
    assert not (sample.folder / PAGES).exists()


def test_supervision_is_logged_once_when_it_is_over(sample):
    for time in ("08:30", "09:00", "09:00"):
        sample("run", "supervision-log", "--as-of", f"{FRIDAY}T{time}")
        rows = sample("supervision", "list", "--json").json
        found = [(r["on"], r["minutes"], r["category"]) for r in rows if r["source"] == "meeting"]

        assert found == ([] if time == "08:30" else [(FRIDAY, 50, "supervision_group")])


def test_an_unknown_track_stops_the_log(sample):
    told = sample(
        "run", "supervision-log", "--as-of", f"{FRIDAY}T09:00", "-i", "track=nope", expect=1
    )

    assert "there is no track 'nope'" in told.out


def test_a_consultation_becomes_a_memo_and_an_hour(sample):
    sample("run", "consult-memo", "-i", "track=lpcc", "--as-of", "2026-11-24", expect=3)
    sample("answer", sample.question(), *answers(**FORM, held_on="2026-11-24", minutes="20"))

    (memo,) = (sample.folder / "out/consultations").glob("*.md")
    text = memo.read_text()
    assert "Dr. Vance, psychiatrist" in text
    assert "A sleep diary, and ask again in two weeks." in text
    assert memo.with_suffix(".pdf").exists()
    (row,) = [
        r for r in sample("supervision", "list", "--json").json if r["category"] == "consultation"
    ]
    assert row["minutes"] == 20


def test_a_memo_that_names_a_client_is_stopped_and_the_name_not_repeated(sample):
    sample("run", "consult-memo", "--as-of", "2026-11-24", expect=3)

    told = sample(
        "answer", sample.question(),
        *answers(**FORM | {"asked": "Whether Tobias Wren sleeps"}, held_on="2026-11-24", minutes="20"),
        expect=1,
    )  # fmt: skip

    assert "could tell who the client is" in told.out
    assert "Wren" not in told.text
    assert not (sample.folder / "out/consultations").exists()


def test_nothing_of_them_leaves_the_machine(weekly):
    effects = {row["name"]: row["effect"] for row in weekly("steps", "--json").json}
    texts = [file.read_text() for file in (weekly.folder / "routines/supervision").iterdir()]

    used = {line.split("uses:")[1].strip() for text in texts for line in text.splitlines()
            if line.lstrip(" -").startswith("uses:")}  # fmt: skip
    assert len(texts) == 4
    assert {effects[name] for name in used} == {"none", "read", "write", "record"}
