"""`dayhand steps`, `schema`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from dayhand.catalogue import StepSpec
from dayhand.cli import app_of
from dayhand.cli.output import emit_json
from dayhand.errors import PracticeError, UserError

__all__ = ["refresh_schemas", "schema_command", "steps_command"]

_HEAD = 400
"""As much of a schema's file as holds what it says it was made from."""


@click.command("steps", epilog="Example: dayhand steps billing.draft")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="With full schemas, as JSON.")
@click.pass_context
def steps_command(ctx: click.Context, name: str | None, as_json: bool) -> None:
    """List every installed step, or explain one: its inputs, output and effect."""
    catalogue = app_of(ctx).catalogue
    if name is None:
        chosen = [catalogue.steps[key] for key in sorted(catalogue.steps)]
    elif name in catalogue.steps:
        chosen = [catalogue.steps[name]]
    else:
        chosen = [
            spec for key, spec in sorted(catalogue.steps.items()) if key.startswith(f"{name}.")
        ]
        if not chosen:
            guess = catalogue.closest(name)
            raise UserError(
                f"there is no step '{name}'",
                hint=f"did you mean '{guess}'?" if guess else "see: dayhand steps",
            )
    if as_json:
        emit_json([asdict(spec) for spec in chosen])
    elif name in catalogue.steps:
        click.echo(_explained(chosen[0]))
    else:
        from dayhand.report import table

        click.echo(
            table(
                ("STEP", "EFFECT", "WHAT IT DOES"), [(s.name, s.effect, s.summary) for s in chosen]
            )
        )


def _explained(spec: StepSpec) -> str:
    lines = [f"{spec.name}  ({spec.effect}, from {spec.plugin})", f"  {spec.summary}"]
    if spec.description and spec.description != spec.summary:
        lines += ["", *(f"  {line}".rstrip() for line in spec.description.splitlines())]
    properties = dict(spec.inputs.get("properties", {}))
    lines += ["", "inputs:" if properties else "inputs: none"]
    for name, schema in properties.items():
        needed = "required" if name in spec.inputs.get("required", ()) else _default(schema)
        lines.append(
            f"  {name}: {type_text(schema, spec.inputs)}{f'  ({needed})' if needed else ''}"
        )
        if schema.get("description"):
            lines.append(f"      {schema['description']}")
    lines += ["", f"output: {type_text(spec.output, spec.output)}"]
    for name, schema in _fields(spec.output).items():
        about = f"  {schema['description']}" if schema.get("description") else ""
        lines.append(f"  {name}: {type_text(schema, spec.output)}{about}")
    return "\n".join([*lines, *_records(spec)])


def _records(spec: StepSpec) -> list[str]:
    """What is in the records that inputs and output are told by name, each name once."""
    lines: list[str] = []
    for root, part in ((spec.inputs, spec.inputs), (spec.output, _fields(spec.output))):
        waiting = _named(part)
        while waiting:
            name = waiting.pop(0)
            if f"{name}:" in lines:
                continue
            found = _resolved({"$ref": name}, root)
            fields = dict(found.get("properties", {}))
            waiting += _named(fields)
            if not fields:
                lines += ["", f"{name}:", f"  {type_text(found, root)}"]
                continue
            lines += ["", f"{name}:"]
            for field, schema in fields.items():
                must = root is spec.inputs and field in found.get("required", ())
                needed = "  (required)" if must else ""
                lines.append(f"  {field}: {type_text(schema, root)}{needed}")
    return lines


def _named(schema: Any) -> list[str]:
    """The names of records that a schema refers to, in the order in which they stand there."""
    if isinstance(schema, dict):
        own = (
            [str(schema["$ref"]).rpartition("/")[2]] if isinstance(schema.get("$ref"), str) else []
        )
        return own + [name for key, one in schema.items() if key != "$defs" for name in _named(one)]
    if isinstance(schema, list):
        return [name for one in schema for name in _named(one)]
    return []


def _default(schema: dict[str, Any]) -> str:
    default = schema.get("default")
    return "" if default in (None, [], {}, "") else f"default {default}"


def _fields(schema: Any) -> dict[str, Any]:
    found = _resolved(schema, schema)
    if found.get("type") == "array":
        found = _resolved(found.get("items", {}), schema)
    return dict(found.get("properties", {}))


def _resolved(schema: Any, root: Any) -> dict[str, Any]:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return dict(schema)


def type_text(schema: Any, root: Any) -> str:
    """What a JSON Schema allows, in a few words."""
    if "x-type" in schema:
        return str(schema["x-type"])
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(str(item) for item in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        kinds = [type_text(one, root) for one in schema["anyOf"]]
        return " or ".join(dict.fromkeys(kind for kind in kinds if kind != "null")) or "null"
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {type_text(schema.get('items', {}), root)}"
    return str(schema.get("format") or {"string": "text", "object": "mapping"}.get(kind, kind))


@click.command("schema", epilog="Example: dayhand schema --write")
@click.option(
    "--of",
    "which",
    type=click.Choice(["routine", "practice"]),
    default="routine",
    show_default=True,
)
@click.option(
    "--write",
    is_flag=True,
    help="Write both into the practice's .dayhand/ folder, where editors look.",
)
@click.pass_context
def schema_command(ctx: click.Context, which: str, write: bool) -> None:
    """Print, or write, the JSON Schema composed from the installed plugins."""
    app = app_of(ctx)
    if not write:
        emit_json(schema_of(app, which))
        return
    for path in write_schemas(app):
        click.echo(f"wrote {path}")


def schema_of(app: Any, which: str) -> dict[str, Any]:
    """The composed schema of routines or of `practice.yaml`."""
    from dayhand.validation import compose

    make = compose.routine_schema if which == "routine" else compose.practice_schema
    return make(app.catalogue)


def refresh_schemas(app: Any) -> bool:
    """Write the schemas anew where they were made from other plugins; true if they were.

    Where there are none, or they cannot be written, nothing is done: they are a help, and no command
    that calls this is about them.
    """
    from dayhand.validation import compose

    try:
        with (app.data / "routine.schema.json").open(encoding="utf-8") as kept:
            if compose.made_from(app.catalogue) in kept.read(_HEAD):
                return False
        write_schemas(app)
    except (OSError, PracticeError):
        return False
    return True


def write_schemas(app: Any) -> list[Path]:
    """Write both schemas where the modelines of scaffolded files point."""
    import json

    app.data.mkdir(mode=0o700, exist_ok=True)
    written = []
    for which in ("routine", "practice"):
        path: Path = app.data / f"{which}.schema.json"
        path.write_text(json.dumps(schema_of(app, which), indent=1), encoding="utf-8")
        written.append(path)
    return written
