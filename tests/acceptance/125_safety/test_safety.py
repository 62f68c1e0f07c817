"""120: a practice is backed up, lost with its machine, and restored on another; and who did what is told."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from dayhand.keys import find_key
from dayhand.store import sqlite


@pytest.fixture
def billed(sample, office):
    """The sample practice with a month invoiced and sent."""
    sample("run", "monthly-billing", "--as-of", "2026-11-02T09:00", expect=3)
    sample("answer", sample.question(), "--approve")
    assert office.messages
    return sample


def test_b03_b06_a_lost_machine_is_replaced_by_what_the_manual_says(billed, office, tmp_path):
    before, invoices = billed.rows(), billed("invoices", "list", "--json").json
    (tmp_path / "stick").mkdir()
    billed("key", "export", str(tmp_path / "stick/form.txt"), "--yes")
    billed("backup", str(tmp_path / "stick/lakeside.dhb"))
    shutil.rmtree(billed.folder)
    new = tmp_path / "machine"
    (new / "home").mkdir(parents=True)
    here = replace(billed, folder=new, home=new / "home")
    sent = len(office.messages)

    lost = here("restore", str(tmp_path / "stick/lakeside.dhb"), "--into", "lakeside", expect=2)
    here(
        "restore", str(tmp_path / "stick/lakeside.dhb"), "--into", "lakeside",
        "--key", str(tmp_path / "stick/form.txt"),
    )  # fmt: skip
    again = replace(here, folder=new / "lakeside")
    after = again.rows()
    ticked = again("tick", "--json").json

    assert "under the key" in lost.err
    assert "--key" in lost.err
    assert len(invoices) > 10
    assert again("invoices", "list", "--json").json == invoices
    changed = {"audit", "pauses"}
    assert {n: r for n, r in after.items() if n not in changed} == {
        n: r for n, r in before.items() if n not in changed
    }  # the counter of invoice numbers and what was sent among them
    assert after["audit"][: len(before["audit"])] == before["audit"]
    assert (ticked["begun"], len(office.messages)) == ([], sent)
    assert again("resume-schedule", "--all").out.startswith("everything goes on")


def test_l05_acts_of_plugins_are_noted_without_content(sample):
    acts = [
        ("clients", "list", "--reveal"),
        ("clients", "edit", "C-0001", "--email", "canary@client.example"),
        ("clients", "export", "clients.csv"),
        ("psychotherapy-notes", "write", "C-0001", "--text", "Canary dreamt of a lake"),
        ("psychotherapy-notes", "show", "P-000001"),
    ]

    for arguments in acts:
        sample(*arguments)
    listed = sample("audit", "list", "--limit", "500", "--json").json
    disclosed = sample("audit", "list", "--disclosures", "--limit", "500", "--json").json

    told = {one["action"].split()[0] for one in listed}
    # with the 13 kinds of the engine's own acts more than 15
    assert {"reveal", "edit", "export", "keep", "read", "load"} <= told
    assert {one["action"].split()[0] for one in disclosed} == {"export"}
    text = json.dumps(listed)
    assert "canary" not in text.lower()
    assert "dreamt" not in text
    assert sample("audit", "verify").out.startswith(f"{listed[0]['n']} entries")


def as_if_long_ago(practice):
    """Let every run have ended years ago."""
    key = find_key(practice.folder, None, environment=practice.environment)
    connection = sqlite.connect(practice.folder / ".dayhand/dayhand.db", key)
    connection.execute("UPDATE runs SET ended_at = '2019-01-01T00:00:00.000000+00:00'")
    connection.close()


def test_l09_the_accounting_of_disclosures_stays_when_old_runs_go(sample):
    sample(
        "disclosures", "add", "C-0001", "--recipient", "Dr. Ada Ruiz", "--information", "summary",
        "--basis", "required_by_law", "--on", "2021-01-04",
    )  # fmt: skip
    kept = sample("disclosures", "list", "--client", "C-0001", "--json").json

    sample.routine("quiet", "steps:\n  - uses: value.set\n    with: {x: 1}\n")
    sample("run", "quiet")
    as_if_long_ago(sample)

    gone = sample("prune", "--older-than", "1 day", "--yes", "--json").json

    assert (gone["removed"], sample("runs", "--json").json) == (1, [])
    assert len(kept) >= 1
    assert sample("disclosures", "list", "--client", "C-0001", "--json").json == kept
    noted = sample("audit", "list", "--disclosures", "--about", "C-0001", "--json").json
    assert [one["action"] for one in noted] == ["keep a disclosure about C-0001"]
    assert "Ruiz" not in json.dumps(noted)
