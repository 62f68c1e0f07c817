"""One installed plugin: what is known of it, whether it is loaded, and if it was left out, why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

from dayhand.catalogue import PluginSpec
from dayhand.trust import Bounds, Candidate, Declaration

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    import pluggy

    from dayhand.own_process import Pool
    from dayhand.steps.step import Step

__all__ = ["GIVEN", "GROUP", "Plugin", "entry_points", "installed"]

GROUP = "dayhand"
_NOT_APPROVED = "not approved"
GIVEN = "given"
"""The distribution of a plugin that a test handed over."""


@dataclass(slots=True)
class Plugin:
    """One installed plugin; `manager` is None until it is loaded, if it was left out, and if it is in a
    process of its own, which has `bounds` then.

    `declaration` is set for a stranger's, once it is loaded; `pool` for one in its own process.
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
    bounds: Bounds | None = None
    pool: Pool | None = None
    deprecated: list[str] = field(default_factory=list)
    absent_events: tuple[str, ...] = ()
    _steps: dict[str, Step] | None = None

    @classmethod
    def of(cls, spec: PluginSpec) -> Plugin:
        """A plugin of a kept catalogue, in which none stands that was left out."""
        waits = spec.state == _NOT_APPROVED
        return cls(
            spec.name, spec.distribution, spec.version, spec.module,
            reason=spec.reason, hint=spec.hint if spec.reason else "", waits=waits,
        )  # fmt: skip

    def spec(self) -> PluginSpec:
        """What a catalogue tells of it."""
        return PluginSpec(
            self.name, self.distribution, self.version, self.module, self.state,
            self.reason, self.hint, asdict(self.bounds) if self.bounds else None,
            tuple(self.deprecated),
            self.absent_events,
        )  # fmt: skip

    @property
    def is_loaded(self) -> bool:
        """True if it can be asked: here, or in a process of its own."""
        return self.manager is not None or self.pool is not None

    @property
    def state(self) -> str:
        if self.waits:
            return _NOT_APPROVED
        return "left out" if self.reason else "loaded"

    @property
    def steps(self) -> dict[str, Step]:
        """Its steps by their name, asked for at first use: a plugin whose events alone are waited for need
        not make them, which takes what they take and give.

        Raises:
            Exception: whatever the plugin raises.
        """
        if self._steps is None:
            answers = self.ask("dayhand_steps")
            self._steps = {step.name: step for answer in answers for step in answer}
        return self._steps

    @property
    def is_strange(self) -> bool:
        """True unless it comes with dayhand, or a test gave it."""
        return self.distribution not in ("dayhand", GIVEN)

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
        from dayhand.plugin_host.answers import as_declared  # pluggy is here by now, else it is not

        asked = getattr(self.manager.hook, hook)
        answers = asked(**arguments)
        if not answers and asked.get_hookimpls():
            as_declared(hook, None)  # which pluggy leaves out
        return [as_declared(hook, answer) for answer in answers]


def installed(given: Mapping[str, ModuleType], *, look: bool) -> dict[str, Plugin]:
    """Those given, and, if it shall look at entry points, those installed, by name; none loaded."""
    plugins = {name: Plugin(name, GIVEN, "", module.__name__) for name, module in given.items()}
    for entry in sorted(entry_points(group=GROUP) if look else (), key=lambda one: one.name):
        made = entry.dist
        plugins.setdefault(
            entry.name,
            Plugin(
                entry.name, made.name if made else "unknown", made.version if made else "",
                entry.value,
            ),
        )  # fmt: skip
    return plugins


def entry_points(group: str) -> Iterable[EntryPoint]:
    """The installed entry points of a group."""
    from importlib.metadata import entry_points as found  # 15 ms, and the catalogue is kept

    return found(group=group)
