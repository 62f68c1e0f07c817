"""What a plugin sees, all of it as names of `dayhand`: a module for each part, loaded when it is needed.

`step` is how a step is declared; `value_types` what its inputs and outputs are made of; `context` what
it is handed; `sending` what is said about one that sends; `declarations` what a plugin brings besides.
"""

from __future__ import annotations

__all__ = ["API_VERSION"]

API_VERSION = 1
"""The version of the plugin API; raised when something a plugin relies on is removed."""
