"""Private texts in a run: sealed where they are kept, and held back from questions and from what leaves.

A text is private where a step declares it `Private`, where a form's field says so, and where it was made
of one that is. What a step gives that was handed a private text has its sensitive texts private too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dayhand.errors import SecretMissing, StepError, UserError
from dayhand.steps.step import Effect, Step
from dayhand.values import LockedStr, PrivateStr, SensitiveStr, holds, mark_private, replaced

if TYPE_CHECKING:
    from dayhand.store import Store

__all__ = ["answered", "check", "keep_out", "opened", "refuse_locked", "sealed"]


def check(step: Step, arguments: Mapping[str, Any]) -> None:
    """See that a step may be handed its inputs.

    Raises:
        SecretMissing: one is a private text that was not opened.
        StepError: one is private, and the step sends.
    """
    if not arguments:
        return
    values = dict(arguments)
    refuse_locked(values)
    if step.effect is Effect.SEND and holds(values, PrivateStr):
        raise StepError(
            f"{step.name} was to send a private text, and private texts do not leave the machine",
            hint="write it to a file, look at it, and hand it over yourself",
        )


def refuse_locked(value: Any) -> None:
    """Raise `SecretMissing` if the value holds a private text that was not opened."""
    if holds(value, LockedStr):
        raise SecretMissing(
            "this step needs a private text of a step before, and the second key is not here",
            hint="bring it with 'dayhand key import --private FILE' and say 'dayhand retry', or go on"
            " where the key is",
        )


def keep_out(value: Any) -> None:
    """See that there is no private text in what is shown to a person as it is.

    Raises:
        StepError: there is.
    """
    refuse_locked(value)
    if holds(value, PrivateStr):
        raise StepError(
            "a private text is not put into a question, whose text is shown and kept in the clear",
            hint="name the entry by its id, and read it with its own command",
        )


def sealed(step: Step, arguments: Mapping[str, Any], output: Any, store: Store) -> Any:
    """What a step gave, with its private texts ready to be sealed where it is kept.

    Raises:
        SecretMissing: there are some, and the second key is not here.
    """
    kind: type[SensitiveStr] = PrivateStr
    if arguments and holds(arguments, PrivateStr):
        kind = SensitiveStr
    elif not _gives_private(step):
        return output
    elif not holds(output, PrivateStr):
        kind = SensitiveStr  # it comes from a plugin in a process of its own
    if not holds(output, kind):
        return output
    vault = store.vault
    vault.key()  # missing, it is told here and not while the step's end is kept
    return replaced(output, kind, lambda text: mark_private(text, vault.private("").seal))


def _gives_private(step: Step) -> bool:
    cached: bool | None = step.__dict__.get("_gives_private")
    if cached is None:
        cached = not step.gives_nothing and "x-private" in str(step.output_schema())
        step.__dict__["_gives_private"] = cached
    return cached


def opened(value: Any, store: Store) -> Any:
    """What was kept, its private texts opened if the second key is here; else they stay locked."""
    if not holds(value, LockedStr):
        return value

    def text(locked: LockedStr) -> Any:
        try:
            return store.vault.open_history(locked.token)
        except UserError:
            return locked  # a step that needs it will say so

    return replaced(value, LockedStr, text)


def answered(form: Mapping[str, Any], answer: Mapping[str, Any], store: Store) -> dict[str, Any]:
    """What a person filled in, its private fields ready to be sealed where it is kept.

    Raises:
        SecretMissing: there are some, and the second key is not here.
    """
    fields = form.get("properties", {})
    names = [name for name in answer if fields.get(name, {}).get("x-private")]
    if not names:
        return dict(answer)
    vault = store.vault
    vault.key()
    seal = vault.private("").seal
    return {**answer, **{name: mark_private(answer[name], seal) for name in names}}
