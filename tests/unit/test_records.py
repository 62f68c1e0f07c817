from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from pydantic import BaseModel, Field

from dayhand import Parts, Records, UserError, next_id


class Walk(BaseModel):
    id: str = ""
    on: date
    where: str | None = None
    with_whom: Parts[str] = Field(default_factory=list)
    began_at: datetime | None = None
    minutes: int = 0


WALKS = Records(
    sa.Table(
        "walks",
        sa.MetaData(),
        sa.Column("id", sa.String(20), primary_key=True),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("where", sa.String(40)),
        sa.Column("with_whom", sa.Text, nullable=False),
        sa.Column("began_at", sa.String(32)),
        sa.Column("minutes", sa.Integer, nullable=False),
    ),
    Walk,
    prefix="W",
    known_by=("on", "where"),
    order=("on", "id"),
    title="walk",
    shown_by="walks list",
)


@pytest.fixture
def connection():
    engine = sa.create_engine("sqlite://")
    WALKS.table.create(engine)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def test_a_row_is_kept_and_read_back_whole(connection):
    at = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    walk = Walk(on=date(2026, 11, 1), where="lake", with_whom=["Ana", "Bo"], began_at=at)

    kept, state = WALKS.put(connection, walk)

    assert (kept, state) == (walk.model_copy(update={"id": "W-000001"}), "new")
    assert WALKS.find(connection, " w-000001 ") == kept
    assert WALKS.all(connection) == [kept]


def test_the_same_again_changes_nothing_and_another_is_changed_in_place(connection):
    walk = Walk(on=date(2026, 11, 1))  # no place is the same as no place
    longer = walk.model_copy(update={"minutes": 9})

    done = WALKS.take_in(connection, [walk, walk, longer])

    assert (str(done), done.rows) == ("1 new, 1 changed, 1 unchanged", 3)
    assert done.ids == ["W-000001"] * 3
    assert WALKS.same(connection, walk).minutes == 9


def test_a_row_with_an_id_is_that_row_whatever_else_it_says(connection):
    WALKS.put(connection, Walk(on=date(2026, 11, 1)))
    moved, state = WALKS.put(connection, Walk(id="w-000001", on=date(2026, 11, 2)))

    assert (state, moved.id) == ("changed", "W-000001")
    assert [one.on for one in WALKS.all(connection)] == [date(2026, 11, 2)]


def test_with_only_new_what_is_there_stays(connection):
    WALKS.put(connection, Walk(on=date(2026, 11, 1), minutes=5))

    done = WALKS.take_in(connection, [Walk(on=date(2026, 11, 1), minutes=9)], only_new=True)

    assert (done.unchanged, done.ids) == (1, ["W-000001"])
    assert WALKS.find(connection, "W-000001").minutes == 5


def test_rows_are_listed_in_order_and_by_condition(connection):
    WALKS.take_in(connection, [Walk(on=date(2026, 11, day), where=str(day)) for day in (3, 1, 2)])

    late = WALKS.all(connection, WALKS.table.c.on > date(2026, 11, 1))

    assert [one.where for one in late] == ["2", "3"]
    assert WALKS.same(connection, Walk(on=date(2026, 11, 9))) is None


def test_an_id_that_is_not_there_is_told_with_where_to_look(connection):
    with pytest.raises(UserError, match="there is no walk W-9") as told:
        WALKS.find(connection, "W-9")

    assert told.value.hint == "'walks list' shows the ids"


@pytest.mark.parametrize(
    "there, then",
    [
        ([], "W-000001"),
        (["W-000007", "W-000012", "X-000099"], "W-000013"),
        (["W-000002", "W-abcdef", "W-old"], "W-000003"),
        (["W-999999", "W-1000000"], "W-1000001"),
    ],
)
def test_the_next_id_follows_the_highest_of_its_kind(connection, there, then):
    for one in there:
        row = {"id": one, "on": date(2026, 11, 1), "with_whom": "", "minutes": 0}
        connection.execute(WALKS.table.insert().values(row))

    assert next_id(connection, WALKS.table, "W") == then
