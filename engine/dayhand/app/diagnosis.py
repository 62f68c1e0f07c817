"""What `dayhand doctor` looks at, each finding with what to do about it."""

from __future__ import annotations

import os
import site
import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from dayhand import durations
from dayhand.app import audit_notes, backups, documents
from dayhand.app.application import DATABASE, App
from dayhand.app.calendars import STAND_STILL, holidays_of, skips_holidays
from dayhand.app.runs import left_over
from dayhand.app.surroundings import clock_source, server_line, sleep, startup_files, zone_data
from dayhand.errors import DayhandError, PracticeError
from dayhand.problems import Problem
from dayhand.runner.owner import is_dead
from dayhand.steps.declarations import Finding

__all__ = ["examine"]

Findings = Iterator[Finding]
_TELL_MAKERS = "it works until then; tell the plugin's makers"
BACKUP_AGE = timedelta(days=14)
"""A backup that is older than this is worth a word."""


def examine(app: App) -> Iterator[tuple[str, Finding]]:
    """Every finding, with the name of its check, as it is found. A check that cannot go on says so.

    What stands in the way of many, such as a key that is not here, is told by the first alone.
    """
    told: set[tuple[str, str]] = set()
    repeated = 0
    for name, finding in _examined(app):
        same = (finding.message, finding.hint)
        if finding.level == "failure" and same in told:
            repeated += 1
            continue
        told.add(same)
        yield name, finding
    if repeated:
        more = f"{repeated} check{'s' * (repeated != 1)} more could not be made"
        yield "others", Finding("warning", f"{more}, for a reason that is told above")


def _examined(app: App) -> Iterator[tuple[str, Finding]]:
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
    for plugin in app.catalogue.plugins:
        for line in plugin.deprecated:
            yield Finding("warning", f"plugin '{plugin.name}' uses what goes: {line}", _TELL_MAKERS)
    folders = [
        *site.getsitepackages(),
        *([site.getusersitepackages()] * bool(site.ENABLE_USER_SITE)),
    ]
    yield from startup_files(map(Path, dict.fromkeys(folders)))


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


def _holidays(app: App) -> Findings:
    """Whether public holidays are known, where a routine leaves them out."""
    named = [one.name for one in app.book if one.routine and skips_holidays(one.routine)]
    holidays = holidays_of(app)
    if named and holidays.closed(_now(app).date()) and holidays.trouble:
        told = f"{STAND_STILL} ({len(named)} of them): {holidays.trouble.message}"
        yield Finding("failure", told, holidays.trouble.hint)


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
    yield from _holidays(app)
    ready = sum(entry.state == "ready" for entry in entries)
    yield Finding("ok" if ready else "warning", f"{ready} of {len(entries)} can run")


def _permissions(app: App) -> Findings:
    folders = [app.folder, *(app.folder / name for name in ("out", "outbox", "inbox", "records"))]
    places = [*folders, app.folder / "practice.yaml", app.data, *app.data.glob("*")]
    links = [place for place in folders[1:] if place.is_symlink()]
    for place in links:
        yield Finding(
            "failure" if place.name == "out" else "warning",
            f"{place.name} is a link: nothing is read or written through it, and it is in no backup",
            f"put a folder in the place of '{place}', and into it what the link leads to",
        )
    places = [place for place in places if place not in links]
    wide = [place for place in places if _is_open_to_others(place) and place.suffix != ".json"]
    for place in wide:
        name = "the practice's folder" if place == app.folder else place.name
        yield Finding(
            "warning", f"others on this machine can read {name}", f"chmod go-rwx '{place}'"
        )
    strangers = [place for place in places if _belongs_to_another(place)]
    for place in strangers:
        yield Finding("warning", f"{place.name} belongs to another user", "chown it to yours")
    if not wide and not strangers and not links:
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
    server = app.store.server()
    if server:
        yield from server_line(server)
    elif not found:
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
    for pause in app.store.read_ledger(lambda ledger: ledger.pauses(app.clock.now())):
        what = f"'{pause.routine}' is" if pause.routine else "the whole schedule is"
        since = pause.since.astimezone(_now(app).tzinfo)
        yield Finding(
            "warning",
            f"{what} paused since {since:%Y-%m-%d %H:%M} by {pause.by or 'somebody'}",
            f"let it go on: dayhand resume-schedule {pause.routine or '--all'}",
        )


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
    from dayhand.keys import locate_key

    storage = app.checked_practice.storage
    if storage.url.startswith("postgresql"):
        told = (
            "the database is on a server; whoever runs it encrypts its disks, dayhand cannot tell"
        )
        yield Finding("ok", told)
        return
    inside = [p for p in app.folder.rglob("*.key") if p.is_file()]
    for path in inside:
        yield Finding(
            "failure",
            f"a key lies beside the data: {path.relative_to(app.folder)}",
            "move it out of the practice folder",
        )
    if not inside and not storage.encrypted:
        yield Finding("ok", "the database is not encrypted, so that there is none")
    elif not inside:
        _, place = locate_key(app.folder, storage.key, environment=app.settings.environment)
        guarded = ", under a passphrase" * place.is_guarded
        yield Finding("ok", f"apart from the data, in {place.words}{guarded}")


