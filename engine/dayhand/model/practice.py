"""Who the practice is, as `practice.yaml` says, and how its secrets are referred to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

__all__ = ["Address", "Clinician", "Licence", "Limits", "PracticeInfo", "SecretRef"]


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is to be had; never the secret. `kind` is one of `KINDS`."""

    KINDS: ClassVar[tuple[str, ...]] = ("env", "file", "credential", "keyring")

    kind: str
    name: str

    @classmethod
    def read(cls, value: Any) -> SecretRef:
        """The reference written as `{kind: name}`.

        Raises:
            ValueError: it is something else, such as the secret itself.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, Mapping) and len(value) == 1:
            (kind, name), *_ = value.items()
            if kind in cls.KINDS and isinstance(name, str) and name:
                return cls(kind, name)
        raise ValueError(
            "a secret is referred to, as in {env: NAME} or {file: PATH}, never written here"
        )

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address."""

    street: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = "US"

    @property
    def lines(self) -> tuple[str, ...]:
        """As it stands on an envelope, without the country."""
        town = " ".join(
            part
            for part in (
                f"{self.city}," if self.city and self.region else self.city,
                self.region,
                self.postcode,
            )
            if part
        )
        return tuple(line for line in (self.street, town) if line)


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence to practise: `type` such as LMFT, `region` such as CA."""

    type: str
    region: str
    number: str = ""
    issued: date | None = None
    expires: date | None = None

    def is_valid_on(self, day: date) -> bool:
        """True if the licence covers the day."""
        return (self.issued is None or self.issued <= day) and (
            self.expires is None or day <= self.expires
        )


@dataclass(frozen=True, slots=True)
class Clinician:
    """The person whose practice it is. `npi` is the individual (type 1) number, ten digits."""

    name: str
    credentials: str = ""
    email: str = ""
    npi: str = ""
    taxonomy: str = ""
    licences: tuple[Licence, ...] = ()
    supervisor: Mapping[str, str] = field(default_factory=dict)

    @property
    def with_credentials(self) -> str:
        """The name as it stands under a letter: `Jane Doe, LCSW`."""
        return ", ".join(part for part in (self.name, self.credentials) if part)


@dataclass(frozen=True, slots=True)
class PracticeInfo:
    """The practice; `timezone` is an IANA name, `currency` an ISO 4217 code."""

    name: str
    timezone: str
    currency: str
    clinician: Clinician
    address: Address = field(default_factory=Address)
    phone: str = ""
    email: str = ""
    website: str = ""
    tax_id: str = ""
    npi: str = ""
    language: str = "en_US"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may leave the machine before the owner is asked: by one run, with those it calls, and to
    one client on one day.
    """

    sends_a_run: int = 50
    sends_a_client_a_day: int = 3
