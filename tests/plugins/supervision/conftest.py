"""A practice with a track of supervised hours."""

from __future__ import annotations

import io

import pypdf
import pytest
from click.testing import CliRunner

from dayhand import UserError
from dayhand.testing import PracticeKit
from dayhand_supervision import dayhand_commands

TRACK = {
    "rule_set": "us-ca-lmft",
    "setting": "County clinic",
    "supervisor": "Dr. Ada Ruiz",
    "services": {"SVC-FAM": "direct_couple_family_child"},
}
SETTINGS = {
    "tracks": {"lmft": TRACK},
    "supervisors": {"Dr. Ada Ruiz": {"licence": "LMFT", "number": "45678"}},
    "workplaces": {"County clinic": "community_mental_health"},
}


@pytest.fixture
def make_kit(tmp_path):
    def make(now="2026-11-24T18:00-05:00", track=None, **settings):
        section = SETTINGS | {"tracks": {"lmft": TRACK | (track or {})}} | settings
        return PracticeKit(
            tmp_path, plugins=["dayhand_supervision"], settings={"supervision": section}, now=now
        )

    return make


@pytest.fixture
def kit(make_kit):
    return make_kit()


@pytest.fixture
def say(kit):
    (command,) = dayhand_commands()

    def run(*arguments, code=0, typed=None):
        result = CliRunner().invoke(command, arguments, obj=kit.context("supervision"), input=typed)
        if isinstance(result.exception, UserError):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    return run


@pytest.fixture
def keep(kit):
    def run(day, minutes, category="direct_individual", **more):
        return kit.run(
            "supervision.record", on=day, length=f"{minutes} minutes", category=category, **more
        )

    return run


def pdf_text(kit, path):
    reader = pypdf.PdfReader(io.BytesIO(kit.files.read(path)))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


@pytest.fixture
def text_of(kit):
    return lambda path: pdf_text(kit, path)
