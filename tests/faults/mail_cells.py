"""Cells of the matrix in which the mail server fails at one point of one conversation of three."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ground import Ground
from tests_support.post_office import PostOffice, message_ids

from dayhand.app import App, runs
from dayhand_email import delivery

SETTINGS = """
email:
  from: office@lakeside.example
  smtp: {host: 127.0.0.1, port: PORT, security: none, timeout: 1 minute}
"""
SILENCE = 3.0
"""Seconds that are waited for a server that falls silent; the product waits minutes."""
PEOPLE = ("ana@example.org", "bo@example.org", "cy@example.org")
ROUTINE = f"""
steps:
  - id: mails
    for_each: "{list(PEOPLE)}"
    as: address
    uses: email.send
    with: {{to: "${{{{ address }}}}", purpose: office, subject: Hello, body: Good day.}}
    retry: {{attempts: 2, first: 1 ms}}
    on_error: continue
"""


def usual() -> None:
    """Ask soon again, and wait as long as the product for a server that is only slow."""
    delivery.GREYLIST_SECONDS = 0.01


def impatient() -> None:
    """Do not wait for minutes: for where the server says nothing any more."""
    honest = delivery.server_of

    def server_of(practice: Any) -> delivery.Server:
        return replace(honest(practice), timeout=SILENCE, dot_timeout=SILENCE)

    delivery.server_of = server_of
    usual()


def run_cells(work: Path, cells: list[dict[str, Any]]) -> Any:
    """The result of each cell."""
    with PostOffice(work / "mail") as office:
        ground = Ground(work, office, SETTINGS, ROUTINE)
        ground.fresh()
        yield ground.fork(lambda app: ground.pursue(app) | final(ground, app), usual)
        for cell in cells:
            yield cell | one(ground, cell["fault"], cell["visit"])


def one(ground: Ground, fault: str, visit: int) -> dict[str, Any]:
    ground.fresh()
    point, _, how = fault.partition(" ")
    ground.office.fails(point, how, visit=visit)

    def first(app: App) -> dict[str, Any]:
        run = runs.go_on(app, runs.create(app, "r", inputs={}).id)
        return {"then": run.state, "arrived": len(ground.office.messages), **items(app)}

    told = ground.fork(first, impatient if how == "silent" else usual)
    found = ground.fork(lambda app: ground.pursue(app) | final(ground, app), usual)
    return {**told, **found}


def items(app: App) -> dict[str, Any]:
    """How each message of the batch stands."""
    effects = {effect.path: effect.state for effect in app.store.effects()}
    steps = {step.path: step.state for step in app.store.steps(app.store.runs(limit=1)[0].id)}
    paths = [f"mails[{number}]" for number in range(len(PEOPLE))]
    return {"items": [effects.get(path, steps.get(path, "none")) for path in paths]}


def final(ground: Ground, app: App) -> dict[str, Any]:
    """What the server has of each person's, and what dayhand believes."""
    messages = ground.office.messages
    store = app.store
    believed = sum(effect.state == "done" for effect in store.effects())
    return {
        "mail": [sum(person.encode() in message for message in messages) for person in PEOPLE],
        "twice": len(messages) - len(set(message_ids(messages))),
        "believed": believed,
        "open": len(store.questions()),
        "visits": ground.office.visits,
    }
