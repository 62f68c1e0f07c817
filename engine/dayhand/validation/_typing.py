"""What an expression gives, told from what its parts are; and what can never work in it.

A mistake is noted only where every value the parts can have would fail. What is not known may be
anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dayhand import document
from dayhand.expressions import Part
from dayhand.problems import Mark
from dayhand.validation import _certain, _filtering, _types, _words
from dayhand.validation._check import Check
from dayhand.validation._operators import COMPARED, calculated, comparable, instead
from dayhand.validation._types import ANYTHING, Either, ListOf, Made, NoMember, Type

_NO_TEXT = frozenset({"list", "mapping"})
_NUMBERS = frozenset({"number", "decimal"})
_DIVIDING = frozenset({"/", "//", "%"})
_INSIDE_TEXT = "use join, lines, length or one of its fields"


@dataclass(slots=True)
class Typing:
    """One expression of a scalar; `types` tells what its references are, by their offset in it.

    `begin` is where the expression begins in the scalar's text.
    """

    check: Check
    scalar: document.Scalar
    begin: int
    types: Mapping[int, Type | None]

    def of(self, part: Part) -> Type:
        """The type of a part; what is wrong with it is noted."""
        told: Type = getattr(self, f"_{part.kind}")(part)
        return told

    def inside_text(self, part: Part) -> None:
        """Note an expression inside text that gives what cannot stand there."""
        self._shown(part, self.of(part))

    def note(self, part: Part, code: str, message: str, hint: str = "") -> None:
        """Note a mistake at a part."""
        self.check.note(self._mark(part), code, message, hint)

    def warn(self, part: Part, code: str, message: str, hint: str = "") -> None:
        """Note what is allowed and may not be meant."""
        self.check.warn(self._mark(part), code, message, hint)

    def _mark(self, part: Part) -> Mark:
        return document.place(self.scalar, self.begin + part.offset, part.length)

    # The parts ------------------------------------------------------------------------------------

    def _value(self, part: Part) -> Type:
        return _types.of_value(part.value)

    def _reference(self, part: Part) -> Type:
        return self.types.get(self.begin + part.offset) or ANYTHING

    def _list(self, part: Part) -> Type:
        items = [self.of(item) for item in part.parts]
        same = bool(items) and all(item == items[0] for item in items)
        return ListOf(items[0] if same else Either(tuple(items)) if items else ANYTHING)

    def _mapping(self, part: Part) -> Type:
        made = {str(k): self.of(one) for k, one in zip(part.value, part.parts, strict=True)}
        return Made(made, is_open=None in part.value)

    def _member(self, part: Part) -> Type:
        given = [self.of(one) for one in part.parts]
        if not isinstance(part.value, str | int) or not given:
            return ANYTHING
        found = _types.member(given[0], part.value)
        if isinstance(found, NoMember):
            message = f"this is {found.what} and has no '{part.value}'"
            hint = self.check.guess(str(part.value), found.names, "it has")
            self.note(part, "unknown-output", message, hint)
            return ANYTHING
        return found

    def _filter(self, part: Part) -> Type:
        given = self.of(part.parts[0]) if part.parts else ANYTHING
        arguments = {name: self.of(one) for name, one in part.arguments.items()}
        return _filtering.result(self, part, given, arguments)

    def _test(self, part: Part) -> Type:
        for one in part.parts:
            self.of(one)
        return _types.BOOLEAN

    _not = _test

    def _and(self, part: Part) -> Type:
        return _types.either([self.of(one) for one in part.parts])

    _or = _and

    def _choice(self, part: Part) -> Type:
        test, *branches = part.parts
        self.of(test)
        return _types.either([self.of(one) for one in branches])

    def _join(self, part: Part) -> Type:
        for one in part.parts:
            self._shown(one, self.of(one))
        return _types.TEXT

    def _shown(self, part: Part, given: Type) -> None:
        kinds = _types.kinds(given)
        if kinds and kinds <= _NO_TEXT:
            message = f"{_types.said(kinds)} cannot stand inside text"
            self.note(part, "type-mismatch", message, _INSIDE_TEXT)

    def _negative(self, part: Part) -> Type:
        given = self.of(part.parts[0])
        kinds = _types.kinds(given)
        if kinds and not kinds & _NUMBERS:
            message = f"'-' needs a number, and this is {_types.said(kinds)}"
            self.note(part, "type-mismatch", message, "make a number of it: add '| number'")
        return given

    def _calculation(self, part: Part) -> Type:
        left, right = (self.of(one) for one in part.parts)
        have, other = _types.kinds(left), _types.kinds(right)
        if not have or not other:
            return ANYTHING
        divisor = part.parts[1]
        if part.name in _DIVIDING and divisor.kind == "value" and divisor.value == 0:
            self.note(
                divisor, "type-mismatch", "nothing can be divided by 0", "divide by another number"
            )
        found = calculated(part.name, have, other)
        if not found:
            message = f"'{part.name}' cannot take {_types.said(have)} and {_types.said(other)}"
            self.note(part.parts[0], "type-mismatch", message, instead(part.name, have | other))
            return ANYTHING
        if part.name == "+" and found == frozenset({"list"}):
            return _types.either([left, right])
        return _types.of_kinds(found)

    # Comparisons ----------------------------------------------------------------------------------

    def _comparison(self, part: Part) -> Type:
        left, right = (self.of(one) for one in part.parts)
        if part.name in ("in", "not in"):
            self._within(part, left, right)
        else:
            self._compared(part, left, right)
        return _types.BOOLEAN

    def _compared(self, part: Part, left: Type, right: Type) -> None:
        have, other = _types.kinds(left), _types.kinds(right)
        if not have or not other:
            return
        if comparable(have, other):
            if part.name in ("==", "!="):
                self._choices(part.parts[0], left, part.parts[1], right)
            return
        told = f"{_types.said(have)} and {_types.said(other)}"
        hint = COMPARED.get(frozenset(have | other), "compare like with like")
        words = _certain.words(left) or _certain.words(right) or ()
        if len(words) > 1:
            hint = _words.listed("it can be", sorted(words))
        if part.name in ("==", "!="):
            self.warn(part.parts[1], "never-equal", f"{told} are never equal", hint)
        else:
            self.note(part.parts[1], "type-mismatch", f"{told} cannot be compared", hint)

    def _choices(self, one: Part, left: Type, other: Part, right: Type) -> None:
        """Two values that can only be certain words, and have none in common."""
        for part, written, known in ((other, right, left), (one, left, right)):
            words, choices = _certain.words(written), _certain.words(known)
            if part.kind != "value" or words is None or choices is None or words & choices:
                continue
            message = f"it is never '{part.value}'"
            hint = self.check.guess(str(part.value), sorted(choices), "it can be")
            self.warn(part, "never-equal", message, hint)
            return

    def _within(self, part: Part, left: Type, right: Type) -> None:
        have, inside = _types.kinds(left), _types.kinds(right)
        where = part.parts[1]
        if inside and not inside & {"text", "month", "list", "mapping"}:
            message = f"'{part.name}' looks into a list or text, and this is {_types.said(inside)}"
            self.note(where, "type-mismatch", message, "compare with '==' or '<'")
        elif where.kind == "list":
            for item in where.parts:
                self._compared(
                    Part("comparison", part.offset, 1, "==", (part.parts[0], item)),
                    left,
                    Typing(self.check.quiet(), self.scalar, self.begin, self.types).of(item),
                )
        elif inside == frozenset({"list"}) and have:
            items = _types.kinds(_types.item(right))
            if items and not comparable(have, items):
                message = f"the list has {_types.plural(items)}, and this is {_types.said(have)}"
                hint = "put it in quotes" if items <= {"text"} else "compare like with like"
                self.warn(part.parts[0], "never-equal", message, hint)

    # Truth ----------------------------------------------------------------------------------------

    def truth(self, part: Part) -> bool | None:
        """True or False where a condition can only be that, None where it can be either."""
        if part.kind == "not":
            inner = self.truth(part.parts[0])
            return None if inner is None else not inner
        if part.kind in ("and", "or"):
            found = [self.truth(one) for one in part.parts]
            stops = part.kind == "or"
            if stops in found:
                return stops
            return None if None in found else not stops
        if part.kind == "value":
            return bool(part.value)
        if part.kind == "reference" and part.reference and not part.reference.guarded:
            given = self.types.get(self.begin + part.offset)
            return _certain.truth(given) if given is not None else None
        return None
