"""What a step in a process of its own asks of its context, answered in dayhand's process.

Each is held to the plugin's declaration by the context itself, as for any stranger's step.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from dayhand.errors import DayhandError, StepMisuse, StoreError
from dayhand.model.practice import SecretRef
from dayhand.own_process.frames import Frame

__all__ = ["answer"]

_LEVELS = {"debug", "info", "warning", "error", "critical"}


async def answer(context: Any, said: Frame) -> Frame:
    """The answer to an `ask`; a `tell` is noted, and its answer not sent."""
    what = str(said.told.get("what"))
    try:
        if what == "intend":
            await context.intend(dict(said.told["details"]))
            return Frame("answer")
        made = _ANSWERS.get(what)
        if made is None:
            raise StepMisuse(f"a plugin's process asked for '{what}', which there is not")
        return await asyncio.to_thread(made, context, said)
    except StoreError:
        raise  # the run cannot be kept: that is not the step's to handle
    except DayhandError as error:
        told = {"error": type(error).__name__, "message": error.message, "hint": error.hint}
        return Frame("refused", told)
    except (KeyError, TypeError, ValueError) as error:  # the other side may say anything
        told = {
            "error": "StepMisuse",
            "message": f"'{what}' was asked for in a wrong way",
            "hint": "",
        }
        logging.getLogger("dayhand.plugins").debug("a wrong question", exc_info=error)
        return Frame("refused", told)


def _write(context: Any, said: Frame) -> Frame:
    file = context.files.write(str(said.told["path"]), said.data)
    return Frame("answer", {"path": file.path, "size": file.size, "sha256": file.sha256})


def _read(context: Any, said: Frame) -> Frame:
    return Frame("answer", data=context.files.read(str(said.told["path"])))


def _resolve(context: Any, said: Frame) -> Frame:
    return Frame("answer", {"path": str(context.files.resolve(str(said.told["path"])))})


def _template(context: Any, said: Frame) -> Frame:
    return Frame("answer", data=context.files.template(str(said.told["name"])).encode())


def _secret(context: Any, said: Frame) -> Frame:
    reference = SecretRef(str(said.told["place"]), str(said.told["name"]))
    return Frame("answer", data=context.secret(reference).encode())


def _keep(context: Any, said: Frame) -> Frame:
    context.keep(str(said.told["name"]), said.data)
    return Frame("answer")


def _kept(context: Any, said: Frame) -> Frame:
    found = context.kept(str(said.told["name"]))
    return Frame("answer", {"at": found.at if found else None}, found.data if found else b"")


def _progress(context: Any, said: Frame) -> Frame:
    told = said.told
    context.progress(int(told["done"]), int(told["total"]), str(told["text"]))
    return Frame("answer")


def _log(context: Any, said: Frame) -> Frame:
    level = str(said.told["level"])
    if level in _LEVELS:
        getattr(context.log, level)("%s", said.told["text"])
    return Frame("answer")


_ANSWERS: Mapping[str, Callable[[Any, Frame], Frame]] = {
    "files.write": _write, "files.read": _read, "files.resolve": _resolve,
    "files.template": _template, "secret": _secret, "keep": _keep, "kept": _kept,
    "progress": _progress, "log": _log,
}  # fmt: skip
