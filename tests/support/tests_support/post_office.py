"""The public fake mail server, by the name these tests know it by."""

from __future__ import annotations

from dayhand.testing import MailServer as PostOffice
from dayhand.testing import message_ids

__all__ = ["PostOffice", "message_ids"]
