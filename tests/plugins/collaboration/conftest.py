"""A practice with releases."""

from __future__ import annotations

import io

import pypdf
import pytest
from click.testing import CliRunner

from dayhand import UserError
from dayhand.testing import PracticeKit
from dayhand_collaboration import dayhand_commands

VANCE = "Dr. Theodora Vance"
WHOLE = {
    "client_id": "C-0012",
    "initials": "MZ",
    "information": ["attendance", "diagnosis", "treatment_plan", "progress", "measures", "risk"],
    "description": "Dates of sessions, diagnosis, goals and progress",
    "discloser": "Jane Doe, LCSW",
    "recipient": VANCE,
    "recipient_address": "Vance Psychiatry; 31 Canal Street",
    "purpose": "Coordination of care",
    "expires_on": "2027-04-23",
    "signed_on": "2026-04-23",
    "signed_by": "client",
    "says_revocation": True,
    "says_conditions": True,
    "says_redisclosure": True,
}


@pytest.fixture
def make_kit(tmp_path):
    def make(now="2026-11-24T09:00-05:00", **settings):
        return PracticeKit(
            tmp_path,
            plugins=["dayhand_collaboration"],
            settings={"collaboration": settings},
            now=now,
        )

    return make


@pytest.fixture
def kit(make_kit):
    return make_kit()


@pytest.fixture
def release(kit):
    def keep(**changes):
        return kit.run("collaboration.record_release", release=WHOLE | changes)

    return keep


@pytest.fixture
def say(kit):
    groups = {group.name: group for group in dayhand_commands()}

    def run(group, *arguments, code=0, typed=None):
        result = CliRunner().invoke(
            groups[group], arguments, obj=kit.context("collaboration"), input=typed
        )
        if isinstance(result.exception, UserError):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    return run


@pytest.fixture
def text_of(kit):
    def read(path):
        content = kit.files.read(path)
        if not path.endswith(".pdf"):
            return content.decode()
        reader = pypdf.PdfReader(io.BytesIO(content))
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
        return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)

    return read
