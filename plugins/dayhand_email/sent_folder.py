"""The IMAP folder of sent mail: whether a message is there, and a copy put there."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from imap_tools import AND, BaseMailBox, H, MailBox, MailBoxStartTls
from imap_tools.errors import ImapToolsError

from dayhand import Practice, Retryable, StepError
from dayhand_email.settings import SentFolder
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


def mailbox_of(practice: Practice, sent: SentFolder) -> Mailbox:
    """The folder of the settings, its password read."""
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
    with _opened(mailbox) as box:
        return bool(box.uids(AND(header=H("Message-ID", message_id))))


def keep(mailbox: Mailbox, data: bytes, moment: datetime) -> None:
    """Put a copy of a message into the folder, as read.

    Raises:
        Retryable, StepError: it cannot be put there.
    """
    with _opened(mailbox) as box:
        box.append(data, mailbox.folder, dt=moment, flag_set=["\\Seen"])


@contextmanager
def _opened(mailbox: Mailbox) -> Iterator[BaseMailBox]:
    kind = MailBox if mailbox.security == "tls" else MailBoxStartTls
    tls = checked_tls(mailbox.ca_file)
    try:
        box = kind(mailbox.host, mailbox.port, mailbox.timeout, ssl_context=tls)
        try:
            box.login(mailbox.username, mailbox.password, mailbox.folder)
        except BaseException:
            box.client.shutdown()
            raise
        with box:
            yield box
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
