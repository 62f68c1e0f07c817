"""dayhand: routines for a therapist's hours between sessions, made of steps from plugins.

This is all that a plugin may import, besides `dayhand.testing` in its tests. Names are loaded when
first used, so that `dayhand --help` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dayhand.cli.practice import pass_practice
    from dayhand.csv_text import CsvRow, read_csv, write_csv
    from dayhand.errors import (
        DayhandError,
        NotSent,
        PracticeError,
        Retryable,
        SecretMissing,
        StepError,
        StepMisuse,
        UserError,
    )
    from dayhand.hookspecs import hookimpl
    from dayhand.model.practice import Address, Clinician, Licence, PracticeInfo, SecretRef
    from dayhand.steps import (
        API_VERSION,
        Confirmation,
        Duration,
        Effect,
        EventKind,
        Files,
        Finding,
        HealthCheck,
        Intent,
        Kept,
        Month,
        Practice,
        Preview,
        RunInfo,
        Secret,
        Sensitive,
        Settings,
        Shipped,
        Step,
        StepContext,
        Tables,
        WrittenFile,
        step,
    )
    from dayhand.typesetting import typeset
    from dayhand.values import plain

_HOME = {
    "dayhand.csv_text": "CsvRow read_csv write_csv",
    "dayhand.errors": (
        "DayhandError NotSent PracticeError Retryable SecretMissing StepError StepMisuse UserError"
    ),
    "dayhand.hookspecs": "hookimpl",
    "dayhand.model.practice": "Address Clinician Licence PracticeInfo SecretRef",
    "dayhand.steps": (
        "API_VERSION Confirmation Duration Effect EventKind Files Finding HealthCheck Intent Kept Month"
        " Practice Preview RunInfo Secret Sensitive Settings Shipped Step StepContext Tables WrittenFile step"
    ),
    "dayhand.typesetting": "typeset",
    "dayhand.values": "plain",
    "dayhand.cli.practice": "pass_practice",
}
_WHERE = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = [
    "API_VERSION",
    "Address",
    "Clinician",
    "Confirmation",
    "CsvRow",
    "DayhandError",
    "Duration",
    "Effect",
    "EventKind",
    "Files",
    "Finding",
    "HealthCheck",
    "Intent",
    "Kept",
    "Licence",
    "Month",
    "NotSent",
    "Practice",
    "PracticeError",
    "PracticeInfo",
    "Preview",
    "Retryable",
    "RunInfo",
    "Secret",
    "SecretMissing",
    "SecretRef",
    "Sensitive",
    "Settings",
    "Shipped",
    "Step",
    "StepContext",
    "StepError",
    "StepMisuse",
    "Tables",
    "UserError",
    "WrittenFile",
    "hookimpl",
    "pass_practice",
    "plain",
    "read_csv",
    "step",
    "typeset",
    "write_csv",
]


def __getattr__(name: str) -> Any:
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module 'dayhand' has no attribute {name!r}")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value
