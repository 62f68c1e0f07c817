"""The coordination letter: only what was asked for, only under a release that covers it.

A release is looked for each time a letter is written, so a letter that waited for its approval is
not finished under a release that was revoked meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dayhand import StepContext, StepError, typeset
from dayhand_collaboration import kept
from dayhand_collaboration.models import (
    ClientIn,
    Information,
    Letter,
    Permission,
    PlanIn,
    Release,
    SessionIn,
)
from dayhand_collaboration.rule_set import rules_of
from dayhand_collaboration.validity import permission
from dayhand_collaboration.wording import LABELS, capital, sender, slug

__all__ = ["Content", "permitted", "refuse", "write"]


@dataclass(frozen=True)
class Content:
    """What a letter may be made of. Of it, only what is asked for is used."""

    client: ClientIn
    sessions: Sequence[SessionIn] | None
    plan: PlanIn | None
    texts: Mapping[Information, str]
    question: str


def permitted(
    context: StepContext,
    client_id: str,
    recipient: str,
    information: Sequence[Information],
    on: date | None = None,
) -> Permission:
    """Whether information may go to a recipient on a day, by default the run's."""
    with context.connect() as connection:
        releases = kept.releases(connection, client_id)
        part2 = kept.is_part2(connection, client_id)
    return permission(
        releases,
        client_id=client_id,
        recipient=recipient,
        information=information,
        rules=rules_of(context),
        on=on or context.today,
        part2=part2,
    )


def refuse(answer: Permission) -> None:
    """Stop where nothing may go out.

    Raises:
        StepError: there is no release that holds and covers it; tells why, without a name.
    """
    if not answer.allowed:
        told = "; ".join(answer.reasons)
        raise StepError(
            f"nothing may go to this recipient about {answer.client_id}: {told}", hint=answer.hint
        )


def write(
    context: StepContext,
    content: Content,
    *,
    recipient: str,
    information: Sequence[Information],
    on: date,
    draft: bool,
) -> Letter:
    """Write the letter under `out/letters/`, or its draft under `out/letters/drafts/`.

    Raises:
        StepError: no release permits it, or there is nothing to say of something asked for.
    """
    if not information:
        raise StepError(
            "the letter says nothing", hint="name what it is to say, such as 'progress'"
        )
    answer = permitted(context, content.client.id, recipient, information, on)
    refuse(answer)
    with context.connect() as connection:
        release = kept.RELEASES.find(connection, answer.release)
    data = {
        "title": f"Coordination of care, {on.isoformat()}",
        "draft": draft,
        "sender": sender(context),
        "recipient": [recipient, *_lines(release.recipient_address)],
        "on": f"{on:%d %B %Y}".lstrip("0"),
        "client": content.client.name,
        "born": f"{content.client.date_of_birth:%Y-%m-%d}" if content.client.date_of_birth else "",
        "purpose": release.purpose,
        "sections": _sections(content, information, on),
        "question": content.question.strip(),
        "release": _release_lines(release),
        "notice": answer.notice,
        "consent": _consent(release) if answer.part2 else "",
        "paper": context.settings.paper,
    }
    pdf = typeset(context, "coordination_letter.typ", data)
    folder = "letters/drafts" if draft else "letters"
    name = f"{on.isoformat()}-{content.client.id}-{slug(recipient)}"
    written = context.files.write(f"{folder}/{name}.pdf", pdf)
    return Letter(
        path=written.path,
        sha256=written.sha256,
        draft=draft,
        client_id=content.client.id,
        recipient=recipient,
        information=list(information),
        release=release.id,
        purpose=release.purpose,
        part2=answer.part2,
    )


def _lines(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _release_lines(release: Release) -> list[str]:
    ends = (
        f"it ends on {release.expires_on.isoformat()}"
        if release.expires_on
        else f"it ends with: {release.expires_event}"
    )
    signed = release.signed_on.isoformat() if release.signed_on else ""
    return [f"Sent under a release of information signed on {signed}; {ends}."]


def _consent(release: Release) -> str:
    covers = ", ".join(LABELS[one] for one in release.information)
    return f"The consent covers: {release.description} ({covers}). Purpose: {release.purpose}."


def _sections(content: Content, information: Sequence[Information], today: date) -> list[list[str]]:
    made: dict[Information, Callable[[], str]] = {
        "attendance": lambda: _attendance(content.sessions),
        "diagnosis": lambda: _diagnoses(content.client, today),
        "treatment_plan": lambda: "; ".join(content.plan.goals) if content.plan else "",
        "measures": lambda: content.plan.measures if content.plan else "",
        "risk": lambda: content.plan.risk if content.plan else "",
    }
    sections, empty = [], []
    for what in dict.fromkeys(information):
        own = content.texts.get(what, "").strip()
        text = own or (made[what]() if what in made else "")
        if what in ("record", "psychotherapy_notes"):
            raise StepError(
                f"a letter does not carry {LABELS[what]}",
                hint="answer a request for records with the routine 'records-request'",
            )
        if text:
            sections.append([capital(LABELS[what]), text])
        else:
            empty.append(LABELS[what])
    if empty:
        raise StepError(
            f"there is nothing to say of: {', '.join(empty)}",
            hint="write it in the form, or leave it out of the letter",
        )
    return sections


def _attendance(sessions: Sequence[SessionIn] | None) -> str:
    days = sorted(one.start.date() for one in sessions or () if one.status == "attended")
    if not days:
        return ""
    count = "1 session" if len(days) == 1 else f"{len(days)} sessions"
    return f"{count} attended between {days[0].isoformat()} and {days[-1].isoformat()}"


def _diagnoses(client: ClientIn, today: date) -> str:
    codes = [
        one.code
        for one in client.diagnoses
        if one.effective_from <= today and (one.effective_to is None or today <= one.effective_to)
    ]
    return ", ".join(codes)
