"""A routine drawn: boxes and arrows from top to bottom, as SVG or in characters.

A routine is a series of steps, groups, loops and branches, one inside the other, so its drawing needs no
layout of graphs: each block is as large as what is in it, and is put below, or beside, the one before.
"""

from __future__ import annotations

from dayhand.drawing._picture import Block, picture
from dayhand.drawing._svg import as_svg
from dayhand.drawing._text import as_text

__all__ = ["Block", "as_svg", "as_text", "picture"]
