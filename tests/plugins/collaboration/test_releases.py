"""A release holds if it has its elements and has not ended; else it is told why not."""

from __future__ import annotations

import json
from datetime import date

import jsonschema
import pytest

from dayhand import UserError
from dayhand_collaboration.models import Release
from dayhand_collaboration.rule_set import SHIPPED, Rules, RuleSet, json_schema, rules_of
from dayhand_collaboration.validity import months_after, with_state

WHOLE = {
    "client_id": "C-0012",
    "information": ["progress"],
    "description": "Progress",
    "discloser": "Jane Doe, LCSW",
    "recipient": "Dr. Theodora Vance",
    "purpose": "Coordination of care",
    "expires_on": "2027-04-23",
    "signed_on": "2026-04-23",
    "signed_by": "client",
    "says_revocation": True,
    "says_conditions": True,
    "says_redisclosure": True,
}
HIPAA = Rules((RuleSet.model_validate_json((SHIPPED / "us-hipaa.json").read_text()),))


def ask(kit, *information, recipient="Dr. Theodora Vance", client="C-0012"):
    return kit.run(
        "collaboration.permission",
        client_id=client,
        recipient=recipient,
        information=list(information),
    )


def test_a_release_with_its_elements_holds(release):
    kept = release()

    assert (kept["id"], kept["state"], kept["defects"], kept["days_left"]) == (
        "R-000001",
        "valid",
        [],
        150,
    )


@pytest.mark.parametrize(
    ("change", "defect"),
    [
        ({"information": []}, "does not describe the information"),
        ({"description": ""}, "does not describe the information"),
        ({"purpose": ""}, "does not say the purpose"),
        ({"expires_on": None}, "has no expiry date or event"),
        ({"signed_on": None}, "is not signed, or not dated"),
        ({"signed_by": ""}, "is not signed, or not dated"),
        ({"signed_by": "representative"}, "does not say on what ground the representative signs"),
        ({"says_revocation": False}, "does not say how it can be revoked"),
        ({"says_conditions": False}, "does not say whether treatment depends on it"),
        ({"says_redisclosure": False}, "does not say that the information may be disclosed again"),
        ({"information": ["progress", "psychotherapy_notes"]}, "joins psychotherapy notes with other information"),
    ],
)  # fmt: skip
def test_each_element_that_is_missing_makes_it_defective(release, kit, change, defect):
    kept = release(**change)

    assert (kept["state"], kept["defects"]) == ("defective", [defect])
    answer = ask(kit, "attendance")
    assert answer["allowed"] is False
    assert defect in answer["reasons"][0]


def test_a_representative_with_authority_and_an_event_are_enough(release):
    kept = release(signed_by="representative", authority="mother of the minor", expires_on=None,
                   expires_event="end of treatment")  # fmt: skip

    assert kept["state"] == "valid"


def test_who_may_disclose_is_the_clinician_where_the_form_does_not_say(release):
    assert release(discloser="")["discloser"] == "Jane Doe, LCSW"
    assert with_state(Release(client_id="C-1", recipient="x"), HIPAA, date(2026, 1, 1)).defects[
        1
    ] == ("does not say who may disclose")


@pytest.mark.parametrize(
    ("on", "state", "left"),
    [
        ("2027-04-23", "expired", 0),
        ("2027-04-22", "expiring", 1),
        ("2027-03-24", "expiring", 30),
        ("2027-03-23", "valid", 31),
        ("2026-04-23", "valid", 365),
        ("2026-04-22", "defective", 366),
    ],
)
def test_it_holds_from_its_signature_up_to_the_day_before_it_expires(on, state, left):
    found = with_state(Release.model_validate(WHOLE), HIPAA, date.fromisoformat(on), [30, 14, 0])

    assert (found.state, found.days_left) == (state, left)


def test_it_ends_with_its_event_or_when_it_is_taken_back(release, say):
    release(expires_on=None, expires_event="end of treatment")
    release(recipient="Northgate")

    assert (
        say("releases", "ended", "r-000001", "--on", "2026-11-20")
        == "R-000001 has ended on 2026-11-20\n"
    )
    assert say("releases", "revoke", "R-000002") == "R-000002 is revoked since 2026-11-24\n"

    rows = json.loads(say("releases", "list", "--json"))
    assert [row["state"] for row in rows] == ["ended", "revoked"]
    with pytest.raises(UserError, match="was revoked on 2026-11-24"):
        say("releases", "revoke", "R-000002")
    with pytest.raises(UserError, match="no release R-9"):
        say("releases", "revoke", "R-9")


def test_a_revocation_counts_for_what_goes_out_whatever_day_the_run_is_about(release, say, kit):
    release()
    say("releases", "revoke", "R-000001", "--on", "2026-12-01")

    assert ask(kit, "progress")["reasons"] == ["release R-000001 was revoked"]


