"""Words of drafts: from files as they are now, or from the days of a git history."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from dayhand import Practice, UserError
from dayhand_writing.draft_text import READ, text_of
from dayhand_writing.models import DayCount
from dayhand_writing.settings import Project, WritingSettings

__all__ = ["count", "drafts_of", "word_count"]

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_MOST_COMMITS = 400
_TIMEOUT = 60  # seconds that one call of git may take


def word_count(text: str, *, markdown: bool = False) -> int:
    """The words of a text; of Markdown without its front matter, comments, and link targets."""
    if markdown:
        text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
        text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
        text = re.sub(r"(\[[^\]]*\])\([^)]*\)", r"\1", text)
    return len(_WORD.findall(text))


def _counted(name: str, data: bytes) -> int:
    text = "\n".join(line for _, line in text_of(name, data))
    return word_count(text, markdown=name.endswith((".md", ".markdown")))


def drafts_of(practice: Practice, project: Project) -> list[str]:
    """The files of a project in the practice folder, as paths in it."""
    root = practice.files.resolve(".")
    found = {
        path.relative_to(root).as_posix()
        for pattern in project.files
        for path in root.glob(pattern)
        if path.is_file() and not path.is_symlink() and path.suffix in READ
    }
    return sorted(path for path in found if not path.startswith("."))


def count(
    practice: Practice, settings: WritingSettings, names: Sequence[str], *, back: int
) -> list[DayCount]:
    """The words of projects today; of those in git, of each of the last days too."""
    counts: list[DayCount] = []
    for name in names:
        project = settings.project(name)
        if project.repository is not None:
            counts += _history(practice, name, project, back)
        else:
            words = sum(
                _counted(path, practice.files.read(path)) for path in drafts_of(practice, project)
            )
            counts.append(DayCount(project=name, on=practice.today, words=words))
    return counts


def _history(practice: Practice, name: str, project: Project, back: int) -> Iterator[DayCount]:
    """The words after the last commit of each day, in the practice's zone."""
    folder = Path(project.repository or ".").expanduser()
    since = practice.today - timedelta(days=back)
    lines = _git(folder, "log", f"-{_MOST_COMMITS}", "--format=%H %ct", "--", *_specs(project))
    zone = practice.now.tzinfo
    last: dict[date, str] = {}
    for line in lines.decode().splitlines():
        commit, _, seconds = line.partition(" ")
        day = datetime.fromtimestamp(int(seconds), zone).date()
        if since <= day <= practice.today:
            last.setdefault(day, commit)  # newest first
    for day in sorted(last):
        paths = _git(folder, "ls-tree", "-r", "-z", "--name-only", last[day]).decode().split("\0")
        wanted = [path for path in paths if path and _matches(path, project.files)]
        words = sum(_counted(path, _git(folder, "show", f"{last[day]}:{path}")) for path in wanted)
        yield DayCount(project=name, on=day, words=words, source="git")


def _specs(project: Project) -> list[str]:
    return [f":(glob){pattern}" for pattern in project.files]


def _matches(path: str, patterns: Sequence[str]) -> bool:
    if Path(path).suffix not in READ:
        return False
    return any(re.fullmatch(_as_regex(pattern), path) for pattern in patterns)


def _as_regex(pattern: str) -> str:
    """A glob as git reads it: `*` stays in its folder, `**/` is any folders."""
    parts = re.split(r"(\*\*/|\*|\?)", pattern)
    known = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return "".join(known.get(part, re.escape(part)) for part in parts)


def _git(folder: Path, *arguments: str) -> bytes:
    program = shutil.which("git")
    if program is None:
        raise UserError("git is not installed", hint="install it, or leave out 'repository'")
    command = [program, "-C", str(folder), "--no-pager", *arguments]
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=_TIMEOUT)  # noqa: S603 - no shell; the folder is the owner's setting
    except subprocess.TimeoutExpired as error:
        raise UserError(
            f"git took longer than {_TIMEOUT} seconds",
            hint="count in a smaller folder, or by files: see the plugin's manual",
        ) from error
    if done.returncode:
        told = (done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[0]
        raise UserError(
            f"git cannot read {folder}: {told}",
            hint="look whether it is a git repository, and whether you own it",
        )
    return done.stdout
