"""Posts as files: a draft for you to write, and the finished text once nothing holds it up."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from dayhand import StepContext, StepError
from dayhand_outreach import desk
from dayhand_outreach.models import Draft, Post
from dayhand_practice.vocabulary import Client

__all__ = ["finish", "write"]


def write(context: StepContext, post: Post) -> Draft:
    """Write the frame of a post under `out/outreach/drafts/`; a draft that is there stays."""
    name = f"outreach/drafts/{post.planned_on.isoformat()}-{_slug(post.title)}.md"
    there = f"out/{name}"
    if context.files.resolve(there).is_file():
        data = context.files.read(there)
        return Draft(path=there, sha256=hashlib.sha256(data).hexdigest(), post=post.id)
    who = context.info.clinician
    values = {
        "title": post.title,
        "reference": post.reference if post.kind == "awareness" else "",
        "kept": f"{post.title}, {post.planned_on:%B %Y}",
        "outline": post.outline,
        "tags": post.tags,
        "clinician": who.with_credentials,
        "practice": context.info.name,
        "website": context.info.website,
    }
    text = context.render(context.files.template("post.md"), values).strip() + "\n"
    written = context.files.write(name, text)
    return Draft(path=written.path, sha256=written.sha256, post=post.id)


def finish(context: StepContext, draft: Draft, clients: Sequence[Client]) -> Draft:
    """Write the text under `out/outreach/ready/`, as you have edited it.

    Raises:
        StepError: something holds it up; tells where, and never what.
    """
    found = desk.findings(context, draft.path, clients).findings
    if context.dry_run:  # which cannot wait until you have written it
        found = [one for one in found if one.rule != "unfinished"]
    if found:
        told = "; ".join(f"{one.line}:{one.column} {one.why}" for one in found[:10])
        more = f"; and {len(found) - 10} more" if len(found) > 10 else ""
        raise StepError(
            f"{draft.path} is held up: {told}{more}",
            hint="edit it, then 'dayhand retry'; 'dayhand outreach lint' shows them all",
        )
    name = draft.path.rpartition("/")[2]
    written = context.files.write(f"outreach/ready/{name}", context.files.read(draft.path))
    return Draft(path=written.path, sha256=written.sha256, post=draft.post)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:50] or "post"
