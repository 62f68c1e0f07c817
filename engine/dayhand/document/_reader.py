"""One pass over the parser's events: finds every problem and builds the tree."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml
from yaml import events

from dayhand.document._syntax import Failure, explain, missing_space
from dayhand.document._tree import (
    BREAK,
    Document,
    Entry,
    Mapping,
    Node,
    Scalar,
    ScalarValue,
    Sequence,
)
from dayhand.problems import Mark, Problem, by_place

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_EVENTS = 20_000
_MAX_CONTROL_CHARACTERS = 20  # told one by one; a binary file has thousands

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a PyYAML may lack the C extension

_UNPRINTABLE = (
    "[^\t\n\r\x20-\x7e\x85\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd"
    "\U00010000-\U0010ffff]"  # nor what turns the direction of text round: it hides what is run
)
_ESCAPED_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_NUMBER = re.compile(
    r"-?(?P<whole>0|[1-9][0-9]{0,14})(?P<broken>(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,2})?)"
)
_WORDS: dict[str, ScalarValue] = {"true": True, "false": False, "null": None, "": None}


class _StopReadingError(Exception):
    """Nothing after this place can be told; the problem is noted."""


def read(text: str | bytes, *, file: str) -> Document:
    """The document in `text`. What is wrong with it stands in its `problems`, sorted by place."""
    if _is_too_large(text):
        problem = Problem(
            Mark(file, 1, 1),
            "file-too-large",
            f"the file is larger than {MAX_BYTES // 1024} KiB",
            "split it, and keep long texts in templates/",
        )
        return Document(file, "", None, (problem,))
    problems: list[Problem] = []
    source = _decoded(text, file, problems) if isinstance(text, bytes) else text
    source = source.removeprefix("\ufeff")
    if problems:  # in another encoding: whatever else is told of it would be beside the point
        return Document(file, source, None, tuple(problems))
    readable = _without_control_characters(source, file, problems)
    root = _Builder(readable, file, problems).build()
    return Document(file, source, root, tuple(by_place(problems)))


def _is_too_large(text: str | bytes) -> bool:
    if len(text) > MAX_BYTES:
        return True
    return isinstance(text, str) and len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES


def _decoded(data: bytes, file: str, problems: list[Problem]) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        problems.append(
            Problem(
                _mark_at(before, len(before), file),
                "not-utf-8",
                "the file is not UTF-8 text",
                "save it again with the encoding UTF-8",
            )
        )
        return data.decode("utf-8", "replace")


def _mark_at(text: str, offset: int, file: str) -> Mark:
    breaks = list(BREAK.finditer(text, 0, offset))
    start = breaks[-1].end() if breaks else 0
    return Mark(file, len(breaks) + 1, offset - start + 1)


def _without_control_characters(text: str, file: str, problems: list[Problem]) -> str:
    """The text with each one noted and replaced, so that reading goes on in the same columns."""
    if text.isascii() and not _ESCAPED_UNPRINTABLE.search(text):
        return text  # most are, and the pattern of all signs takes milliseconds to make
    found = re.finditer(_UNPRINTABLE, text)
    for _, match in zip(range(_MAX_CONTROL_CHARACTERS), found, strict=False):
        mark, told = _mark_at(text, match.start(), file), _code_point(match[0])
        told = f"there is an invisible character here ({told})"
        hint = "delete it; it came with a copied text"
        problems.append(Problem(mark, "control-character", told, hint))
    return re.sub(_UNPRINTABLE, "\ufffd", text)


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _code_point(char: str) -> str:
    return f"U+{ord(char):04X}"


def _typed(text: str) -> ScalarValue:
    """A plain scalar as the JSON schema of YAML 1.2 reads it."""
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    if not number:
        return text
    return Decimal(text) if number["broken"] else int(text)


class _Builder:
    """Reads the events of one text and builds its tree, noting problems as they come."""

    def __init__(self, text: str, file: str, problems: list[Problem]) -> None:
        self._text = text
        self._file = file
        self._problems = problems
        self._events = 0
        self._is_whole = True

    def build(self) -> Mapping | None:
        """The tree; None if it could not be told whole."""
        self._loader = _LOADER(self._text)
        try:
            root = self._document()
        except _StopReadingError:
            return None
        except yaml.MarkedYAMLError as error:
            self._parser_error(error)
            return None
        except yaml.YAMLError as error:  # the reader's own, about a character or an encoding
            self._note(Mark(self._file, 1, 1), "yaml-syntax", f"this is not valid YAML: {error}")
            return None
        finally:
            self._loader.dispose()
        return root if self._is_whole else None

    def _document(self) -> Mapping | None:
        root: Node | None = None
        while not isinstance(event := self._next(), events.StreamEndEvent):
            if isinstance(event, events.DocumentStartEvent):
                if root is not None:
                    self._second_document(event)
                    break
                root = self._node(self._next(), 1)
        return self._checked_root(root)

    def _second_document(self, event: Any) -> None:
        self._note(
            self._mark(event, length=3),
            "multiple-documents",
            "a second document begins here",
            "keep one routine in a file: remove this '---' or make two files",
        )

    def _checked_root(self, root: Node | None) -> Mapping | None:
        if isinstance(root, Mapping):
            return root
        if root is None or (isinstance(root, Scalar) and root.text == ""):
            mark = root.mark if root else Mark(self._file, 1, 1)
            self._note(
                mark, "empty-file", "there is nothing in this file", "write it, or bring it back"
            )
            return None
        repaired = missing_space(root.text) if isinstance(root, Scalar) else ""
        self._note(
            root.mark,
            "not-a-mapping",
            "the file does not begin with 'key: value'",
            f"put a space after the colon: '{repaired}'" if repaired else "begin with a key",
        )
        return None

    def _next(self) -> Any:
        event = self._loader.get_event()
        self._events += 1
        if self._events > MAX_EVENTS:
            self._note(
                self._mark(event),
                "too-many-values",
                f"the file holds more than {MAX_EVENTS:,} keys and values",
                "split it into several files",
            )
            raise _StopReadingError
        return event

    def _node(self, event: Any, depth: int) -> Node:
        kind = type(event)
        if kind is events.ScalarEvent:
            return self._value(event)
        if kind is events.AliasEvent:
            return self._alias(event)
        self._check_properties(event)
        if depth > MAX_DEPTH:
            self._too_deep(self._mark(event))
            raise _StopReadingError
        if kind is events.SequenceStartEvent:
            return self._sequence(event, depth)
        return self._mapping(event, depth)

    def _too_deep(self, mark: Mark) -> None:
        self._note(
            mark,
            "too-deep",
            f"this is nested more than {MAX_DEPTH} levels deep",
            "move the inner part into a routine of its own",
        )

    def _sequence(self, start: Any, depth: int) -> Sequence:
        items: list[Node] = []
        while not isinstance(event := self._next(), events.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Sequence(tuple(items), self._collection_mark(start, event))

    def _mapping(self, start: Any, depth: int) -> Mapping:
        entries: list[Entry] = []
        seen: dict[str, Scalar] = {}
        while not isinstance(event := self._next(), events.MappingEndEvent):
            key = self._key(event, seen, depth)
            value = self._node(self._next(), depth + 1)
            if key is not None:
                entries.append(Entry(key, value))
        return Mapping(tuple(entries), self._collection_mark(start, event))

    def _key(self, event: Any, seen: dict[str, Scalar], depth: int) -> Scalar | None:
        if type(event) is not events.ScalarEvent:
            node = self._node(event, depth + 1)
            if type(event) is not events.AliasEvent:
                self._key_problem(node.mark, "a list or mapping cannot be a key")
            return None
        self._check_properties(event)
        key = self._scalar(event, event.value)
        if not event.value and not event.style:
            self._key_problem(key.mark, "there is no key before this colon")
            return None
        if event.value == "<<" and not event.style:
            self._merge(key.mark)
            return None
        first = seen.setdefault(event.value, key)
        if first is not key:
            self._duplicate(key, first)
        return key

    def _key_problem(self, mark: Mark, message: str) -> None:
        self._note(mark, "key-not-text", message, "write a name, a colon and a space")

    def _merge(self, mark: Mark) -> None:
        self._note(
            mark,
            "yaml-merge",
            "merge keys ('<<') are not part of the language",
            "write the keys out where they belong",
        )

    def _duplicate(self, key: Scalar, first: Scalar) -> None:
        self._note(
            key.mark,
            "duplicate-key",
            f"the key '{_short(key.text)}' is already there, in line {first.mark.line}",
            "remove one of the two",
        )

    def _value(self, event: Any) -> Scalar:
        self._check_properties(event)
        if event.style:
            return self._scalar(event, event.value)
        self._check_comment(event)
        return self._scalar(event, _typed(event.value))

    def _scalar(self, event: Any, value: ScalarValue) -> Scalar:
        start, end = event.start_mark, event.end_mark
        raw = ""
        if event.style or start.line != end.line:
            raw = self._text[start.index : end.index]
        scalar = Scalar(value, self._mark(event), event.value, raw)
        if event.style == '"' and (found := _ESCAPED_UNPRINTABLE.search(event.value)):
            self._note(
                scalar.mark,
                "control-character",
                f"the text contains a control character ({_code_point(found[0])})",
                "remove the escape",
            )
        return scalar

    def _alias(self, event: Any) -> Scalar:
        self._is_whole = False
        mark = self._mark(event)
        self._note(
            mark,
            "yaml-alias",
            f"aliases ('*{_short(event.anchor)}') are not part of the language",
            "write the value out; if it is meant as text, put it in quotes",
        )
        return Scalar(None, mark, "")

    def _check_properties(self, event: Any) -> None:
        if event.anchor is None and event.tag is None:
            return
        mark = self._property_mark(event)
        if event.anchor is not None:
            self._note(
                mark,
                "yaml-alias",
                f"anchors ('&{_short(event.anchor)}') are not part of the language",
                "remove it; if it is meant as text, put the value in quotes",
            )
        if event.tag is not None:
            self._note(
                mark,
                "yaml-tag",
                "tags ('!…') are not part of the language",
                "remove it; if it is meant as text, put the value in quotes",
            )

    def _property_mark(self, event: Any) -> Mark:
        start = event.start_mark
        written = re.compile(r"[^\s,\[\]{}]*").match(self._text, start.index)
        length = len(written[0]) if written else 1
        return Mark(self._file, start.line + 1, start.column + 1, max(length, 1))

    def _check_comment(self, event: Any) -> None:
        """`to: ${{ a # b }}`: YAML takes the rest for a comment, silently."""
        if event.value.count("${{") <= event.value.count("}}"):
            return
        rest = BREAK.split(self._text[event.end_mark.index : event.end_mark.index + 400], 1)[0]
        if rest.lstrip().startswith("#"):
            column = event.end_mark.column + 1 + rest.index("#")
            self._note(
                Mark(self._file, event.end_mark.line + 1, column),
                "yaml-syntax",
                "the '#' cuts the expression off: what follows is read as a comment",
                "put the whole value in quotes",
            )

    def _parser_error(self, error: yaml.MarkedYAMLError) -> None:
        lines = BREAK.split(self._text)
        spot = _spot(error.problem_mark or error.context_mark)
        if "nesting depth" in str(error.problem):  # libyaml's own limit, met while looking ahead
            self._too_deep(Mark(self._file, spot[0] + 1, spot[1] + 1))
            return
        start = _spot(error.context_mark) if error.context_mark else spot
        failure = Failure(
            said=str(error.problem or ""),
            while_doing=str(error.context or ""),
            line=_line(lines, spot[0]),
            column=spot[1],
            first_line=_line(lines, start[0]),
            first_column=start[1],
            previous_line=_line(lines, spot[0] - 1),
        )
        cause = explain(failure)
        places = {"here": spot, "start": start, "previous line": (spot[0] - 1, 0)}
        line, column = places[cause.blame]
        mark = Mark(self._file, min(line, len(lines) - 1) + 1, column + 1)
        code = "yaml-tag" if "tag" in failure.said else "yaml-syntax"
        self._note(mark, code, cause.message, cause.hint)

    def _mark(self, event: Any, *, length: int = 0) -> Mark:
        start, end = event.start_mark, event.end_mark
        if not length:
            length = end.column - start.column
            if end.line != start.line:
                line_end = BREAK.search(self._text, start.index)
                length = (line_end.start() if line_end else len(self._text)) - start.index
        return Mark(self._file, start.line + 1, start.column + 1, length if length > 0 else 1)

    def _collection_mark(self, start: Any, end: Any) -> Mark:
        """Brackets on one line are marked whole; of a block, where it begins."""
        first, last = start.start_mark, end.end_mark
        is_on_one_line = start.flow_style and first.line == last.line
        length = last.column - first.column if is_on_one_line else 1
        return Mark(self._file, first.line + 1, first.column + 1, length)

    def _note(self, mark: Mark, code: str, message: str, hint: str = "") -> None:
        self._problems.append(Problem(mark, code, message, hint))


def _spot(mark: Any) -> tuple[int, int]:
    return (mark.line, mark.column) if mark else (0, 0)


def _line(lines: list[str], number: int) -> str:
    return lines[number] if 0 <= number < len(lines) else ""
