"""The conversation with the SMTP server, and what each way it can end means.

    step                  it fails                          the message
    connect, TLS, login   Retryable, or StepError           never left; may be tried again
    MAIL, RCPT            Retryable (4xx), StepError (5xx)  never left; may be tried again
    ── the intent is committed here ──
    DATA                  anything but 354: NotSent         no word of the message left this machine
    the final dot         a reply 4xx or 5xx: NotSent       the server says it does not have it
                          no reply: StepError               not known: a person or `confirm` decides
    after the reply       nothing raises                    it was sent

The reply to the final dot is waited for 10 minutes (RFC 5321, 4.5.3.2.6): whoever gives up early
gets his mail delivered twice. What servers say is kept out of errors once an address was named,
because they repeat it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiosmtplib

from dayhand import NotSent, Practice, Retryable, StepError, UserError
from dayhand_email.addresses import domain_of
from dayhand_email.lockout import Lockout
from dayhand_email.message import Message
from dayhand_email.settings import EmailSettings, SmtpServer
from dayhand_email.tls import checked_tls, is_certificate_problem, trusted_file

__all__ = ["DOT_SECONDS", "Server", "connected", "deliver", "server_of"]

DOT_SECONDS = 600.0
GREYLIST_SECONDS = 300.0
GOODBYE_SECONDS = 5.0

# Lives as long as the process, because that is what it protects from: see the module.
_LOCKOUT = Lockout()

_METHODS = ("plain", "login", "cram-md5")
_REFUSED_LOGIN = (534, 535)


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how to hand a message over."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    timeout: float = 60.0
    dot_timeout: float = DOT_SECONDS
    name: str = "localhost"
    """What we call ourselves; never this machine's name."""

    @property
    def shown(self) -> str:
        return f"{self.host}:{self.port}"


def server_of(practice: Practice) -> Server:
    """The server of the settings, its password read.

    Raises:
        UserError: no server is set.
        SecretMissing: the password is not to be had.
    """
    settings: EmailSettings = practice.settings
    smtp: SmtpServer | None = settings.smtp
    if smtp is None or settings.sender is None:
        raise UserError(
            "no mail can be sent: email.smtp and email.from are not set",
            hint="set them in practice.yaml, then run: dayhand email test",
        )
    return Server(
        host=smtp.host,
        port=smtp.port_used,
        security=smtp.security,
        username=smtp.username,
        password=practice.secret(smtp.password) if smtp.password else "",
        ca_file=trusted_file(practice, smtp.ca_file),
        timeout=smtp.timeout.total_seconds(),
        name=domain_of(settings.sender.address),
    )


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[aiosmtplib.SMTP]:
    """A conversation that is private and logged in.

    Raises:
        Retryable: the server cannot be reached, or asks to come back later.
        StepError: it is not the server, offers no TLS, or refuses the login.
    """
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=server.name,
        timeout=server.timeout,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",  # never None: that sends in clear text
        tls_context=None if server.security == "none" else checked_tls(server.ca_file),
    )
    transport: asyncio.BaseTransport | None = None
    try:
        try:
            await client.connect()
            transport = client.transport
            _check_privacy(client, server)
            await _log_in(client, server)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _no_conversation(error, server) from error
        yield client
    finally:
        client.close()
        await _hang_up(transport)


async def _hang_up(transport: asyncio.BaseTransport | None) -> None:
    """Close at once. `close` alone waits for the server's goodbye, maybe beyond the event loop."""
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
    for _ in range(3):  # TLS, the socket below it, and its protocol are told one after the other
        await asyncio.sleep(0)


def _check_privacy(client: aiosmtplib.SMTP, server: Server) -> None:
    if client.get_transport_info("sslcontext") is not None:
        return
    peer = str(client.get_transport_info("peername")[0]).partition("%")[0]
    if server.security != "none" or not ipaddress.ip_address(peer).is_loopback:
        raise StepError(
            f"the connection to {server.shown} is not private",
            hint="set email.smtp.security to starttls or tls",
        )


async def _log_in(client: aiosmtplib.SMTP, server: Server) -> None:
    if not server.username:
        return
    login = f"{server.username}@{server.shown}"
    now = asyncio.get_running_loop().time()
    if _LOCKOUT.is_closed(login, server.password, now):
        raise StepError(
            f"{server.shown} refused this password less than an hour ago, so it is not tried again",
            hint="set the right password, then run: dayhand email test",
        )
    await client._ehlo_or_helo_if_needed()  # noqa: SLF001  # after STARTTLS; `login` does the same
    offered = client.server_auth_methods
    # One method, tried once: `login` would try the password with each of them in turn.
    method = next((one for one in _METHODS if one in offered), None)
    if method is None:
        raise StepError(
            f"{server.shown} offers no way to log in with a password",
            hint="check host and port, or create an app password with your provider",
        )
    verify = getattr(client, f"auth_{method.replace('-', '')}")
    try:
        await verify(server.username, server.password)
    except aiosmtplib.SMTPAuthenticationError as error:
        if error.code not in _REFUSED_LOGIN:
            raise
        _LOCKOUT.note(login, server.password, now)
        raise StepError(
            f"{server.shown} refused the user name or password ({error.code})",
            hint="check email.smtp.username and password; many providers want an app password",
        ) from None


