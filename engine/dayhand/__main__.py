"""`python -m dayhand`."""

from __future__ import annotations

from dayhand.cli import main

if __name__ == "__main__":
    main()
