from __future__ import annotations

import dayhand_ehr_export
import pytest

from dayhand import StepError

SETTINGS = {"ehr_export": {"charts": {"4711": "C-0001"}}}
EXPORT = "appointment,chart_no,from,to,state\n9001,4711,2026-11-23T09:00,2026-11-23T09:45,Kept\n"


def brought(practice_kit, text):
    kit = practice_kit([dayhand_ehr_export], settings=SETTINGS)
    (kit.files.root / "export.csv").write_text(text)
    return kit.run("ehr_export.sessions", path="export.csv")


def test_a_session_is_brought_with_its_client(practice_kit):
    (match,) = brought(practice_kit, EXPORT)["matches"]

    assert (match["client_id"], match["attendance"]) == ("C-0001", "attended")
    assert match["event"]["start"].isoformat() == "2026-11-23T09:00:00-05:00"


def test_what_cannot_be_read_is_told_with_its_line(practice_kit):
    found = brought(practice_kit, EXPORT + "9002,4712,2026-11-23T10:00,2026-11-23T10:45,Kept\n")

    assert found["skipped"] == [{"line": 3, "reason": "nobody has this chart number"}]


def test_another_file_is_refused(practice_kit):
    with pytest.raises(StepError, match="is no export"):
        brought(practice_kit, "a,b\n")
