"""What `dayhand doctor` looks at in supervised hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from dayhand import Finding, HealthCheck, Practice, UserError, counted
from dayhand_supervision.intake import book_of, settings_of

__all__ = ["CHECKS"]

_UNSIGNED_AFTER = timedelta(days=28)


def _rules(practice: Practice) -> Iterable[Finding]:
    from dayhand_supervision.rule_book import rule_book

    settings = settings_of(practice)
    if not settings.tracks:
        yield Finding("ok", "no track of supervised hours is set up")
        return
    for name, track in settings.tracks.items():
        try:
            rules = rule_book(practice).find(track.rule_set, on=practice.today)
        except UserError as error:
            yield Finding("failure", f"track '{name}': {error.message}", error.hint)
            continue
        sure = "verified" if rules.confidence == "H" else "not verified with the board"
        yield Finding("ok", f"track '{name}' goes by {rules.id}, as of {rules.as_of}, {sure}")


def _weeks(practice: Practice) -> Iterable[Finding]:
    from dayhand_supervision.tracks import progress_of

    for name in settings_of(practice).tracks:
        try:
            recent = progress_of(practice, name).recent[:4]
        except UserError:
            continue  # the check of the rule sets tells it
        weak = [week for week in recent if week.problem]
        if weak:
            yield Finding(
                "warning",
                f"track '{name}': weeks not counted in full: {len(weak)} of the last {len(recent)}",
                "'dayhand supervision progress' tells why",
            )
        else:
            yield Finding("ok", f"track '{name}': the last weeks count in full")


def _signatures(practice: Practice) -> Iterable[Finding]:
    from dayhand_supervision.signed_logs import listed

    for name in settings_of(practice).tracks:
        with practice.connect() as connection:
            logs = listed(book_of(practice, connection, name))
        old = [
            log
            for log in logs
            if log.signed_on is None and practice.today - log.week > _UNSIGNED_AFTER
        ]
        broken = [log for log in logs if log.signed_on and log.state == "changed"]
        if broken:
            shown = ", ".join(log.id for log in broken[:5])
            yield Finding(
                "failure", f"track '{name}': hours differ from signed logs: {shown}",
                "'dayhand supervision logs' lists them",
            )  # fmt: skip
        if old:
            yield Finding(
                "warning", f"track '{name}': {counted(len(old), 'log')} older than four weeks not signed",
                "'dayhand supervision sign LOG --on DAY' notes a signature",
            )  # fmt: skip
        if not old and not broken:
            yield Finding("ok", f"track '{name}': no log waits for its signature")


CHECKS = (
    HealthCheck("supervised hours have rules", _rules),
    HealthCheck("weeks have their supervision", _weeks),
    HealthCheck("weekly logs are signed", _signatures),
)
