"""Located text → checked routine or settings: every mistake at once, each with its place.

The stage is pure: what is installed, which routines there are and what day it is come in as
arguments. A mistake is a `Problem`; nothing here raises for what an author wrote.
"""

from __future__ import annotations

from dayhand.validation._check import RoutineHead
from dayhand.validation._practice import CheckedPractice, Storage, check_practice
from dayhand.validation._routine import Checked, check_routine

__all__ = [
    "Checked",
    "CheckedPractice",
    "RoutineHead",
    "Storage",
    "check_practice",
    "check_routine",
]
