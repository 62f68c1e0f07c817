"""A kit for tests that read many fields of outputs."""

from __future__ import annotations

from dayhand.testing import PracticeKit

__all__ = ["SeenKit"]


class _Seen(dict):
    """An output whose fields are read as attributes."""

    __getattr__ = dict.__getitem__


def _seen(value):
    if isinstance(value, dict):
        return _Seen({name: _seen(one) for name, one in value.items()})
    return [_seen(one) for one in value] if isinstance(value, list) else value


class SeenKit(PracticeKit):
    """A kit that gives outputs to be read as attributes."""

    def run(self, *arguments, **inputs):
        return _seen(super().run(*arguments, **inputs))
