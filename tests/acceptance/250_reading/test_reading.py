"""250: the routines of reading, on the sample practice: what they make, and what stops them."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

SUNDAY, MONDAY = "2026-11-22", "2026-11-23"
NOTES = "out/reading/notes"


def fill(practice, item, day="2026-11-20", minutes="45", reflection="I will ask sooner."):
    place = practice.folder / NOTES / f"{item}.md"
    text = (
        place.read_text()
        .replace("finished_on:", f"finished_on: {day}")
        .replace("minutes:", f"minutes: {minutes}")
    )
    place.write_text(text.replace("## Reflection\n", f"## Reflection\n\n{reflection}\n"))


@pytest.fixture
def crossref():
    """A server that answers as Crossref does."""
    work = {"title": ["Waiting well"], "author": [{"family": "Kern", "given": "O."}], "container-title": ["Rest"],
            "issued": {"date-parts": [[2025]]}, "DOI": "10.5555/rest.1", "type": "journal-article"}  # fmt: skip

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"status": "ok", "message": work}).encode()
            self.send_response(200 if self.path == "/works/10.5555/rest.1" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_weeks_reading_lies_beside_mondays_day_sheet_with_a_note_for_each(sample):
    sample("run", "reading-queue-weekly", "--as-of", SUNDAY)

    page = (sample.folder / f"out/day/{MONDAY}-reading.md").read_text()
    begun = sample("reading", "list", "--status", "reading", "--json").json
    assert len(begun) == 2
    assert all(
        row["title"] in page and (sample.folder / NOTES / f"{row['id']}.md").exists()
        for row in begun
    )
    assert "grief: 0 of 4 read this year" in page
    sample("run", "reading-queue-weekly", "--as-of", SUNDAY)
    assert sample("reading", "list", "--status", "reading", "--json").json == begun


def test_a_faulty_note_fails_the_week_and_says_which(sample):
    sample("run", "reading-queue-weekly", "--as-of", SUNDAY)
    (first, *_) = sample("reading", "list", "--status", "reading", "--json").json
    fill(sample, first["id"], minutes="an hour")

    told = sample("run", "reading-queue-weekly", "--as-of", SUNDAY, expect=1)

    assert f"{first['id']}: minutes: 'an hour' is no number" in told.out


def test_a_file_of_papers_becomes_items_and_notes_without_a_network(sample):
    sample("run", "paper-intake", "-i", "file=records/papers.bib")
    rows = sample("reading", "list", "--json").json

    added = [
        row
        for row in rows
        if row["title"] in ("Grief in Groups", "Endings in brief therapy: what clients remember")
    ]
    assert [row["authors"] for row in added] == [
        ["Marchetti, Ilse", "van der Berg, José"],
        ["Vance, Theodora"],
    ]
    assert added[1]["topics"] == ["grief"]
    assert (
        "Journal of Brief Work, 12, 31-44"
        in (sample.folder / NOTES / f"{added[0]['id']}.md").read_text()
    )
    sample("run", "paper-intake", "-i", "file=records/papers.bib")
    assert len(sample("reading", "list", "--json").json) == len(rows)


def test_a_list_of_dois_is_looked_up_only_if_asked(sample, crossref):
    (sample.folder / "inbox/papers").mkdir(parents=True)
    (sample.folder / "inbox/papers/dois.txt").write_text("10.5555/rest.1\n")
    sample.settings("reading:\n", f"reading:\n  crossref: {crossref}\n")

    told = sample("run", "paper-intake", "-i", "file=inbox/papers/dois.txt", expect=1)
    assert "10.5555/rest.1: no title is known; run again with look_up" in " ".join(told.out.split())

    sample("run", "paper-intake", "-i", "file=inbox/papers/dois.txt", "-i", "look_up=true")
    assert sample("reading", "list", "--json").json[-1]["title"] == "Waiting well"


def test_a_broken_file_of_papers_is_told_with_its_line(sample):
    (sample.folder / "inbox/broken.bib").write_text("@article{a,\n title = {never closed\n")

    told = sample("run", "paper-intake", "-i", "file=inbox/broken.bib", expect=1)

    assert "line 2: a brace that is opened here is not closed" in told.out


def test_what_was_read_with_a_reflection_becomes_credit_once(sample):
    before = sample("ce", "credits", "list", "--json").json
    for _ in range(2):
        sample("run", "reading-to-cpd", "--as-of", "2026-10-31")
    after = sample("ce", "credits", "list", "--json").json

    (new,) = [row for row in after if row not in before]
    assert (new["title"], new["minutes"], new["format"], new["category"], new["subjects"]) == (
        "Reading: What supervision is for", 50, "self_study", "independent", ["supervision"],
    )  # fmt: skip
    page = (sample.folder / "out/reading/cpd-2026-10.md").read_text()
    assert "A short history of silence: lacks a reflection" in page
    assert "1 credited, 50 minutes." in page
    assert "I will ask for the question before the case" in page


def test_a_note_from_the_future_stops_the_credit_and_the_digest(sample):
    sample("run", "paper-intake", "-i", "file=records/papers.bib")
    item = sample("reading", "list", "--json").json[-1]["id"]
    fill(sample, item, day="2030-01-01")

    for name in ("reading-to-cpd", "lit-review-digest"):
        told = sample("run", name, "--as-of", "2026-11-30", expect=1)
        assert f"{item}: finished_on 2030-01-01 is still to come" in told.out


def test_new_papers_in_a_feed_are_listed_topics_first(sample):
    sample("run", "journal-watch", "--as-of", "2026-12-01")

    page = (sample.folder / "out/reading/journals-2026-12-01.md").read_text()
    assert "2 new, 1 on your topics." in page
    assert (
        page.index("Bereavement by video: a trial")
        < page.index("## Others")
        < page.index("Fees and silence")
    )


def test_a_feed_that_cannot_be_read_fails_after_the_page_is_written(sample):
    (sample.folder / "records/journal-of-brief-work.xml").write_text("<html></html>")

    told = sample("run", "journal-watch", "--as-of", "2026-12-01", expect=1)

    assert "feed 'brief-work': it is neither RSS nor Atom" in " ".join(told.out.split())
    assert "## Not read" in (sample.folder / "out/reading/journals-2026-12-01.md").read_text()


def test_the_months_notes_become_a_digest_by_topic(sample):
    sample("run", "paper-intake", "-i", "file=records/papers.bib")
    item = next(
        row["id"]
        for row in sample("reading", "list", "--json").json
        if row["title"] == "Grief in Groups"
    )
    fill(sample, item)
    sample("run", "lit-review-digest", "--as-of", "2026-12-02")

    page = (sample.folder / "out/writing/literature-2026-11.md").read_text()
    assert (
        page.index("## Grief")
        < page.index("### Grief in Groups")
        < page.index("Vance, Theodora (2022)")
    )


def test_nothing_of_them_is_sent(sample):
    effects = {row["name"]: row["effect"] for row in sample("steps", "--json").json}
    files = [
        *(sample.folder / "routines/reading").iterdir(),
        sample.folder / "routines/writing/lit-review-digest.yaml",
    ]

    used = {line.split("uses:")[1].strip() for file in files for line in file.read_text().splitlines()
            if line.lstrip(" -").startswith("uses:")}  # fmt: skip
    assert len(files) == 5
    assert {effects[name] for name in used} <= {"none", "read", "write", "record"}
