"""Runs the check of a plugin in a process of its own: it may hang, or end that process."""

from __future__ import annotations

import json
import pickle  # from this process to its own child, and nowhere else
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dayhand.conformance.subject import Subject
from dayhand.conformance.verdict import FAILED, Verdict

__all__ = ["check"]


def check(
    subject: Subject, environment: Mapping[str, str], *, within: float = 300.0
) -> list[Verdict]:
    """Every verdict about a plugin.

    Args:
        subject: which plugin.
        environment: of this process; the home folder and the folder for temporary files are others
            while the plugin is checked, and its keyring is empty.
        within: seconds that it may take in all.
    """
    with tempfile.TemporaryDirectory(prefix="dayhand-check-") as folder:
        root = Path(folder)
        for name in ("home", "temporary", "workshop"):
            (root / name).mkdir()
        results = root / "results"
        results.touch()
        real_home = Path(environment.get("HOME", "")).expanduser()
        command = [
            sys.executable, "-m", "dayhand.conformance.worker",
            str(results), str(root / "workshop"), str(real_home.resolve()),
        ]  # fmt: skip
        inside = {
            **environment, "HOME": str(root / "home"), "TMPDIR": str(root / "temporary"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "PYTHONDONTWRITEBYTECODE": "1", "PYDANTIC_DISABLE_PLUGINS": "__all__",
        }  # fmt: skip
        told = ""
        try:
            done = subprocess.run(  # noqa: S603 - this Python, with arguments of our own
                command, input=pickle.dumps(subject), env=inside, timeout=within,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, cwd=root / "temporary",
            )  # fmt: skip
            if done.returncode != 0:
                told = (
                    f"the process that checked it ended with {done.returncode}{_last(done.stderr)}"
                )
        except subprocess.TimeoutExpired:
            told = f"the check was not done after {within:.0f} seconds"
        found = [Verdict(**json.loads(line)) for line in results.read_text("utf-8").splitlines()]
        if told:
            found.append(Verdict("example", "", FAILED, _where(told, found), _HINT))
    return _merged(found)


_HINT = "a step must neither end its process nor block for ever"


def _where(told: str, found: list[Verdict]) -> str:
    if not found:
        return told
    of_step = f" of {found[-1].step}" if found[-1].step else ""
    return f"{told}; the last that was checked is '{found[-1].check}'{of_step}"


def _last(errors: bytes) -> str:
    lines = errors.decode(errors="replace").strip().splitlines()
    return f": {lines[-1][:200]}" if lines else ""


def _merged(found: list[Verdict]) -> list[Verdict]:
    """What failed, each once; else one verdict for each check of each step: ok before not tried."""
    kept: dict[tuple[str, str], list[Verdict]] = {}
    for one in found:
        before = kept.setdefault((one.check, one.step), [])
        if one.result == "failed":
            before[:] = [
                *(other for other in before if other.result == "failed" and other != one),
                one,
            ]
        elif not before or (one.result == "ok" and before[0].result == "not tried"):
            before[:] = [one]
    return [one for verdicts in kept.values() for one in verdicts]
