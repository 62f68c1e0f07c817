"""The answer to a request for records: its clock, a checklist, and the package with its hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from dayhand import StepContext, StepError, counted, markdown_table, typeset, write_csv
from dayhand_collaboration import kept
from dayhand_collaboration.letter import permitted, refuse
from dayhand_collaboration.models import (
    ClientIn,
    NoteIn,
    PackageFile,
    PackageFiles,
    PageFiles,
    RequestClock,
    SessionIn,
)
from dayhand_collaboration.release_page import as_markdown
from dayhand_collaboration.rule_set import Rules, rules_of
from dayhand_collaboration.wording import sender, write_page

__all__ = ["write_clocks", "write_package"]


def write_clocks(context: StepContext, requests: Sequence[RequestClock]) -> PageFiles:
    """Write the list of requests with their clocks under `out/collaboration/`."""
    open_ones = [one for one in requests if one.state != "closed"]
    data: dict[str, Any] = {
        "title": "Requests for records",
        "clinician": context.info.clinician.with_credentials,
        "practice": context.info.name,
        "computed_on": context.today.isoformat(),
        "intro": f"{len(open_ones)} open.",
        "head": ["Request", "Client", "Asked on", "Due on", "Days", "State"],
        "rows": [
            [
                one.id,
                f"{one.initials} {one.client_id}".strip(),
                one.requested_on.isoformat(),
                one.due_on.isoformat(),
                str(one.days_left),
                _state(one),
            ]
            for one in open_ones
        ],
        "marks": [],
        "rules": rules_of(context).told(),
        "rules_head": "Where the rules come from",
    }
    name = f"collaboration/requests-{context.today.isoformat()}"
    path, pdf = write_page(context, name, as_markdown(data), "collaboration_list.typ", data)
    return PageFiles(path=path, pdf=pdf)


def _state(one: RequestClock) -> str:
    if one.extended_on:
        return f"{one.state}, extended on {one.extended_on.isoformat()}"
    if one.may_extend_until and one.state != "overdue":
        return f"{one.state}, may be extended until {one.may_extend_until.isoformat()}"
    return one.state


def write_package(
    context: StepContext,
    request: RequestClock,
    client: ClientIn,
    *,
    sessions: Sequence[SessionIn],
    notes: Sequence[NoteIn],
    documents: Sequence[str],
    draft: bool,
) -> PackageFiles:
    """Write the package under `out/requests/<id>/`: cover, notes, sessions, checklist, list.

    Raises:
        StepError: the request is closed, or is another client's; or a third party asks and no release
            to them covers the record.
    """
    if request.client_id != client.id:
        raise StepError(f"{request.id} is a request of another client than {client.id}")
    if request.state == "closed":
        raise StepError(f"{request.id} is closed since {request.closed_on}")
    if request.requester == "third_party":
        refuse(permitted(context, client.id, request.recipient, ["record"]))
    rules = rules_of(context)
    folder = f"requests/{request.id}"
    files = [_notes(context, folder, client, notes), _sessions(context, folder, sessions)]
    files += [_document(context, path) for path in documents]
    checklist = "\n".join(_checklist(request, rules))
    files.append(_file(context, f"{folder}/checklist.md", checklist, "checklist, not sent"))
    sent = [one for one in files if "not sent" not in one.what]
    cover = typeset(
        context, "records_cover.typ", _cover(context, request, client, sent, rules, draft=draft)
    )
    files.insert(0, _file(context, f"{folder}/cover.pdf", cover, "cover"))
    listing = "\n".join(_listing(request, files, draft=draft))
    context.files.write(f"{folder}/package.md", listing)
    return PackageFiles(
        request=request.id,
        folder=f"out/{folder}",
        files=files,
        sha256=hashlib.sha256(listing.encode()).hexdigest(),
        draft=draft,
        notes=len(notes),
        sessions=len(sessions),
    )


def _file(context: StepContext, path: str, data: bytes | str, what: str) -> PackageFile:
    written = context.files.write(path, data)
    return PackageFile(path=written.path, what=what, sha256=written.sha256)


def _document(context: StepContext, path: str) -> PackageFile:
    content = context.files.read(path)
    return PackageFile(path=path, what="document", sha256=hashlib.sha256(content).hexdigest())


def _notes(
    context: StepContext, folder: str, client: ClientIn, notes: Sequence[NoteIn]
) -> PackageFile:
    born = f", born {client.date_of_birth.isoformat()}" if client.date_of_birth else ""
    lines = [f"# Progress notes of {client.name}{born}", "", f"{context.info.name}", ""]
    for note in sorted(notes, key=lambda one: one.start):
        lines += [f"## {note.start:%Y-%m-%d %H:%M}, {note.format}, {note.id}", ""]
        for heading, text in note.sections.items():
            lines += [f"**{heading.replace('_', ' ').capitalize()}**", "", text, ""]
        if note.signed_at:
            lines += [f"Signed by {note.signed_by} on {note.signed_at:%Y-%m-%d}, {note.sha256}", ""]
    if not notes:
        lines += ["There are none.", ""]
    return _file(
        context, f"{folder}/notes.md", "\n".join(lines), counted(len(notes), "progress note")
    )


def _sessions(context: StepContext, folder: str, sessions: Sequence[SessionIn]) -> PackageFile:
    rows = [
        [one.start.date(), f"{one.start:%H:%M}", one.minutes, one.status, one.service_name]
        for one in sorted(sessions, key=lambda one: one.start)
    ]
    text = write_csv(["date", "time", "minutes", "status", "service"], rows)
    return _file(context, f"{folder}/sessions.csv", text, counted(len(rows), "session"))


def _checklist(request: RequestClock, rules: Rules) -> list[str]:
    checked = request.identity_checked_on
    lines = [
        f"# Checklist for {request.id}",
        "",
        f"Asked on {request.requested_on}, due on {request.due_on} ({request.days_left} days).",
        "",
        f"- [{'x' if checked else ' '}] who asks is who they say"
        + (f", checked on {checked}" if checked else ""),
    ]
    if request.requester == "representative":
        lines.append("- [ ] the representative's authority is on file")
    if request.requester == "third_party":
        lines.append("- [ ] a release covers the whole record, or this is no request for access")
    lines += [
        "- [ ] the scope is what was asked, and the form is the one asked for",
        "- [ ] nothing of another person stands in it",
        "- [ ] no reason to deny is there; if one is, say so in writing with the way to a review",
        "- [ ] a fee, if any, is only what copying and posting cost",
    ]
    lines += [f"- [x] left out: {what}" for what in rules.excluded_from_access]
    lines += ["- [ ] given, and noted with 'dayhand requests close'", ""]
    return [*lines, *[f"> {line}" for line in rules.told()], ""]


def _cover(
    context: StepContext,
    request: RequestClock,
    client: ClientIn,
    files: Sequence[PackageFile],
    rules: Rules,
    *,
    draft: bool,
) -> dict[str, Any]:
    with context.connect() as connection:
        part2 = kept.is_part2(connection, client.id)
    to = [part.strip() for part in request.deliver_to.split(";") if part.strip()]
    return {
        "title": f"Records, request {request.id}",
        "draft": draft,
        "sender": sender(context),
        "recipient": to or [client.name],
        "on": f"{context.today:%d %B %Y}".lstrip("0"),
        "client": client.name,
        "born": client.date_of_birth.isoformat() if client.date_of_birth else "",
        "asked_on": request.requested_on.isoformat(),
        "scope": request.scope,
        "enclosed": [one.what for one in files],
        "excluded": rules.excluded_from_access,
        "notice": rules.part2_notice if part2 else "",
        "paper": context.settings.paper,
    }


def _listing(request: RequestClock, files: Sequence[PackageFile], *, draft: bool) -> list[str]:
    return [
        f"# Package for {request.id}{', draft' if draft else ''}",
        "",
        *markdown_table(
            ["What", "File", "SHA-256"], [[one.what, one.path, one.sha256] for one in files]
        ),
        "",
    ]
