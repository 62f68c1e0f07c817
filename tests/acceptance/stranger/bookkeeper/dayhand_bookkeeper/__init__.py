"""Invoices posted to a bookkeeping service, each once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from dayhand import (
    Confirmation,
    Effect,
    Intent,
    NotSent,
    Preview,
    Secret,
    Settings,
    Shipped,
    Step,
    StepContext,
    StepError,
    hookimpl,
    step,
)


class BookkeeperSettings(BaseModel):
    """The section `bookkeeper` of practice.yaml."""

    service: str = Field("", description="The address that entries are posted to.")
    token: Secret | None = Field(None, description="Shown to the service.")


class Invoice(BaseModel):
    """What is posted: nothing that names a client."""

    number: str
    issued_on: date
    amount: Decimal
    client_id: str = ""


class Entry(BaseModel):
    """An entry in the books."""

    entry: int
    number: str


@step("bookkeeper.post", effect=Effect.SEND, summary="Post an invoice to the books", intends=True)
async def post(context: StepContext, *, invoice: Invoice) -> Entry:
    """Post an invoice to the bookkeeping service.

    Args:
        invoice: as `billing.issue` gives it.
    """
    told = invoice.model_dump(mode="json")
    ask = _asker(context)
    await context.intend({"number": invoice.number})
    answer = await asyncio.to_thread(ask, "POST", context.key, told)
    return Entry(entry=answer["entry"], number=invoice.number)


@post.preview
def _(context: StepContext, *, invoice: Invoice) -> Preview:
    told = f"would post {invoice.number}, {invoice.amount}"
    return Preview(told, output={"entry": 0, "number": invoice.number})


@post.confirm
async def _(context: StepContext, intent: Intent) -> Confirmation:
    try:
        answer = await asyncio.to_thread(_asker(context), "GET", intent.key, None)
    except (NotSent, OSError) as error:
        return Confirmation.unclear(f"the service cannot be asked: {type(error).__name__}")
    if answer["entry"] is None:
        return Confirmation.no()
    return Confirmation.yes({"entry": answer["entry"], "number": intent.details["number"]})


def _asker(context: StepContext) -> Any:
    """Asks the service, with all that is needed from the context already in hand."""
    import urllib.error
    import urllib.request

    settings = context.settings
    if not settings.service:
        raise StepError("no service is named", hint="set bookkeeper.service in practice.yaml")
    headers = {"Content-Type": "application/json"}
    if settings.token is not None:
        headers["Authorization"] = f"Bearer {context.secret(settings.token)}"

    def ask(method: str, key: str, told: Any) -> dict[str, Any]:
        request = urllib.request.Request(
            settings.service,
            data=None if told is None else json.dumps(told).encode(),
            headers={**headers, "Idempotency-Key": key},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found: dict[str, Any] = json.loads(answer.read(65536))
                return found
        except urllib.error.URLError as error:
            if isinstance(error.reason, ConnectionRefusedError):
                raise NotSent("the books cannot be reached", retryable=True) from error
            raise

    return ask


@hookimpl
def dayhand_steps() -> Iterable[Step]:
    return [post]


@hookimpl
def dayhand_settings() -> Settings:
    return Settings("bookkeeper", lambda: BookkeeperSettings)


@hookimpl
def dayhand_shipped() -> Shipped:
    return Shipped(examples=Path(__file__).parent / "examples")
