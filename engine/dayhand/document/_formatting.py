"""A routine's text in the form of the house: the same values and the same remarks, evenly set.

Each level is indented by two columns, list items under their key too; one space follows `:`, `,` and `-`;
two or more precede a remark at the end of a line; no space stands at an end of a line, no more than one
empty line anywhere. Quotes, order, the lines of long texts and remarks stay as their author wrote them.

The lines are set anew one by one, never written from a tree. What comes out is read again: where it would
not say the same, the text is left as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import yaml

from dayhand.document._reader import read
from dayhand.document._tokens import Token, read_tokens
from dayhand.document._tree import BREAK, Document, plain

_STEP = 2
_FAR = 500  # lines looked back for what a remark belongs to
_NO_GAP_BEFORE = {"FlowEntryToken", "FlowMappingEndToken", "FlowSequenceEndToken", "ValueToken"}
_NO_GAP_AFTER = {"FlowMappingStartToken", "FlowSequenceStartToken"}


def formatted(source: Document) -> str:
    """The document's text, formatted; as it is where it cannot be read."""
    if source.root is None or source.problems:
        return source.text
    try:
        made = _Setting(source.text).text()
    except yaml.YAMLError:
        return source.text
    again = read(made, file=source.file)
    same = again.root is not None and plain(again.root) == plain(source.root)
    return made if same and remarks(made) == remarks(source.text) else source.text


def remarks(text: str) -> list[str]:
    """The comments of a text, in their order, without the spaces behind them."""
    try:
        setting = _Setting(text)
    except yaml.YAMLError:
        return []
    found = (setting.remark(number) for number in range(len(setting.lines)))
    return [remark.strip() for remark in found if remark]


@dataclass(slots=True)
class _Line:
    """What is known of one line: its tokens, and the token that goes on in it from above."""

    tokens: list[Token] = field(default_factory=list)
    inside: Token | None = None


