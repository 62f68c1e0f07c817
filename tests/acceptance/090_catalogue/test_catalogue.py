"""090: `dayhand steps`, `schema`, `plugins` and `doctor` say what is there and how it stands."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from click.testing import CliRunner

from dayhand.app import App
from dayhand.cli import cli
from dayhand.settings import Settings
from dayhand.testing import FrozenClock


def test_every_step_is_listed_and_explained(nowhere):
    listed = nowhere("steps").out
    explained = nowhere("steps", "billing.draft").out
    of_one_plugin = nowhere("steps", "billing", "--json").json

    assert "billing.draft" in listed
    assert "billing.draft  (record, from billing)" in explained
    assert "sessions: list of Session  (required)" in explained
    assert all(step["name"].startswith("billing.") for step in of_one_plugin)
    assert "\n\nSession:\n  id: text  (required)\n  client: Client  (required)\n" in explained
    assert "\n\nClient:\n  id: text  (required)\n" in explained
    assert "\n\nDraftInvoice:\n  id: text\n" in explained
    assert explained.count("\nSession:") == 1
    assert "did you mean 'billing.draft'?" in nowhere("steps", "billing.draf", expect=2).err


def test_the_schema_is_printed_and_written_where_editors_look(bare):
    printed = bare("schema").out
    bare("schema", "--write")

    written = (bare.folder / ".dayhand/routine.schema.json").read_text()
    assert json.loads(printed) == json.loads(written)
    assert "billing.draft" in written
    assert "timezone" in str(json.loads(bare("schema", "--of", "practice").out))


def test_plugins_are_listed_with_their_state(nowhere):
    found = {plugin["name"]: plugin for plugin in nowhere("plugins", "--json").json}

    assert set(found) >= {"billing", "calendar", "education", "email", "journal", "practice"}
    assert {plugin["state"] for plugin in found.values()} == {"loaded"}
    assert "billing.draft" in found["billing"]["steps"]
    assert "billing" in nowhere("plugins").out


def test_the_doctor_finds_a_healthy_practice_healthy(sample):
    evening = FrozenClock(datetime(2026, 11, 24, 18, tzinfo=ZoneInfo("America/New_York")))
    app = App(Settings(sample.environment, sample.folder, sample.folder), clock=evening)

    told = json.loads(CliRunner().invoke(cli, ["doctor", "--json"], obj=app).stdout)

    assert [one for one in told if one["level"] == "failure"] == []


def test_the_doctor_tells_what_is_wrong_and_goes_on(bare):
    bare.routine("broken", "steps:\n  - uses: value.sett\n")
    bare.settings("currency: USD", "currency: usd")
    (bare.folder / "practice.yaml").chmod(0o644)

    told = bare("doctor", expect=1).out

    assert "practice.yaml has 1 mistake\n" in told
    assert "'broken' has 1 mistake\n" in told
    assert "others on this machine can read practice.yaml" in told
    assert "✓ clock" in told


def test_the_doctor_outside_a_practice_says_so_once(nowhere):
    told = nowhere("doctor", expect=1)

    assert "✓ installation" in told.out
    assert told.text.count("there is no practice here") == 1


def test_a_practice_without_its_key_is_not_opened(bare, tmp_path):
    bare.home = tmp_path / "another-home"
    bare.home.mkdir()
    before = bare.files()

    told = bare("runs", expect=None)

    assert told.code == 2
    assert "the key of the database is not here" in told.err
    assert bare.files() == before
