"""`dayhand daemon`, `tick`, `service`."""

from __future__ import annotations

import asyncio
import gc
import logging
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from dayhand.app import App, private_key
from dayhand.cli import app_of
from dayhand.cli.logs import log_to_stderr
from dayhand.daemon.daemon import Daemon
from dayhand.daemon.doze import Doze, look_out, look_out_for_better, resume
from dayhand.daemon.handover import hold_signals, let_signals, received
from dayhand.daemon.housekeeping import Housekeeping
from dayhand.daemon.renewal import Renewal, begin_anew
from dayhand.errors import DayhandError, UserError
from dayhand.keys import locate_key
from dayhand.keys.passphrase import passphrase_of
from dayhand.runner.owner import this_process

__all__ = ["daemon_command", "service_command", "tick_command"]

_log = logging.getLogger("dayhand.daemon")

HEARING = 0.01
"""Seconds after which what a signal asked that came just before is done."""
LEARNING = 60
"""Seconds that may take."""
RENEW_ABOVE = 300
"""MB: five times what it uses at rest."""
NOT_USABLE = 78
"""The exit code where the key or the settings are not usable (EX_CONFIG of sysexits.h)."""


@click.command("daemon", epilog="Example: dayhand daemon --log json")
@click.option(
    "--log", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--metrics",
    metavar="[HOST:]PORT",
    help="Serve figures for Prometheus at /metrics, and /health, on this machine alone.",
)
@click.option(
    "--renew-above", metavar="MB", type=click.IntRange(min=0), default=RENEW_ABOVE, show_default=True,
    help="Begin anew when it has grown to so many MB and no run goes on; 0: never.",
)  # fmt: skip
@click.option(
    "--doze/--no-doze",
    default=True,
    show_default=True,
    help="Leave but a small process while nothing is due for minutes (on Linux, without --metrics).",
)
@click.pass_context
def daemon_command(
    ctx: click.Context, form: str, metrics: str | None, renew_above: int, *, doze: bool
) -> None:
    """Run the practice's routines on time, until told to stop (Ctrl-C or SIGTERM).

    A second daemon beside it stands by, and takes over when the first is gone. Runs that are cut off
    go on at the next start. Exit code 78: the settings or the key are not usable.

    SIGUSR2 lets it begin anew as soon as no run goes on: so it uses a dayhand, or plugins, that were
    upgraded.
    """
    told = received(this_process())
    address = _address(metrics)
    log_to_stderr(form, debug=bool(ctx.find_root().params.get("debug")))
    app = app_of(ctx)
    _learn_plugins(app)
    _open(ctx, app, told)
    daemon = Daemon(app, owner=told["owner"] if told else "", tell=_log.info)
    housekeeping = Housekeeping(app, daemon.owner, _log.info)
    hindrance = _hindrance(app)
    renewal = Renewal(daemon, renew_above, _log.info, hindrance=hindrance)
    possible = doze and address is None and not hindrance and not _is_in_keyring(app)
    dozing = Doze(daemon, housekeeping, log=form, possible=possible)
    daemon.may_doze = dozing.is_time
    if told is None:
        _log.info("watching %s", app.folder)
    else:
        resume(told, daemon, housekeeping, dozing)
    gc.freeze()
    gc.set_threshold(700, 10, 10)  # Python's own: `main` raised it, and this lives for months
    with _served(daemon, address, _log):
        asyncio.run(_live(daemon, housekeeping, renewal))
    if daemon.folders is not None:
        kept = dozing.told(daemon.folders)
        app.close()
        look_out(kept)
    if renewal.is_due:
        app.close()
        begin_anew()
    _log.info("stopped")


def _open(ctx: click.Context, app: App, told: Mapping[str, Any] | None) -> None:
    """Read the settings and open the database. If that fails the process ends; one that dozed tries again."""
    try:
        if told is None:
            _ = app.info, app.store
        else:
            _open_again(app, told["practice"].encode(errors="surrogateescape"))
    except (DayhandError, OSError) as error:
        message = getattr(error, "message", "") or str(error)
        if told is None and not isinstance(error, UserError):
            raise
        if told is None:  # restarting would not mend it: the service's file names this code
            hint = getattr(error, "hint", "")
            _log.error("%s", f"{message}; {hint}" if hint else message)
            ctx.exit(NOT_USABLE)
        if message != told.get("trouble"):
            _log.error("%s; trying again", message)
        app.close()
        look_out_for_better(told, message, app.clock.now())
    if told is not None and told.get("trouble"):
        _log.info("all is well again")


def _open_again(app: App, handed: bytes) -> None:
    """By the settings of before; if these no longer open it, by those that are there now."""
    app.begin_with(handed)
    try:
        _ = app.info, app.store
    except (DayhandError, OSError):
        try:
            app.reread_practice()
            _ = app.store
        except (DayhandError, OSError):
            pass  # the first is told: the last good settings are in force
        else:
            return
        raise


async def _live(daemon: Daemon, housekeeping: Housekeeping, renewal: Renewal) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, renewal.stop)
    loop.add_signal_handler(signal.SIGUSR2, renewal.ask)
    let_signals()
    # not in a TaskGroup, which would wrap what `live` raises
    beside = [loop.create_task(one.live()) for one in (housekeeping, renewal)]
    try:
        await daemon.live()
    finally:
        for one in beside:
            one.cancel()
    if daemon.folders is not None or renewal.is_due:
        hold_signals()
        await asyncio.sleep(HEARING)  # a bare turn of the loop would not do: it takes three
    if daemon.folders is not None and renewal.is_over:
        daemon.folders = None
        await daemon.end()


