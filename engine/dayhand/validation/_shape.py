"""Located values against a JSON Schema: jsonschema finds, this tells in words and place.

A value that holds `${{ }}` is not known before the run. It stands in for anything where it is the
whole value, and for some text where it is part of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from dayhand import document
from dayhand.problems import Problem
from dayhand.validation import _forms, _quick, _words

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

_Error: TypeAlias = Any
"""jsonschema's ValidationError, whose attributes are typed as perhaps unset."""

_OPEN = "${{"


class _Later:
    """A value that is known in the run only."""

    __slots__ = ("is_text",)

    def __init__(self, *, is_text: bool) -> None:
        self.is_text = is_text


def holds_expression(node: document.Node) -> bool:
    """True if the node is text with `${{ }}` in it."""
    return isinstance(node, document.Scalar) and isinstance(node.value, str) and _OPEN in node.value


class Shape:
    """A JSON Schema, compiled once, that located values are held against.

    `expressions` says whether `${{ }}` may stand in the values.
    """

    def __init__(self, root: Mapping[str, Any], *, expressions: bool) -> None:
        self._root = root
        self._expressions = expressions
        self._parts: dict[int, Validator] = {}

    def problems(
        self, node: document.Node, schema: Mapping[str, Any], name: str
    ) -> Iterator[Problem]:
        """What is wrong with the value called `name`, by a schema that is part of the root."""
        if _quick.fits(node, schema, self._root, expressions=self._expressions):
            return
        validator = self._parts.get(id(schema))
        if validator is None:
            validator = self._whole.evolve(schema=schema)
            self._parts[id(schema)] = validator
        telling = _Telling(node, name)
        for error in validator.iter_errors(_instance(node, expressions=self._expressions)):
            yield from telling.problems(error)

    @cached_property
    def _whole(self) -> Validator:
        return _validator_class()(self._root)


def _instance(node: document.Node, *, expressions: bool) -> Any:
    if isinstance(node, document.Scalar):
        if expressions and isinstance(node.value, str) and _OPEN in node.value:
            return _Later(is_text=not _forms.is_one_expression(node.value))
        return node.value
    if isinstance(node, document.Sequence):
        return [_instance(item, expressions=expressions) for item in node.items]
    return {
        entry.key.text: _instance(entry.value, expressions=expressions)
        for entry in reversed(node.entries)  # where a key stands twice, the first one counts
    }


# The validator ------------------------------------------------------------------------------------


@cache
def _validator_class() -> type[Validator]:
    from jsonschema import Draft202012Validator, validators

    keywords = Draft202012Validator.VALIDATORS
    changed = {
        "type": _unless_later(keywords["type"], but_text=True),
        "enum": _unless_later(keywords["enum"]),
        "const": _unless_later(keywords["const"]),
        "not": _unless_later(keywords["not"]),
        "oneOf": keywords["anyOf"],  # with a value not known yet, more than one may fit
        "pattern": _pattern,
        "x-type": _form,
        "format": _json_form,
    }
    made: type[Validator] = validators.extend(  # type: ignore[no-untyped-call]  # the stub has none
        Draft202012Validator, changed
    )
    return made


def _unless_later(keyword: Any, *, but_text: bool = False) -> Any:
    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if not isinstance(instance, _Later):
            return keyword(validator, value, instance, schema) or iter(())
        types = [value] if isinstance(value, str) else value
        if but_text and instance.is_text and "string" not in types:
            return keyword(validator, value, instance, schema) or iter(())
        return iter(())

    return check


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    from jsonschema import Draft202012Validator

    if not _forms.is_known(schema.get("x-type")):
        check = Draft202012Validator.VALIDATORS["pattern"]
        yield from check(validator, pattern, instance, schema) or ()


