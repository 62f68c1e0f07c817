"""What `dayhand doctor` looks at on the machine itself: its clock, its zone data, whether it sleeps."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from dayhand.steps import Finding

__all__ = ["clock_source", "sleep", "zone_data"]

_OLD_YEARS = 2


def zone_data(today: date, *, paths: Sequence[str] = zoneinfo.TZPATH) -> Finding:
    """How old the rules of the time zones are, which governments change with little notice."""
    found, origin = _system_zones(paths), "the system's"
    if not found and not any(Path(path, "UTC").exists() for path in paths):
        found, origin = version("tzdata"), "the package tzdata"
    if not found:
        return Finding("ok", f"zone data is {origin}; it does not say how old it is")
    told = f"zone data {found}, {origin}"
    if today.year - int(found[:4]) < _OLD_YEARS:
        return Finding("ok", told)
    return Finding(
        "warning",
        f"{told}: the rules of zones may have changed since",
        "upgrade the system's tzdata" if origin == "the system's" else "pip install -U tzdata",
    )


def _system_zones(paths: Sequence[str]) -> str:
    """The version of the zone files that Python reads first, such as `2026b`, where it stands there."""
    for path in paths:
        for name, pattern in (("tzdata.zi", r"# version (\d{4}\S*)"), ("+VERSION", r"(\d{4}\S*)")):
            try:
                with Path(path, name).open(encoding="utf-8", errors="replace") as file:
                    said = re.match(pattern, file.readline())
            except OSError:
                continue
            if said:
                return said[1]
    return ""


def clock_source(*, root: Path = Path("/")) -> Iterator[Finding]:
    """Whether the clock is set by a time server, where systemd would say so."""
    service = root / "run/systemd/timesync"
    if service.is_dir() and not (service / "synchronized").exists():
        yield Finding(
            "warning",
            "no time server has set the clock since the machine started",
            "routines start by this clock; look at: timedatectl",
        )


def sleep(*, root: Path = Path("/")) -> Iterator[Finding]:
    """Whether the machine sleeps by itself, as far as a Linux machine tells."""
    if not (root / "etc/os-release").exists():
        yield Finding("ok", "what falls due while the machine sleeps is judged by if_missed")
        return
    if (root / "etc/systemd/system/sleep.target").is_symlink():  # masked
        yield Finding("ok", "this machine is set not to sleep")
        return
    if not list(root.glob("sys/class/power_supply/BAT*")):
        yield Finding("ok", "no battery: nothing sends this machine to sleep but you")
        return
    settings = _logind(root)
    closed = settings.get("HandleLidSwitch", "suspend")
    on_power = settings.get("HandleLidSwitchExternalPower", closed)
    if {closed, on_power} == {"ignore"}:
        yield Finding("ok", "a laptop that stays awake with its lid closed")
        return
    when = "its lid is closed" if on_power != "ignore" else "its lid is closed on battery"
    yield Finding(
        "ok",
        f"a laptop that sleeps when {when}: what falls due then is judged by if_missed when it wakes",
        "" if on_power == "ignore" else "to stay awake on power, set HandleLidSwitchExternalPower=ignore"
        " in /etc/systemd/logind.conf",
    )  # fmt: skip


def _logind(root: Path) -> dict[str, str]:
    """What logind.conf and its drop-ins set; the last word counts."""
    found: dict[str, str] = {}
    folder = root / "etc/systemd"
    for file in (folder / "logind.conf", *sorted((folder / "logind.conf.d").glob("*.conf"))):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for line in text.splitlines():
            name, equals, value = line.partition("=")
            if equals and not name.lstrip().startswith("#"):
                found[name.strip()] = value.strip()
    return found