def test_the_cap_of_a_state_counts_where_its_rules_are_chosen(make_kit):
    kit = make_kit(rule_sets=["us-hipaa", "us-tx-insurance"])
    long = WHOLE | {"expires_on": "2028-04-24"}

    kept = kit.run("collaboration.record_release", release=long)
    right = kit.run("collaboration.record_release", release=WHOLE | {"expires_on": "2028-04-23"})

    assert kept["defects"] == ["lasts longer than 24 months"]
    assert right["state"] == "valid"


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [("2026-01-31", 1, "2026-02-28"), ("2024-02-29", 12, "2025-02-28"), ("2026-11-30", 3, "2027-02-28"),
     ("2026-12-01", 1, "2027-01-01"), ("2026-05-31", 24, "2028-05-31")],
)  # fmt: skip
def test_months_later_is_the_same_day_or_the_last(day, months, then):
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(then)


# Permission -------------------------------------------------------------------------------------


def test_what_a_release_covers_may_go_to_its_recipient_and_to_no_other(release, kit):
    release()

    allowed = ask(kit, "progress", recipient="dr.  theodora VANCE")
    assert (allowed["allowed"], allowed["release"], allowed["purpose"]) == (
        True, "R-000001", "Coordination of care",
    )  # fmt: skip
    assert ask(kit, "medication")["reasons"] == ["release R-000001 does not cover: medication"]
    assert ask(kit, "progress", recipient="Dr. Other")["reasons"] == [
        "there is no release to this recipient"
    ]
    assert ask(kit, "progress", client="C-0013")["allowed"] is False


def test_a_release_of_the_record_covers_all_but_psychotherapy_notes(release, kit):
    release(information=["record"])

    assert ask(kit, "progress", "medication")["allowed"] is True
    assert ask(kit, "psychotherapy_notes")["allowed"] is False


def test_psychotherapy_notes_need_a_form_of_their_own(release, kit):
    release(information=["psychotherapy_notes"])

    assert ask(kit, "psychotherapy_notes")["allowed"] is True
    assert ask(kit, "progress")["allowed"] is False


def test_a_later_release_that_holds_is_found_beside_one_that_does_not(release, kit):
    release(signed_on="2025-01-01", expires_on="2026-01-01")
    release(signed_on="2026-06-01")

    assert ask(kit, "progress")["release"] == "R-000002"


def test_under_part_2_only_a_release_that_says_so_counts(release, kit, say):
    release()
    say("releases", "part-two", "c-0012", "--since", "2026-02-01")

    assert ask(kit, "progress")["reasons"] == [
        "release R-000001 does not cover records under 42 CFR part 2"
    ]
    release(part2=True)
    answer = ask(kit, "progress")
    assert (answer["allowed"], answer["part2"]) == (True, True)
    assert answer["notice"].startswith("42 CFR part 2 prohibits unauthorized use")
    assert say("releases", "part-two") == "C-0012 since 2026-02-01\n"


# The check --------------------------------------------------------------------------------------


def test_the_check_tells_what_to_look_at_the_most_pressing_first(release, kit):
    release()  # holds
    release(recipient="A", expires_on="2026-12-08")  # in 14 days
    release(recipient="B", expires_on="2026-12-12")  # in 18
    release(recipient="C", expires_on="2026-11-24")  # today
    release(recipient="D", purpose="")
    release(recipient="E", expires_on="2026-06-01")  # long ago
    papers = [{"id": "D-000009", "client_id": "C-0012", "initials": "MZ", "kind": "roi", "scope": "F"},
              {"id": "D-000010", "client_id": "C-0012", "kind": "roi", "scope": "dr. theodora vance"}]  # fmt: skip

    found = kit.run("collaboration.check", papers=papers)

    told = [(one["recipient"], one["state"], one["within"]) for one in found["items"]]
    assert told == [
        ("D", "defective", None),
        ("F", "unrecorded", None),
        ("C", "expired", None),
        ("A", "expiring", 14),
        ("B", "expiring", 30),
    ]
    assert found["valid"] == 1


def test_one_that_ended_is_not_told_while_a_later_one_holds(release, kit):
    release(signed_on="2025-11-01", expires_on="2026-11-01")
    assert [one["state"] for one in kit.run("collaboration.check")["items"]] == ["expired"]

    release(signed_on="2026-11-02")

    assert kit.run("collaboration.check")["items"] == []


def test_the_list_has_no_name_of_a_client_and_prints_its_rules(release, kit, text_of):
    release(purpose="")

    done = kit.run("collaboration.check_page", check=kit.run("collaboration.check"))

    assert done["path"] == "out/collaboration/releases-2026-11-24.md"
    for text in (text_of(done["path"]), text_of(done["pdf"])):
        for part in ("MZ C-0012 R-000001", "does not say the purpose", "45 CFR 164.508(c)", "as of 2024",
                     "us-hipaa is not verified"):  # fmt: skip
            assert part in text


