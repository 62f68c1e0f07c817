"""dayhand: routines for a therapist's hours between sessions, made of steps from plugins.

This is all that a plugin may import, besides `dayhand.testing` in its tests. Names are loaded when
first used, so that `dayhand --help` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dayhand.cli.practice import pass_practice
    from dayhand.cli.screen import Day, json_option, put_out, show_json, show_table
    from dayhand.csv_rows import Taken, checked, faults, read_rows, write_rows
    from dayhand.csv_text import CsvRow, read_csv, write_csv
    from dayhand.dated_rules import (
        Confidence,
        DatedRules,
        RuleBook,
        RulePart,
        Unverified,
        rule_book,
        rule_schema,
        rule_sources,
    )
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
    from dayhand.steps import API_VERSION
    from dayhand.steps.context import Files, Kept, Practice, RunInfo, StepContext, WrittenFile
    from dayhand.steps.declarations import (
        EventKind,
        Finding,
        HealthCheck,
        Renamed,
        Settings,
        Shipped,
        Tables,
    )
    from dayhand.steps.sending import Confirmation, Intent, Preview
    from dayhand.steps.step import Effect, Step, step
    from dayhand.steps.value_types import Duration, Line, Month, Parts, Private, Secret, Sensitive
    from dayhand.store.records import Records, next_id
    from dayhand.store.sealed import Sealed, seal_column
    from dayhand.typesetting import typeset
    from dayhand.values import plain
    from dayhand.wording import counted, first_of, markdown_table

_HOME = {
    "dayhand.csv_rows": "Taken checked faults read_rows write_rows",
    "dayhand.csv_text": "CsvRow read_csv write_csv",
    "dayhand.dated_rules": (
        "Confidence DatedRules RuleBook RulePart Unverified rule_book rule_schema rule_sources"
    ),
    "dayhand.errors": (
        "DayhandError NotSent PracticeError Retryable SecretMissing StepError StepMisuse UserError"
    ),
    "dayhand.hookspecs": "hookimpl",
    "dayhand.model.practice": "Address Clinician Licence PracticeInfo SecretRef",
    "dayhand.steps": "API_VERSION",
    "dayhand.steps.context": "Files Kept Practice RunInfo StepContext WrittenFile",
    "dayhand.steps.declarations": ("EventKind Finding HealthCheck Renamed Settings Shipped Tables"),
    "dayhand.steps.sending": "Confirmation Intent Preview",
    "dayhand.steps.step": "Effect Step step",
    "dayhand.steps.value_types": "Duration Line Month Parts Private Secret Sensitive",
    "dayhand.store.records": "Records next_id",
    "dayhand.store.sealed": "Sealed seal_column",
    "dayhand.typesetting": "typeset",
    "dayhand.values": "plain",
    "dayhand.wording": "counted first_of markdown_table",
    "dayhand.cli.practice": "pass_practice",
    "dayhand.cli.screen": "Day json_option put_out show_json show_table",
}
_WHERE = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = [
    "API_VERSION",
    "Address",
    "Clinician",
    "Confidence",
    "Confirmation",
    "CsvRow",
    "DatedRules",
    "Day",
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
    "Line",
    "Month",
    "NotSent",
    "Parts",
    "Practice",
    "PracticeError",
    "PracticeInfo",
    "Preview",
    "Private",
    "Records",
    "Renamed",
    "Retryable",
    "RuleBook",
    "RulePart",
    "RunInfo",
    "Sealed",
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
    "Taken",
    "Unverified",
    "UserError",
    "WrittenFile",
    "checked",
    "counted",
    "faults",
    "first_of",
    "hookimpl",
    "json_option",
    "markdown_table",
    "next_id",
    "pass_practice",
    "plain",
    "put_out",
    "read_csv",
    "read_rows",
    "rule_book",
    "rule_schema",
    "rule_sources",
    "seal_column",
    "show_json",
    "show_table",
    "step",
    "typeset",
    "write_csv",
    "write_rows",
]


_DEPRECATED: dict[str, tuple[str, str]] = {}
"""Names that were public: what to use instead, and the first version without it."""


def __getattr__(name: str) -> Any:
    if name in _DEPRECATED:
        from dayhand.deprecation import tell

        instead, gone_in = _DEPRECATED[name]
        tell(f"'dayhand.{name}'", gone_in=gone_in, instead=f"'dayhand.{instead}'")
        return __getattr__(instead)
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module 'dayhand' has no attribute {name!r}")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value