def _private_key(app: App) -> Findings:
    from dayhand.app import private_key, private_past  # as above

    found = private_key.status(app)
    texts = sum(found.texts.values())
    if found.texts.get(""):
        told = f"{found.texts['']} texts of sealed columns stand there in the clear"
        yield Finding("failure", told, "they were not written by dayhand; restore a backup")
    if not found.opens:
        level = "warning" if texts else "ok"
        hint = "steps and commands that read private texts fail here: dayhand key import --private FILE"
        yield Finding(level, found.reason, hint if texts else "")
    elif texts and found.exported_at is None:
        told = f"{texts} private texts are under a second key that was never exported"
        yield Finding(
            "warning", told, "if it is lost, so are they: dayhand key export --private --help"
        )
    else:
        yield Finding("ok", f"{texts} private texts; the second key is in {found.place}")
    past = private_past.report(app)
    if past.texts:
        told = f"{past.texts} private texts of {past.runs} runs from before stand in the clear"
        yield Finding("warning", told, "seal them: dayhand key seal --yes")
    if app.store.is_on_server and texts and app.store.last_audit("storage.rewrite") is None:
        told = "a server keeps what was changed or removed, from before texts were sealed as well"
        yield Finding("warning", told, "have it forget that: dayhand key seal --yes")
    for old in past.copies:
        told = f"{old.name}, from before an upgrade, holds private texts under the first key alone"
        yield Finding("warning", told, f"once all is well: rm '{old}'")


def _backup(app: App) -> Findings:
    if app.checked_practice.storage.url.startswith("postgresql"):
        told = (
            "a database on a server is not backed up here; whether somebody else does is not known"
        )
        hint = "have pg_dump do it every day; copy this folder and the second key as well"
        yield Finding("warning", told, hint)
        return
    every = app.checked_practice.backup.every
    last, failed = app.store.last_audit("backup.verified"), backups.failed(app)
    hint = "make one: dayhand backup"
    if every is None:
        hint += "; or let the daemon: 'backup: {every: 1 day}' in practice.yaml"
    if failed is not None:
        yield Finding("failure", f"the daemon could make none: {failed.subject}", hint)
    if last is None:
        yield Finding("warning", "there is no backup yet", hint)
        return
    age = app.clock.now() - last.at
    made = last.at.astimezone(app.zone)
    told = f"the last good one is of {made:%Y-%m-%d %H:%M}, {durations.as_text(age)} old"
    if age > (BACKUP_AGE if every is None else 2 * every):
        yield Finding("warning", told, hint)
    else:
        yield Finding("ok", told)


_CHECKS: dict[str, Callable[[App], Findings]] = {
    "installation": _installation,
    "practice": _practice,
    "routines": _routines,
    "permissions": _permissions,
    "key": _key,
    "database": _database,
    "private texts": _private_key,
    "documents": documents.examine,
    "backup": _backup,
    "runs": _runs,
    "daemon": _daemon,
    "clock": _clock,
    "sleep": _sleep,
    "notify": _notify,
}
