"""The sample's outreach: topics, posts of two months, copies of profiles that differ, a saved site."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from dayhand import Practice, write_csv
from dayhand_outreach.models import Post

__all__ = ["load", "write"]

_TOPICS = (
    ("What happens in a first session", "general", "", "blog",
     "Before you come; What I ask; What you can ask"),
    ("Sleep when worry keeps you up", "anxiety", "", "blog", "Why it happens; What helps tonight"),
    ("Grief at the holidays", "grief", "11; 12", "newsletter", "Old customs; New customs"),
    ("Anniversaries of hard days", "trauma; grief", "", "blog", "Why the body remembers; A plan"),
    ("How to read an insurance statement", "general", "1", "blog", "Deductible; What you pay"),
    ("Starting school again", "adolescents", "8; 9", "newsletter", "For parents; For teenagers"),
)  # fmt: skip
_SOON = "How to choose a therapist"
_OUTLINE = ["What to ask on the telephone", "What to look for"]
_PROFILES = {
    "openpath.txt": """\
Jane Doe, LCSW
Lakeside Counseling, Albany, NY
New York license 081234, California license 98765
NPI 1234567893
Fees: $185 for 60 minutes, $140 for 45 minutes
Accepting new clients
Call 518-555-0100
""",
    "goodtherapy.txt": """\
Jane Doe, LCSW - therapist in Albany
License number: NY 081243
NPI: 1234567893
Individual session $130
Currently not accepting new clients
Phone: (518) 555-0100
""",
    "county-directory.html": """\
<!doctype html>
<html><head><title>Directory</title></head><body>
<h1>Lakeside Counseling</h1>
<p>Jane Doe, LCSW 081234 and LMFT 98765</p>
<p>NPI 1234567839</p>
<p>Accepting new clients. Telephone 518-555-0199</p>
</body></html>
""",
}
_SITE = {
    "index.html": """\
<!doctype html>
<html><head><title>Lakeside Counseling</title></head><body>
<h1>Lakeside Counseling</h1>
<p>Jane Doe, LCSW. License number 081234.</p>
<p>Online therapy for people in New York. Telehealth is also open to people in Vermont.</p>
<footer><a href="/npp.html">Notice of Privacy Practices</a></footer>
</body></html>
""",
    "fees.html": """\
<!doctype html>
<html><head><title>Fees</title></head><body>
<h1>Fees</h1>
<p>45 minutes: $150. Ask me for a written estimate.</p>
</body></html>
""",
}


def write(folder: Path, today: date) -> Iterable[str]:  # noqa: ARG001 - the same on every day
    """Write the files; a line for each."""
    head = ["title", "tags", "months", "channel", "outline"]
    files = {"topics.csv": write_csv(head, [list(row) for row in _TOPICS])}
    files |= {f"profiles/{name}": text for name, text in _PROFILES.items()}
    files |= {f"site/{name}": text for name, text in _SITE.items()}
    for name, text in files.items():
        place = folder / "outreach" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
        place.chmod(0o600)
    yield f"outreach/topics.csv: {len(_TOPICS)} topics"
    yield f"outreach/profiles/: {len(_PROFILES)} copies; outreach/site/: {len(_SITE)} pages"


def load(practice: Practice) -> Iterable[str]:
    """Plan this month and note that the posts until yesterday were published."""
    from dayhand_outreach import desk, kept

    if not practice.files.resolve("outreach/topics.csv").is_file():
        return []
    plan = desk.plan(practice, f"{practice.today:%Y-%m}")
    with practice.transaction("load the sample's posts") as connection:
        for one in plan.posts:
            past = one.planned_on < practice.today
            changes = {"status": "published", "status_on": one.planned_on} if past else {}
            kept.POSTS.put(connection, one.model_copy(update=changes))
        soon = practice.today + timedelta(days=3)
        kept.POSTS.put(
            connection, Post(planned_on=soon, title=_SOON, channel="blog", outline=_OUTLINE)
        )
    return [f"{len(plan.posts) + 1} posts planned"]
