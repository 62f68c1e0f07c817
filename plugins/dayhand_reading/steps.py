"""The steps of the reading plugin. SQLAlchemy and httpx2 are imported inside the steps."""

from __future__ import annotations

from dayhand import Effect, Month, StepContext, step
from dayhand_reading.models import (
    Citation,
    Credits,
    FeedEntries,
    Fetched,
    Item,
    Note,
    NoteFile,
    Page,
    Pick,
    Recorded,
    TakenNotes,
)

__all__ = ["ALL"]


@step("reading.parse", effect=Effect.READ, summary="Read the citations in a file")
def parse(context: StepContext, *, file: str) -> list[Citation]:
    """BibTeX (`.bib`), RIS (`.ris`), or a DOI or PMID a line (`.txt`). Topics are told by the words
    in practice.yaml.

    Args:
        file: a file in the practice folder, such as `inbox/papers/new.bib`.
    """
    from dayhand_reading.desk import parsed

    return parsed(context, file)


@step("reading.fetch", effect=Effect.READ, summary="Look up citations at Crossref and PubMed")
def fetch(context: StepContext, *, citations: list[Citation]) -> Fetched:
    """Fills what lacks its title, authors or journal and has a DOI or a PMID. Only the DOI or PMID
    is sent. What was fetched once is kept, and serves when there is no network; what cannot be
    found is told in `problems`, and stays as it is.

    Args:
        citations: what `reading.parse` gave.
    """
    from dayhand_reading.web import fetch as fetched

    return fetched(context, citations)


@step("reading.feeds", effect=Effect.READ, summary="Read the feeds of journals")
def feeds(context: StepContext, *, names: list[str] | None = None) -> FeedEntries:
    """What is new in the feeds and not in your list yet. A feed that cannot be read is told in
    `problems`, and what it gave last is shown.

    Args:
        names: feeds of practice.yaml; all if left out.
    """
    from dayhand_reading.desk import new_in_feeds

    return new_in_feeds(context, names or [])


@step("reading.add", effect=Effect.RECORD, summary="Put citations into the reading list")
def add(context: StepContext, *, citations: list[Citation]) -> Recorded:
    """One that is there, by its DOI, its PMID, or its title and year, gains what it lacked.

    Args:
        citations: what `reading.parse`, `reading.fetch` or `reading.feeds` gave.
    """
    from dayhand_reading import tables

    with context.connect() as connection:
        return tables.add(connection, citations, context.today)


@step("reading.items", effect=Effect.READ, summary="List the reading list")
def items(
    context: StepContext, *, ids: list[str] | None = None, status: str | None = None
) -> list[Item]:
    """In the order in which they were added.

    Args:
        ids: only these.
        status: only these: `queued`, `reading`, `done` or `dropped`.
    """
    from dayhand_reading.queue import items_of

    return [
        one
        for one in items_of(context)
        if (ids is None or one.id in ids) and status in (None, one.status)
    ]


@step("reading.pick", effect=Effect.READ, summary="Choose what to read next")
def pick(context: StepContext, *, count: int = 3) -> list[Pick]:
    """By what is begun, then by how far a topic is behind its goal for the year, and by age.

    Args:
        count: how many.
    """
    from dayhand_reading.queue import items_of, settings_of
    from dayhand_reading.queue import pick as picked

    return picked(items_of(context), settings_of(context).topics, context.today, count)


@step("reading.keep_picks", effect=Effect.RECORD, summary="Note what was chosen to be read")
def keep_picks(context: StepContext, *, picks: list[Pick]) -> list[str]:
    """They come first the next time too, until they are read or dropped. Returns their ids.

    Args:
        picks: what `reading.pick` gave.
    """
    from dayhand_reading.desk import begin

    return begin(context, [one.item.id for one in picks])


@step("reading.note", effect=Effect.WRITE, summary="Write the form of a reading note")
def note(context: StepContext, *, item: Item) -> NoteFile:
    """Writes `out/reading/notes/<id>.md` from the template `reading_note.md`. A note that is there is
    left as it is.

    Args:
        item: one of `reading.items`.
    """
    from dayhand_reading.notes import write_form

    return write_form(context, item)


@step(
    "reading.shortlist",
    effect=Effect.WRITE,
    summary="Write the week's reading beside the day sheet",
)
def shortlist(context: StepContext, *, picks: list[Pick]) -> Page:
    """Writes `out/day/<tomorrow>-reading.md`, beside tomorrow's day sheet.

    Args:
        picks: what `reading.pick` gave.
    """
    from dayhand_reading.pages import write_shortlist

    return write_shortlist(context, picks)


@step("reading.watch_page", effect=Effect.WRITE, summary="Write what is new in the feeds")
def watch_page(context: StepContext, *, entries: FeedEntries, most: int = 20) -> Page:
    """Writes `out/reading/journals-<date>.md`: what fits your topics first.

    Args:
        entries: what `reading.feeds` gave.
        most: how many are shown.
    """
    from dayhand_reading.pages import write_watch

    return write_watch(context, entries, most)


@step("reading.take_notes", effect=Effect.RECORD, summary="Take in what you wrote into your notes")
def take_notes(context: StepContext) -> TakenNotes:
    """Of each note in `out/reading/notes/`: the day it was finished, the minutes, the topics and the
    reflection. A note that cannot be read is told in `problems`.
    """
    from dayhand_reading.desk import taken

    return taken(context)


@step("reading.notes", effect=Effect.READ, summary="The notes of what was read in a month")
def notes(context: StepContext, *, month: Month) -> list[Note]:
    """Title, citation, topics, and what stands under each heading of the note.

    Args:
        month: such as `2026-10`.
    """
    from dayhand_reading.notes import note_of
    from dayhand_reading.queue import items_of

    return [
        note_of(context, one)
        for one in items_of(context)
        if one.status == "done" and one.finished_on and one.finished_on.isoformat()[:7] == month
    ]


@step("reading.credits", effect=Effect.READ, summary="What was read, as rows of credit")
def credit_rows(
    context: StepContext, *, month: Month, category: str = "", at_least: int = 15
) -> Credits:
    """Each row has what `education.record_credit` takes. What lacks its minutes or its reflection
    gives none, and is told in `missing`.

    Args:
        month: such as `2026-10`.
        category: what your board calls reading, such as `independent`.
        at_least: the fewest minutes that are credited.
    """
    from dayhand_reading.queue import credits_of, items_of

    return credits_of(items_of(context), month, category, at_least)


@step("reading.credited", effect=Effect.RECORD, summary="Note that items were credited")
def credited(context: StepContext, *, rows: Credits) -> list[str]:
    """The day it was first done is kept. Returns their ids.

    Args:
        rows: what `reading.credits` gave.
    """
    from dayhand_reading.desk import note_credited

    return note_credited(context, [one.item for one in rows.rows])


@step(
    "reading.credit_page", effect=Effect.WRITE, summary="Write the reflections of credited reading"
)
def credit_page(context: StepContext, *, rows: Credits, month: Month) -> Page:
    """Writes `out/reading/cpd-<month>.md`: rows, reflections, and what is missing for the others.

    Args:
        rows: what `reading.credits` gave.
        month: such as `2026-10`.
    """
    from dayhand_reading.pages import write_credits

    return write_credits(context, rows, month)


ALL = (
    parse, fetch, feeds, add, items, pick, keep_picks, note, shortlist, watch_page, take_notes,
    notes, credit_rows, credited, credit_page,
)  # fmt: skip