def _hindrance(app: App) -> str:
    passphrase = passphrase_of(app.settings.environment)
    if passphrase is None or not passphrase.is_known:
        return ""
    return "the passphrase of its key was handed over once; stop it, and begin it again"


def _is_in_keyring(app: App) -> bool:
    """True if a key of the practice lies in the keyring, which may be locked when it is needed again."""
    storage, environment = app.checked_practice.storage, app.settings.environment
    places = []
    if storage.encrypted and app.store.file is not None:
        places.append(locate_key(app.folder, storage.key, environment=environment)[1])
    with suppress(DayhandError):  # there is no second key here
        places.append(private_key.keys_of(app).locate()[1])
    return any(place.kind == "keyring" for place in places)


def _learn_plugins(app: App) -> None:
    """Let another process load all plugins, where what they declare is not kept: to load them takes 70 MB,
    and this process lives for months. If that fails it is found out here."""
    if app.settings.safe_mode or not app.host.could_be_told:
        return
    command = [sys.executable, "-m", "dayhand", "steps", "value.set"]
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(  # noqa: S603 - this Python, with words of our own
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(app.settings.environment), timeout=LEARNING, check=False,
        )  # fmt: skip


def _address(metrics: str | None) -> tuple[str, int] | None:
    if metrics is None:
        return None
    from dayhand.daemon.metrics import address_of

    return address_of(metrics)


@contextmanager
def _served(daemon: Daemon, address: tuple[str, int] | None, log: logging.Logger) -> Iterator[None]:
    """Serve figures and health meanwhile, if that is asked for."""
    if address is None:
        yield
        return
    from dayhand.daemon.metrics import MetricsServer

    server = MetricsServer(daemon, *address)
    log.info("figures at %s/metrics, health at %s/health", server.address, server.address)
    try:
        yield
    finally:
        server.close()


def _to_stderr(text: str) -> None:
    click.echo(text, err=True)


@click.command("tick", epilog="In a crontab: * * * * * dayhand --practice ~/practice tick")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def tick_command(ctx: click.Context, as_json: bool) -> None:
    """Do one pass of the daemon: plan, start what is due, wait for it. For cron; safe beside a daemon."""
    daemon = Daemon(app_of(ctx), tell=_to_stderr)

    async def tick() -> dict[str, Any]:
        if not await daemon.take_lease():
            return {"worked": False, "reason": "another process runs this practice"}
        passed = await daemon.one_pass()
        await daemon.wait_for_runs()
        await Housekeeping(daemon.app, daemon.owner, _to_stderr).look()
        await daemon.leave()
        return {
            "worked": True,
            "planned": passed.planned,
            "closed": passed.closed,
            "begun": [run.id for run in passed.begun],
        }

    found = asyncio.run(tick())
    if as_json:
        from dayhand.cli.output import emit_json

        emit_json(found)
    else:
        click.echo(
            found.get("reason") or f"{len(found['begun'])} started, {found['planned']} planned"
        )


@click.group("service")
def service_command() -> None:
    """Begin the daemon with your session: a systemd user unit, or a LaunchAgent on macOS."""


def _place(ctx: click.Context) -> tuple[str, Path]:
    from dayhand.daemon.service import place_of

    system = platform.system()
    return system, place_of(system, app_of(ctx).settings.environment)


@service_command.command("install", epilog="Example: dayhand service install --dry-run")
@click.option("--dry-run", is_flag=True, help="Print the file; write nothing.")
@click.pass_context
def _install(ctx: click.Context, dry_run: bool) -> None:
    """Write the service's file and say how to begin it."""
    from dayhand.daemon.service import LABEL, agent_text, unit_text

    app = app_of(ctx)
    system, place = _place(ctx)
    command = Path(shutil.which("dayhand") or sys.argv[0]).resolve()
    content = (
        unit_text(command, app.folder).encode()
        if system == "Linux"
        else agent_text(command, app.folder, app.data)
    )
    if dry_run:
        click.echo(content.decode())
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    click.echo(f"wrote {place}")
    if system == "Linux":
        click.echo(
            "begin it:        systemctl --user daemon-reload && systemctl --user enable --now dayhand"
        )
        click.echo("while you are logged out too:  loginctl enable-linger")
    else:
        click.echo(f"begin it:        launchctl bootstrap gui/$(id -u) {place}   ({LABEL})")
    click.echo(
        "A laptop with its lid closed sleeps: what falls due then is judged by if_missed when it wakes."
    )
    click.echo("To keep it awake on power, see your system's settings for the lid.")


@service_command.command("status", epilog="Example: dayhand service status")
@click.pass_context
def _status(ctx: click.Context) -> None:
    """Say whether the service is installed, and which process runs the practice."""
    app = app_of(ctx)
    _, place = _place(ctx)
    click.echo(f"{place}: {'installed' if place.exists() else 'not installed'}")
    lease = app.store.read_ledger(lambda ledger: ledger.lease("daemon"))
    if lease is None or lease.until <= app.clock.now():
        click.echo("no daemon runs this practice now")
    else:
        click.echo(f"a daemon runs it: {lease.owner}, takeover {lease.epoch}")


@service_command.command("uninstall", epilog="Example: dayhand service uninstall")
@click.pass_context
def _uninstall(ctx: click.Context) -> None:
    """Remove the service's file."""
    _, place = _place(ctx)
    if not place.exists():
        raise UserError(
            f"the service is not installed: there is no {place}",
            hint="'dayhand service install' makes it",
        )
    place.unlink()
    click.echo(f"removed {place}; stop it with: systemctl --user disable --now dayhand")
