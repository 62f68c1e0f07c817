"""`make demo`: the sample practice, its four routines, and what they made. Nothing leaves this machine.

Mail goes to a real SMTP server on the loopback address, started here, which keeps each message as a
file, as a mail provider would keep it in an inbox.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from aiosmtpd.controller import Controller

TODAY = "2026-11-24"
PLANS = {
    "N-000001": "Review the sleep diary; agree on one evening without the phone.",
    "N-000002": "Go on with the exposure ladder at step four; bring the list.",
}
DAYHAND = Path(sys.executable).with_name("dayhand")


class Mailbox:
    """Keeps every message it is sent as a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)

    async def handle_DATA(self, server, session, envelope):
        number = len(list(self.folder.iterdir())) + 1
        await asyncio.to_thread((self.folder / f"{number:02}.eml").write_bytes, envelope.content)
        return "250 kept"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def say(text: str = "") -> None:
    print(text, flush=True)


def dayhand(*arguments: str, inside: Path | None = None, expect: tuple[int, ...] = (0,)) -> str:
    say(f"\n$ dayhand {' '.join(a if ' ' not in a else repr(a) for a in arguments)}")
    done = subprocess.run(
        [DAYHAND, *arguments],
        cwd=inside,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=None,
    )
    say("\n".join(f"  {line}" for line in done.stdout.splitlines()))
    if done.returncode not in expect:
        sys.exit(f"dayhand ended with {done.returncode}")
    return done.stdout


def approve(output: str, inside: Path) -> None:
    found = re.search(r"dayhand answer (\S+) --approve", output)
    if found:
        dayhand("answer", found[1], "--approve", "--note", "checked", inside=inside)


def tell_made(practice: Path, mailbox: Path) -> None:
    say("\nWhat they made:")
    for path in sorted((practice / "out").rglob("*")):
        if path.is_file():
            say(f"  {path.relative_to(practice.parent)}  {path.stat().st_size // 1024 + 1} KiB")
    messages = sorted(mailbox.iterdir())
    say(f"  {mailbox.relative_to(practice.parent)}/  {len(messages)} messages")
    say(f"\nLook at them in {practice.parent}")


def main() -> None:
    root = Path(os.environ.get("DEMO_DIR", "demo")).resolve()
    if root.exists():
        shutil.rmtree(root)
    root.mkdir(parents=True)
    practice, mailbox = root / "practice", root / "mail"
    port = free_port()
    server = Controller(Mailbox(mailbox), hostname="127.0.0.1", port=port)
    server.start()
    try:
        run_all(practice, mailbox, port)
    finally:
        server.stop()


def run_all(practice: Path, mailbox: Path, port: int) -> None:
    dayhand("init", "--sample", str(practice), "--today", TODAY)
    settings = practice / "practice.yaml"
    settings.write_text(settings.read_text().replace("port: 2525", f"port: {port}"))
    dayhand("check", inside=practice)
    say("\n== A month billed ==")
    waiting = dayhand(
        "run", "monthly-billing", "--as-of", "2026-11-02T09:00", inside=practice, expect=(3,)
    )
    approve(waiting, practice)
    waiting = dayhand(
        "run", "monthly-billing", "--as-of", "2026-11-10", inside=practice, expect=(0, 3)
    )
    approve(waiting, practice)
    say("\n== An evening's notes laid out, and two of them written ==")
    dayhand("run", "end-of-day-notes", "--as-of", "2026-11-17", inside=practice)
    for note, plan in PLANS.items():
        dayhand("notes", "write", note, "-s", f"plan={plan}", inside=practice)
    dayhand("notes", "sign", *PLANS, "--yes", inside=practice)
    say("\n== A morning prepared ==")
    dayhand("run", "morning-prep", "--as-of", TODAY, inside=practice)
    say("\n== A licence checked ==")
    dayhand("run", "ce-renewal-check", "--as-of", "2026-12-01", inside=practice)
    dayhand("runs", inside=practice)
    tell_made(practice, mailbox)


if __name__ == "__main__":
    main()
