"""The steps that write: lists, notes, letters of thanks."""

from __future__ import annotations

from datetime import date

from dayhand import Effect, StepContext, step
from dayhand_network.models import (
    ClientIn,
    Directory,
    DueList,
    NoteDraft,
    OpenReferral,
    PageFiles,
    PermissionIn,
    SourceReport,
    ThankYou,
)

__all__ = ["ALL"]


@step("network.due_page", effect=Effect.WRITE, summary="Write the follow-up list")
def due_page(context: StepContext, *, due: DueList) -> PageFiles:
    """Writes `out/network/follow-up-<date>.md` and, unless the settings want none, a PDF.

    Args:
        due: what `network.due` gave.
    """
    from dayhand_network.pages import write_due

    return write_due(context, due)


@step("network.notes", effect=Effect.WRITE, summary="Write notes to those who are due, to edit")
def notes(
    context: StepContext, *, due: DueList, availability: str = "", limit: int = 5
) -> list[NoteDraft]:
    """Writes `out/network/notes/<date>-<contact>.md` for the first of the list, from the template
    `network_follow_up.md`. Your own notes about a contact are not in it.

    Args:
        due: what `network.due` gave.
        availability: a sentence about whom you can take, if you want to say it.
        limit: for how many of them.
    """
    from dayhand_network.letters import write_notes

    return write_notes(context, due, availability=availability, limit=limit)


@step("network.edited_notes", effect=Effect.READ, summary="Read notes as you have edited them")
def edited_notes(context: StepContext, *, notes: list[NoteDraft]) -> list[NoteDraft]:
    """One whose file you removed is left out.

    Args:
        notes: what `network.notes` gave.
    """
    from dayhand_network.letters import edited

    return edited(context, notes)


@step("network.directory_page", effect=Effect.WRITE, summary="Write the referral directory")
def directory_page(context: StepContext, *, directory: Directory) -> PageFiles:
    """Writes `out/network/directory-<date>.md` and, unless the settings want none, a PDF: first what
    is to be verified, with telephone numbers, then the rest.

    Args:
        directory: what `network.directory` gave.
    """
    from dayhand_network.pages import write_directory

    return write_directory(context, directory)


@step("network.source_page", effect=Effect.WRITE, summary="Write the report of referral sources")
def source_page(context: StepContext, *, report: SourceReport) -> PageFiles:
    """Writes `out/network/sources-<from>-<to>.md` and, unless the settings want none, a PDF.

    Args:
        report: what `network.source_report` gave.
    """
    from dayhand_network.pages import write_sources

    return write_sources(context, report)


@step(
    "network.thank_you",
    effect=Effect.WRITE,
    summary="Write a letter of thanks for a referral, if it may be acknowledged",
)
def thank_you(
    context: StepContext,
    *,
    referral: OpenReferral,
    permission: PermissionIn | None = None,
    client: ClientIn | None = None,
    on: date | None = None,
    draft: bool = True,
) -> ThankYou:
    """Writes `out/network/thanks/drafts/<date>-<referral>.pdf`, or with `draft: false` the letter itself
    under `out/network/thanks/`, from the template `thank_you.md`. Thanks for a referral tell that the client
    came: for a referral with a client it fails unless the permission allows `attendance`. Without a client it
    thanks in general and names nobody.

    Args:
        referral: one of `network.open_referrals`.
        permission: of `collaboration.permission`, for the client, the `recipient` and `attendance`.
        client: the client; of it only the name is taken.
        on: the day of the letter; the run's own day if left out.
        draft: whether it is marked as a draft.
    """
    from dayhand_network.letters import thank_you as write

    return write(context, referral, permission, client, on=on or context.today, draft=draft)


ALL = (due_page, notes, edited_notes, directory_page, source_page, thank_you)
