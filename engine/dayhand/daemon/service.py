"""`dayhand service`: a systemd user unit or a LaunchAgent, so that the daemon begins with the session."""

from __future__ import annotations

import plistlib
from collections.abc import Mapping
from pathlib import Path

from dayhand.errors import UserError

__all__ = ["LABEL", "agent_text", "place_of", "unit_text"]

LABEL = "org.dayhand.daemon"


def place_of(system: str, environment: Mapping[str, str]) -> Path:
    """Where the service's file belongs.

    Raises:
        UserError: on a system that is neither Linux nor macOS.
    """
    home = Path(environment.get("HOME") or Path.home())
    if system == "Linux":
        return (
            Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
            / "systemd/user/dayhand.service"
        )
    if system == "Darwin":
        return home / "Library/LaunchAgents" / f"{LABEL}.plist"
    raise UserError(
        f"dayhand does not know how {system} keeps services",
        hint="begin 'dayhand daemon' by the means of your system",
    )


def unit_text(command: Path, practice: Path) -> str:
    """A systemd user unit. It restarts the daemon after a crash and notices one that hangs."""
    return f"""\
[Unit]
Description=dayhand: routines of {_escaped(practice.name)}
After=network-online.target

[Service]
Type=notify
NotifyAccess=main
ExecStart={_quoted(command)} --practice {_quoted(practice)} daemon
ExecReload=/bin/kill -USR2 $MAINPID
WorkingDirectory={_escaped(str(practice))}
Restart=on-failure
RestartSec=5
# 75: another daemon runs this practice. 78: the key or the settings are not usable. Neither mends itself.
RestartPreventExitStatus=75 78
WatchdogSec=180
TimeoutStopSec=60
UMask=0077
LimitCORE=0
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""


def agent_text(command: Path, practice: Path, logs: Path) -> bytes:
    """A LaunchAgent's property list."""
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": [str(command), "--practice", str(practice), "daemon"],
            "WorkingDirectory": str(practice),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 10,
            "ProcessType": "Background",
            "Umask": 0o077,
            "HardResourceLimits": {"Core": 0},
            "StandardErrorPath": str(logs / "daemon.log"),
        }
    )


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("%", "%%").replace("\n", " ")
