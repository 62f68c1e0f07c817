"""Nothing leaves the machine without the gate that the catalogue gives: derived from every shipped routine.

The proof reads the routines as YAML and the steps' effects from the installed plugins, and nothing else
of dayhand: a `send` other than a notice to the owner has to stand behind a `person.approve`. Behind means:
the approval comes earlier on the only way to it, stops the run when declined (or what sends is skipped
then), and where the approval itself is skipped, what is sent is made of what is empty then.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass, field

import pytest
import yaml
from tests_support.installed import installed_catalogue

from dayhand.resources import shipped

ROUTINES = shipped("routines")
FACTS = json.loads((ROUTINES / "catalogue.json").read_text())["routines"]
FILES = sorted(ROUTINES.rglob("*.yaml"))
BODIES = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}
EFFECTS = {name: spec.effect for name, spec in installed_catalogue().steps.items()}
TO_THE_OWNER = {"email.notify_me"}


@dataclass
class Scope:
    """What holds on the way to a step: approvals passed, and conditions that let it be taken."""

    approvals: list[dict] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    """Each id seen so far, with the text of everything that it is made of."""


def sends(body):
    """Every send of a routine with its scope: `(step, scope)`."""
    scope = Scope()
    yield from _walk(body["steps"], scope)
    for block in ("on_failure", "finally"):  # taken also where the approval was not reached
        yield from _walk(body.get(block, []), Scope())


def _walk(steps, scope):
    for step in steps:
        inside = Scope(
            list(scope.approvals),
            [*scope.conditions, *[str(step[key]) for key in ("when", "for_each") if key in step]],
            scope.sources,
        )
        if step.get("uses") == "person.approve":
            scope.approvals.append(step)
        elif "steps" in step:
            yield from _walk(step["steps"], inside)
        elif "parallel" in step:
            for branch in step["parallel"]:
                branch_steps = branch if isinstance(branch, list) else branch.get("steps", [branch])
                yield from _walk(
                    branch_steps, Scope([*inside.approvals], inside.conditions, scope.sources)
                )
        elif "routine" in step:
            yield from _called(step, inside)
        elif EFFECTS.get(step.get("uses")) == "send":
            yield step, inside
        if isinstance(step.get("on_error"), list):
            yield from _walk(step["on_error"], inside)
        if "id" in step:
            scope.sources[step["id"]] = json.dumps(step, default=str)


def _called(step, inside):
    yield from _walk(
        BODIES[step["routine"]]["steps"], Scope([*inside.approvals], [*inside.conditions])
    )


def is_behind(scope):
    """Whether an approval stands before it on every way."""
    return any(_dominates(approval, scope) for approval in scope.approvals)


def _dominates(approval, scope):
    if approval.get("on_decline", "stop") == "continue":
        asked = f"steps.{approval['id']}.approved"
        if not any(
            re.search(rf"(?<!not ){re.escape(asked)}", one)
            and " or " not in one
            and f"not {asked}" not in one
            for one in scope.conditions
        ):
            return False
    if "when" not in approval:
        return True
    # skipped where there is nothing: what is sent has to be made of the very thing that is empty then
    needed = set(re.findall(r"steps\.(\w+)", str(approval["when"])))
    return bool(needed) and needed <= _made_of(" ".join(scope.conditions), scope.sources)


def _made_of(text, sources):
    found, todo = set(), set(re.findall(r"steps\.(\w+)", text))
    while todo:
        one = todo.pop()
        found.add(one)
        todo |= set(re.findall(r"steps\.(\w+)", sources.get(one, ""))) - found
    return found


def unguarded(body):
    return [
        step["uses"]
        for step, scope in sends(body)
        if step["uses"] not in TO_THE_OWNER and not is_behind(scope)
    ]


@pytest.mark.parametrize("name", sorted(BODIES))
def test_what_leaves_the_machine_is_behind_an_approval(name):
    assert unguarded(BODIES[name]) == []


@pytest.mark.parametrize(
    "name", sorted(n for n, f in FACTS.items() if f["gate"] == "auto" and n in BODIES)
)
def test_an_auto_routine_sends_nothing_but_notices_to_its_owner(name):
    assert [
        step["uses"] for step, _ in sends(BODIES[name]) if step["uses"] not in TO_THE_OWNER
    ] == []


@pytest.mark.parametrize(
    "name", sorted(n for n, f in FACTS.items() if f["gate"] == "draft" and n in BODIES)
)
def test_a_draft_routine_asks_a_person(name):
    text = json.dumps(BODIES[name], default=str)

    assert '"uses": "person.approve"' in text


def every_approval(steps, path=()):
    for place, step in enumerate(steps):
        here = (*path, place)
        if step.get("uses") == "person.approve":
            yield here
        for key in ("steps",):
            if key in step:
                yield from ((*found,) for found in every_approval(step[key], (*here, key)))


SENDING = sorted(
    name for name, body in BODIES.items()
    if [step for step, _ in sends(body) if step["uses"] not in TO_THE_OWNER]
)  # fmt: skip


@pytest.mark.parametrize("name", SENDING)
def test_without_its_approvals_a_sending_routine_is_found_out(name):
    """The proof can fail: take away each approval that guards, and it does."""
    body = copy.deepcopy(BODIES[name])
    for path in sorted(every_approval(body["steps"]), reverse=True):
        steps = body["steps"]
        for part in path[:-1]:
            steps = steps[part]
        del steps[path[-1]]

    assert unguarded(body) != []


@pytest.mark.parametrize("name", SENDING)
def test_an_approval_whose_refusal_nobody_heeds_is_found_out(name):
    text = json.dumps(BODIES[name], default=str)
    body = json.loads(re.sub(r"(steps\.\w+\.approved)", "true", text))
    for path in every_approval(body["steps"]):
        steps = body["steps"]
        for part in path[:-1]:
            steps = steps[part]
        steps[path[-1]]["on_decline"] = "continue"
        steps[path[-1]].setdefault("id", "asked")

    assert unguarded(body) != []


def test_every_shipped_routine_has_a_gate():
    assert set(BODIES) <= set(FACTS)


def test_the_facts_are_of_the_catalogues_39_and_their_numbers_are_complete():
    assert sorted(one["number"] for one in FACTS.values() if "number" in one) == list(range(1, 40))
    assert {one["gate"] for one in FACTS.values()} == {"auto", "draft"}
    assert {one["phi"] for one in FACTS.values()} == {0, 1, 2}
    there = sorted(name for name, one in FACTS.items() if name in BODIES and "number" in one)
    print(f"\n{len(there)} of 39 catalogue routines are shipped, and {len(set(BODIES) - set(there))} more;"
          f" {len(SENDING)} send: {', '.join(SENDING)}")  # fmt: skip
