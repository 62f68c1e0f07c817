"""`dayhand writing`."""

from __future__ import annotations

from dayhand_writing.commands import drafts, submissions, words
from dayhand_writing.commands.group import writing

__all__ = ["GROUPS"]

writing.add_command(drafts.check)
writing.add_command(words.words)
writing.add_command(submissions.submissions)

GROUPS = (writing,)
