"""What `dayhand doctor` looks at in writing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dayhand import Finding, HealthCheck, Practice, counted
from dayhand_writing.desk import open_submissions, settings_of

__all__ = ["CHECKS"]


def _drafts(practice: Practice) -> Iterable[Finding]:
    from dayhand_writing.counting import drafts_of

    projects = settings_of(practice).projects
    if not projects:
        yield Finding("ok", "no writing project is set up")
    for name, project in projects.items():
        if project.repository is not None:
            folder = Path(project.repository).expanduser()
            if (folder / ".git").exists():
                yield Finding("ok", f"project '{name}' is in a git repository")
            else:
                yield Finding(
                    "warning", f"project '{name}': {folder} is no git repository",
                    "correct 'repository' in practice.yaml",
                )  # fmt: skip
        elif drafts := drafts_of(practice, project):
            yield Finding("ok", f"project '{name}' has {counted(len(drafts), 'draft')}")
        else:
            yield Finding(
                "warning", f"project '{name}' has no file yet",
                f"its files are {', '.join(project.files) or 'not named'} in the practice folder",
            )  # fmt: skip


def _deadlines(practice: Practice) -> Iterable[Finding]:
    late = [one for one in open_submissions(practice) if (one.days_left or 0) < 0]
    if late:
        yield Finding(
            "warning", f"{counted(len(late), 'submission')} past the deadline",
            "'dayhand writing submissions list' shows them",
        )  # fmt: skip
    else:
        yield Finding("ok", "no submission is past its deadline")


CHECKS = (
    HealthCheck("writing projects have drafts", _drafts),
    HealthCheck("submissions are on time", _deadlines),
)
