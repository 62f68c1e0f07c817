"""The audit binder of a licence's cycle: report, index, certificates, checksums, what is missing."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import date

from dayhand import StepContext, typeset, write_csv
from dayhand_education.licences import settings_of
from dayhand_education.models import Binder, Credit, GapReport
from dayhand_education.report import as_markdown, file_name, heading, hours, page

__all__ = ["write"]


def write(context: StepContext, gap: GapReport) -> Binder:
    """Write `out/ce/binder-<licence>-<end>.zip`, and the missing list beside it."""
    # SQL is imported only where the database is read
    from dayhand_education import tables

    with context.connect() as connection:
        kept = {one.id: one for one in tables.all_credits(connection)}
    files: dict[str, bytes] = {}
    missing: list[str] = []
    rows: list[list[str]] = []
    for counted in gap.credits:
        credit = kept.get(counted.id)
        place, problem = _certificate(context, credit, files)
        if problem:
            missing.append(f"{counted.id} {counted.title}: {problem}")
        rows.append(
            [
                counted.completed_on.isoformat(), counted.title, counted.provider, hours(counted.hours),
                hours(counted.counted), ", ".join(counted.subjects), place or problem,
            ]
        )  # fmt: skip
    missing += [f"{one.tag}: no proof is noted" for one in gap.artefacts if not one.met]
    _add_pages(context, gap, files, rows, missing)
    manifest = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())
    )
    files["manifest.sha256"] = manifest.encode()
    stem = f"ce/binder-{file_name(gap).removeprefix('gap-')}-{gap.window_end.isoformat()}"
    written = context.files.write(f"{stem}.zip", _packed(files, gap.computed_on))
    listed = context.files.write(f"{stem}-missing.md", files["missing.md"])
    return Binder(
        path=written.path,
        sha256=written.sha256,
        certificates=sum(1 for name in files if name.startswith("certificates/")),
        missing=missing,
        missing_path=listed.path,
    )


def _certificate(
    context: StepContext, credit: Credit | None, files: dict[str, bytes]
) -> tuple[str, str]:
    """Put a credit's certificate among the files; where it is, or why it is not."""
    if credit is None:
        return "", "it is not in the log any more"
    if not credit.certificate:
        return "", "no certificate is noted"
    if not context.files.resolve(credit.certificate).is_file():
        return "", f"'{credit.certificate}' is not there"
    data = context.files.read(credit.certificate)
    digest = hashlib.sha256(data).hexdigest()
    name = f"certificates/{credit.certificate.rpartition('/')[2]}"
    if files.get(name, data) != data:
        name = f"certificates/{credit.id}-{credit.certificate.rpartition('/')[2]}"
    files[name] = data
    if credit.certificate_sha256 and digest != credit.certificate_sha256:
        return name, f"'{credit.certificate}' is another file than the one that was kept"
    return name, ""


def _add_pages(
    context: StepContext,
    gap: GapReport,
    files: dict[str, bytes],
    rows: list[list[str]],
    missing: list[str],
) -> None:
    data = page(gap) | heading(context)
    files["report.md"] = as_markdown(data).encode()
    settings = settings_of(context)
    if settings.pdf:
        data["paper"] = settings.paper
        files["report.pdf"] = typeset(context, "ce_report.typ", data)
    header = ["completed_on", "title", "provider", "hours", "counted", "subjects", "certificate"]
    files["index.csv"] = write_csv(header, rows).encode()
    told = [f"- {one}" for one in missing] or ["Nothing is missing."]
    cycle = f"{gap.window_start.isoformat()} to {gap.window_end.isoformat()}"
    text = [f"# Missing from the binder of {gap.licence}, {cycle}", "", *told, ""]
    files["missing.md"] = "\n".join(text).encode()


def _packed(files: dict[str, bytes], day: date) -> bytes:
    """One time for all entries, so that the same binder of the same day is the same file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, files[name])
    return packed.getvalue()
