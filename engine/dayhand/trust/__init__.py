"""What strangers' plugins may touch: what they declare, what the owner has approved, what is enforced.

Nothing here imports a plugin. What is enforced and what is not, against code that means harm, is
told in `plugins/README.md`.
"""

from __future__ import annotations

from dayhand.trust.approvals import Approval, Approvals, Candidate
from dayhand.trust.bounds import Bounds, as_size
from dayhand.trust.declaration import Declaration
from dayhand.trust.guard import Guard, hold_all, unheld
from dayhand.trust.places import Places

__all__ = [
    "Approval",
    "Approvals",
    "Bounds",
    "Candidate",
    "Declaration",
    "Guard",
    "Places",
    "as_size",
    "hold_all",
    "unheld",
]
