"""What the steps take and answer."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dayhand import Sensitive

__all__ = ["Draft", "Purpose", "SentMail"]

Purpose = Literal["billing", "reminders", "clinical", "office"]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SentMail(_Data):
    """What became of a message."""

    state: Literal["sent", "held"]
    """`held`: nothing was sent, because the client has not agreed to mail about this."""

    message_id: str = ""
    to: Sensitive[str] = ""
    refused: list[Sensitive[str]] = Field(default_factory=list)
    """Recipients the server refused. A message has one: refused, the step fails instead."""

    reason: str = ""
    server_reply: str = ""


class Draft(_Data):
    """A message written to a file, to be sent by hand."""

    state: Literal["draft", "held"]
    path: str = ""
    message_id: str = ""
    to: Sensitive[str] = ""
    reason: str = ""
