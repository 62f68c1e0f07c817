"""The IMAP folder of sent mail: whether a message is there, and a copy put there."""

from __future__ import annotations

import imaplib
from dataclasses import dataclass, field
from datetime import datetime

from imap_tools import AND, BaseMailBox, H, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from dayhand import Practice, Retryable, StepError
from dayhand_email.settings import EmailSettings
from dayhand_email.tls import checked_tls, is_certificate_problem, trusted_file

__all__ = ["Mailbox", "holds", "keep", "mailbox_of"]

_ERRORS = (ImapToolsError, imaplib.IMAP4.error, OSError)

# imap_tools works in blocking calls: the steps call these functions in a thread.


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where sent mail is kept."""

    host: str
    port: int
    security: str
    username: str
    password: str = field(repr=False)
    folder: str
    ca_file: str = ""
    timeout: float = 30.0


def mailbox_of(practice: Practice) -> Mailbox | None:
    """The folder of the settings, its password read; None if there is none."""
    settings: EmailSettings = practice.settings
    sent = settings.sent_folder
    if sent is None:
        return None
    return Mailbox(
        host=sent.host,
        port=sent.port_used,
        security=sent.security,
        username=sent.username,
        password=practice.secret(sent.password) if sent.password else "",
        folder=sent.folder,
        ca_file=trusted_file(practice, sent.ca_file),
        timeout=sent.timeout.total_seconds(),
    )


def holds(mailbox: Mailbox, message_id: str) -> bool:
    """True if the folder has a message of that Message-ID.

    Raises:
        Retryable, StepError: it cannot be looked into.
    """
    with _open(mailbox) as box:
        try:
            return bool(box.uids(AND(header=H("Message-ID", message_id))))
        except _ERRORS as error:
            raise _closed(mailbox, error) from error


def keep(mailbox: Mailbox, data: bytes, moment: datetime) -> None:
    """Put a copy of a message into the folder, as read.

    Raises:
        Retryable, StepError: it cannot be put there.
    """
    with _open(mailbox) as box:
        try:
            box.append(data, mailbox.folder, dt=moment, flag_set=["\\Seen"])
        except _ERRORS as error:
            raise _closed(mailbox, error) from error


def _open(mailbox: Mailbox) -> BaseMailBox:
    box: BaseMailBox
    try:
        if mailbox.security == "none":
            box = MailBoxUnencrypted(mailbox.host, mailbox.port, mailbox.timeout)
        elif mailbox.security == "tls":
            tls = checked_tls(mailbox.ca_file)
            box = MailBox(mailbox.host, mailbox.port, mailbox.timeout, ssl_context=tls)
        else:
            tls = checked_tls(mailbox.ca_file)
            box = MailBoxStartTls(mailbox.host, mailbox.port, mailbox.timeout, ssl_context=tls)
        try:
            return box.login(mailbox.username, mailbox.password, mailbox.folder)
        except BaseException:
            box.client.shutdown()
            raise
    except _ERRORS as error:
        raise _closed(mailbox, error) from None  # the library's message repeats the command


def _closed(mailbox: Mailbox, error: Exception) -> StepError:
    where = f"{mailbox.host}:{mailbox.port}"
    if is_certificate_problem(error):
        return StepError(f"the certificate of {where} is not valid for it")
    if isinstance(error, OSError):
        return Retryable(f"{where} cannot be reached")
    return StepError(
        f"{where} refused the login, or has no folder '{mailbox.folder}'",
        hint="check email.sent_folder",
    )
