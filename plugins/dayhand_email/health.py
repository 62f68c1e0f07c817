"""Whether mail could leave, and safely."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

from dayhand import DayhandError, Finding, Practice
from dayhand_email.lint import Private, Rules
from dayhand_email.settings import EmailSettings

if TYPE_CHECKING:
    from dayhand_email.delivery import Server

# What talks to servers is imported inside the functions: it loads aiosmtplib.

__all__ = ["findings"]

SECONDS = 10.0


def findings(practice: Practice) -> Iterable[Finding]:
    """Settings complete, secrets at hand, the server reachable over TLS. Nobody logs in."""
    settings: EmailSettings = practice.settings
    if settings.smtp is None or settings.sender is None:
        yield Finding(
            "warning",
            "no mail can be sent: email.smtp and email.from are not set",
            hint="set them in practice.yaml, or use email.draft",
        )
        return
    yield from _names(practice, settings)
    yield from _server(practice)
    if settings.sent_folder is None:
        yield Finding(
            "warning",
            "there is no email.sent_folder: after a broken connection you will be asked",
            hint="set it, so that the Sent folder can be looked into first",
        )


def _names(practice: Practice, settings: EmailSettings) -> Iterable[Finding]:
    if not settings.neutral_practice_name:
        yield Finding(
            "warning",
            "email.neutral_practice_name is not set: letters name no practice",
            hint="choose a name that says nothing of health, such as 'Lakeside Office'",
        )
    rules = Rules(settings.lint_words, practice.info.name, settings.neutral_practice_name)
    for field, name in (
        ("from", settings.sender.name if settings.sender else ""),
        ("neutral_practice_name", settings.neutral_practice_name),
    ):
        found = rules.reminder_problems(name, Private(), source=name)
        if found:
            yield Finding(
                "warning",
                f"email.{field} tells what kind of practice this is: {', '.join(found)}",
                hint="reminders under this name are refused (rule E2)",
            )


def _server(practice: Practice) -> Iterable[Finding]:
    from dayhand_email.delivery import server_of

    try:
        server = dataclasses.replace(server_of(practice), username="", password="", timeout=SECONDS)
        asyncio.run(_reach(server))
    except DayhandError as error:
        yield Finding("failure", error.message, hint=error.hint)
    else:
        private = "on this machine, without TLS" if server.security == "none" else "over TLS"
        yield Finding("ok", f"{server.shown} can be reached {private}")


async def _reach(server: Server) -> None:
    from dayhand_email.delivery import connected

    async with connected(server):
        pass
