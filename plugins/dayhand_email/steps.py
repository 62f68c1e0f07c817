"""The steps: send to one person, notify the clinician, write a draft."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from dayhand import (
    Confirmation,
    Effect,
    Intent,
    Preview,
    Sensitive,
    Step,
    StepContext,
    StepError,
    UserError,
    step,
)
from dayhand_email.addresses import redacted
from dayhand_email.lint import is_hidden
from dayhand_email.models import Draft, Purpose, SentMail

# The letter, the message and the conversation are imported inside the steps: they load the
# libraries for Markdown, SMTP and IMAP.

__all__ = ["ALL"]


def _no_client_data(value: Any) -> Any:
    """For text that leaves for the clinician's own mailbox: what is marked sensitive may not."""
    if is_hidden(value):
        raise ValueError("a notice carries no client data; use ids such as C-0017 or initials")
    return value


_Harmless = Annotated[str, BeforeValidator(_no_client_data)]


def _neutral(value: Any) -> Any:
    """For a subject line, which travels in clear text (rule E1)."""
    if is_hidden(value):
        raise ValueError("a subject carries no client data (rule E1); write 'Document ready'")
    return value


_Neutral = Annotated[str, BeforeValidator(_neutral)]


@step(
    "email.send",
    effect=Effect.SEND,
    summary="Send a letter to one person, if they agreed to it",
    intends=True,
)
async def send(
    context: StepContext,
    *,
    to: Sensitive[str],
    purpose: Purpose,
    template: str | None = None,
    subject: _Neutral | None = None,
    body: Sensitive[str] | None = None,
    values: dict[str, Any] = {},  # noqa: B006  # copied by pydantic, and part of the schema
    attach: list[str] = [],  # noqa: B006
    consent: list[str] | None = None,
    client_id: str | None = None,
    reply_to: str | None = None,
) -> SentMail:
    """Send a letter to one person, never twice, over TLS, and only with their consent.

    Without consent for the purpose nothing is sent and the state is `held`, with the reason. The
    subject, and all of a reminder, must not tell what kind of care the practice gives.

    Args:
        to: the one address it goes to.
        purpose: what it is about: billing, reminders, clinical, or office (to no client).
        template: a template of this name, without `.md`, from templates/ or a plugin.
        subject: in place of the template's, or with `body`.
        body: plain text, where there is no template.
        values: what the template may use.
        attach: files to attach, as paths in the practice folder.
        consent: what the person has agreed to be mailed about, such as `client.email_scopes`.
        client_id: the client it is about, such as C-0017.
        reply_to: where answers go, if not to the address of the settings.
    """
    from dayhand_email import delivery, outgoing

    request = outgoing.Request(
        to, template, subject, body, values, attach, purpose, consent, client_id, reply_to
    )
    reason = outgoing.reason_to_hold(request)
    if reason:
        context.log.info("held a message about %s: %s", client_id or "nobody", reason)
        return SentMail(state="held", to=to, reason=reason)
    message = outgoing.message_for(context, request)
    server = delivery.server_of(context)
    return await _delivered(context, server, message, to_client=purpose != "office")


@send.preview
def _(
    context: StepContext,
    *,
    to: str,
    purpose: Purpose,
    template: str | None,
    subject: str | None,
    body: str | None,
    values: dict[str, Any],
    attach: list[str],
    consent: list[str] | None,
    client_id: str | None,
    reply_to: str | None,
) -> Preview:
    from dayhand_email import outgoing

    request = outgoing.Request(
        to, template, subject, body, values, attach, purpose, consent, client_id, reply_to
    )
    reason = outgoing.reason_to_hold(request)
    if reason:
        held = SentMail(state="held", to=to, reason=reason)
        return Preview(f"held, nothing would be sent: {reason}", output=held)
    message = outgoing.message_for(context, request)
    return _previewed(message)


@send.confirm
async def _(context: StepContext, intent: Intent) -> Confirmation:
    return await _looked_for(context, intent)


@step(
    "email.notify_me",
    effect=Effect.SEND,
    summary="Tell the clinician something, without client data",
    intends=True,
)
async def notify_me(
    context: StepContext,
    *,
    subject: _Harmless = "",
    body: _Harmless | None = None,
    template: str | None = None,
    values: dict[str, Any] = {},  # noqa: B006  # copied by pydantic, and part of the schema
) -> SentMail:
    """Mail the clinician. Nothing that is marked as client data may be in it; ids and initials may.

    Args:
        subject: the subject line; it may come from the template instead.
        body: plain text; without it the subject is repeated.
        template: a template of this name, without `.md`.
        values: what the template may use.
    """
    from dayhand_email import delivery, outgoing

    _check_notice(subject, template)
    message = outgoing.notice_for(
        context, subject=subject, body=body, template=template, values=values
    )
    return await _delivered(context, delivery.server_of(context), message, to_client=False)


