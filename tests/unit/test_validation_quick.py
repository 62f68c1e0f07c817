"""The short way never says that something is right which jsonschema finds wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dayhand import document
from dayhand.validation import _quick, _shape

_DATA = json.loads((Path(__file__).parent / "broken_routines" / "catalogue.json").read_text())
_INPUTS = {one["name"]: one["inputs"] for one in _DATA["steps"]}

_VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-3, 70000), st.text(max_size=4),
        st.decimals(-5, 5, places=1, allow_nan=False).map(float),
        st.sampled_from([
            "2026-11", "2026-13", "2026-11-01", "2026-02-30", "2 days", "attended", "no_show",
            "${{ x }}", "a ${{ x }}", "beancount", "csv", "2026-11-01T09:00", "",
        ]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["id", "client", "start", "minutes", "status", "fee", "email", "x"]),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(_VALUES, st.sampled_from(sorted(_INPUTS)), st.booleans(), st.data())
def test_what_is_quickly_right_is_right(value, step, expressions, data):
    root = _INPUTS[step]
    parts = [*root["properties"].values(), *root.get("$defs", {}).values()]
    schema = data.draw(st.sampled_from(parts))
    read = document.read(json.dumps({"value": value}), file="any.yaml")
    assume(read.root is not None)
    node = read.root.get("value")

    if _quick.fits(node, schema, root, expressions=expressions):
        validator = _shape._validator_class()(root).evolve(schema=schema)
        assert list(validator.iter_errors(_shape._instance(node, expressions=expressions))) == []


def test_a_routine_without_mistakes_is_checked_without_jsonschema():
    script = """
import sys
from dayhand import document
from dayhand.catalogue import BUILT_IN, Catalogue
from dayhand.validation.routine import check_routine
text = '''
routine: a
triggers: [{cron: 0 9 1 * *, skip_on: [weekend], shift: next_open_day, if_missed: ask}]
inputs: {month: {type: month, default: 2026-11}, other: date}
steps:
  - {id: one, uses: value.set, with: {a: 1}, when: inputs.month}
  - {id: asked, uses: person.approve, with: {title: Go?}, on_decline: continue}
  - {uses: value.set, with: {a: 1}, when: steps.asked.approved, on_error: continue}
'''
checked = check_routine(document.read(text, file="a.yaml"), Catalogue({s.name: s for s in BUILT_IN}))
assert checked.problems == (), checked.problems
print("jsonschema" in sys.modules)
"""

    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip

    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("text, fits", [("${{ x }}", True), ("a ${{ x }}", False)])
@pytest.mark.parametrize(
    "schema", [{"type": "array"}, {"anyOf": [{"type": "object"}, {"type": "null"}]}]
)
def test_one_expression_may_give_what_is_no_text(text, fits, schema):
    node = document.read(f"value: {text}", file="any.yaml").root.get("value")

    assert _quick.fits(node, schema, schema, expressions=True) is fits
    assert not _quick.fits(node, schema, schema, expressions=False)


@pytest.mark.soak
def test_no_shipped_routine_needs_jsonschema():
    script = """
import sys
from dayhand import document
from dayhand.plugin_host import PluginHost
from dayhand.resources import shipped
from dayhand.validation.routine import check_routine
catalogue = PluginHost().catalogue
loaded = "jsonschema" in sys.modules
for file in shipped("routines").rglob("*.yaml"):
    read = document.read(file.read_text(encoding="utf-8"), file=file.name)
    assert not check_routine(read, catalogue, file_stem=file.stem).problems
print(loaded, "jsonschema" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False False\n"
