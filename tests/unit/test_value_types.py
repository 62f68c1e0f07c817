from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from dayhand import Line, Parts


def test_a_line_has_single_spaces_and_nothing_that_moves_the_cursor():
    assert TypeAdapter(Line).validate_python("  two  words ") == "two words"
    for text in ("two\nlines", "a\ttab", "\x1b[2J"):
        with pytest.raises(ValidationError, match="it is one line of text"):
            TypeAdapter(Line).validate_python(text)


def test_parts_are_a_list_or_text_with_semicolons():
    kind = TypeAdapter(Parts[int])

    assert kind.validate_python("1; 2;;") == kind.validate_python([1, 2]) == [1, 2]
    assert kind.json_schema() == {"type": "array", "items": {"type": "integer"}}
    with pytest.raises(ValidationError):
        kind.validate_python("1; x")