def _no_conversation(error: Exception, server: Server) -> StepError:
    """Why there was no conversation, in the words of the user."""
    if is_certificate_problem(error):
        return StepError(
            f"the certificate of {server.shown} is not valid for it, so nothing was sent",
            hint="check email.smtp.host; for a certificate of your own set email.smtp.ca_file",
        )
    if isinstance(error, aiosmtplib.SMTPResponseException):
        message = f"{server.shown} refused the connection ({error.code})"
        return Retryable(message) if 400 <= error.code < 500 else StepError(message)
    if isinstance(error, aiosmtplib.SMTPTimeoutError | TimeoutError):
        return Retryable(f"{server.shown} did not answer in time")
    if isinstance(error, OSError):
        hint = "check email.smtp.host and port, and that this machine is online"
        return Retryable(f"{server.shown} cannot be reached, or closed the connection", hint=hint)
    return StepError(
        f"{server.shown} offers no TLS, so nothing was sent",
        hint="set email.smtp.security to tls if its port is 465, or use another server",
    )


async def deliver(server: Server, message: Message, intend: Callable[[], Awaitable[None]]) -> str:
    """Hand the message over; `intend` is awaited when only DATA is left. Returns the reply.

    Raises:
        Retryable, StepError: before the intent; nothing left.
        NotSent: after it; the server refused the message, or the line was lost before it began.
        StepError: after it, and it is not known what became of the message.
    """
    async with connected(server) as client:
        await _address(client, server, message)
        await intend()
        begun = _beginning(client)
        try:
            reply = await client.data(message.data, timeout=server.dot_timeout)
            text = f"{reply.code} {reply.message}"
        except aiosmtplib.SMTPDataError as error:
            text = f"{error.code} {error.message}"
            if error.code >= 400:
                raise _refused_message(error.code, text) from None
        except (aiosmtplib.SMTPException, OSError):
            if not begun():
                raise NotSent(
                    f"{server.shown} closed the connection, or fell silent, before the message began",
                    hint="nothing was sent; it is tried again where `retry` says so",
                    retryable=True,
                ) from None
            raise StepError(
                f"{server.shown} did not say whether it took the message",
                hint="look for it in the Sent folder or ask the recipient before sending again",
            ) from None
        with suppress(aiosmtplib.SMTPException, OSError):
            await client.quit(timeout=GOODBYE_SECONDS)
        return _without_addresses(text)


def _beginning(client: aiosmtplib.SMTP) -> Callable[[], bool]:
    """Tell, from now on, whether more was written to the server than the word DATA.

    The library waits for `354` before it writes the message, and raises the same for both.
    """
    protocol = client.protocol
    if protocol is None:
        return lambda: False  # the line is lost already: nothing can be written
    honest, written = protocol.write, bytearray()

    def write(data: bytes) -> None:
        written.extend(data[:16])
        honest(data)

    protocol.write = write  # type: ignore[method-assign]  # of this one conversation
    return lambda: bytes(written) not in (b"", b"DATA\r\n")


async def _address(client: aiosmtplib.SMTP, server: Server, message: Message) -> None:
    """MAIL and RCPT."""
    limit = client.esmtp_extensions.get("size", "")
    if limit.isdigit() and 0 < int(limit) < len(message.data):
        raise StepError(
            f"the message is larger than {server.shown} takes",
            hint="send fewer or smaller attachments",
        )
    try:
        await client.mail(message.sender)
        await client.rcpt(message.recipient)
    except aiosmtplib.SMTPSenderRefused as error:
        raise _refused("the sender, which is email.from", error.code, error.message) from None
    except aiosmtplib.SMTPRecipientRefused as error:
        raise _refused("the recipient", error.code, error.message) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _no_conversation(error, server) from None


def _refused(whom: str, code: int, text: str) -> StepError:
    message = f"the server refused {whom} ({code}{_enhanced(text)})"
    if 400 <= code < 500:
        return Retryable(message, hint="it may accept later", after=GREYLIST_SECONDS)
    return StepError(message, hint="check the address; nothing was sent")


def _refused_message(code: int, text: str) -> NotSent:
    return NotSent(
        f"the server refused the message ({code}{_enhanced(text)})",
        hint="it may accept later" if code < 500 else "nothing was sent; ask the mail provider",
        retryable=code < 500,
    )


_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_ADDRESS = re.compile(r"\S*@\S*")


def _enhanced(text: str) -> str:
    """The enhanced status code of RFC 3463 in a reply, which says why without naming anyone."""
    found = _ENHANCED.search(text)
    return f" {found[0]}" if found else ""


def _without_addresses(text: str) -> str:
    """The server's reply on one line, no addresses in it: its number helps the provider search."""
    line = "".join(char if char.isprintable() else " " for char in text)
    return _ADDRESS.sub("•••", " ".join(line.split()))[:200]
