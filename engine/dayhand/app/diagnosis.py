"""What `dayhand doctor` looks at, each finding with what to do about it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from dayhand import durations
from dayhand.app import audit_notes
from dayhand.app.application import DATABASE, App
from dayhand.app.runs import left_over
from dayhand.app.surroundings import clock_source, sleep, zone_data
from dayhand.errors import DayhandError, PracticeError
from dayhand.problems import Problem
from dayhand.runner.runner import is_dead
from dayhand.steps import Finding

__all__ = ["examine"]

Findings = Iterator[Finding]
BACKUP_AGE = timedelta(days=14)
"""A backup that is older than this is worth a word."""


def examine(app: App) -> Iterator[tuple[str, Finding]]:
    """Every finding, with the name of its check, as it is found. A check that cannot go on says so."""
    try:
        _ = app.folder
    except PracticeError as error:
        yield from (("installation", finding) for finding in _guarded(_installation, app))
        yield "practice", Finding("failure", error.message, error.hint)
        return
    for name, check in _CHECKS.items():
        yield from ((name, finding) for finding in _guarded(check, app))
    if app.checked_practice.info is None:
        return
    try:
        checks = app.host.health_checks()
    except DayhandError as error:
        yield "plugins", Finding("failure", error.message, error.hint)
        return
    for plugin, health in checks:
        found = _guarded(lambda a, p=plugin, h=health: h.run(a.context(p)), app)  # type: ignore[misc]
        yield from ((f"{plugin}: {health.name}", finding) for finding in found)


def _guarded(check: Callable[[App], Findings], app: App) -> Findings:
    try:
        yield from check(app)
    except DayhandError as error:
        yield Finding("failure", error.message, error.hint)
    except Exception as error:  # noqa: BLE001 - a check of a plugin harms only itself
        yield Finding(
            "failure", f"the check itself failed: {type(error).__name__}", "report it to its makers"
        )


def _mistakes(problems: Sequence[Problem]) -> str:
    return f"{len(problems)} mistake{'s' * (len(problems) != 1)}"


def _installation(app: App) -> Findings:
    left_out = [p for p in app.catalogue.plugins if p.state != "loaded"]
    loaded = len(app.catalogue.plugins) - len(left_out)
    yield Finding(
        "ok", f"dayhand {version('dayhand')}, {loaded} plugins, {len(app.catalogue.steps)} steps"
    )
    for plugin in left_out:
        yield Finding(
            "warning", f"plugin '{plugin.name}' is left out: {plugin.reason}", plugin.hint
        )


def _practice(app: App) -> Findings:
    problems = app.checked_practice.problems
    errors = [p for p in problems if p.is_error]
    if errors:
        yield Finding(
            "failure",
            f"practice.yaml has {_mistakes(errors)}",
            "see: dayhand check practice.yaml",
        )
    else:
        yield Finding("ok", f"{app.info.name}, {app.info.timezone}, {app.info.currency}")


def _routines(app: App) -> Findings:
    entries = app.book.entries.values()
    for entry in entries:
        if entry.missing:
            wanted = ", ".join(entry.missing)
            yield Finding(
                "warning",
                f"'{entry.name}' is quarantined: it needs the plugin {wanted}",
                f"dayhand check {entry.name}",
            )
        elif entry.routine is None:
            yield Finding(
                "failure",
                f"'{entry.name}' has {_mistakes(entry.errors)}",
                f"dayhand check {entry.name}",
            )
    ready = sum(entry.state == "ready" for entry in entries)
    yield Finding("ok" if ready else "warning", f"{ready} of {len(entries)} can run")


def _permissions(app: App) -> Findings:
    folders = [app.folder, *(app.folder / name for name in ("out", "outbox", "inbox", "records"))]
    places = [*folders, app.folder / "practice.yaml", app.data, *app.data.glob("*")]
    wide = [place for place in places if _is_open_to_others(place) and place.suffix != ".json"]
    for place in wide:
        name = "the practice's folder" if place == app.folder else place.name
        yield Finding(
            "warning", f"others on this machine can read {name}", f"chmod go-rwx '{place}'"
        )
    strangers = [place for place in places if _belongs_to_another(place)]
    for place in strangers:
        yield Finding("warning", f"{place.name} belongs to another user", "chown it to yours")
    if not wide and not strangers:
        yield Finding("ok", "only you can read the practice")


def _is_open_to_others(place: Path) -> bool:
    return place.exists() and bool(stat.S_IMODE(place.stat().st_mode) & 0o077)


def _belongs_to_another(place: Path) -> bool:
    if not place.exists() or not hasattr(os, "geteuid"):
        return False
    return place.stat().st_uid != os.geteuid()


def _database(app: App) -> Findings:
    storage = app.checked_practice.storage
    if not storage.encrypted:
        yield Finding(
            "warning",
            "the database is not encrypted",
            "remove 'encrypted: false' from practice.yaml",
        )
    found = app.store.check()
    for problem in found:
        yield Finding("failure", f"the database is damaged: {problem}", "restore the latest backup")
    for problem in app.store.verify_audit(*audit_notes.noted(app)):
        yield Finding(
            "failure", f"the audit log was changed: {problem}", "see: dayhand audit verify"
        )
    if not found:
        size = (app.data / DATABASE).stat().st_size if (app.data / DATABASE).exists() else 0
        yield Finding("ok", f"intact{f', {size / 1024 / 1024:.1f} MiB' if size else ''}")


def _runs(app: App) -> Findings:
    stale = [run for run in left_over(app) if run.state in ("queued", "running")]
    for run in stale:
        yield Finding(
            "warning", f"{run.routine} was cut off (run {run.id})", "go on with it: dayhand resume"
        )
    open_questions = app.store.questions()
    if open_questions:
        oldest = app.clock.now() - min(question.asked_at for question in open_questions)
        yield Finding(
            "warning",
            f"{len(open_questions)} wait for you, the oldest for {durations.as_text(oldest)}",
            "see: dayhand inbox",
        )
    if not stale and not open_questions:
        yield Finding("ok", "nothing was cut off, nothing waits for you")


def _notify(app: App) -> Findings:
    from dayhand.app.ways import ways_of  # not needed by any other check

    if app.checked_practice.info is None:
        return
    for way in ways_of(app):
        yield way.examine()


def _daemon(app: App) -> Findings:
    lease = app.store.read_ledger(lambda ledger: ledger.lease("daemon"))
    timed = [e.name for e in app.book.entries.values() if e.routine and e.routine.triggers]
    held = lease is not None and lease.until > app.clock.now()
    if lease is not None and held and is_dead(lease.owner):
        yield Finding(
            "warning",
            f"the daemon is gone without a word ({lease.owner}); its lease is stale",
            "the next daemon takes over at once; begin it: dayhand daemon",
        )
    elif lease is not None and held:
        yield Finding("ok", f"a daemon runs the routines: {lease.owner}")
    elif timed:
        yield Finding(
            "warning",
            f"no daemon runs now, so none of {len(timed)} routines starts by itself",
            "begin it: dayhand daemon, or with your session: dayhand service install",
        )
    else:
        yield Finding("ok", "no routine has a trigger, so that no daemon is needed")


def _clock(app: App) -> Findings:
    now = app.clock.now()
    latest = app.store.runs(limit=1)
    written = app.store.audit(limit=1)
    moments = {"run": latest[0].created_at if latest else now, "entry of the audit log": now}
    if written:
        moments["entry of the audit log"] = written[0].at
    what, newest = max(moments.items(), key=lambda item: item[1])
    if newest > now:
        yield Finding(
            "failure",
            f"the clock is {durations.as_text(newest - now)} behind the latest {what}",
            "set the clock; runs would seem out of order",
        )
    else:
        yield Finding("ok", f"{_now(app):%Y-%m-%d %H:%M %Z}")
    yield from clock_source()
    yield zone_data(_now(app).date())


def _sleep(_app: App) -> Findings:
    yield from sleep()


def _now(app: App) -> datetime:
    """The time here, or in UTC where the settings name no zone that there is."""
    return app.clock.now() if app.checked_practice.info is None else app.now()


def _key(app: App) -> Findings:
    from dayhand.keys import key_places

    if app.checked_practice.storage.url.startswith("postgresql"):
        yield Finding("ok", "the database is on a server, which looks after its own disks")
        return
    inside = [p for p in app.folder.rglob("*.key") if p.is_file()]
    for path in inside:
        yield Finding(
            "failure",
            f"a key lies beside the data: {path.relative_to(app.folder)}",
            "move it out of the practice folder",
        )
    if not inside:
        places = key_places(app.folder, environment=app.settings.environment)
        yield Finding("ok", f"apart from the data; looked for in {', '.join(places)}")


def _backup(app: App) -> Findings:
    if app.checked_practice.storage.url.startswith("postgresql"):
        yield Finding("ok", "the database is on a server, which is copied with its own tools")
        return
    last = app.store.last_audit("backup.verified")
    age = app.clock.now() - last.at if last else None
    if age is None:
        yield Finding("warning", "there is no backup yet", "make one: dayhand backup")
    elif age > BACKUP_AGE:
        told = f"the latest backup is {durations.as_text(age)} old"
        yield Finding("warning", told, "make one: dayhand backup")
    else:
        yield Finding("ok", f"the latest is {durations.as_text(age)} old")


_CHECKS: dict[str, Callable[[App], Findings]] = {
    "installation": _installation,
    "practice": _practice,
    "routines": _routines,
    "permissions": _permissions,
    "key": _key,
    "database": _database,
    "backup": _backup,
    "runs": _runs,
    "daemon": _daemon,
    "clock": _clock,
    "sleep": _sleep,
    "notify": _notify,
}
