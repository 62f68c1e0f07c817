"""How the owner is told, as `notify` in `practice.yaml` says: what stands there of a webhook."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from dayhand.model.practice import SecretRef

__all__ = ["WebhookSettings", "address_problem"]


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """A webhook. `text` posts the notice as text with its subject as `Title`, as ntfy has it; `json`
    posts both in an object."""

    url: str | SecretRef
    format: Literal["text", "json"] = "text"
    token: SecretRef | None = None
    username: str = ""
    password: SecretRef | None = None

    @classmethod
    def read(cls, value: Any) -> WebhookSettings:
        """From the checked value under `webhook`: an address, or a mapping."""
        if not isinstance(value, Mapping):
            return cls(str(value))
        url, form = value["url"], value.get("format", "text")
        return cls(
            SecretRef.read(url) if isinstance(url, Mapping) else str(url),
            "json" if form == "json" else "text",
            SecretRef.read(value["token"]) if "token" in value else None,
            str(value.get("username", "")),
            SecretRef.read(value["password"]) if "password" in value else None,
        )


def address_problem(address: str) -> str:
    """What is wrong with the address of a webhook, or nothing: notices go out encrypted, and without
    encryption to this machine only."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "this is not an address"
    if any(character.isspace() or ord(character) < 32 for character in address):
        return "an address has no spaces"
    if parts.scheme not in ("https", "http") or not host:
        return "an address begins with https://"
    if parts.username is not None or parts.password is not None:
        return "name and password do not stand in the address: use username and password"
    if parts.scheme == "http" and not _is_this_machine(host):
        return "only https:// goes to another machine"
    return ""


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
