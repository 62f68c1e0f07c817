"""Certificates: looked at, filed under a name that tells what they are, never kept twice."""

from __future__ import annotations

import hashlib
import re
from datetime import date

from dayhand import Practice, StepContext, StepError
from dayhand_education.models import CertificateFacts, Credit, FiledCertificate

__all__ = ["facts_of", "file_certificate", "file_name"]

_KINDS = ((b"%PDF-", "pdf"), (b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"))
_LARGEST = 32 * 1024 * 1024


def facts_of(practice: Practice, file: str) -> CertificateFacts:
    """What a certificate's file is, and whether it is in the log already.

    Raises:
        StepError: it is neither a PDF nor a picture, or is too large.
    """
    # SQL is imported only where the database is read
    from dayhand_education import tables

    data = practice.files.read(file)
    kind = next((kind for begins, kind in _KINDS if data.startswith(begins)), "")
    if not kind or len(data) > _LARGEST:
        raise StepError(
            f"'{file}' is no certificate that can be filed",
            hint="it is a PDF, JPEG or PNG file of at most 32 MB",
        )
    digest = hashlib.sha256(data).hexdigest()
    with practice.connect() as connection:
        kept = tables.all_credits(connection)
    known = [one.id for one in kept if one.certificate_sha256 == digest]
    day = re.search(r"(?:19|20)\d{2}-[01]\d-[0-3]\d", file.rpartition("/")[2])
    return CertificateFacts(
        file=file,
        kind=kind,
        sha256=digest,
        known=known[0] if known else "",
        completed_on=_date(day[0]) if day else None,
    )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def file_name(credit: Credit, kind: str) -> str:
    """`2026-09-12_harbor-institute_ethics-today_3.pdf`."""
    length = f"{credit.hours.normalize():f}" if credit.hours is not None else "0"
    parts = (_slug(credit.provider) or "provider", _slug(credit.title) or "course")
    return f"{credit.completed_on.isoformat()}_{'_'.join(parts)}_{length}.{kind}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:60].strip("-")


def file_certificate(
    context: StepContext, facts: CertificateFacts, credit: Credit, subjects: str
) -> FiledCertificate:
    """Write the certificate under its name in `out/ce/certificates/`; the original stays where it is.

    Raises:
        StepError: the file is another one than was looked at, or is in the log already.
    """
    from dayhand_education.rule_book import rule_book

    if facts.known:
        raise StepError(
            f"this certificate is kept already, with {facts.known}",
            hint="'dayhand ce credits list' shows it; nothing was changed",
        )
    data = context.files.read(facts.file)
    if hashlib.sha256(data).hexdigest() != facts.sha256:
        raise StepError(f"'{facts.file}' has changed since it was looked at", hint="start again")
    tags = [one for one in (_tag(part) for part in re.split(r"[,;]", subjects)) if one]
    known = {subject.tag for rules in rule_book(context).rules for subject in rules.subjects}
    name = file_name(credit, facts.kind)
    place = context.files.resolve(f"out/ce/certificates/{name}")
    if (
        place.is_file() and place.read_bytes() != data
    ):  # another one of the same day, title and hours
        name = f"{name.rpartition('.')[0]}_{facts.sha256[:8]}.{facts.kind}"
    written = context.files.write(f"ce/certificates/{name}", data)
    return FiledCertificate(
        path=written.path,
        sha256=written.sha256,
        subjects=tags,
        unknown=[tag for tag in tags if tag not in known],
    )


def _tag(text: str) -> str:
    return "_".join(text.strip().lower().replace("-", " ").replace("/", " ").split())
