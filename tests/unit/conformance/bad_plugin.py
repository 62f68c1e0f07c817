"""A plugin that breaks every rule that is checked, each in a step of its own."""

from __future__ import annotations

INIT = '''
import asyncio
import logging
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel

from dayhand import (
    Confirmation, Effect, Preview, Secret, Sensitive, Settings, Shipped, StepContext, Tables, hookimpl, step,
)

began = time.process_time()
while time.process_time() < began + 1:  # an import that is dear
    pass

HERE = Path(__file__).parent
metadata = sa.MetaData()
rows = sa.Table("bad_rows", metadata, sa.Column("id", sa.Integer, primary_key=True))


class BadSettings(BaseModel):
    service: str = ""
    token: Secret | None = None


@step("bad.anything", effect=Effect.NONE, summary="Give anything")
def anything(context: StepContext, *, one: int) -> Any:
    """Give anything.

    Args:
        one: a number.
    """
    return one


@step("bad.undescribed", effect=Effect.NONE, summary="Take what nothing describes")
def undescribed(context: StepContext, *, one: int = 1) -> int:
    """Take what nothing describes."""
    return one


@step("bad.undocumented", effect=Effect.NONE, summary="Say nothing about itself")
def undocumented(context: StepContext) -> int:
    return 1


@step("bad.unnamed", effect=Effect.NONE, summary="Stand in no README")
def unnamed(context: StepContext) -> int:
    """Stand in no README."""
    return 1


@step("bad.fails", effect=Effect.NONE, summary="Fail in its example")
def fails(context: StepContext) -> int:
    """Fail in its example."""
    raise ValueError("no")


@step("bad.logs", effect=Effect.NONE, summary="Log what is sensitive")
def logs(context: StepContext, *, name: Sensitive[str]) -> None:
    """Log what is sensitive.

    Args:
        name: a name.
    """
    context.log.info("about %s", str(name))


@step("bad.prints", effect=Effect.NONE, summary="Print what is sensitive")
def prints(context: StepContext, *, name: Sensitive[str]) -> None:
    """Print what is sensitive.

    Args:
        name: a name.
    """
    print("about", name)


@step("bad.unmarks", effect=Effect.NONE, summary="Take the mark off")
def unmarks(context: StepContext, *, name: Sensitive[str]) -> str:
    """Take the mark off.

    Args:
        name: a name.
    """
    return "for " + str(name)


@step("bad.connects", effect=Effect.NONE, summary="Connect where it only computes")
def connects(context: StepContext) -> int:
    """Connect where it only computes."""
    try:
        urllib.request.urlopen("http://127.0.0.1:9/", timeout=1)
    except Exception:
        pass  # it hides what it does
    return 1


@step("bad.writes", effect=Effect.READ, summary="Write a file where it only reads")
def writes(context: StepContext) -> int:
    """Write a file where it only reads."""
    try:
        Path.home().joinpath("left-behind").write_text("x")
    except Exception:
        pass
    return 1


@step("bad.roams", effect=Effect.READ, summary="Connect to a host it does not declare")
def roams(context: StepContext) -> int:
    """Connect to a host it does not declare."""
    try:
        urllib.request.urlopen("http://elsewhere.example/", timeout=1)
    except Exception:
        pass
    return 1


@step("bad.keeps", effect=Effect.RECORD, summary="Write a file each time it records")
def keeps(context: StepContext) -> None:
    """Write a file each time it records."""
    context.files.write(f"{uuid.uuid4()}.txt", "kept")


@step("bad.sends", effect=Effect.SEND, summary="Send without a way to find out", intends=True)
async def sends(context: StepContext) -> None:
    """Send without a way to find out."""
    await context.intend({})


@step("bad.twice", effect=Effect.SEND, summary="Send again whatever was sent", intends=True)
async def twice(context: StepContext) -> None:
    """Send again whatever was sent."""
    await context.intend({})
    request = urllib.request.Request(context.settings.service, data=b"{}")
    await asyncio.to_thread(lambda: urllib.request.urlopen(request, timeout=10).close())


@twice.preview
def _(context):
    return Preview("would send")


@twice.confirm
async def _(context, intent):
    return Confirmation.no()


@step("bad.stubborn", effect=Effect.READ, summary="Go on when it is cancelled")
async def stubborn(context: StepContext) -> int:
    """Go on when it is cancelled."""
    for _ in range(4):
        try:
            await asyncio.sleep(0.01)
        except BaseException:
            pass
    return 1


@step("bad.blocks", effect=Effect.READ, summary="Hold up the others")
async def blocks(context: StepContext) -> int:
    """Hold up the others."""
    time.sleep(0.6)
    return 1


@hookimpl
def dayhand_steps():
    return [
        anything, undescribed, undocumented, unnamed, fails, logs, prints, unmarks, connects, writes,
        roams, keeps, sends, twice, stubborn, blocks,
    ]


@hookimpl
def dayhand_settings():
    return Settings("bad", lambda: BadSettings)


@hookimpl
def dayhand_tables():
    return Tables("bad", lambda: metadata, HERE / "migrations", "0001")


@hookimpl
def dayhand_shipped():
    return Shipped(examples=HERE / "examples")
'''

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = branch_labels = depends_on = None


def upgrade():
    op.create_table("bad_rows", sa.Column("id", sa.Integer, primary_key=True))
"""

SERVICE = """
import contextlib
import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    arrived = 0

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).arrived += 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serve():
    handler = type("Handler", (Handler,), {"arrived": 0})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        handler.address = f"http://127.0.0.1:{server.server_port}/"
        yield handler
        server.shutdown()
"""

NAMES = """
  - {uses: bad.logs, with: {name: Marisol Quintanilla}}
  - {uses: bad.prints, with: {name: Desmond O'Hallorahan}}
  - {uses: bad.unmarks, with: {name: Theodora Vance}}
"""

EXAMPLES = {
    "fails": "  - {uses: bad.fails}\n",
    "names": NAMES,
    "keeps": "  - {uses: bad.keeps}\n",
    "twice": "  - {uses: bad.twice}\n",
    "stubborn": "  - {uses: bad.stubborn}\n",
}

PYPROJECT = """
[project]
name = "dayhand-bad"
version = "0.1"
[project.entry-points.dayhand]
bad = "dayhand_bad"
"""


def write(folder):
    """The plugin's project, in a folder."""
    package = folder / "dayhand_bad"
    (package / "migrations").mkdir(parents=True)
    routines = package / "examples/routines"
    routines.mkdir(parents=True)
    named = (
        "anything undescribed undocumented fails logs prints unmarks connects writes roams keeps"
    )
    readme = [f"bad.{name}" for name in f"{named} sends twice stubborn blocks".split()]
    (folder / "README.md").write_text("\n".join(readme))
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (package / "__init__.py").write_text(INIT)
    (package / "dayhand-plugin.toml").write_text("api = 1\nsend = true\n")
    (package / "migrations/0001_rows.py").write_text(MIGRATION)
    (package / "examples/service.py").write_text(SERVICE)
    (package / "examples/practice.yaml").write_text('bad: {service: "@service@"}\n')
    for name, steps in EXAMPLES.items():
        (routines / f"{name}.yaml").write_text(f"routine: {name}\nsteps:\n{steps}")
