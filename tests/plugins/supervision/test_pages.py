"""The pages: what stands on them, and what never does."""

from __future__ import annotations

import pytest

from dayhand import StepError

CLIENTS = [{"id": "C-0017", "name": "Maria Quimby", "email": "maria@client.example"}]
MEMO = {
    "consultant": "Dr. Vance, psychiatrist",
    "asked": "Whether the change of medicine explains the restlessness.",
    "advice": "Likely in the first weeks.",
    "decision": "A sleep diary; ask again in two weeks.",
    "held_on": "2026-11-24",
    "length": "20 minutes",
    "case": "C-0017",
}


@pytest.fixture
def worked(keep):
    for week in (2, 9, 16):
        keep(f"2026-11-{week:02}", 600)
        keep(f"2026-11-{week + 1:02}", 120)
        keep(f"2026-11-{week + 2:02}", 60, "supervision_individual", topics="Formulation")


def test_the_log_has_its_hours_its_hash_and_lines_for_both_signatures(kit, worked, text_of):
    week = kit.run("supervision.week", day="2026-11-18")

    (file,) = kit.run("supervision.weekly_log", week=week)

    text = text_of(file["path"])
    for part in (
        "Setting: County clinic · week of 2026-11-16 to 2026-11-22",
        "Supervisor: Dr. Ada Ruiz, LMFT 45678",
        "Direct, individual 10:00 2:00 12:00",
        "Supervision, individual 1:00 1:00",
        "1 of 2 units of supervision in this setting: 2 units are needed above 10 direct hours",
        "Formulation",
        "Signature of Jane Doe, LCSW",
        "Signature of Dr. Ada Ruiz",
        "as of an unknown date",
        "This rule set is not verified",
        f"SHA-256 of these hours {file['sha256']}",
    ):
        assert part in text, part
    written = next(one for one in kit.files.written if one.path == file["path"])
    assert written.sha256 == file["file_sha256"] != file["sha256"]


def test_the_progress_says_what_is_missing_why_and_by_which_rules(kit, worked, text_of):
    progress = kit.run("supervision.progress")

    done = kit.run("supervision.report", progress=progress)

    markdown = kit.files.read(done["path"]).decode()
    printed = text_of(done["pdf"])
    for part in (
        "On the way, with weeks that do not count in full",
        "Missing: 2967 hours in all",
        "above 10 direct hours with one unit only",
        "B&P Code 4980.43 ff.",
        "Not verified: supervision: group max (confidence low)",
        "This rule set is not verified",
        "as of an unknown date",
        "No day of completion can be told",
    ):
        assert part in markdown, part
        assert part in printed, part


def test_without_pdf_only_markdown_is_written(make_kit):
    kit = make_kit(pdf=False)

    done = kit.run("supervision.report", progress=kit.run("supervision.progress"))

    assert done == {"path": "out/supervision/progress-lmft.md", "pdf": ""}


def test_markup_in_a_text_is_only_text(kit, keep, text_of):
    keep("2026-11-20", 60, "other", topics='#panic("x") *b* $x$', setting="A | B")

    (file,) = kit.run("supervision.weekly_log", week=kit.run("supervision.week", day="2026-11-20"))
    report = kit.run("supervision.report", progress=kit.run("supervision.progress"))

    assert '#panic("x") *b* $x$' in text_of(file["path"])
    assert "A \\| B" in kit.files.read(report["path"]).decode()


# The agenda -------------------------------------------------------------------------------------


def ask(kit, text, client_id="", **more):
    return kit.run("supervision.ask", text=text, client_id=client_id, **more)


def test_the_agenda_has_risk_first_and_no_name(kit, text_of):
    ask(kit, "Maria Quimby has not paid since 2026-10-01", "C-0017")
    ask(kit, "New thoughts of death", "C-0003", risk=True)
    ask(kit, "When to raise fees?")
    meeting = {
        "key": "k", "start": "2026-11-27T08:00:00-05:00", "end": "2026-11-27T08:50:00-05:00",
        "minutes": 50, "category": "supervision_individual", "supervisor": "Dr. Ada Ruiz",
    }  # fmt: skip

    done = kit.run(
        "supervision.agenda", questions=kit.run("supervision.questions"), clients=CLIENTS,
        meeting=meeting, progress=kit.run("supervision.progress"),
    )  # fmt: skip

    assert done["path"] == "out/supervision/agenda-2026-11-27.md"
    assert (done["cases"], done["removed"]) == (2, ["Q-000001: name", "Q-000001: date"])
    markdown = kit.files.read(done["path"]).decode()
    printed = text_of(done["pdf"])
    for text in (markdown, printed):
        assert "Quimby" not in text
        assert text.index("Case A · C-0003") < text.index("Case B · C-0017")
        assert "[name] has not paid since [date]" in text
        assert "08:00–08:50, individual with Dr. Ada Ruiz" in text
        assert "When to raise fees?" in text


def test_an_agenda_without_questions_says_so(kit):
    done = kit.run("supervision.agenda")

    assert "Nothing is flagged." in kit.files.read(done["path"]).decode()


# The memo ---------------------------------------------------------------------------------------


def test_the_memo_says_who_what_and_what_was_decided(kit, text_of):
    done = kit.run("supervision.memo", **MEMO, clients=CLIENTS)

    assert done["path"].startswith("out/consultations/2026-11-24-")
    assert (done["names_client"], len(done["sha256"])) == (False, 64)
    for text in (kit.files.read(done["path"]).decode(), text_of(done["pdf"])):
        for part in ("Dr. Vance, psychiatrist", "20 minutes", "C-0017", "What was decided, and why",
                     "A sleep diary", "Likely in the first weeks"):  # fmt: skip
            assert part in text


def test_a_memo_that_names_a_client_is_refused_without_quoting(kit):
    with pytest.raises(StepError, match="name under 'what was asked'") as caught:
        kit.run("supervision.memo", **MEMO | {"asked": "Whether Maria sleeps"}, clients=CLIENTS)

    assert "Maria" not in f"{caught.value.message} {caught.value.hint}"
    assert kit.files.written == []


def test_a_release_permits_a_name_and_the_memo_says_so(kit):
    done = kit.run(
        "supervision.memo", **MEMO | {"asked": "Whether Maria sleeps"}, clients=CLIENTS, release="R-000004"
    )  # fmt: skip

    assert done["names_client"] is True
    assert "yes, under release R-000004" in kit.files.read(done["path"]).decode()


def test_a_memo_without_a_decision_is_refused(kit):
    with pytest.raises(StepError, match="does not say what was decided, and why"):
        kit.run("supervision.memo", **MEMO | {"decision": " "})
