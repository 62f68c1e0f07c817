"""210: the routines of collaboration, on the sample practice: what they make, and what stops them."""

from __future__ import annotations

import io
import shutil

import pypdf
import pytest
from tests_support.releases import let_it_last

TUESDAY = "2026-11-24"
VANCE = "Dr. Theodora Vance, psychiatrist"
LETTER = "2026-11-24-C-0012-dr-theodora-vance-psychiatrist.pdf"


def read(practice, path):
    content = (practice.folder / path).read_bytes()
    if not path.endswith(".pdf"):
        return content.decode()
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def letter(practice, client, *more, expect):
    return practice(
        "run", "coordination-letter", "--as-of", TUESDAY, "-i", f"client={client}",
        "-i", f"recipient={VANCE}", *more, expect=expect,
    )  # fmt: skip


def disclosures(practice):
    return practice("disclosures", "list", "--json").json


def test_releases_to_look_at_are_listed_by_initials(sample):
    sample("run", "roi-expiry-check", "--as-of", TUESDAY)

    page = read(sample, f"out/collaboration/releases-{TUESDAY}.md")
    rows = [line for line in page.splitlines() if line.startswith("| ") and " R-" in line]
    assert [row.split("|")[1].split()[1] for row in rows] == [
        "C-0018",
        "C-0017",
        "C-0005",
        "C-0001",
    ]
    assert "Defective" in rows[0]
    assert "does not say the purpose" in rows[0]
    assert "within 30 days" in rows[2]
    assert not [row[1] for row in sample.rows()["practice_clients"] if row[1] in page]
    initials = {
        row["id"]: row["initials"]
        for row in sample("clients", "list", "--status", "all", "--json").json
    }
    assert all(
        row.split("|")[1].split()[0] == initials[row.split("|")[1].split()[1]] for row in rows
    )


def test_a_paper_without_its_elements_is_listed_too(sample):
    sample("paperwork", "add", "C-0003", "roi", "--scope", "Dr. New", "--signed-on", "2026-11-01")

    sample("run", "roi-expiry-check", "--as-of", TUESDAY)

    assert "C-0003" in read(sample, f"out/collaboration/releases-{TUESDAY}.md")


def test_a_broken_rule_file_stops_the_check_and_is_named(sample):
    folder = sample.folder / "rules/collaboration"
    folder.mkdir(parents=True)
    (folder / "mine.json").write_text('{"id": "us-hipaa"}')

    told = sample("run", "roi-expiry-check", "--as-of", TUESDAY, expect=1)

    assert "rules/collaboration/mine.json is not a rule set" in told.out
    assert not (sample.folder / "out/collaboration").exists()


@pytest.fixture(scope="module")
def waiting(made, tmp_path_factory):
    """A practice in which a letter is drafted and waits for a person."""
    practice = copied(made["sample"], tmp_path_factory.mktemp("waiting") / "sample")
    let_it_last(practice, "R-000002")
    letter(practice, "C-0012", expect=3)
    assert not (practice.folder / "out/letters").exists()
    practice(
        "answer", practice.question(), "--set", "progress=She sleeps through most nights.", expect=3
    )
    assert "Draft: not sent" in read(practice, f"out/letters/drafts/{LETTER}")
    assert not list((practice.folder / "out/letters").glob("*.pdf"))
    return practice


@pytest.fixture
def drafted(waiting, tmp_path):
    return copied(waiting, tmp_path / "sample")


def copied(practice, folder):
    shutil.copytree(practice.folder, folder)
    return type(practice)(folder, practice.home)


def test_a_letter_that_a_person_releases_is_written_and_accounted_for(drafted):
    before = disclosures(drafted)

    drafted("answer", drafted.question(), "--approve", expect=3)
    (written,) = (drafted.folder / "out/letters").glob("*.pdf")
    drafted("answer", drafted.question(), "--set", "method=fax")

    text = read(drafted, f"out/letters/{written.name}")
    for part in ("Mei-Ling Zhou-Abernathy", "She sleeps through most nights.", "F43.12"):
        assert part in text
    assert "Draft" not in text
    (new,) = [row for row in disclosures(drafted) if row not in before]
    assert (new["client_id"], new["method"], new["release"], new["basis"]) == (
        "C-0012", "fax", "R-000002", "authorization",
    )  # fmt: skip
    assert drafted.files()[f"out/letters/{written.name}"] == new["document_sha256"]


