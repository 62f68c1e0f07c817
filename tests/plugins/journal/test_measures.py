"""Measures: which are due, how the scores went, and the files they come from."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from dayhand import UserError
from dayhand.testing import PracticeKit
from dayhand_journal.measure_commands import measures

TODAY = date(2026, 11, 24)
HEADER = "client_id,measure,on,score\n"


@pytest.fixture
def kit(tmp_path):
    return PracticeKit(tmp_path, plugins=["dayhand_journal"], now="2026-11-24T06:40-05:00")


def say(kit, *arguments):
    result = CliRunner().invoke(measures, arguments, obj=kit.context("journal"))
    if isinstance(result.exception, UserError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def give(kit, measure="PHQ-9", every=14, **options):
    flags = [part for name, text in options.items() for part in (f"--{name}", text)]
    say(kit, "give", "C-0017", measure, "--every", str(every), "--initials", "MQ", *flags)


def scored(kit, *scores, measure="PHQ-9", last=0, every=14):
    rows = [
        f"C-0017,{measure},{TODAY - timedelta(days=last + every * back)},{score}"
        for back, score in enumerate(reversed(scores))
    ]
    (kit.context("journal").files.resolve("scores.csv")).write_text(HEADER + "\n".join(rows))
    return kit.run("journal.import_scores", path="scores.csv")


def due(kit, **inputs):
    return kit.run("journal.measures_due", **inputs)


def test_a_measure_is_due_from_its_first_day_and_then_so_many_days_after_the_last(kit):
    give(kit, since="2026-11-20")
    (first,) = due(kit)
    assert (first["due_on"], first["is_due"], first["trend"]) == (
        date(2026, 11, 20),
        True,
        "unknown",
    )

    scored(kit, 12, last=3)
    (then,) = due(kit)
    assert (then["due_on"], then["days_left"], then["is_due"]) == (date(2026, 12, 5), 11, False)
    assert due(kit, within="11 days")[0]["is_due"] is True


@pytest.mark.parametrize(
    ("scores", "trend"),
    [((10, 15), "worse"), ((15, 10), "better"), ((10, 14), "same"), ((14,), "unknown")],
)
def test_a_notable_change_is_better_or_worse(kit, scores, trend):
    give(kit)
    scored(kit, *scores)

    assert due(kit)[0]["trend"] == trend


def test_where_more_is_better_the_trend_is_the_other_way(tmp_path):
    settings = {"journal": {"measures": {"ORS": {"better": "higher", "maximum": 40}}}}
    kit = PracticeKit(
        tmp_path, plugins=["dayhand_journal"], settings=settings, now="2026-11-24T06:40-05:00"
    )
    give(kit, "ORS")
    scored(kit, 20, 30, measure="ORS")

    assert due(kit)[0]["trend"] == "better"


def test_a_measure_that_was_stopped_is_no_longer_due(kit):
    give(kit)
    say(kit, "stop", "C-0017", "PHQ-9", "--on", "2026-11-23")

    assert due(kit) == []


def test_the_same_file_again_changes_nothing_and_a_corrected_one_does(kit):
    assert scored(kit, 10, 12) == {"rows": 2, "new": 2, "changed": 0, "unchanged": 0}
    assert scored(kit, 10, 12) == {"rows": 2, "new": 0, "changed": 0, "unchanged": 2}
    assert scored(kit, 10, 13) == {"rows": 2, "new": 0, "changed": 1, "unchanged": 1}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("C-0017,PHQ-9,2026-11-20,28\n", "27 is the highest score"),
        ("C-0017,PHQ-9,2026-12-01,9\n", "still to come"),
        ("C-0017,PHQ-9,2026-11-20,9\nC-0017,PHQ-9,yesterday,9\n", "1 row cannot be read"),
    ],
)
def test_a_file_with_a_wrong_score_keeps_nothing(kit, rows, told):
    kit.context("journal").files.resolve("in.csv").write_text(HEADER + rows)

    with pytest.raises(UserError, match=told):
        kit.run("journal.import_scores", path="in.csv")

    assert say(kit, "export", "-").count("\n") == 1


@pytest.mark.parametrize("kind", ["scores", "measures"])
def test_what_was_exported_is_read_back(kit, tmp_path, kind):
    give(kit)
    scored(kit, 10, 12)
    text = say(kit, "export", "-", "--kind", kind)
    file = tmp_path / "again.csv"
    file.write_text(text)

    say(kit, "import", str(file), "--kind", kind)

    assert say(kit, "export", "-", "--kind", kind) == text
    assert f"export {kind}" in kit.audit


def test_lists_show_no_score(kit):
    give(kit, since="2026-11-01")
    say(kit, "score", "C-0017", "PHQ-9", "19")

    assert "every" in say(kit, "list")
    shown = say(kit, "due") + say(kit, "due", "--json") + say(kit, "list", "--json")
    assert "19" not in shown.replace("2026-11-19", "")
    assert '"due_on": "2026-12-08"' in shown


def test_the_page_has_a_chart_of_each_series_and_says_it_in_words(kit):
    give(kit)
    give(kit, "GAD-7", 28)
    scored(kit, 11, 10, 19)

    done = kit.run("journal.measures_page", measures=due(kit, within="30 days"))

    assert (done["due"], done["worse"], done["charts"]) == (2, 1, 1)
    text = kit.files.read(done["path"]).decode()
    assert "- MQ · C-0017, PHQ-9: 11, 10, 19, of 27, from Oct 27, 2026 to Nov 24, 2026" in text
    assert "| 19 on Nov 24, 2026 | +9, worse |" in text
    assert b"PHQ-9" not in kit.files.read(done["pdf"])[:100]


def test_a_client_that_is_not_given_a_measure_cannot_be_stopped(kit):
    with pytest.raises(UserError, match="is not given PHQ-9"):
        say(kit, "stop", "C-0017", "PHQ-9")
    with pytest.raises(UserError, match="look at client-id"):
        say(kit, "score", "Maria", "PHQ-9", "3")
