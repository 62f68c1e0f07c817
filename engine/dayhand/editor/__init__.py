"""What an editor is told of a routine while it is written: problems, completions, explanations, names.

Everything is a function of a text, a place in it and what is installed. The protocol that editors speak is
in `server`, which needs the extra `lsp`.
"""

from __future__ import annotations

from dayhand.editor._completion import Completion, completions
from dayhand.editor._edits import Edit, applied
from dayhand.editor._hover import hover
from dayhand.editor._names import RenameError, definition, name_at, rename, uses_of
from dayhand.editor._surroundings import Surroundings

__all__ = [
    "Completion",
    "Edit",
    "RenameError",
    "Surroundings",
    "applied",
    "completions",
    "definition",
    "hover",
    "name_at",
    "rename",
    "uses_of",
]
