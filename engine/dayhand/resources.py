"""The routines and schemas that dayhand ships, found wherever it was installed from."""

from __future__ import annotations

from pathlib import Path

__all__ = ["shipped"]

_HERE = Path(__file__).resolve().parent


def shipped(kind: str) -> Path:
    """The folder of the shipped `routines` or `schemas`.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for folder in (_HERE / "_shipped" / kind, _HERE.parent.parent / kind):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"dayhand was installed without its {kind}")
