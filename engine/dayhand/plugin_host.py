"""Finds, loads and questions plugins, so that one that fails harms nobody else.

A stranger's plugin, one that does not come with dayhand, is imported only if the owner has approved
it as it is: see `trust`.

Every entry point is loaded by itself, and every hook is asked of every plugin by itself: one that
raises at import, in a hook, or that has a hook nobody knows, is left out with the reason. What the
plugins declare is kept as a `Catalogue` under a fingerprint of the installed files, so that the next
command need import only the plugin whose step it runs, and look at a few hundred files' times.
pluggy and importlib.metadata are imported only where plugins are loaded.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from dayhand.catalogue import (
    BUILT_IN,
    Catalogue,
    CommandSpec,
    FolderSpec,
    PluginSpec,
    SectionSpec,
    StepSpec,
    TableSpec,
)
from dayhand.errors import UserError
from dayhand.kept_catalogue import KeptCatalogue, fingerprint, stamp
from dayhand.trust import Approvals, Candidate, Declaration, guarded

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    import pluggy

    from dayhand.steps import EventKind, HealthCheck, Settings, Step, Tables

__all__ = ["GROUP", "PluginHost"]

GROUP = "dayhand"
NOT_APPROVED = "not approved"
_GIVEN = "given"
_log = logging.getLogger("dayhand.plugins")


@dataclass(slots=True)
class _Plugin:
    """One installed plugin; `manager` is None until it is loaded, and if it was left out.

    `declaration` is set for a stranger's, once it is loaded.
    """

    name: str
    distribution: str
    version: str
    module: str
    manager: pluggy.PluginManager | None = None
    reason: str = ""
    hint: str = ""
    waits: bool = False
    declaration: Declaration | None = None
    steps: dict[str, Step] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: PluginSpec) -> _Plugin:
        """A plugin of a kept catalogue, in which none stands that was left out."""
        waits = spec.state == NOT_APPROVED
        return cls(
            spec.name, spec.distribution, spec.version, spec.module,
            reason=spec.reason, hint=spec.hint, waits=waits,
        )  # fmt: skip

    @property
    def state(self) -> str:
        if self.waits:
            return NOT_APPROVED
        return "left out" if self.reason else "loaded"

    @property
    def is_strange(self) -> bool:
        """True unless it comes with dayhand, or a test gave it."""
        return self.distribution not in ("dayhand", _GIVEN)

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.name, self.distribution, self.version, self.module)

    @property
    def title(self) -> str:
        return f"plugin '{self.name}' ({self.distribution} {self.version})"

    def ask(self, hook: str, **arguments: Any) -> list[Any]:
        """The plugin's answer to a hook: a list of none or one."""
        if self.manager is None:
            return []
        answers: list[Any] = getattr(self.manager.hook, hook)(**arguments)
        return answers


