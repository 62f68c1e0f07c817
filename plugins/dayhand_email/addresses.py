"""Addresses and header lines: one person, one line, nothing hidden in it."""

from __future__ import annotations

import re
import unicodedata

from dayhand import UserError

__all__ = ["checked_address", "checked_line", "domain_of", "recipient", "redacted"]

MAX_LINE = 200
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+)*")
_ENCODED_WORD = re.compile(r"=\?[^?\s]*\?[bq]\?", re.IGNORECASE)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def checked_line(value: str) -> str:
    """Text that can stand in a header: one line, no control or invisible characters.

    Raises:
        ValueError: it cannot; the message does not tell the text.
    """
    if not isinstance(value, str):
        raise ValueError("text is expected")  # noqa: TRY004  # what pydantic turns into a problem
    text = str(value).strip(" ")
    if len(text) > MAX_LINE:
        raise ValueError(f"a header line has up to {MAX_LINE} characters")
    # Cc: CR, LF, NUL, NEL; Cf: turns the direction of writing, or shows as nothing; Zl, Zp: breaks
    if any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co") for char in text):
        raise ValueError("a header line holds no line breaks and no control characters")
    if _ENCODED_WORD.search(text):  # RFC 2047: a reader would show something else
        raise ValueError("a header line holds no encoded words")
    return text


def checked_address(value: str) -> str:
    """One e-mail address, its domain in ASCII.

    Raises:
        ValueError: it is none, or more than one; the message does not tell it.
    """
    text = checked_line(value)
    if not text:
        raise ValueError("the address is empty")
    if any(char in text for char in ",;") or text.count("@") > 1:
        raise ValueError("one address is expected, and this is more: each person gets a message")
    if any(char in text for char in '<>()[]:"\\ '):
        raise ValueError("the address stands alone, without a name, quotes, brackets or groups")
    local, at, domain = text.partition("@")
    if not at or not local or not domain:
        raise ValueError("an address has a name, an '@' and a domain")
    if not local.isascii():
        raise ValueError("letters beyond ASCII before the '@' cannot be delivered reliably")
    if len(local) > 64 or not _LOCAL.fullmatch(local):
        raise ValueError("the part before the '@' is not that of an address")
    return f"{local}@{_ascii_domain(domain)}"


def _ascii_domain(domain: str) -> str:
    try:
        name = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise ValueError("the part after the '@' is not the name of a domain") from None
    labels = name.split(".")
    if len(name) > 253 or (len(labels) < 2 and name != "localhost"):
        raise ValueError("the part after the '@' is not the name of a domain")
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise ValueError("the part after the '@' is not the name of a domain")
    return name


def recipient(value: str) -> str:
    """The one address a message goes to.

    Raises:
        UserError: it is no single address; the message does not tell it.
    """
    try:
        return checked_address(value)
    except ValueError as error:
        raise UserError(
            f"the recipient cannot be used: {error}", hint="give one address: name@example.org"
        ) from None


def domain_of(address: str) -> str:
    """The part after the `@`."""
    return address.rpartition("@")[2]


def redacted(address: str) -> str:
    """An address as it may stand where client data may not: `a•••@example.org`."""
    return f"{address[:1]}•••@{domain_of(address)}"
