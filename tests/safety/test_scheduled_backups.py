"""Backups that the daemon makes: on time, verified, thinned out by rule, and told of where they fail."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from itertools import pairwise

import pytest
from tests_support.daemons import House
from tests_support.post_box import PostBox

from dayhand.app import backups
from dayhand.app.diagnosis import examine
from dayhand.daemon.housekeeping import Housekeeping
from dayhand.errors import DayhandError, StoreError, UserError
from dayhand.model.backup import BackupRule

DAY = timedelta(days=1)


@pytest.fixture
def stick(tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def settings(bench, *lines):
    file = bench.folder / "practice.yaml"
    file.write_text("\n".join([file.read_text(), *lines, ""]))
    bench.close()
    bench.fresh()


def look(bench):
    """One turn of the daemon's housekeeping; what it said, or what stood in its way."""
    said = []
    try:
        asyncio.run(Housekeeping(bench.app, "me", said.append).look())
    except DayhandError as error:
        said.append(error.message)
    return [line for line in said if "week past" not in line]


def hours(bench, number):
    """As many turns, an hour apart; how many backups were made."""
    made = 0
    for _ in range(number):
        bench.clock.move(timedelta(hours=1))
        made += sum(line.startswith("wrote and verified") for line in look(bench))
    return made


def told_by_doctor(bench):
    return [(one.level, one.message) for name, one in examine(bench.app) if name == "backup"]


def names(folder):
    return sorted(file.name for file in folder.iterdir())


# On time, and opened --------------------------------------------------------------------------------


def test_the_daemon_makes_one_a_day_and_each_is_whole(bench):
    settings(bench, "backup: {every: 1 day}")

    assert hours(bench, 1) == 1  # there was none
    assert hours(bench, 23) == 0
    assert hours(bench, 25) == 2

    made = backups.listed(backups.usual_folder(bench.app))
    assert len(made) == 3
    assert [backups.verify(bench.app, file).rows["audit"] for file, _ in made]
    assert bench.app.store.last_audit("backup.verified") is not None


def test_without_the_setting_the_daemon_makes_none(bench):
    assert hours(bench, 3) == 0
    assert not backups.usual_folder(bench.app).exists()


def test_one_made_by_hand_in_the_usual_folder_counts(bench):
    settings(bench, "backup: {every: 1 day}")
    backups.make(bench.app, None)

    assert hours(bench, 3) == 0


def test_a_clock_that_was_wrong_for_a_while_does_not_stop_them(bench):
    settings(bench, "backup: {every: 1 day}")
    bench.clock.move(timedelta(days=3650))
    assert hours(bench, 1) == 1
    bench.clock.move(timedelta(days=-3650))

    assert hours(bench, 1) == 1


# What stays -----------------------------------------------------------------------------------------


def test_the_newest_stay_and_the_last_of_each_month_and_what_is_not_ours(bench, stick):
    settings(bench, f"backup: {{every: 1 day, keep: 2, to: {stick}}}")
    by_hand = backups.make(bench.app, stick / "by-hand.dhb").file
    (stick / "holiday.jpg").write_bytes(b"x")
    other = stick / "other-20200101-000000.dhb"
    other.write_bytes(by_hand.read_bytes().replace(b"practice", b"practicf", 1))
    start = bench.clock.now()
    for _ in range(8):
        bench.clock.move(DAY)
        look(bench)

    own = [
        head["made_at"][:10] for file, head in backups.listed(stick) if file not in (by_hand, other)
    ]
    days = [str((start + DAY * number).date()) for number in range(1, 9)]
    ends_of_months = [day for day, after in pairwise(days) if day[:7] != after[:7]]
    assert sorted(own) == sorted({*days[-2:], *ends_of_months})
    assert {"by-hand.dhb", "holiday.jpg", other.name} <= set(names(stick))


