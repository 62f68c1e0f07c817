"""What `dayhand doctor` looks at on the machine itself: its clock, its zone data, whether it sleeps;
and at the line to a database that is not on it."""

from __future__ import annotations

import csv
import itertools
import re
import zoneinfo
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand.steps.declarations import Finding

if TYPE_CHECKING:
    from dayhand.store.postgresql import ServerFacts

__all__ = ["clock_source", "server_line", "sleep", "startup_files", "zone_data"]

_OLD_YEARS = 2
_BY_VENV_MAKERS = frozenset({"_virtualenv.pth"})


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
        "upgrade the system's tzdata"
        if origin == "the system's"
        else "pip install --only-binary :all: -U tzdata",
    )


def _system_zones(paths: Sequence[str]) -> str:
    """The version of the zone files that Python reads first, such as `2026b`, where it stands there."""
    told = (("tzdata.zi", r"# version (\d{4}\S*)"), ("+VERSION", r"(\d{4}\S*)"))
    for path, (name, pattern) in itertools.product(paths, told):
        said = re.match(pattern, _first_line(Path(path, name)))
        if said:
            return said[1]
    return ""


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return opened.readline()
    except OSError:
        return ""


def startup_files(folders: Iterable[Path]) -> Iterator[Finding]:
    """Files `*.pth` with code that Python runs whenever it starts, and that no package brought.

    A line that begins with `import` is run (see the manual of Python's `site`); what an installer put
    there stands in its package's RECORD.

    Args:
        folders: where packages are installed.
    """
    for folder in folders:
        odd = [file for file in sorted(folder.glob("*.pth")) if _runs_code(file)]
        brought = _brought(folder) if odd else _BY_VENV_MAKERS
        for file in odd:
            if file.name not in brought:
                yield Finding(
                    "warning",
                    f"{file} runs code whenever Python starts, and no installed package brought it",
                    "look at it, and remove it unless you know who put it there",
                )


def _runs_code(file: Path) -> bool:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.startswith(("import ", "import\t")) for line in lines)


def _brought(folder: Path) -> frozenset[str]:
    """The `.pth` files that packages in a folder recorded when they were installed."""
    found = set(_BY_VENV_MAKERS)
    for record in folder.glob("*.dist-info/RECORD"):
        with record.open(encoding="utf-8", errors="replace", newline="") as opened:
            found |= {row[0] for row in csv.reader(opened) if row and row[0].endswith(".pth")}
    return frozenset(found)


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


def server_line(server: ServerFacts) -> Iterator[Finding]:
    """The database's server, and whether the line to it can be read on its way."""
    if not server.is_near and not server.has_encrypted_line:
        told = f"the line to {server.place} is not encrypted: client data can be read on its way"
        yield Finding("failure", told, "add ?sslmode=verify-full to storage.url in practice.yaml")
        return
    line = "on this machine" if server.is_near else "the line is encrypted"
    size = f"{server.size / 1024 / 1024:.1f} MiB"
    yield Finding("ok", f"PostgreSQL {server.version}, {server.place}, {size}; {line}")
