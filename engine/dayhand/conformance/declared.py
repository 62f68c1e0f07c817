"""What can be read off a plugin's declarations, without running a step."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dayhand.conformance.subject import Subject
from dayhand.conformance.verdict import FAILED, NOT_TRIED, OK, Verdict
from dayhand.steps.step import Effect, Step

__all__ = ["declaration", "docs", "schema", "sends"]

_ALL_BUT_TYPE = {"title", "description", "default", "examples"}


def schema(steps: Sequence[Step]) -> Iterator[Verdict]:
    """Are inputs and outputs well formed, and is each input described?"""
    from jsonschema import Draft202012Validator  # 100 ms, and only here
    from jsonschema.exceptions import SchemaError

    for step in steps:
        try:
            inputs, output = step.input_schema(), step.output_schema()
            for one in (inputs, output):
                Draft202012Validator.check_schema(one)
                json.dumps(one)
        except (SchemaError, TypeError, ValueError) as error:
            told = getattr(error, "message", str(error)).splitlines()[0]
            yield _failed(
                "schema", step, f"its schema is not one: {told}", "use types that pydantic knows"
            )
            continue
        except Exception as error:  # noqa: BLE001 - pydantic raises its own for types it does not know
            told = str(error).splitlines()[0]
            yield _failed(
                "schema", step, f"it has no schema: {told}", "use types that pydantic knows"
            )
            continue
        yield _of_schemas(step, inputs, output)


def _of_schemas(step: Step, inputs: Mapping[str, Any], output: Mapping[str, Any]) -> Verdict:
    properties = inputs.get("properties", {})
    loose = [name for name, one in properties.items() if _is_anything(one)]
    bare = [name for name, one in properties.items() if not one.get("description")]
    if bare:
        hint = "explain it under 'Args:' in the step's docstring"
        return _failed("schema", step, f"nothing describes its input {_named(bare)}", hint)
    if _is_anything(output):
        hint = "give its function a return type: a pydantic model, or None"
        told = "its output may be anything, so no routine can be checked"
        return _failed("schema", step, told, hint)
    if loose:
        hint = "give it a type narrower than Any or object"
        return _failed("schema", step, f"its input {_named(loose)} may be anything", hint)
    return Verdict("schema", step.name, OK)


def docs(subject: Subject, steps: Sequence[Step], settings: type | None) -> Iterator[Verdict]:
    """Is each step and setting explained?"""
    for step in steps:
        if not step.summary.strip() or not step.description:
            what = "summary" if not step.summary.strip() else "docstring"
            hint = "say in a line what it does, for 'dayhand steps' and the editor"
            yield _failed("docs", step, f"it has no {what}", hint)
        elif subject.readme and not re.search(rf"\b{re.escape(step.name)}\b", subject.readme):
            hint = f"write `{step.name}` there, with its effect, inputs, output and an example"
            yield _failed("docs", step, "the README does not name it", hint)
        else:
            yield Verdict("docs", step.name, OK)
    if not subject.readme:
        hint = "write a README.md, and name it as 'readme' in pyproject.toml"
        yield Verdict("docs", "", FAILED, "there is no README", hint)
    fields = settings.model_fields if settings is not None else {}  # type: ignore[attr-defined]
    bare = [
        name for name, field in fields.items()
        if not field.description and not re.search(rf"\b{field.alias or name}\b", subject.readme)
    ]  # fmt: skip
    if bare:
        hint = "give it Field(…, description=…), or name it in the README"
        yield Verdict("docs", "", FAILED, f"nothing describes its setting {_named(bare)}", hint)


def declaration(
    subject: Subject, steps: Sequence[Step], settings: type | None, *, keeps_tables: bool
) -> Iterator[Verdict]:
    """Does the declaration name what the plugin brings?"""
    declared = subject.declaration
    if declared is None:
        return
    absent = []
    effects = {step.effect for step in steps}
    if Effect.SEND in effects and not declared.send:
        absent.append("it has a step that sends: send = true")
    if (keeps_tables or Effect.RECORD in effects) and not declared.tables:
        absent.append("it uses the database: tables = true")
    if settings is not None and _has_secret(settings) and not declared.secrets:
        absent.append("its settings name secrets: secrets = true")
    hint = "write it into dayhand-plugin.toml, beside the package's __init__.py"
    if subject.trouble:
        yield Verdict("declaration", "", FAILED, subject.trouble, hint)
    for told in absent:
        yield Verdict("declaration", "", FAILED, told, hint)
    if not absent and not subject.trouble:
        yield Verdict("declaration", "", OK)


def sends(steps: Sequence[Step]) -> Iterator[Verdict]:
    """Has what sends a preview, and a way to find out whether it was sent?"""
    sending = [step for step in steps if step.effect is Effect.SEND]
    for step in sending:
        said = re.search(r"(?im)^\s*if in doubt:\s*\S", inspect.getdoc(step.function) or "")
        if step.preview_function is None:
            hint = f"declare one with @{step.function.__name__}.preview"
            yield _failed("send", step, "a dry run cannot tell what it would send", hint)
        elif step.confirm_function is None and not said:
            hint = (
                f"declare @{step.function.__name__}.confirm; or, where nobody can be asked, a line"
                " 'If in doubt: …' in the docstring that tells where to look"
            )
            yield _failed("send", step, "after a crash nobody can tell whether it was sent", hint)
        else:
            yield Verdict("send", step.name, OK)
    if not sending:
        yield Verdict("send", "", NOT_TRIED, "it sends nothing")


def _has_secret(settings: type) -> bool:
    told = json.dumps(settings.model_json_schema(), default=str)  # type: ignore[attr-defined]
    return '"x-type": "secret"' in told


def _is_anything(one: Mapping[str, Any]) -> bool:
    return not set(one) - _ALL_BUT_TYPE


def _failed(check: str, step: Step, message: str, hint: str) -> Verdict:
    return Verdict(check, step.name, FAILED, message, hint)


def _named(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
