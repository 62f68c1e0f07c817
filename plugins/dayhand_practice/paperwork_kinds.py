"""What papers a practice keeps of a client; a module of its own, for the settings need no more."""

from __future__ import annotations

from typing import Literal

__all__ = ["PaperworkKind"]

PaperworkKind = Literal[
    "consent_treatment",
    "consent_telehealth",
    "npp_receipt",
    "fee_agreement",
    "no_show_policy",
    "roi",
    "gfe",
    "treatment_plan",
    "emergency_contact",
    "email_consent",
]
"""What a practice keeps on file of a client. `npp_receipt` is the receipt of the notice of privacy
practices, `roi` a release of information, `gfe` a good-faith estimate."""
