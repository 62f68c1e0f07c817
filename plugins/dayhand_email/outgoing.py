"""From a step's inputs to a message: consent first, then the letter, the lint, and the envelope."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dayhand import StepContext, UserError
from dayhand_email.addresses import recipient
from dayhand_email.attachments import Attachment, read
from dayhand_email.letters import Letter, plain_letter, written
from dayhand_email.lint import Private, Rules, invitation_text, is_hidden, private_parts
from dayhand_email.message import Envelope, Message, compose
from dayhand_email.models import Purpose
from dayhand_email.settings import Correspondent, EmailSettings

__all__ = ["Request", "intent_details", "message_for", "notice_for", "reason_to_hold"]

_HINTS = {
    "E1": "use neutral words, such as 'Document ready' or 'Appointment reminder'",
    "E2": "a reminder has a first name, the day, the time with its zone, and a phone number",
    "E4": "the names of files travel in clear text: use numbers such as INV-2026-00042.pdf",
    "E7": "an invitation has a neutral summary, such as 'Appointment', and no description",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a step was asked to send."""

    to: str
    template: str | None
    subject: str | None
    body: str | None
    values: Mapping[str, Any]
    attach: Sequence[str]
    purpose: Purpose
    consent: Sequence[str] | None
    client_id: str | None
    reply_to: str | None


def reason_to_hold(request: Request) -> str:
    """Why nothing may be sent (rule E3), or ""."""
    if request.purpose == "office":
        if request.client_id is not None:
            raise UserError(
                "mail about a client has no purpose 'office'",
                hint="set purpose to billing, reminders or clinical, and give consent",
            )
        return ""
    if request.consent is None:
        return f"no record of consent to e-mail about {request.purpose}"
    if request.purpose not in request.consent:
        return f"no consent to e-mail about {request.purpose}"
    return ""


def message_for(context: StepContext, request: Request, *, unsent: bool = False) -> Message:
    """The message a request gives.

    Raises:
        UserError: the letter, the address or a file is not as it has to be.
    """
    settings: EmailSettings = context.settings
    sender = _sender(settings)
    to = recipient(request.to)
    letter = _letter(context, request, settings)
    attachments = read(context, request.attach)
    if request.purpose != "office":
        _lint(context, request, letter, attachments, sender)
    reply_to = settings.reply_to
    if request.reply_to:
        reply_to = Correspondent(address=recipient(request.reply_to))
    envelope = Envelope(sender, to, reply_to, context.now, context.key)
    return compose(envelope, letter, attachments, unsent=unsent)


def notice_for(
    context: StepContext,
    *,
    subject: str,
    body: str | None,
    template: str | None,
    values: Mapping[str, Any],
) -> Message:
    """A message to the clinician alone.

    Raises:
        UserError: it holds client data, or there is no address to send it to.
    """
    settings: EmailSettings = context.settings
    info = context.info
    to = settings.notify_to or info.clinician.email or info.email
    if not to:
        raise UserError(
            "there is no address to notify", hint="set email.notify_to in practice.yaml"
        )
    if any(is_hidden(value) for value in _all(values)):
        raise UserError(
            "a notice carries no client data, and its values have some",
            hint="hand over numbers, ids such as C-0017 or initials",
        )
    if template:
        letter = written(context, template=template, subject=subject, values=values, footer="")
    else:
        letter = plain_letter(context, subject=subject, body=body or subject, footer="")
    problems = Rules().subject_problems(letter.subject, Private(), source=letter.subject)
    if "a diagnosis code" in problems:
        raise _refusal("E1", "the subject of the notice", ["a diagnosis code"])
    envelope = Envelope(_sender(settings), recipient(to), None, context.now, context.key)
    return compose(envelope, letter)


def intent_details(message: Message, *, to_client: bool) -> dict[str, Any]:
    """What is committed before the act: to whom, and enough to recognise the message."""
    whose = {"client": _sha256(message.recipient.lower())} if to_client else {}
    return whose | {
        "message_id": message.id,
        "to": message.recipient,
        "to_sha256": _sha256(message.recipient.lower()),
        "subject_sha256": _sha256(message.letter.subject),
        "message_sha256": hashlib.sha256(message.data).hexdigest(),
        "bytes": len(message.data),
        "attachments": [one.sha256 for one in message.attachments],
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _all(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [leaf for item in value.values() for leaf in _all(item)]
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in _all(item)]
    return [value]


def _sender(settings: EmailSettings) -> Correspondent:
    if settings.sender is None:
        raise UserError(
            "no mail can be written: email.from is not set",
            hint="set it in practice.yaml, as in: from: office@example.org",
        )
    return settings.sender


def _letter(context: StepContext, request: Request, settings: EmailSettings) -> Letter:
    footer = "" if request.purpose == "office" else settings.footer
    if request.template is not None:
        if request.body is not None:
            raise UserError("a letter has a template or a body, not both", hint="leave one out")
        return written(
            context,
            template=request.template,
            subject=request.subject or "",
            values=request.values,
            footer=footer,
        )
    if request.subject is None or request.body is None:
        raise UserError(
            "a letter without a template needs a subject and a body",
            hint="give template, or subject and body",
        )
    return plain_letter(context, subject=request.subject, body=request.body, footer=footer)


def _lint(
    context: StepContext,
    request: Request,
    letter: Letter,
    attachments: Sequence[Attachment],
    sender: Correspondent,
) -> None:
    settings: EmailSettings = context.settings
    rules = Rules(settings.lint_words, context.info.name, settings.neutral_practice_name)
    private = private_parts(request.values)
    found = rules.subject_problems(letter.subject, private, source=letter.source)
    if found:
        raise _refusal("E1", "the subject", found)
    for number, one in enumerate(attachments, start=1):
        named = private.found_in(one.name.replace("-", " ").replace("_", " ").replace(".", " "))
        if named:
            raise _refusal("E4", f"the name of attachment {number}", named)
        if one.type == ("text", "calendar"):
            _lint_invitation(rules, private, one)
    if request.purpose == "reminders":
        _lint_reminder(rules, private, letter, attachments, sender)


def _lint_reminder(
    rules: Rules,
    private: Private,
    letter: Letter,
    attachments: Sequence[Attachment],
    sender: Correspondent,
) -> None:
    found = rules.reminder_problems(letter.text, private, source=letter.source)
    if found:
        raise _refusal("E2", "the reminder", found)
    found = rules.reminder_problems(sender.name, Private(), source=sender.name)
    if found:
        raise UserError(
            f"the name in email.from tells too much for a reminder (rule E2): {', '.join(found)}",
            hint="use the neutral name of the practice, or none",
        )
    if any(one.type != ("text", "calendar") for one in attachments):
        raise UserError(
            "a reminder brings no documents (rule E4)", hint="send them with their own purpose"
        )


def _lint_invitation(rules: Rules, private: Private, one: Attachment) -> None:
    shown, has_description = invitation_text(one.data)
    found = rules.subject_problems(shown, private)
    if has_description:
        found.append("a description")
    if found:
        raise _refusal("E7", "the invitation", found)


def _refusal(rule: str, what: str, found: Sequence[str]) -> UserError:
    return UserError(f"{what} tells too much (rule {rule}): {', '.join(found)}", hint=_HINTS[rule])
