"""How problems are worded: each kind of mistake says the same thing the same way everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from dayhand import document
from dayhand.problems import Mark, Problem, closest
from dayhand.validation import _forms

_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
_FORMS = {
    "date": ("bad-date", "a date", "write it as 2026-11-01"),
    "date-time": ("bad-date", "a date and time", "write it as 2026-11-01T09:00"),
    "time": ("bad-date", "a time of day", "write it as 09:00"),
    "duration": ("bad-duration", "a length of time", "write it as '20 minutes' or '14 days'"),
    "month": ("bad-date", "a month", "write it as 2026-11"),
    "npi": (
        "bad-npi",
        "an NPI",
        "it has ten digits, the last one a check digit: one of them is mistyped",
    ),
    "tax_id": ("bad-tax-id", "a tax number", "write an EIN as '12-3456789'"),
    "email": ("wrong-value", "an e-mail address", "write one address, such as office@example.com"),
    "webhook": (
        "wrong-value",
        "an encrypted address",
        "begin it with https://; http:// goes to this machine only, and a password elsewhere",
    ),
    "storage": ("wrong-value", "a place for the database", "'sqlite', or 'postgresql://…'"),
}
_SHOWN = 60
_LONGEST_WORD, _MOST_CANDIDATES = 80, 400


def kind_of(node: document.Node) -> str:
    """What the author wrote, as a word."""
    if isinstance(node, document.Mapping):
        return "a mapping"
    if isinstance(node, document.Sequence):
        return "a list"
    value = node.value
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | Decimal):
        return f"the number {node.text}"
    return "text"


def shown(text: str) -> str:
    """The text in quotes, cut where a message would become too long."""
    line = " ".join(text.split())
    return f"'{line}'" if len(line) <= _SHOWN else f"'{line[:_SHOWN]}…'"


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant; a text that long was not meant as a word."""
    if len(word) > _LONGEST_WORD:
        return None
    return closest(word, tuple(known)[:_MOST_CANDIDATES])


def mean(guess: str | None, *, otherwise: str = "") -> str:
    """`did you mean '…'?`, or what there is."""
    return f"did you mean '{guess}'?" if guess else otherwise


def listed(what: str, names: Iterable[str], *, most: int = 12) -> str:
    """`what: a, b, c`, cut where it becomes too long."""
    all_names = list(names)
    if not all_names:
        return ""
    more = len(all_names) - most
    rest = f", … ({more} more)" if more > 0 else ""
    return f"{what}: {', '.join(all_names[:most])}{rest}"


def guess(word: str, names: Iterable[str], what: str) -> str:
    """A hint: the name most likely meant, and the names there are."""
    known = tuple(names)
    found = near(word, known)
    hint = listed(what, known)
    return f"did you mean '{found}'? {hint}" if found else hint


def unknown_key(key: document.Scalar, known: Iterable[str]) -> Problem:
    """A key that has no meaning where it stands."""
    hint = guess(key.text, known, "there are")
    return Problem(key.mark, "unknown-key", f"{shown(key.text)} is not a key here", hint)


def is_misspelt(key: str, written: Iterable[str], known: Iterable[str]) -> bool:
    """True if one of the keys that were written is most likely meant to be this one."""
    names = tuple(known)
    return any(word not in names and near(word, names) == key for word in written)


def missing_key(mark: Mark, key: str, owner: str, schema: Mapping[str, Any]) -> Problem:
    """A key that has to be there."""
    about = schema.get("properties", {}).get(key, {})
    description = about.get("description", "") if isinstance(about, Mapping) else ""
    hint = f"add '{key}:' {first_sentence(description)}".strip()
    return Problem(mark, "missing-key", f"'{key}' is missing in '{owner}'", hint)


def first_sentence(text: str) -> str:
    """The description up to its first full stop, as a remark in brackets."""
    sentence = text.partition(". ")[0].strip().rstrip(".")
    return f"({sentence[:1].lower()}{sentence[1:]})" if sentence else ""


def nothing(mark: Mark, name: str) -> Problem:
    """A key with nothing after it."""
    return Problem(
        mark, "empty", f"there is nothing in '{name}'", "write a value or remove the key"
    )


def wrong_type(node: document.Node, name: str, kinds: Iterable[str]) -> Problem:
    """A value of another kind than the one that is needed."""
    wanted = list(dict.fromkeys(kind for kind in kinds if kind != "null"))
    if "number" in wanted and "integer" in wanted:
        wanted.remove("integer")
    words = " or ".join(_KINDS.get(kind, kind) for kind in wanted) or "nothing"
    message = f"'{name}' is {kind_of(node)} and should be {words}"
    return Problem(node.mark, "wrong-type", message, _type_hint(node, name, wanted))


