"""What the plugins declare, asked of each by itself and put together as a `Catalogue`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dayhand.catalogue import (
    BUILT_IN,
    Catalogue,
    CommandSpec,
    FolderSpec,
    PluginSpec,
    RenamedSpec,
    SectionSpec,
    StepSpec,
    TableSpec,
)
from dayhand.kept_catalogue import from_kept
from dayhand.plugin_host.loading import left_out_if_it_fails
from dayhand.plugin_host.plugin import Plugin

if TYPE_CHECKING:
    from dayhand.steps.declarations import Settings
    from dayhand.steps.step import Step

__all__ = ["describe"]

_SENTENCE = 200
"""How long the first sentence of a command's help may be: it is listed whole."""


def describe(
    plugins: Iterable[Plugin], load: Callable[[Plugin], None], fingerprint: str
) -> Catalogue:
    """What all plugins declare; one that fails meanwhile is left out, with the reason."""
    parts = _Parts({spec.name: spec for spec in BUILT_IN})
    for plugin in plugins:
        if not plugin.reason and not plugin.is_loaded:
            load(plugin)
        if not plugin.reason:
            with left_out_if_it_fails(plugin):
                parts.add(_declared_by(plugin))
        parts.plugins.append(plugin.spec())
    return parts.catalogue(fingerprint)


def _declared_by(plugin: Plugin) -> _Parts:
    own = _Parts({})
    if plugin.pool is not None:
        own.take_over(plugin.pool.describe(), plugin)
    else:
        own.ask(plugin)
    return own


@dataclass(slots=True)
class _Parts:
    """A catalogue being made."""

    steps: dict[str, StepSpec]
    plugins: list[PluginSpec] = field(default_factory=list)
    sections: dict[str, SectionSpec] = field(default_factory=dict)
    commands: dict[str, CommandSpec] = field(default_factory=dict)
    tables: list[TableSpec] = field(default_factory=list)
    folders: list[FolderSpec] = field(default_factory=list)
    event_kinds: dict[str, str] = field(default_factory=dict)
    renamed: list[RenamedSpec] = field(default_factory=list)

    def ask(self, plugin: Plugin) -> None:
        """What a plugin that is loaded here declares."""
        for step in plugin.steps.values():
            self.steps[step.name] = _step_spec(step, plugin.name)
        for settings in plugin.ask("dayhand_settings"):
            self.sections[settings.section] = _section_spec(settings, plugin.name)
        for tables in plugin.ask("dayhand_tables"):
            self.tables.append(
                TableSpec(tables.branch, plugin.name, str(tables.migrations), tables.revision)
            )
        for ship in plugin.ask("dayhand_shipped"):
            self.folders.append(
                FolderSpec(plugin.name, str(ship.routines or ""), str(ship.templates or ""))
            )
        for renamed in plugin.ask("dayhand_renamed"):
            self.renamed += [
                RenamedSpec(one.step, plugin.name, one.since, one.before, dict(one.inputs))
                for one in renamed
            ]
        for kinds in plugin.ask("dayhand_event_kinds"):
            self.event_kinds.update((kind.name, plugin.name) for kind in kinds)
        plugin.ask(
            "dayhand_health"
        )  # kept nowhere, but one that raises is left out now, not in `doctor`
        for commands in plugin.ask("dayhand_commands"):
            for command in commands:
                self.commands[command.name] = CommandSpec(
                    command.name, plugin.name, command.get_short_help_str(_SENTENCE)
                )

    def take_over(self, told: Mapping[str, Any], plugin: Plugin) -> None:
        """What a plugin declares that was loaded in a process of its own; its code is not here."""
        made = from_kept(json.loads(told["catalogue"]))
        self.steps |= {name: spec for name, spec in made.steps.items() if spec.plugin != "dayhand"}
        self.sections |= made.sections
        self.folders += made.folders
        self.renamed += made.renamed
        plugin.deprecated += made.plugins[0].deprecated
        gone = [f"the command '{name}'" for name in made.commands]
        gone += [f"the events '{name}'" for name in made.event_kinds]
        gone += [f"the health check '{name}'" for name in told["health"]]
        plugin.absent_events = tuple(made.event_kinds)
        if gone:
            plugin.hint = f"in a process of its own it does not bring {', '.join(gone)}"

    def add(self, own: _Parts) -> None:
        for kind in ("steps", "sections", "commands", "event_kinds"):
            known = getattr(self, kind)
            for name in getattr(own, kind):
                if name in known:
                    taken = getattr(known[name], "plugin", known[name])
                    what = kind[:-1].replace("_", " ")
                    raise TypeError(f"its {what} '{name}' is already brought by '{taken}'")
            known.update(getattr(own, kind))
        self.tables += own.tables
        self.folders += own.folders
        self.renamed += own.renamed

    def catalogue(self, fingerprint: str) -> Catalogue:
        return Catalogue(
            steps=self.steps,
            plugins=tuple(self.plugins),
            sections=self.sections,
            commands=self.commands,
            tables=tuple(self.tables),
            folders=tuple(self.folders),
            event_kinds=self.event_kinds,
            renamed=tuple(self.renamed),
            fingerprint=fingerprint,
        )


def _step_spec(step: Step, plugin: str) -> StepSpec:
    return StepSpec(
        name=step.name,
        effect=str(step.effect),
        summary=step.summary,
        inputs=step.input_schema(),
        output=step.output_schema(),
        plugin=plugin,
        description=step.description,
        intends=step.intends,
        has_preview=step.preview_function is not None,
        has_confirm=step.confirm_function is not None,
    )


def _section_spec(settings: Settings, plugin: str) -> SectionSpec:
    return SectionSpec(settings.section, plugin, settings.model().model_json_schema())