# Rules ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.json")), ids=lambda file: file.stem)
def test_a_shipped_rule_file_is_valid_and_says_where_it_is_from(file):
    schema = json.loads((SHIPPED.parent / "rules.schema.json").read_text())
    content = json.loads(file.read_text())

    jsonschema.Draft202012Validator(schema).validate(content)
    assert schema == json_schema()
    assert content["id"] == file.stem
    assert content["sources"]


def test_the_practice_replaces_a_rule_from_its_day_on(kit, say):
    folder = kit.files.root / "rules/collaboration"
    folder.mkdir(parents=True)
    content = json.loads((SHIPPED / "us-hipaa.json").read_text())
    content |= {"access_days": 15, "valid_from": "2026-11-20"}
    (folder / "mine.json").write_text(json.dumps(content))
    practice = kit.context("collaboration")

    assert rules_of(practice, date(2026, 11, 19)).access_days == 30
    assert rules_of(practice, date(2026, 11, 20)).access_days == 15
    assert "2026-12-09" in say("requests", "add", "C-0012", "--scope", "all")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "is not a rule set"),
        ("{", "is not JSON"),
        ('{"id": "x"}', "is not a rule set"),
    ],
)
def test_a_wrong_rule_file_is_told(kit, text, said):
    folder = kit.files.root / "rules/collaboration"
    folder.mkdir(parents=True)
    (folder / "wrong.json").write_text(text)

    with pytest.raises(UserError, match=said):
        rules_of(kit.context("collaboration"))


def test_a_rule_set_that_is_not_known_or_says_nothing_is_told(make_kit):
    with pytest.raises(UserError, match="'nope' is not known"):
        rules_of(make_kit(rule_sets=["nope"]).context("collaboration"))
    empty = rules_of(make_kit(rule_sets=["us-tx-insurance"]).context("collaboration"))
    for name in (
        "access_days",
        "access_extension_days",
        "accounting_days",
        "accounting_years",
        "part2_notice",
    ):
        with pytest.raises(UserError, match="no rule set of the practice"):
            getattr(empty, name)
    assert empty.not_accounted == set()


# Files and commands -----------------------------------------------------------------------------


def test_what_was_exported_imports_into_the_same_releases(release, say, kit, tmp_path):
    release(purpose="=1+1")
    release(recipient="Northgate", information=["record"], revoked_on="2026-11-01")

    assert say("releases", "export", str(tmp_path / "r.csv")).startswith("wrote ")
    assert say("releases", "import", "r.csv") == "0 new, 0 changed, 2 unchanged\n"
    assert "'=1+1" in say("releases", "export")
    assert kit.audit[-1] == "export releases"


def test_a_file_is_taken_in_whole_or_not_at_all(kit):
    (kit.files.root / "r.csv").write_text(
        "client_id,recipient,expires_on\nC-0001,Dr. A,2027-01-01\nC-0002,Dr. B,soon\nx,Dr. C,\n"
    )

    with pytest.raises(UserError, match="2 rows cannot be read, nothing was imported") as caught:
        kit.run("collaboration.import_csv", kind="releases", file="r.csv")

    assert "line 3: expires_on" in caught.value.hint
    assert "line 4: client_id" in caught.value.hint
    assert kit.run("collaboration.releases") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [("client_id\n", "missing recipient"), ("client_id,recipient,who\n", "unknown 'who'"), ('"x', "well-formed"),
     ("client_id,recipient\nC-1,a,b\n", "1 row cannot be read")],
)  # fmt: skip
def test_a_file_of_another_kind_is_told(kit, text, said):
    (kit.files.root / "r.csv").write_text(text)

    with pytest.raises(UserError) as caught:
        kit.run("collaboration.import_csv", kind="releases", file="r.csv")

    assert said in f"{caught.value.message} {caught.value.hint}"


def test_recipients_are_hidden_until_asked_for(release, say, kit):
    release()

    assert "Vance" not in say("releases", "list") + say("releases", "list", "--json") + say(
        "releases", "show", "R-000001"
    )
    assert kit.audit == []
    assert "Vance" in say("releases", "list", "--reveal")
    assert "Vance" in say("releases", "show", "r-000001", "--reveal")
    assert kit.audit == ["reveal releases", "reveal release r-000001"]
    assert "all releases hold" in say("releases", "check")


def test_a_release_is_added_and_what_it_lacks_is_told(say):
    told = say("releases", "add", "C-0012", "--information", "progress", "--signed-on", "2026-11-20",
               "--signed-by", "client", "--says-revocation", typed="Dr. Vance\n")  # fmt: skip

    assert "R-000001 is defective" in told
    assert "does not say the purpose" in told
    assert "does not say the purpose" in say("releases", "show", "R-000001")
    assert "defective" in say("releases", "check")
    with pytest.raises(UserError, match="client_id"):
        say("releases", "add", "nobody", "--recipient", "x")
    assert "no client is marked" in say("releases", "part-two")
