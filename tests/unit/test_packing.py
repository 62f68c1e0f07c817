"""Long texts of the history come back from their packed form as they were."""

from __future__ import annotations

import json
import random
import zlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dayhand.store.packing import packed, unpacked

LONG = json.dumps([{"client": f"C-{n:04}", "minutes": 50, "ø": "…"} for n in range(200)])


@given(st.text(st.characters(exclude_categories=())), st.integers(0, 3000))
def test_every_json_text_comes_back(text, times):
    whole = json.dumps([text] * times, ensure_ascii=False)

    assert unpacked(packed(whole)) == whole


def test_a_long_text_that_repeats_itself_takes_a_fraction():
    assert packed(LONG).isascii()
    assert len(packed(LONG)) < len(LONG) / 5


def test_what_is_sealed_or_would_not_be_shorter_stays_as_it_is():
    noise = json.dumps(b64encode(random.Random(1).randbytes(2000)).decode())
    short = json.dumps("a" * 1000)

    sealed = json.dumps([{"$sealed": "sealed:1:abc"}] * 100)

    assert packed(noise) == noise
    assert packed(sealed) == sealed
    assert packed(short) == short


@pytest.mark.parametrize(
    "text", ["z:", "z:!!!!", "z:AAAA", packed(LONG)[:-8], "z:" + b64encode(b"PK\3\4").decode()]
)
def test_a_damaged_text_is_refused(text):
    assert packed(LONG).startswith("z:")
    with pytest.raises(ValueError, match=r".") as caught:
        unpacked(text)
    assert not isinstance(caught.value, zlib.error)
