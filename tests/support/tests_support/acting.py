"""A plugin for tests of the engine: steps that count their calls and end as the test tells them to."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import dayhand
from dayhand import (
    Confirmation,
    Duration,
    Effect,
    NotSent,
    Preview,
    Retryable,
    Sensitive,
    StepError,
    Tables,
    step,
)

calls: Counter[str] = Counter()
"""How often each step was called, by the name it was given."""
world: list[str] = []
"""What left the machine."""
happened: dict[str, bool | None] = {}
"""What `confirm` answers, by what was sent."""
script: dict[str, list[Exception | Callable[[], Any]]] = {}
"""What the next calls of a name do: raise this, or call that."""
held: asyncio.Event | None = None
"""If it is there, `act.sleep` sleeps until it is set, however fast the machine."""


def reset() -> None:
    """Forget everything."""
    global held  # noqa: PLW0603 - as a module this is what a plugin is
    held = None
    calls.clear()
    world.clear()
    happened.clear()
    script.clear()


def _play(name: str) -> None:
    calls[name] += 1
    if script.get(name):
        act = script[name].pop(0)
        if isinstance(act, BaseException):
            raise act
        act()


class Person(BaseModel):
    """Someone."""

    id: str
    name: Sensitive[str]
    owes: Decimal = Decimal("0.00")


class People(BaseModel):
    """Several."""

    items: list[Person]
    total: Decimal


@step("act.echo", effect=Effect.NONE, summary="Give back what it is given")
async def echo(context: dayhand.StepContext, *, value: Any = None, name: str = "echo") -> Any:
    """Give back a value.

    Args:
        value: anything.
        name: whom to count the call for.
    """
    _play(name)
    return value


@step("act.noop", effect=Effect.NONE, summary="Do nothing")
async def noop(context: dayhand.StepContext) -> None:
    """Do nothing."""


@step("act.plain", effect=Effect.READ, summary="A plain function")
def plain_function(context: dayhand.StepContext, *, name: str = "plain") -> str:
    """Run in a thread."""
    _play(name)
    return context.run.routine


@step("act.people", effect=Effect.READ, summary="Some people")
async def people(context: dayhand.StepContext, *, count: int = 2) -> People:
    """Make people."""
    items = [
        Person(id=f"C-{i}", name=f"Secret Name{i}", owes=Decimal(i) * 10) for i in range(count)
    ]
    return People(items=items, total=sum((p.owes for p in items), Decimal(0)))


@step("act.greet", effect=Effect.NONE, summary="Greet a person")
async def greet(context: dayhand.StepContext, *, who: str) -> str:
    """Greet."""
    return f"hello {who}"


@step("act.fail", effect=Effect.NONE, summary="Fail so often, then succeed")
async def fail(
    context: dayhand.StepContext, *, name: str = "fail", times: int = 1, retryable: bool = True
) -> int:
    """Fail the first `times` times."""
    _play(name)
    if calls[name] <= times:
        raise (Retryable if retryable else StepError)(
            f"no luck at try {calls[name]}", hint="try again"
        )
    return calls[name]


@step("act.crash", effect=Effect.NONE, summary="Raise something unforeseen")
async def crash(context: dayhand.StepContext) -> None:
    """Raise, with client data in the message, as careless plugins do."""
    raise ValueError("Secret Name0 owes 10")


@step("act.sleep", effect=Effect.NONE, summary="Sleep")
async def sleep(context: dayhand.StepContext, *, length: Duration, name: str = "sleep") -> str:
    """Sleep."""
    calls[name] += 1
    calls["now"] += 1
    calls["most at once"] = max(calls["most at once"], calls["now"])
    try:
        if held is None:
            await asyncio.sleep(length.total_seconds())
        else:
            await held.wait()
    finally:
        calls["now"] -= 1
    return name


@step("act.block", effect=Effect.READ, summary="Block a thread")
def block(context: dayhand.StepContext, *, length: Duration) -> None:
    """Block."""
    time.sleep(length.total_seconds())


@step("act.write", effect=Effect.WRITE, summary="Write a file")
async def write(context: dayhand.StepContext, *, path: str, text: str) -> dayhand.WrittenFile:
    """Write."""
    calls["write"] += 1
    return context.files.write(path, text)


@step("act.read_file", effect=Effect.READ, summary="Read a file")
def read_file(context: dayhand.StepContext, *, path: str) -> Sensitive[str]:
    """Read."""
    return context.files.read(path).decode()


@step("act.record", effect=Effect.RECORD, summary="Add a row")
def record(context: dayhand.StepContext, *, text: str, name: str = "record") -> int:
    """Add a row and count them."""
    import sqlalchemy as sa

    with context.connect() as connection:
        connection.execute(sa.insert(_rows()), {"text": text, "step_key": context.key})
        _play(name)
        return int(connection.execute(sa.select(sa.func.count()).select_from(_rows())).scalar_one())


@step("act.rows", effect=Effect.READ, summary="All rows")
def rows(context: dayhand.StepContext) -> list[str]:
    """Read the rows."""
    import sqlalchemy as sa

    with context.connect() as connection:
        return list(connection.execute(sa.select(_rows().c.text).order_by(_rows().c.id)).scalars())


class Receipt(BaseModel):
    """What came back."""

    to: Sensitive[str]
    key: str


@step("act.send", effect=Effect.SEND, summary="Send something", intends=True)
async def send(
    context: dayhand.StepContext, *, to: Sensitive[str], text: str = "", name: str = "send"
) -> Receipt:
    """Send: before, act, after are scripted by name."""
    _play(f"{name} before")
    await context.intend({"to": to, "name": name})
    _play(f"{name} act")
    world.append(to)
    _play(f"{name} after")
    return Receipt(to=to, key=context.key)


@send.preview
def _preview_send(context: dayhand.StepContext, *, to: str, text: str, name: str) -> Preview:
    return Preview(f"would send to {to}", output=Receipt(to=to, key=context.key), text=text)


@send.confirm
async def _confirm_send(context: dayhand.StepContext, intent: dayhand.Intent) -> Confirmation:
    calls["confirm"] += 1
    answer = happened.get(str(intent.details["name"]))
    if answer:
        return Confirmation.yes(Receipt(to=intent.details["to"], key=intent.key))
    return Confirmation.no("not there") if answer is False else Confirmation.unclear("cannot tell")


@step("act.post", effect=Effect.SEND, summary="Send without intending by itself")
async def post(context: dayhand.StepContext, *, to: str, name: str = "post") -> str:
    """The engine intends before this is called."""
    _play(name)
    world.append(to)
    return "posted"


@step("act.refuse", effect=Effect.SEND, summary="Be refused", intends=True)
async def refuse(context: dayhand.StepContext, *, times: int = 99) -> str:
    """The other side says no."""
    calls["refuse"] += 1
    await context.intend({"name": "refuse"})
    if calls["refuse"] <= times:
        raise NotSent("550 no such box", retryable=times < 99)
    world.append("refuse")
    return "in the end"


_kept: list[Any] = []


def _metadata() -> Any:
    if not _kept:
        import sqlalchemy as sa

        metadata = sa.MetaData()
        sa.Table(
            "act_rows", metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("text", sa.String, nullable=False),
            sa.Column("step_key", sa.String, nullable=False),
        )  # fmt: skip
        _kept.append(metadata)
    return _kept[0]


def _rows() -> Any:
    return _metadata().tables["act_rows"]


@dayhand.hookimpl
def dayhand_steps():
    return [
        echo,
        noop,
        plain_function,
        people,
        greet,
        fail,
        crash,
        sleep,
        block,
        write,
        read_file,
        record,
        rows,
        send,
        post,
        refuse,
    ]


@dayhand.hookimpl
def dayhand_tables():
    return Tables("act", _metadata, Path(__file__).with_name("act_migrations"), "0001")