class _Setting:
    """One text being set."""

    def __init__(self, text: str) -> None:
        self.lines = BREAK.split(text)
        self._known = [_Line() for _ in self.lines]
        for token in read_tokens(text):
            self._known[token.start[0]].tokens.append(token)
            for number in range(token.start[0] + 1, self._last_line(token) + 1):
                self._known[number].inside = token
        self._shifts: list[int] = [0] * len(self.lines)
        self._starts_above = self._neighbours(range(len(self.lines)))
        self._starts_below = self._neighbours(reversed(range(len(self.lines))))

    def _last_line(self, token: Token) -> int:
        """The last line a token reaches; the empty ones behind a long text are not its own."""
        last = token.end[0] - (1 if token.end[1] == 0 else 0)
        if token.is_block:
            keeps = "+" in self.lines[token.start[0]][token.start[1] :].partition("#")[0]
            widest = self._block_column(token)
            while not keeps and last > token.start[0] and self._is_empty(self.lines[last], widest):
                last -= 1
        return min(last, len(self.lines) - 1)

    @staticmethod
    def _is_empty(line: str, column: int) -> bool:
        """True if a line of a literal or folded text has nothing; spaces behind `column` count."""
        return not line.strip(" ") and len(line) <= column

    def text(self) -> str:
        """The whole text, set."""
        made: list[str] = []
        for number in range(len(self.lines)):
            line = self._set(number)
            is_own = self._known[number].inside is not None
            if line or is_own or (made and made[-1]):
                made.append(line)
        while made and not made[-1]:
            made.pop()
        return "\n".join(made) + "\n"

    def _set(self, number: int) -> str:
        known, line = self._known[number], self.lines[number]
        if known.inside is not None:
            return self._continued(known.inside, number)
        if known.tokens:
            return self._with_tokens(number)
        remark = line.strip()
        return " " * self._remark_column(number) + remark if remark else ""

    # Lines with tokens ----------------------------------------------------------------------------

    def _with_tokens(self, number: int) -> str:
        known, line = self._known[number], self.lines[number]
        first = known.tokens[0]
        column = self._column(first, number)
        self._shifts[number] = column - first.start[1]
        made = " " * column
        for token, following in zip(known.tokens, [*known.tokens[1:], None], strict=True):
            ends_here = token.end[0] == number
            made += line[token.start[1] : token.end[1] if ends_here else len(line)]
            if following is not None:
                made += self._gap(token, following, line)
        last = known.tokens[-1]
        if last.end[0] != number:
            return made if last.is_block else made.rstrip()
        remark = self.remark(number)
        if not remark:
            return made
        wanted = len(line) - len(line[last.end[1] :].lstrip()) + self._shifts[number]
        return made.ljust(max(wanted, len(made) + 2)) + remark.rstrip()

    def _column(self, token: Token, number: int) -> int:
        """Where the line's first token goes."""
        if token.flow or (token.kind.startswith("Flow") and token.kind.endswith("EndToken")):
            owner = self._flow_start(number)
            return max(token.start[1] + self._shifts[owner], token.depth * _STEP)
        is_member = token.kind == "BlockEntryToken" or self._is_key(number)
        return max(token.depth - (1 if is_member else 0), 0) * _STEP

    def _flow_start(self, number: int) -> int:
        """The line in which the outermost bracket around this one stands."""
        while number > 0:
            number -= 1
            if self._known[number].inside is None and any(
                token.flow == 0 for token in self._known[number].tokens
            ):
                return number
        return 0

    def _is_key(self, number: int) -> bool:
        """True if the line begins with a key, and not with a value of its own."""
        kinds = [token.kind for token in self._known[number].tokens[:2]]
        return kinds[0] == "KeyToken" or kinds[1:2] == ["ValueToken"]

    def _gap(self, token: Token, following: Token, line: str) -> str:
        written = line[token.end[1] : following.start[1]]
        if token.kind == "BlockEntryToken":
            return " "
        if following.kind in _NO_GAP_BEFORE and (following.kind != "ValueToken" or token.flow == 0):
            return ""
        if token.kind in _NO_GAP_AFTER:
            return ""
        if following.kind == "ValueToken":
            return "" if not written.strip() else written
        return " " if written or token.kind == "FlowEntryToken" else ""

    def remark(self, number: int) -> str:
        """The comment of a line, from its `#` on; empty if there is none."""
        known, line = self._known[number], self.lines[number]
        ended = known.inside
        if ended is not None and (ended.is_block or ended.end[0] != number):
            return ""
        last = known.tokens[-1] if known.tokens else ended
        if last is not None and (last.is_block or last.end[0] != number):
            return ""
        rest = line[last.end[1] if last is not None else 0 :].lstrip()
        return rest if rest.startswith("#") else ""

    # Other lines ----------------------------------------------------------------------------------

    def _continued(self, token: Token, number: int) -> str:
        """A line of a text that began above: it moves with its beginning."""
        line = self.lines[number]
        start = token.start[0]
        if not token.is_block:
            shift = self._shifts[start]
            column = max(len(line) - len(line.lstrip()) + shift, (token.depth or 1) * _STEP)
            self._shifts[number] = shift
            return (" " * column + line.strip()) if line.strip() else ""
        shift = token.depth * _STEP - self._block_column(token)
        if not line.strip(" "):
            return " " * max(len(line) + shift, 0) if len(line) > self._block_column(token) else ""
        return " " * shift + line if shift >= 0 else line[-shift:]

    def _block_column(self, token: Token) -> int:
        """Where the lines of a literal or folded text begin."""
        header = self.lines[token.start[0]][token.start[1] + 1 :].partition("#")[0]
        if any(char.isdigit() for char in header):  # it says itself how deep it is in its parent
            return token.column + _STEP
        for line in self.lines[token.start[0] + 1 : token.end[0] + 1]:
            if line.strip(" "):
                return len(line) - len(line.lstrip(" "))
        return token.depth * _STEP

    def _remark_column(self, number: int) -> int:
        """A remark of its own stays with what stands at its column, below it or above."""
        line = self.lines[number]
        column = len(line) - len(line.lstrip())
        below = self._starts_below[number]
        if below is not None and self._written_at(below) == column:
            return self._column(self._known[below].tokens[0], below)
        above = first = self._starts_above[number]
        for _ in range(_FAR):
            if above is None or self._written_at(above) < column:
                break
            if self._written_at(above) == column:
                return self._column(self._known[above].tokens[0], above)
            above = self._starts_above[above]
        for other in (first, below):
            if other is not None:
                shift = self._column(self._known[other].tokens[0], other) - self._written_at(other)
                return max(column + shift, 0)
        return 0

    def _written_at(self, number: int) -> int:
        return self._known[number].tokens[0].start[1]

    def _neighbours(self, numbers: Iterable[int]) -> list[int | None]:
        """For each line the nearest one before it, in that order, that begins with a token."""
        found: list[int | None] = [None] * len(self.lines)
        nearest = None
        for number in numbers:
            found[number] = nearest
            known = self._known[number]
            if known.tokens and known.inside is None:
                nearest = number
        return found
