"""The composition root: puts a practice's parts together, each made when first asked for."""

from __future__ import annotations

from dayhand.app.application import App
from dayhand.app.book import Book, Entry

__all__ = ["App", "Book", "Entry"]
