"""A note that was written by hand, to be signed: no step writes one."""

from __future__ import annotations

from datetime import timedelta

from dayhand import Practice
from dayhand_journal import note_store
from dayhand_practice.vocabulary import Session


def prepare(practice: Practice) -> None:
    """Keep the note N-000001 with something written in it."""
    begin = practice.now - timedelta(days=1)
    session = Session.model_validate(
        {
            "id": "S-0",
            "client": {
                "id": "C-0001",
                "name": "Marisol Quintanilla-Featherstone",
                "initials": "MQ",
            },
            "start": begin,
            "end": begin + timedelta(minutes=45),
            "minutes": 45,
            "status": "attended",
        }
    )
    with practice.transaction("write an example's note") as connection:
        note_store.stub(connection, session)
        note_store.write(connection, "N-000001", {"plan": "Breathing, twice a day, and a walk."})