def _form(_: Any, kind: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    is_figures = type(instance) is int and "integer" in schema.get("type", ())
    if (is_figures or isinstance(instance, str)) and _forms.fault(kind, str(instance)):
        yield ValidationError(kind)


def _json_form(_: Any, kind: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """JSON Schema's own formats; its `duration` is another one than ours, so the rest is left."""
    if kind in ("date", "date-time", "time"):
        yield from _form(_, kind, instance, schema)


# Telling ------------------------------------------------------------------------------------------


class _Telling:
    """Turns jsonschema's errors about one value into problems."""

    def __init__(self, node: document.Node, name: str) -> None:
        self._node = node
        self._name = name

    def problems(self, error: _Error, path: tuple[Any, ...] = ()) -> Iterator[Problem]:
        path = (*path, *error.relative_path)
        node = document.at(self._node, path)
        if node is None:
            return
        keyword = str(error.validator)
        if isinstance(node, document.Mapping) and "propertyNames" in error.relative_schema_path:
            yield from self._key_names(error, path, node)
        elif keyword in ("anyOf", "oneOf"):
            yield from self._alternatives(error, path, node)
        elif keyword == "additionalProperties":
            yield from self._unknown_keys(error, node)
        elif keyword == "required":
            yield from self._missing_keys(error, path, node)
        else:
            yield self._simple(keyword, error, path, node)

    def _simple(
        self, keyword: str, error: _Error, path: tuple[Any, ...], node: document.Node
    ) -> Problem:
        name = self._named(path)
        if isinstance(node, document.Scalar) and node.value is None:
            return _words.nothing(node.mark, name)
        if _wants_secret(error) and isinstance(node, document.Scalar):
            return _words.secret_inline(node.mark, name)
        if keyword == "type":
            return _words.wrong_type(node, name, _as_list(error.validator_value))
        if keyword in ("enum", "const"):
            choices = error.validator_value if keyword == "enum" else [error.validator_value]
            return _words.wrong_choice(node, name, list(choices))
        schema = error.schema
        if keyword in ("x-type", "format"):
            return _words.wrong_form(node, name, str(error.validator_value))
        if keyword == "pattern" and schema.get("x-type") == "email":
            return _words.wrong_form(node, name, str(schema["x-type"]))
        return _words.out_of_bounds(node, name, keyword, error.validator_value, schema)

    def _named(self, path: tuple[Any, ...]) -> str:
        """The key a value stands under; of an item, the list's."""
        names = [part for part in path if isinstance(part, str)]
        return names[-1] if names else self._name

    def _unknown_keys(self, error: _Error, node: document.Node) -> Iterator[Problem]:
        if not isinstance(node, document.Mapping):
            return
        known = tuple(error.schema.get("properties", ()))
        for entry in node.entries:
            if entry.key.text not in known:
                yield _words.unknown_key(entry.key, known)

    def _missing_keys(
        self, error: _Error, path: tuple[Any, ...], node: document.Node
    ) -> Iterator[Problem]:
        """All of them, each time: jsonschema has one error for each and tells not which."""
        present = node.keys() if isinstance(node, document.Mapping) else ()
        known = error.schema.get("properties", ())
        for key in error.validator_value:
            if key not in present and not _words.is_misspelt(key, present, known):
                yield _words.missing_key(node.mark, key, self._named(path), error.schema)

    def _key_names(
        self, error: _Error, path: tuple[Any, ...], node: document.Mapping
    ) -> Iterator[Problem]:
        entry = node.entry(str(error.instance))
        if entry:
            message = f"{_words.shown(entry.key.text)} cannot be a key of '{self._named(path)}'"
            yield Problem(entry.key.mark, "bad-name", message)

    def _alternatives(
        self, error: _Error, path: tuple[Any, ...], node: document.Node
    ) -> Iterator[Problem]:
        """The alternative the author most likely meant, and what is wrong by that one."""
        branches: dict[int, list[_Error]] = {}
        for inner in error.context or ():
            branches.setdefault(int(inner.relative_schema_path[0]), []).append(inner)
        fitting = [found for found in branches.values() if not _is_other_kind(found)]
        if not fitting:
            yield self._no_kind_fits(list(branches.values()), path, node)
            return
        choices = [inner for found in fitting for inner in found if _is_choice(inner)]
        if len(choices) == len(fitting):
            allowed = [choice for inner in choices for choice in _choices(inner)]
            yield _words.wrong_choice(node, self._named(path), allowed)
            return
        best = min(fitting, key=lambda found: (len(found), -max(len(e.path) for e in found)))
        for inner in best:
            yield from self.problems(inner, path)

    def _no_kind_fits(
        self, branches: list[list[_Error]], path: tuple[Any, ...], node: document.Node
    ) -> Problem:
        name = self._named(path)
        if isinstance(node, document.Scalar) and node.value is None:
            return _words.nothing(node.mark, name)
        if isinstance(node, document.Scalar) and any(
            _wants_secret(inner) for found in branches for inner in found
        ):
            return _words.secret_inline(node.mark, name)
        kinds: list[str] = []
        for found in branches:
            for inner in found:
                kinds += _kinds(inner)
        return _words.wrong_type(node, name, kinds)


def _wants_secret(error: _Error) -> bool:
    return bool(error.schema.get("x-type") == "secret")


def _is_other_kind(found: list[_Error]) -> bool:
    """An alternative meant for another kind of value: text where this is a list."""
    return any(_is_about_kind(inner) for inner in found)


def _is_about_kind(error: _Error) -> bool:
    if error.relative_path:
        return False
    if error.validator in ("anyOf", "oneOf"):
        return all(_is_about_kind(deeper) for deeper in error.context or ())
    if error.validator in ("enum", "const"):
        return not isinstance(error.instance, str)
    return bool(error.validator == "type")


def _kinds(error: _Error) -> list[str]:
    if error.validator == "type":
        return _as_list(error.validator_value)
    if _is_choice(error):
        return ["string"]
    return [kind for inner in error.context or () for kind in _kinds(inner)]


def _is_choice(error: _Error) -> bool:
    return not error.relative_path and error.validator in ("enum", "const")


def _choices(error: _Error) -> Sequence[Any]:
    return error.validator_value if error.validator == "enum" else [error.validator_value]


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
