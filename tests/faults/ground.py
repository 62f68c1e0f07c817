"""A small practice, copied for each cell of the fault matrix, and processes that work in it and may be killed.

parent ── forks for each thing done ──> a process that is killed, or tells how it ended
  │
  ├── a mail server, a CalDAV server behind a proxy, and a process that holds the database's lock
  └── knows what they received, whatever the killed process believed
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests_support import acting
from tests_support.post_office import PostOffice, message_ids

import dayhand_calendar
import dayhand_email
from dayhand.app import App, founding, runs
from dayhand.errors import DayhandError
from dayhand.keys import find_key
from dayhand.plugin_host import PluginHost
from dayhand.settings import Settings
from dayhand.testing import FrozenClock

NOW = datetime(2026, 11, 24, 17, tzinfo=UTC)
MODULES = {"act": acting, "email": dayhand_email, "calendar": dayhand_calendar}
KILLED = -signal.SIGKILL
MOST_ROUNDS = 12

LOCKER = """
import sys, time
from contextlib import closing
from pathlib import Path
from dayhand.store import sqlite
for line in sys.stdin:
    place, key, seconds = line.split()
    with closing(sqlite.open_file(Path(place), key=bytes.fromhex(key), create=False, check=False)
                 .writing.raw_connection()) as held:
        held.cursor().execute("BEGIN IMMEDIATE")
        print("held", flush=True)
        if seconds == "0":
            sys.stdin.readline()
        else:
            time.sleep(float(seconds))
        held.cursor().execute("ROLLBACK")
    print("free", flush=True)
"""


class Ground:
    """The practice that every cell begins with, and the servers round it."""

    def __init__(self, work: Path, office: PostOffice, settings: str, routine: str) -> None:
        self.work = work
        self.office = office
        self.truth: Callable[[], bool] | None = None
        """Whether what is asked about did happen; else the mail server is looked at."""
        self.template = work / "template"
        self.folder = work / "practice"
        self.environment = {
            "HOME": str(work / "home"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "CAL_PASSWORD": "geheim",
        }
        (work / "home").mkdir(parents=True)
        self.host = PluginHost(modules=MODULES, installed=False)
        self._found(settings, routine)
        for name in ("act.echo", "act.record", "email.send", "calendar.create"):
            step, _ = self.host.step(name)
            _ = (step.inputs, step.output, step.input_schema())
        gc.freeze()

    def app(self, folder: Path | None) -> App:
        """The practice as a new process opens it."""
        settings = Settings(self.environment, self.work, folder)
        return App(settings, clock=FrozenClock(NOW), host=self.host)

    def _found(self, settings: str, routine: str) -> None:
        list(
            founding.found(
                self.app(None), self.template, sample=False, name="Lakeside", clinician="Jane Doe",
                timezone="America/New_York", currency="USD", today=None, routines=False,
            )
        )  # fmt: skip
        with (self.template / "practice.yaml").open("a") as file:
            file.write(settings.replace("PORT", str(self.office.port)))
        (self.template / "routines/r.yaml").write_text(f"routine: r\n{routine}")
        with self.app(self.template) as app:
            app.book.ready("r")

    def fresh(self) -> None:
        """A new copy, and nothing received."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.template, self.folder)
        self.office.forget()

    @property
    def key(self) -> bytes:
        found = find_key(self.folder, None, environment=self.environment)
        assert found is not None
        return found

    # Processes ------------------------------------------------------------------------------------

    def fork(self, task: Callable[[App], Any], disturb: Callable[[], None] = lambda: None) -> Any:
        """Do the task in a new process: what it gave back, "killed", or the words of its error."""
        answer = self.work / "answer.json"
        answer.unlink(missing_ok=True)
        pid = os.fork()
        if pid == 0:
            self._child(task, disturb, answer)
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == KILLED:
            return "killed"
        if code:
            raise RuntimeError(f"a process ended with {code}:\n{answer.read_text()}")
        return json.loads(answer.read_text())

    def _child(self, task: Callable[[App], Any], disturb: Callable[[], None], answer: Path) -> None:
        code = 1
        try:
            disturb()
            with self.app(self.folder) as app:
                try:
                    told = task(app)
                except DayhandError as error:
                    told = error.message
            answer.write_text(json.dumps(told, default=str))
            code = 0
        except BaseException:
            answer.write_text(traceback.format_exc())
        finally:
            sys.stdout.flush()
            os._exit(code)

    # What a person does ---------------------------------------------------------------------------

    def pursue(self, app: App) -> dict[str, Any]:
        """Begin, go on and answer, truthfully, until the run has ended; a failed one is tried again."""
        asked, tried = 0, 0
        for _ in range(MOST_ROUNDS):
            newest = app.store.runs(limit=1)
            if not newest:
                runs.go_on(app, runs.create(app, "r", inputs={}).id)
                continue
            run, questions = newest[0], app.store.questions()
            if questions:
                asked += questions[0].kind == "unknown_effect"
                runs.answer(app, questions[0].id, self.answer_to(app, questions[0]))
                runs.go_on(app, run.id)
            elif run.state in ("failed", "done_with_failures") and not tried:
                tried += 1
                app.clock.move(timedelta(seconds=1))  # runs are listed by when they were made
                runs.go_on(app, runs.retry(app, run.id).id)
            elif run.is_final:
                return {"state": run.state, "asked": asked, "tried": tried}
            else:
                runs.go_on(app, run.id)
        raise RuntimeError(f"after {MOST_ROUNDS} rounds the run had not ended")

    def answer_to(self, app: App, question: Any) -> dict[str, Any]:
        if question.kind != "unknown_effect":
            return {"approved": True}
        (effect,) = (
            e for e in app.store.effects(run_id=question.run_id) if e.path == question.path
        )
        happened = self.truth or (
            lambda: effect.details.get("message_id") in message_ids(self.office.messages)
        )
        return {"answer": "it_was" if happened() else "send_again"}


class Locker:
    """Another process, which holds the database for a while, or until it is told to let go."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", LOCKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def hold(self, file: Path, key: bytes, seconds: float) -> None:
        """Returns once it holds it. With 0 seconds, it does until `let_go`."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{file} {key.hex()} {seconds:g}\n")
        self._process.stdin.flush()
        self._heard("held")

    def let_go(self, *, told: bool) -> None:
        """Wait until it is free again, telling it if it waits for that."""
        assert self._process.stdin is not None
        if told:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        self._heard("free")

    def _heard(self, word: str) -> None:
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != word:
            raise RuntimeError("the process that holds the lock is gone")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
