"""Notes to contacts, which you edit, and letters of thanks, which name a client only by permission."""

from __future__ import annotations

from datetime import date

from dayhand import StepContext, StepError, typeset
from dayhand_network.models import (
    ClientIn,
    DueList,
    NoteDraft,
    OpenReferral,
    PermissionIn,
    ThankYou,
)
from dayhand_network.wording import long_day, sender

__all__ = ["edited", "thank_you", "write_notes"]


def write_notes(
    context: StepContext, due: DueList, *, availability: str, limit: int
) -> list[NoteDraft]:
    """Write a note to each of the first contacts under `out/network/notes/`, to be edited."""
    template = context.files.template("network_follow_up.md")
    notes = []
    for one in due.items[:limit]:
        values = {
            "name": one.contact.name,
            "role": one.contact.role,
            "last_on": one.last_on or "",
            "availability": availability,
            "clinician": context.info.clinician.with_credentials,
            "practice": context.info.name,
            "phone": context.info.phone,
        }
        text = context.render(template, values).strip()
        head = f"To: {one.contact.email}\n" if one.contact.email else "To:\n"
        name = f"network/notes/{due.computed_on.isoformat()}-{one.contact.id}.md"
        written = context.files.write(name, f"{head}{text}\n")
        notes.append(_read(written.path, one.contact.id, f"{head}{text}\n"))
    return notes


def edited(context: StepContext, notes: list[NoteDraft]) -> list[NoteDraft]:
    """The notes as their files say now; one whose file was removed is left out."""
    found = []
    for one in notes:
        if context.files.resolve(one.path).is_file():
            text = context.files.read(one.path).decode("utf-8", errors="replace")
            found.append(_read(one.path, one.contact_id, text))
    return found


def _read(path: str, contact_id: str, text: str) -> NoteDraft:
    """A note from its text: lines `To:` and `Subject:`, a blank line, the body.

    Raises:
        StepError: it has no such head.
    """
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    fields = {
        name.strip().casefold(): value.strip()
        for name, colon, value in (line.partition(":") for line in head.splitlines())
        if colon
    }
    if "subject" not in fields or not body.strip():
        raise StepError(
            f"{path} is no note any more",
            hint="it begins with 'To:' and 'Subject:', then a blank line, then the text",
        )
    return NoteDraft(
        path=path,
        contact_id=contact_id,
        to=fields.get("to", ""),
        subject=fields["subject"],
        body=body.strip() + "\n",
    )


def thank_you(
    context: StepContext,
    referral: OpenReferral,
    permission: PermissionIn | None,
    client: ClientIn | None,
    *,
    on: date,
    draft: bool,
) -> ThankYou:
    """Write a letter of thanks under `out/network/thanks/`, or its draft below `drafts/`.

    Raises:
        StepError: the contact is not known, or the referral is of a client and no release permits
            to say that they came.
    """
    if referral.contact is None:
        raise StepError(
            f"{referral.id} names no contact to thank",
            hint="name one with 'dayhand referrals edit'",
        )
    _refuse(referral, permission)
    named = client if referral.client_id else None
    if referral.client_id and (named is None or named.id != referral.client_id):
        raise StepError(
            f"the letter for {referral.id} is about {referral.client_id}, and another client was given"
        )
    values = {
        "client": named.name if named else "",
        "on": long_day(referral.on),
        "practice": context.info.name,
    }
    text = context.render(context.files.template("thank_you.md"), values).strip()
    data = {
        "title": f"Thank you, {on.isoformat()}",
        "draft": draft,
        "sender": sender(context),
        "recipient": [referral.recipient, *_lines(referral.contact.address)],
        "on": long_day(on),
        "salutation": f"Dear {referral.contact.name},",
        "paragraphs": [" ".join(part.split()) for part in text.split("\n\n") if part.strip()],
        "release": _release_line(permission) if named and permission else "",
        "notice": permission.notice if named and permission else "",
        "confidential": bool(named),
        "paper": context.settings.paper,
    }
    folder = "network/thanks/drafts" if draft else "network/thanks"
    pdf = typeset(context, "thank_you.typ", data)
    written = context.files.write(f"{folder}/{on.isoformat()}-{referral.id}.pdf", pdf)
    return ThankYou(
        path=written.path, sha256=written.sha256, draft=draft, referral=referral.id,
        client_id=named.id if named else "",
        release=permission.release if named and permission else "",
    )  # fmt: skip


def _refuse(referral: OpenReferral, permission: PermissionIn | None) -> None:
    """Thanks for a client tell that the client came, even without a name."""
    if not referral.client_id:
        return
    if permission is None or not permission.allowed:
        told = "; ".join(permission.reasons) if permission else "nobody looked for a release"
        raise StepError(
            f"{referral.id} is not acknowledged: {told}",
            hint="ask the client for a release to the contact, or note it as not acknowledged",
        )
    same = " ".join(permission.recipient.split()) == " ".join(referral.recipient.split())
    if permission.client_id != referral.client_id or not same:
        raise StepError(f"the permission given is not the one for {referral.id}")
    if "attendance" not in permission.information:
        raise StepError(
            f"the permission for {referral.id} does not cover that the client came",
            hint="ask for the information 'attendance'",
        )


def _release_line(permission: PermissionIn) -> str:
    # 42 CFR 2.32: what the consent covers goes with it.
    covers = f" It covers: {', '.join(permission.information)}." if permission.part2 else ""
    return f"Sent under release {permission.release}.{covers}"


def _lines(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]
