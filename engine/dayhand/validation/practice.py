"""The check of `practice.yaml`: its own part, and each plugin's section by that plugin's schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dayhand import document
from dayhand.catalogue import Catalogue, SectionSpec
from dayhand.model.backup import BackupRule
from dayhand.model.practice import (
    Address,
    Clinician,
    Licence,
    Limits,
    PracticeInfo,
    SecretRef,
)
from dayhand.model.retention import Retention
from dayhand.problems import WARNING, Problem, by_place
from dayhand.validation import _envelope, _words
from dayhand.validation._backup import read_backup
from dayhand.validation._envelope import Keys
from dayhand.validation._retention import read_retention
from dayhand.validation._shape import Shape

__all__ = ["CheckedPractice", "Documents", "Storage", "check_practice"]

_PASSWORD = re.compile(r"(?:://[^/@\s:]*:|[?&]password=)([^/@&\s]+)(?:@|&|$)")


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the database is, and where the key of an encrypted file, and the second key, are to be had."""

    url: str = "sqlite"
    encrypted: bool = True
    key: SecretRef | None = None
    private_key: SecretRef | None = None
    password: SecretRef | None = None
    """That of a server's user."""


@dataclass(frozen=True, slots=True)
class Documents:
    """For whom files under `out/` are encrypted, and where what reads them is to be had."""

    encrypt_to: tuple[str, ...] = ()
    identity: SecretRef | None = None


@dataclass(frozen=True, slots=True)
class CheckedPractice:
    """What a check of the settings found. `info` is None where who the practice is has errors.

    `sections` are the plugins' sections as plain values, right or wrong; `notify` the ways the
    owner is told, each a word or a mapping.
    """

    info: PracticeInfo | None
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    storage: Storage = Storage()
    notify: tuple[Any, ...] = ()
    limits: Limits = field(default_factory=Limits)
    problems: tuple[Problem, ...] = ()
    retention: Retention = field(default_factory=Retention)
    backup: BackupRule = field(default_factory=BackupRule)
    documents: Documents = Documents()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that are not only warnings."""
        return tuple(problem for problem in self.problems if problem.is_error)


def check_practice(source: document.Document, catalogue: Catalogue) -> CheckedPractice:
    """Check the settings' document against what is installed."""
    own, theirs = list(source.problems), list[Problem]()
    if source.root is None:
        return CheckedPractice(None, problems=tuple(by_place(own)))
    names = frozenset(source.root.keys()) - frozenset(_envelope.keys("settings", kind="practice"))
    keys = _check(own, source.root, "settings", more=names)
    info: PracticeInfo | None = _info(own, keys)
    storage = _storage(own, keys.get("storage"))
    retention = read_retention(own, keys.get("retention"))
    on_server = storage.url.startswith("postgresql")
    backup = read_backup(own, keys.get("backup"), on_server=on_server)
    limits = _limits(own, keys.get("limits"))
    documents = _documents(own, keys)
    sections: dict[str, Mapping[str, Any]] = {}
    for entry in source.root.entries:
        if entry.key.text in names and entry.key.text not in sections:
            plain = _section(theirs, entry, catalogue)
            if plain is not None:
                sections[entry.key.text] = plain
    if any(problem.is_error for problem in own):
        info = None
    problems = tuple(by_place([*own, *theirs]))
    ways = _ways(keys.get("notify"))
    return CheckedPractice(
        info, sections, storage, ways, limits, problems, retention, backup, documents
    )


def _check(
    problems: list[Problem],
    node: document.Mapping,
    name: str,
    *,
    more: frozenset[str] = frozenset(),
) -> Keys:
    inside = {
        "settings": frozenset({"practice", "clinician"}),
        "practice": frozenset({"address"}),
        "clinician": frozenset({"licences", "supervisor"}),
    }
    checked = _envelope.check(
        node, name, kind="practice", inside=inside.get(name, frozenset()), more=more
    )
    problems += checked.problems
    return checked


def _inner(problems: list[Problem], keys: Keys, key: str) -> Keys | None:
    node = keys.get(key)
    return _check(problems, node, key) if isinstance(node, document.Mapping) else None


# Who the practice is ------------------------------------------------------------------------------


def _info(problems: list[Problem], keys: Keys) -> PracticeInfo:
    practice = _inner(problems, keys, "practice")
    found = _texts(practice, ("name", "phone", "email", "website", "tax_id", "npi"))
    address = _inner(problems, practice, "address") if practice else None
    return PracticeInfo(
        timezone=keys.text("timezone") or "UTC",
        currency=keys.text("currency") or "USD",
        language=keys.text("language") or "en_US",
        clinician=_clinician(problems, keys),
        address=Address(**_given(address, ("street", "city", "region", "postcode", "country"))),
        **found,
    )


def _clinician(problems: list[Problem], keys: Keys) -> Clinician:
    person = _inner(problems, keys, "clinician")
    supervisor = _inner(problems, person, "supervisor") if person else None
    licences = person.get("licences") if person else None
    return Clinician(
        **_texts(person, ("name", "credentials", "email", "npi", "taxonomy")),
        licences=tuple(_licences(problems, licences)),
        supervisor=_given(supervisor, ("name", "licence", "npi")),
    )