@notify_me.preview
def _(
    context: StepContext,
    *,
    subject: str,
    body: str | None,
    template: str | None,
    values: dict[str, Any],
) -> Preview:
    from dayhand_email import outgoing

    _check_notice(subject, template)
    message = outgoing.notice_for(
        context, subject=subject, body=body, template=template, values=values
    )
    return _previewed(message)


@notify_me.confirm
async def _(context: StepContext, intent: Intent) -> Confirmation:
    return await _looked_for(context, intent)


@step("email.draft", effect=Effect.WRITE, summary="Write a letter to a file, to be sent by hand")
def draft(
    context: StepContext,
    *,
    to: Sensitive[str],
    purpose: Purpose,
    template: str | None = None,
    subject: _Neutral | None = None,
    body: Sensitive[str] | None = None,
    values: dict[str, Any] = {},  # noqa: B006  # copied by pydantic, and part of the schema
    attach: list[str] = [],  # noqa: B006
    consent: list[str] | None = None,
    client_id: str | None = None,
    reply_to: str | None = None,
) -> Draft:
    """Write the letter as `out/drafts/….eml`, which mail programs open as a message to send.

    The same rules as for `email.send` hold; nothing leaves the machine.

    Args:
        to: the one address it goes to.
        purpose: what it is about: billing, reminders, clinical, or office (to no client).
        template: a template of this name, without `.md`, from templates/ or a plugin.
        subject: in place of the template's, or with `body`.
        body: plain text, where there is no template.
        values: what the template may use.
        attach: files to attach, as paths in the practice folder.
        consent: what the person has agreed to be mailed about, such as `client.email_scopes`.
        client_id: the client it is about, such as C-0017.
        reply_to: where answers go, if not to the address of the settings.
    """
    from dayhand_email import outgoing

    request = outgoing.Request(
        to, template, subject, body, values, attach, purpose, consent, client_id, reply_to
    )
    reason = outgoing.reason_to_hold(request)
    if reason:
        return Draft(state="held", to=to, reason=reason)
    message = outgoing.message_for(context, request, unsent=True)
    name = f"{context.today.isoformat()}-{client_id or purpose}-{message.id[1:9]}.eml"
    file = context.files.write(f"drafts/{_plain(name)}", message.data)
    return Draft(state="draft", path=file.path, message_id=message.id, to=message.recipient)


ALL: tuple[Step, ...] = (send, notify_me, draft)


def _plain(name: str) -> str:
    return "".join(char if char.isalnum() or char in "-." else "-" for char in name)


def _check_notice(subject: str, template: str | None) -> None:
    if not subject and template is None:
        raise UserError("a notice needs a subject", hint="give subject, or a template that has one")


async def _delivered(
    context: StepContext, server: Any, message: Any, *, to_client: bool
) -> SentMail:
    """Hand a message over, and keep a copy if the settings say so."""
    from dayhand_email import delivery, outgoing

    async def intend() -> None:
        await context.intend(outgoing.intent_details(message, to_client=to_client))

    reply = await delivery.deliver(server, message, intend)
    context.log.info("sent message %s", message.id)
    await _kept(context, message)
    return SentMail(state="sent", message_id=message.id, to=message.recipient, server_reply=reply)


async def _kept(context: StepContext, message: Any) -> None:
    """Put a copy into the Sent folder. It was sent: whatever goes wrong here is only told."""
    import asyncio

    sent = context.settings.sent_folder
    if sent is None or not sent.save_copies:
        return
    from dayhand_email import sent_folder

    try:
        mailbox = sent_folder.mailbox_of(context, sent)
        await asyncio.to_thread(sent_folder.keep, mailbox, message.data, context.now)
    except (StepError, UserError) as error:
        context.log.warning("no copy of %s in the Sent folder: %s", message.id, error.message)


def _previewed(message: Any) -> Preview:
    names = [one.name for one in message.attachments]
    output = SentMail(state="sent", message_id=message.id, to=message.recipient)
    return Preview(
        f"one message to {redacted(message.recipient)}"
        + (f" with {len(names)} attachment{'s' if len(names) > 1 else ''}" if names else ""),
        output=output,
        details={"message_id": message.id, "bytes": len(message.data), "attachments": names},
        text=message.shown(),
    )


async def _looked_for(context: StepContext, intent: Intent) -> Confirmation:
    """Whether the message of an intent is in the Sent folder."""
    import asyncio

    identity = str(intent.details.get("message_id", ""))
    sent = context.settings.sent_folder
    if sent is None:
        return Confirmation.unclear("there is no email.sent_folder to look into")
    from dayhand_email import sent_folder

    try:
        mailbox = sent_folder.mailbox_of(context, sent)
        found = await asyncio.to_thread(sent_folder.holds, mailbox, identity)
    except (StepError, UserError) as error:
        return Confirmation.unclear(f"the Sent folder cannot be looked into: {error.message}")
    if not found:
        # Not there is not "not sent": many servers put nothing into the folder by themselves.
        return Confirmation.unclear("the message is not in the Sent folder")
    output = SentMail(state="sent", message_id=identity, reason="found in the Sent folder")
    return Confirmation.yes(output, "found in the Sent folder")