def test_the_one_just_verified_stays_though_the_clock_was_set_back(bench, stick):
    settings(bench, f"backup: {{every: 1 day, keep: 1, to: {stick}}}")
    for _ in range(3):
        assert look(bench)[-1].startswith("wrote and verified")
        bench.clock.move(timedelta(days=-2))

    assert backups.latest(bench.app) is not None
    assert min(head["made_at"] for _, head in backups.listed(stick))[:10] == str(
        (bench.clock.now() + timedelta(days=2)).date()
    )


# Where it fails -------------------------------------------------------------------------------------


def test_a_disk_that_is_not_there_is_told_once_and_tried_again_until_it_is(bench, stick):
    with PostBox() as box:
        settings(
            bench,
            f"backup: {{every: 1 day, to: {stick}}}",
            f"notify: [{{webhook: {json.dumps(box.url)}}}]",
        )
        house = House(bench)
        assert hours(bench, 1) == 1
        stick.rename(stick.with_name("pulled out"))
        bench.clock.move(DAY)
        for _ in range(3):
            assert look(bench)[-1] == f"there is no folder {stick}"
            house.look()
            bench.clock.move(timedelta(hours=1))

        assert [post.headers["Title"] for post in box.posts] == ["No backup could be made"]
        assert not stick.exists()  # a disk that is not plugged in is not made up
        assert told_by_doctor(bench)[0] == (
            "failure",
            f"the daemon could make none: there is no folder {stick}",
        )

        stick.with_name("pulled out").rename(stick)
        assert hours(bench, 1) == 1
        assert told_by_doctor(bench)[0][0] == "ok"
        assert len(names(stick)) == 2

        stick.rename(stick.with_name("pulled out"))  # another time, told again
        bench.clock.move(DAY)
        look(bench)
        house.look()
        assert len(box.posts) == 2


def test_one_that_does_not_verify_counts_for_nothing_and_nothing_old_goes(
    bench, stick, monkeypatch
):
    from dayhand.store.backup import Content

    settings(bench, f"backup: {{every: 1 day, keep: 1, to: {stick}}}")
    assert hours(bench, 1) == 1
    before = names(stick)

    def damaged(self, head):
        raise StoreError("page 3 is not as it was written")

    monkeypatch.setattr(Content, "verify", damaged)
    bench.clock.move(DAY)

    assert look(bench)[-1] == "page 3 is not as it was written"
    assert names(stick) == before


def test_the_doctor_says_when_the_last_good_one_was(bench):
    hints = [one.hint for name, one in examine(bench.app) if name == "backup"]
    assert "let the daemon" in hints[0]
    settings(bench, "backup: {every: 12 hours}")
    hours(bench, 1)
    bench.clock.move(timedelta(hours=5))

    (level, told), *_ = told_by_doctor(bench)
    assert level == "ok"
    assert told.startswith("the last good one is of 2026-")
    assert told.endswith("5 h old")
    bench.clock.move(timedelta(hours=24))
    assert told_by_doctor(bench)[0][0] == "warning"


# The setting ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{every: 10 minutes}", "backup-too-often"),
        ("{every: often}", "bad-duration"),
        ("{every: 1 day, to: backups}", "bad-path"),
        ("{every: 1 day, keep: 0}", "wrong-value"),
        ("{keep: 3}", "missing-key"),
        ("{every: 1 day, too: /x}", "unknown-key"),
    ],
)
def test_a_wrong_setting_is_told_and_the_daemon_makes_none(bench, text, code):
    settings(bench, f"backup: {text}")

    checked = bench.app.checked_practice
    assert [problem.code for problem in checked.problems] == [code]
    assert checked.backup == BackupRule()


def test_a_database_on_a_server_is_not_dayhands_to_copy(bench):
    settings(bench, "storage: postgresql://localhost/x", "backup: {every: 1 day}")

    assert "backup-of-a-server" in [p.code for p in bench.app.checked_practice.problems]


def test_a_folder_inside_the_practice_is_refused(bench):
    settings(bench, f"backup: {{every: 1 day, to: {bench.folder / 'out'}}}")
    (bench.folder / "out").mkdir(exist_ok=True)

    with pytest.raises(UserError, match="lies in the practice folder"):
        backups.make(bench.app, None)
    assert "lies in the practice folder" in look(bench)[-1]
