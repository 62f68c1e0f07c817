"""The plugins of this Python: what there is, each loaded when it is first needed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from dayhand.catalogue import Catalogue, PluginSpec, StepSpec
from dayhand.errors import UserError
from dayhand.kept_catalogue import KeptCatalogue, fingerprint, stamp
from dayhand.plugin_host.plugin import Plugin, installed
from dayhand.trust import Approvals, Candidate, Declaration

if TYPE_CHECKING:
    from dayhand.steps.declarations import EventKind, HealthCheck, Tables
    from dayhand.steps.step import Step

__all__ = ["PluginHost"]


class PluginHost:
    """The plugins of this Python.

    Args:
        cache: a folder to keep the catalogue in, or None.
        modules: plugins by name, beside those installed: for tests of a plugin.
        installed: whether to look at entry points at all.
        approvals: which strangers' plugins may be imported; without it, none.
        around: given each step, what is called in its place: for those who try plugins.
    """

    def __init__(
        self,
        *,
        cache: Path | None = None,
        modules: Mapping[str, ModuleType] | None = None,
        installed: bool = True,
        approvals: Approvals | None = None,
        around: Callable[[Step], Step] = lambda step: step,
    ) -> None:
        self.approvals = approvals
        self._around = around
        self._keeper = KeptCatalogue(None if modules else cache)
        self._modules = dict(modules or {})
        self._entry_points = installed
        self._plugins: dict[str, Plugin] | None = None
        self._catalogue: Catalogue | None = None
        self._bound: dict[str, tuple[Step, str]] = {}

    @classmethod
    def alone(cls, spec: PluginSpec, declared: Declaration) -> PluginHost:
        """A host of one plugin that was admitted by another: what its own process works with."""
        host = cls(installed=False)
        plugin = Plugin.of(spec)
        plugin.declaration = declared
        host._plugins = {spec.name: plugin}
        return host

    # What there is --------------------------------------------------------------------------------

    @property
    def catalogue(self) -> Catalogue:
        """What the plugins declare: as kept, or from loading them all."""
        if self._catalogue is None:
            fingerprint = self._fingerprint()
            self._catalogue = self._kept(fingerprint) or self._described(fingerprint)
        return self._catalogue

    @property
    def could_be_told(self) -> bool:
        """True if all plugins have to be loaded to know what they declare, and another process could do
        that, and keep it."""
        if self._catalogue is None and self._keeper.keeps:
            self._catalogue = self._kept(self._fingerprint())
            return self._catalogue is None
        return False

    def _kept(self, fingerprint: str) -> Catalogue | None:
        kept = self._keeper.find(fingerprint)
        if kept is not None and self._plugins is None:
            self._plugins = {spec.name: Plugin.of(spec) for spec in kept.plugins}
        return kept

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
            step = self._around(self._called(spec))
            found = self._bound[name] = step, spec.plugin
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
            raise UserError(
                f"plugin '{name}' comes with dayhand: it needs no approval",
                hint="nothing is to be done; 'dayhand plugins' tells of it",
            )
        return plugin.candidate

    def close(self) -> None:
        """End the processes of plugins that have their own."""
        for plugin in (self._plugins or {}).values():
            if plugin.pool is not None:
                plugin.pool.close()

    def section_apart(self, plugin: str) -> str | None:
        """The section of a plugin in a process of its own, whose model is only there; None for others."""
        if self._loaded(plugin).pool is None:
            return None
        sections = self.catalogue.sections.values()
        return next((one.name for one in sections if one.plugin == plugin), "")

    def settings_model(self, plugin: str) -> tuple[str, type] | None:
        """The section and the pydantic model of a plugin's settings, if it has any."""
        for answer in self._loaded(plugin).ask("dayhand_settings"):
            return answer.section, answer.model()
        return None

    def tables(self) -> list[Tables]:
        """The tables of all plugins, without loading them."""
        from dayhand.steps.declarations import Tables  # not needed to check a routine

        return [
            Tables(spec.branch, self._metadata(spec.plugin), Path(spec.migrations), spec.revision)
            for spec in self.catalogue.tables
        ]

    def branch(self, plugin: str) -> str:
        """The beginning of a plugin's tables' names; empty if it keeps none."""
        return next((s.branch for s in self.catalogue.tables if s.plugin == plugin), "")

    def command(self, name: str) -> Any:
        """A plugin's command, by name."""
        spec = self.catalogue.commands[name]
        for answer in self._loaded(spec.plugin).ask("dayhand_commands"):
            for command in answer:
                if command.name == name:
                    return command
        raise UserError(
            f"{spec.plugin} no longer brings the command '{name}'",
            hint="'dayhand --help' lists what there is",
        )

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
            raise UserError(
                f"plugin '{plugin}' no longer keeps tables", hint="install the version that does"
            )

        return metadata

    # Loading --------------------------------------------------------------------------------------

    @property
    def _installed(self) -> dict[str, Plugin]:
        if self._plugins is None:
            self._plugins = installed(self._modules, look=self._entry_points)
        return self._plugins

    def _loaded(self, name: str) -> Plugin:
        plugin = self._installed.get(name)
        if plugin is None:
            raise UserError(
                f"plugin '{name}' is not installed", hint="'dayhand plugins' lists those that are"
            )
        if not plugin.is_loaded and not plugin.reason:
            self._load(plugin)
        if plugin.reason:
            raise _left_out(plugin)
        return plugin

    def _called(self, spec: StepSpec) -> Step:
        from dayhand.plugin_host.binding import bound  # only where a step is called
        from dayhand.plugin_host.loading import left_out_if_it_fails

        plugin = self._loaded(spec.plugin)
        with left_out_if_it_fails(plugin):
            return bound(plugin, spec)
        raise _left_out(plugin)

    def _load(self, plugin: Plugin) -> None:
        from dayhand.plugin_host.loading import load  # with pluggy: only where a plugin is loaded

        load(plugin, approvals=self.approvals, given=self._modules.get(plugin.name))

    def _described(self, fingerprint: str) -> Catalogue:
        from dayhand.plugin_host.describing import describe  # only where none is kept

        files = stamp(plugin.module for plugin in self._installed.values())
        catalogue = describe(self._installed.values(), self._load, fingerprint)
        if not any(plugin.state == "left out" for plugin in catalogue.plugins):
            self._keeper.keep(catalogue, files)
        return catalogue

    def _fingerprint(self) -> str:
        approved = "safe mode" if self.approvals is None else self.approvals.stamp()
        return fingerprint(sys.path if self._entry_points else (), approved)


def _left_out(plugin: Plugin) -> UserError:
    return UserError(f"{plugin.title} is left out: {plugin.reason}", hint=plugin.hint)
