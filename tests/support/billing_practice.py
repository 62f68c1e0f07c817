"""A fictional practice that bills, for the tests of dayhand_billing."""

from __future__ import annotations

import functools
import tempfile
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from dayhand.testing import PracticeKit

ZONE = "-05:00"


def client(number=17, **changes):
    """A fictional client as plain values."""
    return {
        "id": f"C-{number:04}",
        "name": f"Zoë Quist-{number}",
        "initials": f"Z.Q.{number}",
        "date_of_birth": "1988-03-14",
        "email": f"zoe{number}@client.example",
        "address": ["4 Elm Street", "Albany, NY 12207"],
        "region": "NY",
        "email_scopes": ["billing"],
        "wants_superbill": True,
        "diagnoses": [{"code": "F41.1", "effective_from": "2026-01-01"}],
    } | changes


def session(number=1, *, day="2026-10-05", hour=9, who=None, **changes):
    """A fictional attended session of 45 minutes as plain values."""
    start = datetime.fromisoformat(f"{day}T{hour:02}:00-04:00")
    minutes = changes.get("minutes", 45)
    return {
        "id": f"S-{number:04}",
        "client": who or client(),
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=minutes)).isoformat(),
        "minutes": minutes,
        "status": "attended",
        "service": "SVC-45",
        "service_name": "Individual session, 45 minutes",
        "fee": Decimal("150.00"),
    } | changes


@functools.cache
def _empty_database():
    with tempfile.TemporaryDirectory() as folder:
        kit = PracticeKit(Path(folder), plugins=["dayhand_billing"])
        kit.engine.dispose()
        return (Path(folder) / "test.sqlite").read_bytes()


class Billing:
    """A practice with the plugin, and short ways to work with it."""

    def __init__(self, folder, now="2026-11-02T09:00:00-05:00", info=None, **settings):
        folder.mkdir(exist_ok=True)
        place = folder / "test.sqlite"
        if not place.exists():  # made once and copied: creating tables waits for the disk
            place.write_bytes(_empty_database())
        self.kit = PracticeKit(
            folder,
            plugins=["dayhand_billing"],
            now=now,
            settings={"billing": settings},
            info=info,
        )
        sa.event.listen(
            self.kit.engine, "connect", lambda made, _: made.execute("PRAGMA synchronous = OFF")
        )
        self.folder = folder

    def run(self, name, **inputs):
        return self.kit.run(f"billing.{name}", **inputs)

    def draft(self, *sessions, **inputs):
        return self.run("draft", sessions=list(sessions), **inputs)

    def issue(self, *sessions, **inputs):
        """Draft and issue; the numbers."""
        return self.run("issue", drafts=self.draft(*sessions, **inputs)["ids"])["numbers"]

    def pay(self, amount, who="C-0017", **inputs):
        return self.run("record_payment", client_id=who, amount=Decimal(amount), **inputs)

    def balance(self, who="C-0017", **inputs):
        return self.run("balances", client_ids=[who], **inputs)[0]["balance"]

    def on(self, moment):
        """Move the clock to a moment."""
        self.kit.clock.move(datetime.fromisoformat(moment) - self.kit.clock.now())
        return self

    def select(self, table):
        with self.kit.engine.connect() as connection:
            return [
                dict(row)
                for row in connection.execute(sa.text(f"SELECT * FROM {table}")).mappings()
            ]

    def bytes_of(self, written):
        return (self.folder / written["path"]).read_bytes()

    def text_of(self, written):
        return (self.folder / written["path"]).read_text(encoding="utf-8")