def test_a_letter_that_is_declined_leaves_a_draft_and_no_disclosure(drafted):
    drafted("answer", drafted.question(), "--decline")

    assert drafted.last()["run"]["state"] == "declined"
    assert not list((drafted.folder / "out/letters").glob("*.pdf"))
    assert len(disclosures(drafted)) == 3


def test_a_release_revoked_while_the_letter_waits_stops_it(drafted):
    drafted("releases", "revoke", "R-000002")

    told = drafted("answer", drafted.question(), "--approve", expect=1)

    assert "release R-000002 was revoked" in told.out
    assert not list((drafted.folder / "out/letters").glob("*.pdf"))


def test_without_a_release_that_holds_nothing_of_the_client_is_read(sample):
    for client, said in (
        ("C-0017", "release R-000003 has expired"),
        ("C-0018", "release R-000004 is defective"),
        ("C-0016", "there is no release to this recipient"),
    ):
        told = letter(sample, client, expect=1)
        assert said in told.out
    ended = {step["path"] for step in sample.last()["steps"] if step["state"] == "done"}
    told = letter(sample, "C-0012", "-i", "information=medication", expect=1)

    assert ended == {"permission"}
    assert "does not cover: medication" in told.out
    assert not (sample.folder / "out/letters").exists()


def test_every_morning_the_clocks_of_requests_are_listed(sample):
    sample("run", "records-request", "--as-of", TUESDAY)

    page = read(sample, f"out/collaboration/requests-{TUESDAY}.md")
    assert "| Q-000001 | HB C-0009 | 2026-11-12 | 2026-12-12 | 18 |" in page
    assert not (sample.folder / "out/requests").exists()


def test_a_request_becomes_a_package_which_a_person_releases(sample):
    before = disclosures(sample)
    sample(
        "run",
        "records-request",
        "--as-of",
        TUESDAY,
        "-i",
        "request=Q-000001",
        "-i",
        "since=2026-05-24",
        expect=3,
    )
    assert "Draft: not sent" in read(sample, "out/requests/Q-000001/cover.pdf")
    assert disclosures(sample) == before

    sample("answer", sample.question(), "--approve", expect=3)
    sample("answer", sample.question(), "--set", "method=mail")

    cover = read(sample, "out/requests/Q-000001/cover.pdf")
    assert "Hyacinth Bellweather" in cover
    assert "Draft" not in cover
    package = read(sample, "out/requests/Q-000001/package.md")
    assert sample.files()["out/requests/Q-000001/notes.md"] in package
    (new,) = [row for row in disclosures(sample) if row not in before]
    assert (new["basis"], new["client_id"]) == ("individual", "C-0009")
    assert sample("requests", "list").out == "no requests are open\n"


def test_a_request_that_is_not_open_is_told(sample):
    told = sample("run", "records-request", "--as-of", TUESDAY, "-i", "request=Q-000009", expect=1)

    assert "there is no open request Q-000009" in told.out


def test_nothing_is_sent_and_what_may_leave_waits_for_a_person(sample):
    effects = {row["name"]: row["effect"] for row in sample("steps", "--json").json}
    texts = {
        file.stem: file.read_text() for file in (sample.folder / "routines/collaboration").iterdir()
    }

    assert set(texts) == {"roi-expiry-check", "coordination-letter", "records-request"}
    for name, text in texts.items():
        used = [line.split("uses:")[1].strip() for line in text.splitlines()
                if line.lstrip(" -").startswith("uses:")]  # fmt: skip
        assert "send" not in {effects[step] for step in used}
        if name != "roi-expiry-check":
            gate = used.index("person.approve")
            assert "draft: false" not in text[: text.index("person.approve")]
            assert used.index("collaboration.record_disclosure") > gate
