"""Numbers without a gap, from many threads with transactions that fail; and what would leave gaps."""

from __future__ import annotations

import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
import sqlalchemy as sa

from dayhand.testing import sample_info
from dayhand_billing import tables
from dayhand_billing.books import Books
from dayhand_billing.settings import BillingSettings

THREADS, TRIES = 8, 15
DAY = date(2026, 11, 2)


class Failed(Exception):
    pass


@pytest.fixture
def sqlite(tmp_path):
    engine = sa.create_engine(
        f"sqlite:///{tmp_path / 'g.sqlite'}", connect_args={"timeout": 30}, pool_size=THREADS
    )
    tables.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def postgres_server(tmp_path_factory):
    with warnings.catch_warnings():  # platformdirs asks for XDG_RUNTIME_DIR
        warnings.simplefilter("ignore")
        from tests_support import postgres as begun_here

        server = begun_here.start(tmp_path_factory.mktemp("pg"))
    yield server
    server.cleanup()


@pytest.fixture
def postgres(postgres_server):
    url = postgres_server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url, pool_size=THREADS)
    tables.metadata.drop_all(engine)
    tables.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request):
    return request.getfixturevalue(request.param)


def hammer(engine, act):
    """Run `act` in many threads, a third of it rolled back; the errors that were not planned."""

    def work(seed):
        rng = random.Random(seed)
        errors = []
        for _ in range(TRIES):
            try:
                with engine.begin() as connection:
                    act(connection, rng)
                    if rng.random() < 0.3:
                        raise Failed
            except Failed:
                continue
            except sa.exc.DBAPIError as error:
                errors.append(error)
        return errors

    with ThreadPoolExecutor(THREADS) as pool:
        return [error for errors in pool.map(work, range(THREADS)) for error in errors]


def keep(connection, number, sequence):
    texts = dict.fromkeys(
        ("initials", "client_name", "bill_to", "address", "email", "email_scopes", "void_reason"),
        "",
    )
    connection.execute(
        tables.invoices.insert().values(
            id=f"D-{number}", number=number, series="INV", sequence=sequence, state="issued",
            client_id="C-1", created_on=DAY, issued_on=DAY, due_on=DAY, total=0, **texts,
        )
    )  # fmt: skip


def sequences(engine):
    with engine.connect() as connection:
        return sorted(connection.execute(sa.select(tables.invoices.c.sequence)).scalars())


def test_E19_numbers_have_no_gap_whatever_is_rolled_back(engine):
    def issue(connection, rng):
        books = Books(connection, BillingSettings(), sample_info(), DAY)
        books.write()
        taken = books.number("INV", DAY)
        keep(connection, taken.number, taken.sequence)

    errors = hammer(engine, issue)

    found = sequences(engine)
    assert errors == []
    assert found == list(range(1, len(found) + 1))
    assert THREADS * TRIES / 3 < len(found) < THREADS * TRIES


def test_E19_the_control_with_a_sequence_leaves_gaps(postgres):
    with postgres.begin() as connection:
        connection.execute(sa.text("DROP SEQUENCE IF EXISTS numbers"))
        connection.execute(sa.text("CREATE SEQUENCE numbers"))

    def issue(connection, rng):
        sequence = connection.execute(sa.text("SELECT nextval('numbers')")).scalar_one()
        keep(connection, f"INV-{sequence}", sequence)

    hammer(postgres, issue)

    found = sequences(postgres)
    assert found != list(range(1, len(found) + 1))


def test_E19_the_control_with_the_highest_number_plus_one_fails(postgres):
    def issue(connection, rng):
        highest = connection.execute(sa.select(sa.func.max(tables.invoices.c.sequence))).scalar()
        keep(connection, f"INV-{(highest or 0) + 1}", (highest or 0) + 1)

    errors = hammer(postgres, issue)

    assert any(isinstance(error, sa.exc.IntegrityError) for error in errors)


def test_counters_are_apart(sqlite):
    with sqlite.begin() as connection:
        books = Books(connection, BillingSettings(), sample_info(), DAY)

        numbers = [books.number(name, DAY).number for name in ("INV", "CN", "INV")]

    assert numbers == ["INV-2026-00001", "CN-2026-00001", "INV-2026-00002"]


def test_a_month_of_billing_works_on_postgresql(postgres, tmp_path):
    from decimal import Decimal

    from billing_practice import Billing, session

    billing = Billing(tmp_path)
    billing.kit.engine.dispose()
    billing.kit.engine = postgres
    sessions = [session(1), session(2, day="2026-10-12")]

    [number] = billing.issue(*sessions)
    billing.pay("200", reference="TX-1")
    billing.run("credit", invoice=number, amount=Decimal(150), reason="x")
    made = billing.run("superbills", sessions=sessions, month="2026-10")

    assert billing.balance() == Decimal("-50.00")
    assert made["items"][0]["paid"] == Decimal("150.00")
    assert billing.run("ageing")["net"] == Decimal("-50.00")
    assert billing.run("render", invoice=number)["pages"] == 1
    assert billing.run("export", format="beancount")["entries"] == 3
    assert billing.draft(session(3, day="2026-10-19"))["total"] == Decimal("150.00")
    billing.run("void", invoice=billing.issue(session(4, day="2026-10-20"))[0], reason="x")
    assert [each["unallocated"] for each in billing.run("payments")] == [Decimal("50.00")]
    assert len(billing.run("invoices", month="2026-11")) == 3
