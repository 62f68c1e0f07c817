"""The section `email` of `practice.yaml`."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from dayhand import Duration, Secret
from dayhand_email.addresses import checked_address, checked_line

__all__ = ["Correspondent", "EmailSettings", "SentFolder", "SmtpServer", "is_loopback"]

Security = Literal["starttls", "tls", "none"]

FOOTER = "If you would rather not get e-mail about this, reply and say so."


def is_loopback(host: str) -> bool:
    """True if the host is this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, populate_by_name=True)


class _Server(_Section):
    """What SMTP and IMAP have in common."""

    host: str = Field(min_length=1, pattern=r"^[^\s/@]+$")
    username: str = ""
    password: Secret | None = None
    ca_file: str = ""
    """More certificates to trust: a PEM file, in the practice folder or with its whole path."""

    security: Security

    @model_validator(mode="after")
    def _private(self) -> Self:
        if self.security == "none" and not is_loopback(self.host):
            raise ValueError("without TLS only a server on this machine can be used")
        if self.security == "none" and self.password is not None:
            raise ValueError("a password is never sent without TLS")
        if bool(self.username) is not (self.password is not None):
            raise ValueError("username and password go together")
        return self


class SmtpServer(_Server):
    """The server that takes mail in. `security: none` is for a server on this machine."""

    port: int = Field(default=0, ge=0, le=65535)
    """0 stands for 587, with `tls` for 465."""

    security: Security = "starttls"
    timeout: Duration = timedelta(seconds=60)
    """How long to wait for an answer to a command; at the end of a message it is 10 minutes."""

    @property
    def port_used(self) -> int:
        """The port, or the usual one."""
        return self.port or {"tls": 465, "none": 25}.get(self.security, 587)


class SentFolder(_Server):
    """An IMAP folder that holds what was sent: asked when it is not known whether mail left."""

    port: int = Field(default=0, ge=0, le=65535)
    """0 stands for 993, with `starttls` for 143."""

    security: Literal["tls", "starttls"] = "tls"
    folder: str = "Sent"
    save_copies: bool = False
    """Put a copy there after sending; leave it off where the provider does so itself (Gmail)."""

    timeout: Duration = timedelta(seconds=30)

    @property
    def port_used(self) -> int:
        """The port, or the usual one."""
        return self.port or (993 if self.security == "tls" else 143)


class Correspondent(_Section):
    """An address, with the name that mail programs show."""

    address: Annotated[str, BeforeValidator(checked_address)]
    name: Annotated[str, BeforeValidator(checked_line)] = ""


def _correspondent(value: Any) -> Any:
    return {"address": value} if isinstance(value, str) else value


_Correspondent = Annotated[Correspondent, BeforeValidator(_correspondent)]


class EmailSettings(_Section):
    """How mail is sent, in whose name, and what must not stand in it."""

    smtp: SmtpServer | None = None
    sender: _Correspondent | None = Field(default=None, alias="from")
    reply_to: _Correspondent | None = None
    notify_to: Annotated[str, BeforeValidator(lambda v: v and checked_address(v))] = ""
    """Where `email.notify_me` writes to; else the clinician's own address in `practice`."""

    neutral_practice_name: Annotated[str, BeforeValidator(checked_line)] = ""
    """A name for the practice that says nothing of health, such as `Lakeside Office`."""

    footer: str = FOOTER
    """Stands below every letter to a client: how to have no more of them."""

    lint_words: list[Annotated[str, Field(min_length=2)]] = Field(default_factory=list)
    """More words that must not stand in a subject or a reminder; `child*` means any ending."""

    sent_folder: SentFolder | None = None
