"""Letter and envelope → the bytes of a message, the same each time for the same step of a run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from dayhand_email.addresses import domain_of
from dayhand_email.attachments import Attachment
from dayhand_email.letters import Letter
from dayhand_email.settings import Correspondent

__all__ = ["Envelope", "Message", "compose", "message_id_for"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom to whom, and when. `key` is the step's, the same for each of its attempts."""

    sender: Correspondent
    recipient: str
    reply_to: Correspondent | None
    date: datetime
    key: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready to be sent."""

    id: str
    sender: str
    recipient: str
    letter: Letter = field(repr=False)
    attachments: Sequence[Attachment] = field(repr=False)
    data: bytes = field(repr=False)

    def shown(self) -> str:
        """What a person is shown of it: headers, the text, and what is attached."""
        head, _, _ = self.data.decode("ascii").partition("\r\n\r\n")
        fields = [line for line in head.split("\r\n") if not line.startswith(("Content-", "MIME-"))]
        shown = [line for line in fields if not line.startswith(" boundary=")]
        parts = ["\n".join(shown), self.letter.text.rstrip("\n")]
        if self.attachments:
            parts.append(
                "\n".join(f"[{one.name}, {len(one.data):,} bytes]" for one in self.attachments)
            )
        return "\n\n".join(parts) + "\n"


def message_id_for(key: str, sender: str) -> str:
    """The Message-ID: from the step's key, so that a mailbox can be asked for it later."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain_of(sender)}>"


def compose(
    envelope: Envelope,
    letter: Letter,
    attachments: Sequence[Attachment] = (),
    *,
    unsent: bool = False,
) -> Message:
    """The message. `unsent` marks it as a draft for mail programs that know `X-Unsent`."""
    # Names of headers stand here and nowhere else: EmailMessage takes line breaks in a name.
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(envelope.sender)
    message["To"] = Address(addr_spec=envelope.recipient)
    if envelope.reply_to is not None:
        message["Reply-To"] = _address(envelope.reply_to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(envelope.date)
    identity = message_id_for(envelope.key, envelope.sender.address)
    message["Message-ID"] = identity
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers to it
    if unsent:
        message["X-Unsent"] = "1"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for one in attachments:
        message.add_attachment(
            one.data, maintype=one.type[0], subtype=one.type[1], filename=one.name
        )
    for number, part in enumerate(one for one in message.walk() if one.is_multipart()):
        part.set_boundary(
            f"=_{hashlib.sha256(f'{envelope.key}/{number}'.encode()).hexdigest()[:40]}"
        )
    data = message.as_bytes()
    return Message(
        identity, envelope.sender.address, envelope.recipient, letter, tuple(attachments), data
    )


def _address(who: Correspondent) -> Address:
    return Address(display_name=who.name, addr_spec=who.address)