def _licences(problems: list[Problem], node: document.Node | None) -> list[Licence]:
    found: list[Licence] = []
    for item in node.items if isinstance(node, document.Sequence) else ():
        if not isinstance(item, document.Mapping):
            problems.append(_words.wrong_type(item, "licences", ["object"]))
            continue
        keys = _check(problems, item, "licence")
        issued, expires = _day(keys, "issued"), _day(keys, "expires")
        if issued and expires and expires < issued:
            ends = keys.scalar("expires")
            mark = ends.mark if ends else item.mark
            message = f"this licence ends ({expires}) before it begins ({issued})"
            problems.append(Problem(mark, "bad-date", message, "is a year mistyped?"))
        found.append(
            Licence(**_texts(keys, ("type", "region", "number")), issued=issued, expires=expires)
        )
    return found


def _day(keys: Keys, key: str) -> date | None:
    text = keys.text(key)
    return date.fromisoformat(text) if text else None


def _texts(keys: Keys | None, names: tuple[str, ...]) -> dict[str, Any]:
    """The texts under these keys as they were written, empty where there is none."""
    return {name: (keys.text(name) if keys else None) or "" for name in names}


def _given(keys: Keys | None, names: tuple[str, ...]) -> dict[str, str]:
    return {name: text for name, text in _texts(keys, names).items() if text}


# The rest -----------------------------------------------------------------------------------------


def _storage(problems: list[Problem], node: document.Node | None) -> Storage:
    if isinstance(node, document.Scalar):
        _check_url(problems, node)
        return Storage(_address(node.text))
    if not isinstance(node, document.Mapping):
        return Storage()
    keys = _check(problems, node, "storage")
    url, encrypted, key = keys.scalar("url"), keys.scalar("encrypted"), keys.get("key")
    private, password = keys.get("private_key"), keys.get("password")
    if url:
        _check_url(problems, url)
    return Storage(
        _address(url.text) if url else "sqlite",
        encrypted is None or bool(encrypted.value),
        SecretRef.read(document.plain(key)) if key else None,
        SecretRef.read(document.plain(private)) if private else None,
        SecretRef.read(document.plain(password)) if password else None,
    )


def _address(text: str) -> str:
    return text.replace("postgres://", "postgresql://", 1)


def _documents(problems: list[Problem], keys: Keys) -> Documents:
    inner = _inner(problems, keys, "documents")
    if inner is None:
        return Documents()
    recipients, identity = inner.get("encrypt_to"), inner.get("identity")
    return Documents(
        tuple(document.plain(recipients)) if recipients else (),
        SecretRef.read(document.plain(identity)) if identity else None,
    )


def _limits(problems: list[Problem], node: document.Node | None) -> Limits:
    if not isinstance(node, document.Mapping):
        return Limits()
    keys = _check(problems, node, "limits")
    names = ("sends_a_run", "sends_a_client_a_day")
    given = {name: scalar.value for name in names if (scalar := keys.scalar(name)) is not None}
    return Limits(**{name: value for name, value in given.items() if isinstance(value, int)})


def _check_url(problems: list[Problem], url: document.Scalar) -> None:
    found = _PASSWORD.search(url.text)
    if found:
        mark = document.place(url, found.start(1), len(found[1]))
        message = "the database's password is written into the file"
        hint = "leave it out of the address: 'storage: {url: …, password: {keyring: SERVICE/USER}}'"
        problems.append(Problem(mark, "secret-inline", message, hint))


def _ways(node: document.Node | None) -> tuple[Any, ...]:
    if node is None:
        return ()
    plain = document.plain(node)
    return tuple(plain) if isinstance(plain, list) else (plain,)


def _section(
    problems: list[Problem], entry: document.Entry, catalogue: Catalogue
) -> Mapping[str, Any] | None:
    name = entry.key.text
    section = catalogue.sections.get(name)
    if section is None:
        problems.append(_unknown_section(entry.key, catalogue))
        return None
    if isinstance(entry.value, document.Scalar) and entry.value.value is None:
        return {}
    if not isinstance(entry.value, document.Mapping):
        problems.append(_words.wrong_type(entry.value, name, ["object"]))
        return None
    problems += _section_problems(entry.value, section)
    plain: dict[str, Any] = document.plain(entry.value)
    return plain


def _section_problems(node: document.Mapping, section: SectionSpec) -> list[Problem]:
    """The whole section against its schema, in which nothing is open that does not say so."""
    root = _closed(section.schema)
    return list(Shape(root, expressions=False).problems(node, root, section.name))


def _closed(schema: Any) -> Any:
    """The schema with unknown keys refused where it names keys; models mostly ignore them."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), Mapping) and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


def _unknown_section(key: document.Scalar, catalogue: Catalogue) -> Problem:
    for plugin in catalogue.plugins:
        if plugin.state != "loaded" and plugin.name == key.text:
            reason = f": {plugin.reason}" if plugin.reason else ""
            message = f"the plugin '{plugin.name}' was left out, so this is not used{reason}"
            return Problem(key.mark, "plugin-left-out", message, plugin.hint, WARNING)
    known = [*_envelope.keys("settings", kind="practice"), *catalogue.sections]
    hint = _words.guess(key.text, known, "there are")
    message = f"'{key.text}' is no setting, and no installed plugin has a section of that name"
    return Problem(key.mark, "unknown-section", message, hint)
