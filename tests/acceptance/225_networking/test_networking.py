"""220: the routines of networking, on the sample practice: what they make, and what stops them."""

from __future__ import annotations

import email
import email.policy
import io

import pypdf
from tests_support.releases import let_it_last

FRIDAY = "2026-11-27T15:00"
TUESDAY = "2026-11-24T10:00"
NOTES = "out/network/notes"


def read(practice, path):
    content = (practice.folder / path).read_bytes()
    if not path.endswith(".pdf"):
        return content.decode()
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def referrals(practice):
    return {one["id"]: one for one in practice("referrals", "list", "--json").json}


def test_notes_to_the_network_go_out_edited_after_they_are_released(sample, office):
    sample("run", "network-followup", "--as-of", FRIDAY, expect=3)

    page = read(sample, "out/network/follow-up-2026-11-27.md")
    assert [line.split()[1] for line in page.splitlines() if line.startswith("| K-")] == [
        "K-000005", "K-000002", "K-000004", "K-000003", "K-000006",
    ]  # fmt: skip
    assert list(office.messages) == []
    edited = sample.folder / NOTES / "2026-11-27-K-000002.md"
    edited.write_text(edited.read_text().replace("I hope you are well.", "Thank you for Tuesday."))
    (sample.folder / NOTES / "2026-11-27-K-000004.md").unlink()

    sample("answer", sample.question(), "--approve")

    sent = [email.message_from_bytes(one, policy=email.policy.default) for one in office.messages]
    assert sorted(one["To"] for one in sent) == ["keita@clinic.example", "lindgren@clinic.example"]
    texts = [one.get_body(("plain",)).get_content() for one in sent]
    assert any("Thank you for Tuesday." in text for text in texts)
    clients = [row[1] for row in sample.rows()["practice_clients"]]
    assert not [name for name in clients if any(name in text for text in texts)]
    touches = sample.rows()["network_touches"]
    assert {row[1] for row in touches if row[2] == FRIDAY[:10]} == {"K-000002", "K-000005"}


def test_notes_that_are_declined_stay_where_they_are(sample, office):
    sample("run", "network-followup", "--as-of", FRIDAY, expect=3)

    sample("answer", sample.question(), "--decline")

    assert sample.last()["run"]["state"] == "declined"
    assert list(office.messages) == []


def test_a_note_that_is_no_note_any_more_stops_before_anything_is_sent(sample, office):
    sample("run", "network-followup", "--as-of", FRIDAY, expect=3)
    (sample.folder / NOTES / "2026-11-27-K-000002.md").write_text("Hello\n")

    told = sample("answer", sample.question(), "--approve", expect=1)

    assert "2026-11-27-K-000002.md is no note any more" in told.out
    assert list(office.messages) == []


def test_a_referral_is_acknowledged_only_under_a_release_and_asked_about_a_month_later(sample):
    let_it_last(sample, "R-000002")
    sample("run", "referral-loop", "--as-of", TUESDAY, expect=3)
    drafts = sample.folder / "out/network/thanks/drafts"
    assert [file.name for file in drafts.iterdir()] == ["2026-11-24-F-000002.pdf"]
    sample("answer", sample.question(), "--approve", expect=3)
    sample("answer", sample.question(), "--set", "method=fax", expect=3)
    sample("answer", sample.question(), "--decline", expect=3)  # the general thanks
    sample("answer", sample.question(), "--set", "outcome=started", expect=3)  # what became of one

    (letter,) = (sample.folder / "out/network/thanks").glob("*.pdf")
    text = read(sample, f"out/network/thanks/{letter.name}")
    assert "Mei-Ling Zhou-Abernathy" in text
    assert "Sent under release R-000002." in text
    general = read(sample, "out/network/thanks/drafts/2026-11-24-F-000004.pdf")
    assert "cannot tell you whether anybody has come" in general
    new = sample("disclosures", "list", "--since", "2026-11-20", "--json").json
    assert [(one["client_id"], one["release"], one["method"]) for one in new] == [
        ("C-0012", "R-000002", "fax")
    ]
    found = referrals(sample)
    acknowledged = {name: one["acknowledgement"] for name, one in found.items()}
    assert (acknowledged["F-000002"], acknowledged["F-000004"]) == ("written", "none")
    assert acknowledged["F-000003"] == ""  # no release: nothing was written, and it stays open
    assert [name for name, one in found.items() if one["outcome_on"] == "2026-11-24"] == [
        "F-000006"
    ]
    assert found["F-000002"]["outcome"] == ""  # nine days old: not asked about yet


def test_a_release_revoked_while_the_thanks_wait_stops_them(sample):
    sample("run", "referral-loop", "--as-of", TUESDAY, expect=3)
    sample("releases", "revoke", "R-000002")

    told = sample("answer", sample.question(), "--approve", expect=1)

    assert "release R-000002 was revoked" in told.out
    assert not list((sample.folder / "out/network/thanks").glob("*.pdf"))


def test_without_the_plugin_that_knows_releases_the_routine_is_told_and_not_run(sample):
    text = (sample.folder / "routines/networking/referral-loop.yaml").read_text()
    changed = text.replace("uses: collaboration.permission", "uses: colaboration.permission")
    (sample.folder / "routines/networking/referral-loop.yaml").write_text(changed)

    told = sample("run", "referral-loop", expect=2)

    assert "colaboration.permission" in told.text


def test_the_report_of_sources_shows_no_small_count_and_no_name(sample):
    sample("run", "referral-source-report", "--as-of", "2026-10-01")

    page = read(sample, "out/network/sources-2026-07-01-2026-09-30.md")
    assert "| website | 9 |" in page
    assert "| friend or family | hidden |" in page
    assert "| insurance directory | hidden |" in page  # else 18 - 9 - 6 would tell
    contacts = [one["name"] for one in sample("contacts", "list", "--json").json]
    assert not [name for name in contacts if name in page]
    assert "C-00" not in page


def test_the_directory_lists_what_is_to_be_verified_first(sample):
    sample("run", "directory-refresh", "--as-of", "2026-11-24")

    page = read(sample, "out/network/directory-2026-11-24.md")
    stale, _, rest = page.partition("## Verified")
    assert "verified 400 days ago; missing: insurance taken, availability" in stale
    assert "K-000001" in rest
    assert "518-555-0135" in read(sample, "out/network/directory-2026-11-24.pdf")


def test_a_broken_setting_stops_the_routines_and_is_named(sample):
    file = sample.folder / "practice.yaml"
    file.write_text(file.read_text() + "\nnetwork:\n  small_cell: 1\n")

    for routine in ("referral-source-report", "directory-refresh"):
        told = sample("run", routine, expect=1)
        assert "network.small_cell" in told.text
    assert not (sample.folder / "out/network").exists()
