"""What a step uses: is it there, and does what it is given fit what its plugin asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dayhand import document
from dayhand.catalogue import PluginSpec, StepSpec
from dayhand.validation import _words
from dayhand.validation._check import Check
from dayhand.validation._draft import ASKING, Draft
from dayhand.validation._shape import holds_expression


def check_uses(check: Check, drafts: Iterable[Draft]) -> None:
    """Look up what every step uses and hold its inputs against what that asks for."""
    for draft in drafts:
        uses = draft.keys.scalar("uses")
        if uses is None or draft.kind != "uses":
            continue
        draft.spec = check.catalogue.steps.get(uses.text)
        if draft.spec is None:
            _unknown(check, uses)
        else:
            _check_inputs(check, draft, draft.spec)
            _check_built_in(check, draft, draft.spec)


# Is it there? -------------------------------------------------------------------------------------


def _unknown(check: Check, uses: document.Scalar) -> None:
    name = uses.text
    prefix, dot, _ = name.partition(".")
    renamed = check.catalogue.step_before(name)
    if renamed is not None:
        hint = (
            f"it is '{renamed.step}' since {renamed.version}; mend it with: dayhand upgrade --fix"
        )
        check.note(uses.mark, "renamed-step", f"'{name}' has another name now", hint)
        return
    left_out = check.catalogue.absent(name)
    if left_out:
        _left_out(check, uses, left_out)
        return
    steps = tuple(check.catalogue.steps)
    prefixes = tuple(dict.fromkeys(step.partition(".")[0] for step in steps))
    if prefix in prefixes and dot:
        siblings = tuple(step for step in steps if step.startswith(f"{prefix}."))
        near = check.near(name, siblings) or check.near(name, steps)
        hint = f"{_words.mean(near)} {_words.listed('there are', siblings)}".strip()
        check.note(uses.mark, "unknown-step", f"there is no step '{name}'", hint)
        return
    guess = check.near(name, steps)
    if guess and (not dot or check.near(prefix, prefixes)):
        check.note(uses.mark, "unknown-step", f"there is no step '{name}'", _words.mean(guess))
    elif not dot:
        hint = "a step has two parts, such as 'email.send'; 'dayhand steps' lists them"
        check.note(uses.mark, "unknown-step", f"there is no step '{name}'", hint)
    else:
        hint = "install the plugin that brings it; 'dayhand steps' lists what there is"
        check.lacks(uses.mark, prefix, "unknown-plugin", f"no plugin brings '{name}'", hint)


def _left_out(check: Check, uses: document.Scalar, plugin: PluginSpec) -> None:
    reason = f": {plugin.reason}" if plugin.reason else ""
    message = f"the plugin '{plugin.name}' is installed and was left out{reason}"
    hint = plugin.hint or "'dayhand plugins' tells more"
    check.lacks(uses.mark, plugin.name, "plugin-left-out", message, hint)


# What it is given ---------------------------------------------------------------------------------


def _check_inputs(check: Check, draft: Draft, spec: StepSpec) -> None:
    arguments = draft.arguments()
    if arguments is None and draft.keys.node.entry("with"):
        return  # its shape is wrong, and was told
    properties: Mapping[str, Any] = spec.inputs.get("properties") or {}
    is_open = bool(spec.inputs.get("additionalProperties"))
    shape = check.inputs_shape(spec)
    given = arguments.entries if arguments else ()
    for entry in given:
        name = entry.key.text
        if name in properties:
            check.extend(shape.problems(entry.value, properties[name], name))
        elif not is_open:
            _unknown_input(check, entry.key, spec, properties)
    present = {entry.key.text for entry in given}
    misspelt = {check.near(name, tuple(properties)) for name in present - properties.keys()}
    for name in present - properties.keys():
        renamed = check.catalogue.input_before(spec.name, name)
        misspelt.add(renamed.inputs[name] if renamed else None)
    for name in spec.inputs.get("required", ()):
        if name not in present and name not in misspelt:
            _missing_input(check, draft, spec, name)


def _unknown_input(
    check: Check, key: document.Scalar, spec: StepSpec, properties: Mapping[str, Any]
) -> None:
    renamed = check.catalogue.input_before(spec.name, key.text)
    if renamed is not None:
        now = renamed.inputs[key.text]
        hint = f"it is '{now}' since {renamed.version}; mend it with: dayhand upgrade --fix"
        message = f"the input '{key.text}' of '{spec.name}' has another name now"
        check.note(key.mark, "renamed-input", message, hint)
        return
    hint = check.guess(key.text, properties, "it takes") or "it takes none"
    message = f"'{spec.name}' has no input '{key.text}'"
    check.note(key.mark, "unknown-input", message, hint)


def _missing_input(check: Check, draft: Draft, spec: StepSpec, name: str) -> None:
    about = spec.inputs.get("properties", {}).get(name, {})
    remark = _words.first_sentence(str(about.get("description") or ""))
    hint = f"add '{name}:' under 'with' {remark}".strip()
    message = f"'{spec.name}' needs the input '{name}'"
    check.note(draft.place, "missing-input", message, hint)


# What the schemas of the built-in steps cannot say ------------------------------------------------


def _check_built_in(check: Check, draft: Draft, spec: StepSpec) -> None:
    arguments = draft.arguments()
    if spec.name == "wait.until":
        _check_wait(check, draft, arguments)
    if arguments is None:
        return
    if spec.name == "file.write":
        _check_path(check, arguments.get("path"))
    if spec.name in ASKING:
        _check_fields(check, arguments.get("fields"))


def _check_wait(check: Check, draft: Draft, arguments: document.Mapping | None) -> None:
    given = [key for key in ("moment", "length") if arguments and arguments.entry(key)]
    if not given:
        message = "'wait.until' needs 'moment' or 'length'"
        check.note(draft.place, "missing-input", message, "add 'length: 2 hours', for example")
    elif len(given) == 2 and arguments:
        mark = arguments.key_mark("length") or draft.place
        check.note(mark, "conflicting-keys", "'moment' and 'length' exclude each other", "keep one")


def _check_path(check: Check, path: document.Node | None) -> None:
    if not isinstance(path, document.Scalar) or holds_expression(path) or not path.text:
        return
    parts = path.text.replace("\\", "/").split("/")
    if path.text[0] in "/\\~" or ".." in parts or ":" in parts[0]:
        message = f"{_words.shown(path.text)} leaves the folder 'out/'"
        check.note(
            path.mark, "bad-path", message, "write it relative to out/, such as 'letters/a.md'"
        )


def _check_fields(check: Check, fields: document.Node | None) -> None:
    if not isinstance(fields, document.Mapping):
        return
    for entry in fields.entries:
        kind = entry.value
        if isinstance(kind, document.Mapping):
            if kind.entry("choices") is None and _text(kind.get("type")) == "choice":
                check.note(
                    kind.mark,
                    "missing-key",
                    "a choice needs its 'choices'",
                    "add 'choices: [a, b]'",
                )
            _check_private(check, kind)
        elif _text(kind) == "choice":
            hint = f"write '{entry.key.text}: {{type: choice, choices: [a, b]}}'"
            check.note(kind.mark, "missing-key", "a choice needs its 'choices'", hint)


def _check_private(check: Check, field: document.Mapping) -> None:
    """Only texts are sealed with the second key."""
    private, kind = field.get("private"), _text(field.get("type")) or "text"
    if not isinstance(private, document.Scalar) or private.value is not True:
        return
    if kind not in ("text", "choice"):
        message = f"only a text is kept private, and this field is a {kind}"
        check.note(private.mark, "wrong-value", message, "make it a text, or leave 'private' out")


def _text(node: document.Node | None) -> str:
    return node.text if isinstance(node, document.Scalar) else ""