class PluginHost:
    """The plugins of this Python.

    Args:
        cache: a folder to keep the catalogue in, or None.
        modules: plugins by name, beside those installed: for tests of a plugin.
        installed: whether to look at entry points at all.
        approvals: which strangers' plugins may be imported; without it, none.
    """

    def __init__(
        self,
        *,
        cache: Path | None = None,
        modules: Mapping[str, ModuleType] | None = None,
        installed: bool = True,
        approvals: Approvals | None = None,
    ) -> None:
        self.approvals = approvals
        self._keeper = KeptCatalogue(None if modules else cache)
        self._modules = dict(modules or {})
        self._entry_points = installed
        self._plugins: dict[str, _Plugin] | None = None
        self._catalogue: Catalogue | None = None
        self._bound: dict[str, tuple[Step, str]] = {}

    # What there is --------------------------------------------------------------------------------

    @property
    def catalogue(self) -> Catalogue:
        """What the plugins declare: as kept, or from loading them all."""
        if self._catalogue is None:
            fingerprint = self._fingerprint()
            kept = self._keeper.find(fingerprint)
            if kept is not None and self._plugins is None:
                self._plugins = {spec.name: _Plugin.of(spec) for spec in kept.plugins}
            self._catalogue = kept or self._build(fingerprint)
        return self._catalogue

    def step(self, name: str) -> tuple[Step, str]:
        """A step, and the name of the plugin that brings it; loads that plugin alone.

        Raises:
            UserError: no installed plugin brings it, or that plugin cannot be loaded.
        """
        found = self._bound.get(name)
        if found is None:
            spec = self.catalogue.steps.get(name)
            if spec is None:
                raise UserError(f"there is no step '{name}'", hint="see: dayhand steps")
            plugin = self._loaded(spec.plugin)
            found = self._bound[name] = _bound_step(plugin, name), spec.plugin
        return found

    def declared(self, plugin: str) -> Declaration | None:
        """What a stranger's plugin may touch; None for one that comes with dayhand."""
        return self._loaded(plugin).declaration

    def candidate(self, name: str) -> Candidate:
        """A stranger's plugin as it is installed now, not imported.

        Raises:
            UserError: it is not installed, or comes with dayhand.
        """
        plugin = self._installed.get(name)
        if plugin is None:
            raise UserError(f"plugin '{name}' is not installed", hint="see: dayhand plugins")
        if not plugin.is_strange:
            raise UserError(f"plugin '{name}' comes with dayhand: it needs no approval")
        return plugin.candidate

    def settings_model(self, plugin: str) -> tuple[str, type] | None:
        """The section and the pydantic model of a plugin's settings, if it has any."""
        for answer in self._loaded(plugin).ask("dayhand_settings"):
            return answer.section, answer.model()
        return None

    def tables(self) -> list[Tables]:
        """The tables of all plugins, without loading them."""
        from dayhand.steps import Tables  # not needed to check a routine

        return [
            Tables(spec.branch, self._metadata(spec.plugin), Path(spec.migrations), spec.revision)
            for spec in self.catalogue.tables
        ]

    def command(self, name: str) -> Any:
        """A plugin's command, by name."""
        spec = self.catalogue.commands[name]
        for answer in self._loaded(spec.plugin).ask("dayhand_commands"):
            for command in answer:
                if command.name == name:
                    return command
        raise UserError(f"{spec.plugin} no longer brings the command '{name}'")

    def health_checks(self) -> list[tuple[str, HealthCheck]]:
        """Every plugin's health checks, with the plugin's name."""
        return [(name, check) for name, checks in self._asked("dayhand_health") for check in checks]

    def event_kind(self, name: str) -> tuple[str, EventKind] | None:
        """The plugin that brings a kind of events, loaded alone, and the kind."""
        plugin = self.catalogue.event_kinds.get(name)
        if plugin is None:
            return None
        kinds = [
            kind for answer in self._loaded(plugin).ask("dayhand_event_kinds") for kind in answer
        ]
        return next(((plugin, kind) for kind in kinds if kind.name == name), None)

    def sample(self, folder: Path, today: Any) -> list[str]:
        """Let every plugin write its part of the sample practice."""
        answers = self._asked("dayhand_sample", folder=folder, today=today)
        return [line for _, lines in answers for line in lines]

    def sample_load(self, practice_for: Callable[[str], Any]) -> list[str]:
        """Let every plugin load its part of the sample practice."""
        lines: list[str] = []
        for spec in self.catalogue.plugins:
            if spec.state == "loaded":
                plugin = self._loaded(spec.name)
                for answer in plugin.ask("dayhand_sample_load", practice=practice_for(spec.name)):
                    lines.extend(answer)
        return lines

    def _asked(self, hook: str, **arguments: Any) -> list[tuple[str, list[Any]]]:
        found: list[tuple[str, list[Any]]] = []
        for spec in self.catalogue.plugins:
            if spec.state == "loaded":
                answers = self._loaded(spec.name).ask(hook, **arguments)
                found.extend((spec.name, list(answer)) for answer in answers)
        return found

    def _metadata(self, plugin: str) -> Callable[[], Any]:
        def metadata() -> Any:
            for answer in self._loaded(plugin).ask("dayhand_tables"):
                return answer.metadata()
            raise UserError(f"plugin '{plugin}' no longer keeps tables")

        return metadata

    # Loading --------------------------------------------------------------------------------------

    @property
    def _installed(self) -> dict[str, _Plugin]:
        if self._plugins is None:
            self._plugins = {
                name: _Plugin(name, _GIVEN, "", module.__name__)
                for name, module in self._modules.items()
            }
            found = entry_points(group=GROUP) if self._entry_points else ()
            for entry in sorted(found, key=lambda e: e.name):
                made = entry.dist
                self._plugins.setdefault(
                    entry.name,
                    _Plugin(
                        entry.name, made.name if made else "unknown", made.version if made else "",
                        entry.value,
                    ),
                )  # fmt: skip
        return self._plugins

    def _loaded(self, name: str) -> _Plugin:
        plugin = self._installed.get(name)
        if plugin is None:
            raise UserError(f"plugin '{name}' is not installed")
        if plugin.manager is None and not plugin.reason:
            self._load(plugin)
        if plugin.reason:
            raise UserError(f"{plugin.title} is left out: {plugin.reason}", hint=plugin.hint)
        return plugin

    def _admit(self, plugin: _Plugin) -> None:
        """Look whether a stranger's plugin may be imported; if not, note why."""
        try:
            objection = "in safe mode only dayhand's own plugins are used"
            if self.approvals is not None:
                objection = self.approvals.objection(plugin.candidate)
            plugin.declaration = plugin.candidate.declaration()
        except UserError as error:
            objection = error.message
        if objection:
            plugin.waits, plugin.reason = True, objection
            plugin.hint = (
                f"see what it may touch, and decide: dayhand plugins approve {plugin.name}"
                if self.approvals is not None
                else "run the command without --safe-mode"
            )

    def _load(self, plugin: _Plugin) -> None:
        if plugin.is_strange:
            self._admit(plugin)
        if not plugin.reason:
            self._import(plugin)

    def _import(self, plugin: _Plugin) -> None:
        import pluggy

        from dayhand import hookspecs  # with pluggy: only where a plugin is loaded

        manager = pluggy.PluginManager(GROUP)
        manager.add_hookspecs(hookspecs)
        try:
            module = self._modules.get(plugin.name) or importlib.import_module(plugin.module)
            manager.register(module, plugin.name)
            manager.check_pending()
            plugin.manager = manager
            for answer in plugin.ask("dayhand_steps"):
                plugin.steps.update({step.name: _checked(step, module) for step in answer})
            _hold_to(plugin)
        except Exception as error:  # noqa: BLE001 - what a plugin raises leaves out that plugin only
            plugin.manager = None
            plugin.reason, plugin.hint = _reason(error, plugin)
            _log.debug("%s is left out", plugin.title, exc_info=error)
        except SystemExit:
            plugin.manager = None
            plugin.reason = "it tried to end the program while it was loaded"

    # The catalogue --------------------------------------------------------------------------------

    def _build(self, fingerprint: str) -> Catalogue:
        parts = _Parts({spec.name: spec for spec in BUILT_IN})
        files = stamp(plugin.module for plugin in self._installed.values())
        for plugin in self._installed.values():
            if not plugin.reason and plugin.manager is None:
                self._load(plugin)
            if not plugin.reason:
                self._describe(plugin, parts)
            parts.plugins.append(
                PluginSpec(
                    plugin.name, plugin.distribution, plugin.version, plugin.module,
                    plugin.state, plugin.reason, plugin.hint,
                )
            )  # fmt: skip
        catalogue = parts.catalogue(fingerprint)
        if not any(plugin.state == "left out" for plugin in catalogue.plugins):
            self._keeper.keep(catalogue, files)
        return catalogue

    def _fingerprint(self) -> str:
        approved = "safe mode" if self.approvals is None else self.approvals.stamp()
        return fingerprint(sys.path if self._entry_points else (), approved)

    def _describe(self, plugin: _Plugin, parts: _Parts) -> None:
        own = _Parts({})
        try:
            for step in plugin.steps.values():
                own.steps[step.name] = _step_spec(step, plugin.name)
            for settings in plugin.ask("dayhand_settings"):
                own.sections[settings.section] = _section_spec(settings, plugin.name)
            for tables in plugin.ask("dayhand_tables"):
                own.tables.append(
                    TableSpec(tables.branch, plugin.name, str(tables.migrations), tables.revision)
                )
            for ship in plugin.ask("dayhand_shipped"):
                own.folders.append(
                    FolderSpec(plugin.name, str(ship.routines or ""), str(ship.templates or ""))
                )
            for kinds in plugin.ask("dayhand_event_kinds"):
                own.event_kinds.update((kind.name, plugin.name) for kind in kinds)
            for commands in plugin.ask("dayhand_commands"):
                for command in commands:
                    own.commands[command.name] = CommandSpec(
                        command.name, plugin.name, command.get_short_help_str(60)
                    )
            parts.add(own)
        except Exception as error:  # noqa: BLE001 - a hook that raises leaves out its plugin only
            plugin.reason, plugin.hint = _reason(error, plugin)
            _log.debug("%s is left out", plugin.title, exc_info=error)


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

    def catalogue(self, fingerprint: str) -> Catalogue:
        return Catalogue(
            steps=self.steps,
            plugins=tuple(self.plugins),
            sections=self.sections,
            commands=self.commands,
            tables=tuple(self.tables),
            folders=tuple(self.folders),
            event_kinds=self.event_kinds,
            fingerprint=fingerprint,
        )


