"""Does a plugin keep the rules that the engine relies on? `dayhand plugins check` asks it.

A plugin is checked in a process of its own, which sends nothing beyond this machine. What can be read
off its declarations is read off; the rest is seen by running its examples: an example practice in a
folder that it ships (`Shipped(examples=…)`), whose routines are run whole, run dry, cut off in the
middle and cancelled. A step that stands in no example is said not to have been tried.
"""

from __future__ import annotations

from dayhand.conformance.process import check
from dayhand.conformance.subject import Subject, subjects
from dayhand.conformance.verdict import CHECKS, Verdict

__all__ = ["CHECKS", "Subject", "Verdict", "check", "subjects"]