def _type_hint(node: document.Node, name: str, wanted: list[str]) -> str:
    if isinstance(node, document.Scalar):
        if "string" in wanted and not isinstance(node.value, str):
            return f'put it in quotes: "{node.text}"'
        if wanted == ["boolean"]:
            return "write true or false"
        if "array" in wanted:
            return f"write [{node.text}], or one '- …' for each item" if node.text else ""
        if set(wanted) <= {"integer", "number"} and _is_number(node.text):
            return "remove the quotes" if node.raw else "write a whole number"
        if set(wanted) <= {"integer", "number"}:
            return "write a number"
        if "object" in wanted:
            return f"write '{name}:' and below it, indented, its keys"
    if isinstance(node, document.Mapping) and "array" in wanted:
        return "begin each item with '- '"
    if isinstance(node, document.Mapping) and "string" in wanted and _is_unquoted(node):
        return "quote it: in braces YAML reads ${{ }} as a mapping"
    return ""


def _is_unquoted(node: document.Mapping) -> bool:
    return len(node.entries) == 1 and node.mark.length > 1


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except ArithmeticError:
        return False


def secret_inline(mark: Mark, name: str) -> Problem:
    """A secret that stands in the file. Its value is never told."""
    message = f"the secret '{name}' is written into the file"
    hint = (
        f"keep it elsewhere and refer to it: '{name}: {{keyring: SERVICE/USER}}' or {{env: NAME}}"
    )
    return Problem(mark, "secret-inline", message, hint)


def wrong_choice(node: document.Node, name: str, choices: list[Any]) -> Problem:
    """A value that is none of those there are."""
    words = [str(choice).lower() if isinstance(choice, bool) else str(choice) for choice in choices]
    written = node.text if isinstance(node, document.Scalar) else kind_of(node)
    hint = guess(written, words, "it can be")
    message = f"{shown(written)} is not a value of '{name}'"
    return Problem(node.mark, "wrong-value", message, hint)


def wrong_form(node: document.Node, name: str, form: str) -> Problem:
    """Text that does not have the form it needs."""
    text = node.text if isinstance(node, document.Scalar) else ""
    if form == "timezone":
        return unknown_timezone(node.mark, text)
    code, what, hint = _FORMS.get(form, ("wrong-value", f"a value for '{name}'", ""))
    return Problem(node.mark, code, f"{shown(text)} is not {what}", hint)


def unknown_timezone(mark: Mark, text: str) -> Problem:
    """A time zone that there is not."""
    otherwise = "name a place, such as 'America/New_York'"
    hint = mean(_forms.closest_timezone(text), otherwise=otherwise)
    return Problem(mark, "unknown-timezone", f"{shown(text)} is not a time zone", hint)


def out_of_bounds(
    node: document.Node, name: str, keyword: str, bound: Any, schema: Mapping[str, Any]
) -> Problem:
    """A value that is too small, too large, too long, or does not match its pattern."""
    if keyword in ("minLength", "minItems", "minProperties") and bound == 1:
        return nothing(node.mark, name)
    text = node.text if isinstance(node, document.Scalar) else ""
    if keyword == "uniqueItems":
        hint = "name each one once"
        return Problem(node.mark, "duplicate-value", f"'{name}' names the same thing twice", hint)
    bounds = {
        "minimum": "is too small: at least {}",
        "exclusiveMinimum": "is too small: it has to be more than {}",
        "maximum": "is too large: at most {}",
        "exclusiveMaximum": "is too large: it has to be less than {}",
        "minLength": "is too short: at least {} characters",
        "maxLength": "is too long: at most {} characters",
        "minItems": "has too few items: at least {}",
        "maxItems": "has too many items: at most {}",
        "multipleOf": "is not a multiple of {}",
    }
    if keyword in bounds:
        what = f"{shown(text)} in '{name}'" if text else f"'{name}'"
        message = f"{what} {bounds[keyword].format(bound)}"
        return Problem(node.mark, "wrong-value", message)
    hint = first_sentence(str(schema.get("description", ""))).strip("()")
    return Problem(node.mark, "wrong-value", f"{shown(text)} cannot be a value of '{name}'", hint)


def bad_name(mark: Mark, name: str) -> Problem:
    """A name that expressions could not read."""
    hint = "lower-case letters, digits and '_', beginning with a letter"
    return Problem(mark, "bad-name", f"{shown(name)} cannot be a name", hint)