def _bound_step(plugin: _Plugin, name: str) -> Step:
    """The step as it is called; a stranger's is kept to the hosts it declares."""
    found = plugin.steps[name]
    if plugin.declaration is None:
        return found
    made = copy(found)
    for part in ("function", "preview_function", "confirm_function"):
        function = getattr(found, part)
        if function is not None:
            setattr(made, part, guarded(function, plugin.name, plugin.declaration.network))
    return made


def _hold_to(plugin: _Plugin) -> None:
    """Refuse a stranger's plugin that brings more than it declares."""
    declared = plugin.declaration
    if declared is None:
        return
    effects = {str(step.effect): step.name for step in plugin.steps.values()}
    if "send" in effects and not declared.send:
        raise UndeclaredError(f"its step '{effects['send']}' sends", "send")
    if "record" in effects and not declared.tables:
        raise UndeclaredError(f"its step '{effects['record']}' writes to the database", "tables")
    if plugin.ask("dayhand_tables") and not declared.tables:
        raise UndeclaredError("it keeps tables in the database", "tables")


class UndeclaredError(TypeError):
    """A plugin does what its declaration does not name."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__(f"{what}, which its dayhand-plugin.toml does not declare: {key} = true")


def _checked(step: Any, module: ModuleType) -> Step:
    from dayhand.steps import Step  # as above

    if not isinstance(step, Step):
        raise TypeError(
            f"dayhand_steps of {module.__name__} gave a {type(step).__name__}, not a step"
        )
    return step


def _step_spec(step: Step, plugin: str) -> StepSpec:
    return StepSpec(
        name=step.name,
        effect=str(step.effect),
        summary=step.summary,
        inputs=step.input_schema(),
        output=step.output_schema(),
        plugin=plugin,
        description=step.description,
    )


def _section_spec(settings: Settings, plugin: str) -> SectionSpec:
    return SectionSpec(settings.section, plugin, settings.model().model_json_schema())


def _reason(error: Exception, plugin: _Plugin) -> tuple[str, str]:
    """Why a plugin is left out, and what to do about it."""
    import pluggy  # something was loaded, so it is there

    if isinstance(error, ModuleNotFoundError) and error.name:
        wanted = error.name.partition(".")[0]
        hint = (
            f"pip install 'dayhand[{plugin.name}]'"
            if plugin.distribution == "dayhand"
            else (f"pip install {wanted}, or reinstall {plugin.distribution}")
        )
        return f"it needs '{wanted}', which is not installed", hint
    if isinstance(error, pluggy.PluginValidationError):
        return f"it has a hook that dayhand does not know: {_first_line(error)}", (
            "compare its hooks with those in plugins/README.md; it may want another version of dayhand"
        )
    return (
        f"{type(error).__name__}: {_first_line(error)}",
        f"report it to the makers of {plugin.distribution}",
    )


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return "no message"
    last = type(error).__name__ == "PluginValidationError"  # pluggy says the cause at the end
    return lines[-1 if last else 0][:200]


def entry_points(group: str) -> Iterable[EntryPoint]:
    """The installed entry points of a group."""
    from importlib.metadata import entry_points as found  # 15 ms, and the catalogue is kept

    return found(group=group)
