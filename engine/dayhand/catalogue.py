"""What steps there are: their names, effects, inputs and outputs, as data.

A catalogue is made from the installed plugins and kept between commands, so that a routine can be
checked, and completed in an editor, without importing a single plugin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dayhand.problems import closest

__all__ = [
    "BUILT_IN",
    "Catalogue",
    "CommandSpec",
    "FolderSpec",
    "PluginSpec",
    "RenamedSpec",
    "SectionSpec",
    "StepSpec",
    "TableSpec",
]


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step as data. `inputs` and `output` are JSON Schemas.

    `output_from` is set where the output's shape is the routine author's: `with` (the step gives
    back what it was given) or the name of the input that lists the fields. `intends`, `has_preview` and
    `has_confirm` are what else the step declares.
    """

    name: str
    effect: str
    summary: str
    inputs: Mapping[str, Any]
    output: Mapping[str, Any]
    plugin: str = "dayhand"
    description: str = ""
    output_from: str = ""
    intends: bool = False
    has_preview: bool = False
    has_confirm: bool = False


@dataclass(frozen=True, slots=True)
class SectionSpec:
    """A plugin's section of `practice.yaml`, with its JSON Schema."""

    name: str
    plugin: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command a plugin brings to the command line, and its one-line help."""

    name: str
    plugin: str
    help: str


@dataclass(frozen=True, slots=True)
class TableSpec:
    """The newest migration of a plugin's tables, and the folder it is in."""

    branch: str
    plugin: str
    migrations: str
    revision: str


@dataclass(frozen=True, slots=True)
class FolderSpec:
    """Folders of routines and templates that a plugin ships; empty where it ships none."""

    plugin: str
    routines: str = ""
    templates: str = ""


@dataclass(frozen=True, slots=True)
class RenamedSpec:
    """A step of a plugin whose name, or some of whose inputs' names, were others before a version."""

    step: str
    plugin: str
    since: str
    before: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The plugin and its version that renamed it."""
        return f"{self.plugin} {self.since}"


@dataclass(frozen=True, slots=True)
class PluginSpec:
    """An installed plugin: loaded, or left out with the reason. `process` are the bounds of a process
    of its own, if it is to be in one; `deprecated` what it uses that goes, with file, line and version;
    `absent_events` the kinds of events that it does not bring there.
    """

    name: str
    distribution: str
    version: str
    module: str
    state: str = "loaded"
    reason: str = ""
    hint: str = ""
    process: Mapping[str, Any] | None = None
    deprecated: tuple[str, ...] = ()
    absent_events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything the installed plugins declare, as data. `event_kinds` gives the plugin that brings
    a kind of events, by the kind's name; `digest` is of all this, where it was kept.
    """

    steps: Mapping[str, StepSpec]
    plugins: tuple[PluginSpec, ...] = ()
    sections: Mapping[str, SectionSpec] = field(default_factory=dict)
    commands: Mapping[str, CommandSpec] = field(default_factory=dict)
    tables: tuple[TableSpec, ...] = ()
    folders: tuple[FolderSpec, ...] = ()
    event_kinds: Mapping[str, str] = field(default_factory=dict)
    renamed: tuple[RenamedSpec, ...] = ()
    fingerprint: str = ""
    digest: str = ""

    def step_before(self, name: str) -> RenamedSpec | None:
        """What became of a step that had this name, if it has another now."""
        found = (one for one in self.renamed if one.before == name and name not in self.steps)
        return next(found, None)

    def input_before(self, step: str, name: str) -> RenamedSpec | None:
        """Who renamed an input of a step that had this name."""
        return next((one for one in self.renamed if one.step == step and name in one.inputs), None)

    def closest(self, name: str) -> str | None:
        """The step whose name `name` was most likely meant to be."""
        return closest(name, tuple(self.steps))

    def absent(self, name: str) -> PluginSpec | None:
        """The plugin left out that would have brought the step, by the first part of its name."""
        prefix = name.partition(".")[0]
        for plugin in self.plugins:
            if plugin.state != "loaded" and plugin.name == prefix:
                return plugin
        return None


def _object(
    properties: Mapping[str, Any], *, required: tuple[str, ...] = (), more: bool = False
) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": more,
    }


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def _length(description: str) -> dict[str, Any]:
    return _text(description, **{"x-type": "duration"})


_FIELD_TYPES = ["text", "number", "integer", "boolean", "date", "choice"]

_QUESTION = {
    "title": _text("What is asked, in one line"),
    "show": _text("Markdown shown below the title"),
    "remind_every": _length("How often the owner is reminded while it is open"),
    "expires_in": _length("After this the question counts as declined"),
}

BUILT_IN: tuple[StepSpec, ...] = (
    StepSpec(
        "person.approve", "none", "Ask a person to approve before the run goes on",
        _object(_QUESTION, required=("title",)),
        _object({
            "approved": {"type": "boolean"}, "by": {"type": "string"}, "note": {"type": "string"},
            "at": {"type": "string", "format": "date-time"},
        }),
    ),
    StepSpec(
        "person.ask", "none", "Ask a person to fill in a small form",
        _object(
            {
                **_QUESTION,
                "fields": {
                    "type": "object", "minProperties": 1,
                    "description": "By name: a type, or {type, title, default, choices, required, private}",
                    "additionalProperties": {
                        "anyOf": [
                            {"enum": _FIELD_TYPES},
                            _object({
                                "type": {"enum": _FIELD_TYPES}, "title": {"type": "string"},
                                "default": {}, "required": {"type": "boolean"},
                                "choices": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                                "private": {"type": "boolean"},
                            }, required=("type",)),
                        ]
                    },
                },
            },
            required=("title", "fields"),
        ),
        _object({}, more=True),
        output_from="fields",
    ),
    StepSpec(
        "wait.until", "none", "Wait until a moment, across restarts",
        _object({"moment": {"description": "A date and time, or a date for its first minute"},
                 "length": _length("Or: how long from now")}),
        _object({"waited_until": {"type": "string", "format": "date-time"}}),
    ),
    StepSpec(
        "file.write", "write", "Write a text file under out/",
        _object({"path": _text("Where, relative to out/"), "text": _text("What stands in it")},
                required=("path", "text")),
        _object({"path": {"type": "string"}, "size": {"type": "integer"}, "sha256": {"type": "string"}}),
    ),
    StepSpec(
        "schedule.clock_changes", "none", "Tell which changes of the clock ahead touch a routine",
        _object({"days": {"type": "integer", "minimum": 1, "maximum": 60,
                          "description": "How many days to look ahead; 14 if left out"}}),
        _object({"items": {"type": "array", "items": {"type": "string"}}}),
    ),
    StepSpec(
        "value.set", "none", "Name values for later steps",
        _object({}, more=True), _object({}, more=True), output_from="with",
    ),
    StepSpec(
        "run.fail", "none", "End the run as failed, with a reason",
        _object({"reason": _text("Why, for the run's history and the owner")}, required=("reason",)),
        {"type": "null"},
    ),
)  # fmt: skip
"""The steps that are always there, whatever is installed."""
