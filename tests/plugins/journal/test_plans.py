"""Treatment plans: kept, due by days and sessions, and held against the notes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner

from dayhand import UserError
from dayhand.testing import PracticeKit
from dayhand_journal import note_store, plan_store
from dayhand_journal.plan_commands import plans
from dayhand_journal.plan_models import PlanRow

TODAY = date(2026, 11, 24)


@pytest.fixture
def make_kit(tmp_path):
    def make(**journal):
        return PracticeKit(
            tmp_path,
            plugins=["dayhand_journal"],
            settings={"journal": journal},
            now="2026-11-24T09:00-05:00",
        )

    return make


@pytest.fixture
def kit(make_kit):
    return make_kit()


def client(**values):
    whole = {"id": "C-0017", "name": "Maria Quimby", "initials": "MQ"}
    whole["diagnoses"] = [{"code": "F60.3", "effective_from": "2026-01-01"}]
    return whole | values


def session(day, number=1, **values):
    start = datetime.fromisoformat(f"{day}T10:00-05:00")
    return {
        "id": f"S-{number:06}",
        "client": client(),
        "start": start,
        "end": start + timedelta(minutes=50),
        "minutes": 50,
        "status": "attended",
    } | values


def keep(kit, *, ago=10, goals=("Sleep six hours", "Ask for help"), **values):
    row = {
        "client_id": "C-0017",
        "initials": "MQ",
        "made_on": TODAY - timedelta(days=ago),
        "diagnoses": "F60.3",
    } | values
    rows = [PlanRow(**row, n=n, goal=goal) for n, goal in enumerate(goals, 1)]
    with kit.engine.begin() as connection:
        plan_store.put(connection, rows)
        return plan_store.require(connection, "C-0017").id


def due(kit, *days, **inputs):
    sessions = [session(day, number) for number, day in enumerate(days, 1)]
    found = kit.run("journal.plans_due", clients=[client()], sessions=sessions, **inputs)
    return [(one["state"], one["due_on"], one["sessions"]) for one in found]


def say(kit, *arguments):
    result = CliRunner().invoke(plans, arguments, obj=kit.context("journal"))
    if isinstance(result.exception, UserError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize(
    ("ago", "state", "left"), [(91, "overdue", -1), (90, "due", 0), (76, "due", 14)]
)
def test_a_plan_is_due_ninety_days_after_it_was_made(kit, ago, state, left):
    keep(kit, ago=ago)

    assert due(kit) == [(state, TODAY + timedelta(days=left), 0)]


def test_a_plan_that_is_good_for_longer_is_not_listed(kit):
    keep(kit, ago=75)

    assert due(kit) == []


def test_a_review_begins_the_interval_anew(kit):
    keep(kit, ago=200)
    say(kit, "review", "C-0017", "--on", "2026-11-20")

    assert due(kit) == []
    assert due(kit, within="100 days") == [("due", date(2027, 2, 18), 0)]


def test_a_day_set_for_the_review_comes_first(kit):
    keep(kit, ago=10, review_by="2026-11-30")
    assert due(kit) == [("due", date(2026, 11, 30), 0)]

    with kit.engine.begin() as connection:
        plan_store.review(connection, "T-000001", date(2026, 11, 30), "")
    assert due(kit) == []


def test_a_plan_is_due_after_so_many_sessions(make_kit):
    kit = make_kit(plan_review={"sessions": 2})
    keep(kit, ago=10)

    assert due(kit, "2026-11-12", "2026-11-16") == []
    assert due(kit, "2026-11-16", "2026-11-23") == [("due", TODAY, 2)]


def test_a_plan_is_missing_once_there_were_sessions(kit):
    assert due(kit) == []
    assert due(kit, "2026-11-16") == [("missing", None, 1)]


def test_the_same_rows_again_change_nothing(kit):
    keep(kit)
    before = kit.run("journal.treatment_plans")

    keep(kit)

    assert kit.run("journal.treatment_plans") == before
    assert len(before) == 1


def test_a_later_plan_ends_the_one_before(kit):
    keep(kit, ago=50)
    say(kit, "add", "C-0017", "--goal", "Another", "--diagnosis", "F33.1")

    (held,) = kit.run("journal.treatment_plans", client_ids=["C-0017"])

    assert [goal["goal"] for goal in held["goals"]] == ["Another"]
    assert held["diagnoses"] == ["F33.1"]
    with kit.engine.connect() as connection:
        first, _ = plan_store.all_plans(connection)
    assert first.ended_on == date(2026, 11, 23)


def test_what_was_exported_is_read_back(kit, tmp_path):
    keep(kit, problem="=1+1", goals=("One; two", "A, b"))
    say(kit, "goal", "T-000001", "2", "met")
    text = say(kit, "export", "-")
    file = tmp_path / "plans.csv"
    file.write_text(text)

    assert "0 new plans, 0 new goals" in say(kit, "import", str(file))
    assert say(kit, "export", "-") == text
    assert "'=1+1" in text
    assert "export treatment plans" in kit.audit


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("client_id,made_on,n\nC-0017,2026-11-01,1\n", "missing goal"),
        ("client_id,made_on,n,goal\nQuimby,11/1/26,1,Sleep\n", "1 row cannot be read"),
        ("client_id,made_on,n,goal,hue\n", "unknown 'hue'"),
    ],
)
def test_a_file_that_is_wrong_keeps_nothing(kit, tmp_path, text, told):
    file = tmp_path / "plans.csv"
    file.write_text(text)

    with pytest.raises(UserError, match=told) as refused:
        say(kit, "import", str(file))

    assert "Quimby" not in str(refused.value.hint)
    assert kit.run("journal.treatment_plans") == []


def test_commands_show_what_a_plan_says_only_on_request(kit):
    keep(kit)

    assert "Sleep" not in say(kit, "list") + say(kit, "show", "T-000001")
    assert "1. Sleep six hours (active)" in say(kit, "show", "T-000001", "--reveal")
    assert "reveal plan T-000001" in kit.audit
    assert '"active_goals": "2"' in say(kit, "list", "--json")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "T-000009"), "no treatment plan 'T-000009'"),
        (("goal", "C-0017", "7", "met"), "has no goal 7"),
        (("review", "C-0017", "--on", "2027-01-01"), "between"),
        (("add", "quimby", "--goal", "x"), "look at client-id"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(kit, arguments, told):
    keep(kit)

    with pytest.raises(UserError, match=told):
        say(kit, *arguments)


# The golden thread --------------------------------------------------------------------------------


def lint(kit, *, note_format="DAP", day="2026-11-20", who=None, **sections):
    held = session(day, client=client(note_format=note_format, **(who or {})))
    (stub,) = kit.run("journal.stubs", sessions=[held])["notes"]
    with kit.engine.begin() as connection:
        note_store.write(connection, stub["id"], sections)
    return [one["rule"] for one in kit.run("journal.thread_lint", sessions=[held])]


WHOLE = {"data": "We reviewed the sleep log.", "goals": "1", "plan": "Go on"}


@pytest.mark.parametrize(
    "named", ["1", "Goal 2: ask", "#1", "sleep six hours", "Sleep  six hours a night"]
)
def test_a_note_that_names_an_active_goal_holds(kit, named):
    keep(kit)

    assert lint(kit, **WHOLE | {"goals": named}) == []


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({"goals": ""}, ["no_goal"]),
        ({"goals": "3"}, ["no_goal", "other_goal"]),
        ({"goals": "1\nRun a marathon"}, ["other_goal"]),
        ({"data": "She came late."}, ["no_intervention"]),
        ({"who": {"diagnoses": []}}, ["diagnosis"]),
        ({"who": {"diagnoses": [{"code": "F33.1", "effective_from": "2026-01-01"}]}}, ["diagnosis"]),
        (
            {"who": {"diagnoses": [{"code": "F60.3", "effective_from": "2026-01-01", "effective_to": "2026-11-19"}]}},
            ["diagnosis"],
        ),
    ],
)  # fmt: skip
def test_what_breaks_the_thread_is_told(kit, change, rules):
    keep(kit)

    assert lint(kit, **WHOLE | change) == rules


def test_a_goal_that_was_met_before_counts_no_longer(kit):
    plan = keep(kit)
    with kit.engine.begin() as connection:
        plan_store.set_goal(connection, plan, 1, "met", date(2026, 11, 20))

    assert lint(kit, **WHOLE) == ["no_goal", "other_goal"]
    assert lint(kit, day="2026-11-19", **WHOLE) == []


def test_a_note_without_a_plan_or_under_an_old_one_is_told(kit):
    assert lint(kit, **WHOLE) == ["no_plan"]

    keep(kit, ago=95)
    assert lint(kit, **WHOLE) == ["old_plan"]


def test_a_format_with_a_section_for_it_needs_no_word_for_what_was_done(kit):
    keep(kit)

    assert lint(kit, note_format="GIRP", goal="Goal 1", intervention="Breathing") == []
    assert lint(kit, note_format="GIRP", goal="Goal 1", intervention="") == ["no_intervention"]


def test_an_empty_note_is_left_to_the_list_of_unsigned_ones(kit):
    keep(kit)

    assert lint(kit) == []


def test_the_reviews_show_goals_scores_and_breaks_and_no_name(kit):
    keep(kit, ago=100)
    lint(kit, **WHOLE | {"goals": ""})
    found = kit.run("journal.plans_due", clients=[client()])
    broken = kit.run("journal.thread_lint", sessions=[session("2026-11-20")])

    done = kit.run("journal.plan_reviews", due=found, findings=broken)

    text = kit.files.read(done["path"]).decode()
    assert (done["due"], done["overdue"], done["findings"]) == (1, 1, 2)
    assert "| Nov 14, 2026 | MQ · C-0017 | T-000001 | 0 | overdue: 90 days |" in text
    assert "| Nov 20, 2026 | MQ · C-0017 | N-000001 | it names no active goal of the plan |" in text
    assert "| 1 | Sleep six hours |" in text
    assert "Quimby" not in text
    assert kit.files.read(done["pdf"]).startswith(b"%PDF")
