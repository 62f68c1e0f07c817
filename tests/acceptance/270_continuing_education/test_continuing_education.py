"""270: certificates, the audit binder and the year's plan, on the sample practice."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile

import pypdf
import pytest

FORM = {
    "completed_on": "2026-11-12", "title": "Boundaries by video", "provider": "Harbor Institute",
    "hours": "3", "subjects": "boundaries, ethics", "format": "webinar",
}  # fmt: skip
FILED = "out/ce/certificates/2026-11-12_harbor-institute_boundaries-by-video_3.pdf"


def answers(**fields):
    return [part for name, text in fields.items() for part in ("--set", f"{name}={text}")]


@pytest.fixture
def certificate(sample):
    """A PDF, dropped into the inbox."""
    place = sample.folder / "inbox/certificates/scan.pdf"
    place.parent.mkdir(parents=True, exist_ok=True)
    writer = pypdf.PdfWriter()
    writer.add_blank_page(300, 200)
    writer.write(place)
    return "inbox/certificates/scan.pdf"


def take_in(practice, file, expect=0):
    practice("run", "ce-certificate-intake", "-i", f"file={file}", expect=3)
    return practice("answer", practice.question(), *answers(**FORM), expect=expect)


def test_a_certificate_is_filed_logged_and_reckoned(sample, certificate):
    take_in(sample, certificate)

    (row,) = [
        r for r in sample("ce", "credits", "list", "--json").json if r["title"] == FORM["title"]
    ]
    assert (row["hours"], row["subjects"], row["certificate"]) == (
        "3",
        ["boundaries", "ethics"],
        FILED,
    )
    assert (sample.folder / FILED).read_bytes() == (sample.folder / certificate).read_bytes()
    assert "Boundaries by video" in (sample.folder / "out/ce/gap-NY-LCSW.md").read_text()


def test_the_same_certificate_again_is_refused_before_anything_is_asked(sample, certificate):
    take_in(sample, certificate)
    shutil.copy(sample.folder / certificate, sample.folder / "inbox/certificates/copy.pdf")

    told = sample(
        "run", "ce-certificate-intake", "-i", "file=inbox/certificates/copy.pdf", expect=1
    )

    assert "this certificate is kept already, with CR-" in told.out
    assert (
        len(
            [
                r
                for r in sample("ce", "credits", "list", "--json").json
                if r["title"] == FORM["title"]
            ]
        )
        == 1
    )


def test_the_same_title_again_is_kept_and_told(sample, certificate):
    sample(
        "ce",
        "credits",
        "add",
        "--on",
        "2026-10-01",
        "--title",
        "boundaries by video",
        "--hours",
        "3",
    )

    told = take_in(sample, certificate, expect=1)

    assert "has the same title as CR-" in " ".join(told.out.split())


def test_what_is_no_certificate_is_told(sample):
    told = sample("run", "ce-certificate-intake", "-i", "file=practice.yaml", expect=1)

    assert "'practice.yaml' is no certificate that can be filed" in told.out


def test_the_binder_can_be_checked_with_sha256sum_and_tells_what_is_missing(
    sample, certificate, tmp_path
):
    take_in(sample, certificate)
    sample("run", "ce-audit-binder", "-i", "licence=NY-LCSW")

    binder = sample.folder / "out/ce/binder-NY-LCSW-2027-05-31.zip"
    with zipfile.ZipFile(binder) as archive:
        archive.extractall(tmp_path / "binder")
    done = subprocess.run(
        ["sha256sum", "-c", "manifest.sha256"],
        cwd=tmp_path / "binder",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "certificates/2026-11-12_harbor-institute_boundaries-by-video_3.pdf: OK" in done.stdout
    report = pypdf.PdfReader(io.BytesIO((tmp_path / "binder/report.pdf").read_bytes()))
    assert "Boundaries by video" in " ".join(page.extract_text() for page in report.pages)
    missing = (sample.folder / "out/ce/binder-NY-LCSW-2027-05-31-missing.md").read_text()
    assert "no certificate is noted" in missing
    assert "Boundaries by video" not in missing


def test_a_binder_of_an_unknown_licence_names_those_there_are(sample):
    told = sample("run", "ce-audit-binder", "-i", "licence=TX-LPC", expect=1)

    assert "there is no licence 'TX-LPC'" in told.out
    assert not list((sample.folder / "out").glob("ce/binder*"))


def test_the_years_plan_spreads_the_hours_and_tells_rules_and_cost(sample):
    sample(
        "run", "ce-year-plan", "--as-of", "2027-01-02", "-i", "price_per_hour=25", "-i", "budget=50"
    )

    page = (sample.folder / "out/ce/plan-2027.md").read_text()
    assert "| January | CA-LMFT | 3.5 | telehealth |" in page
    assert "| February | CA-LMFT | 3 |" in page  # it ends in March, which is left free
    assert "- CA-LMFT: telehealth, 2 h, once" in page
    assert "above the budget of 50" in page
    assert "as of 2024-09-25" in page


def test_a_licence_without_rules_fails_the_plan_after_it_is_written(sample):
    sample.settings("type: LMFT, region: CA", "type: LMFT, region: ZZ")

    told = sample("run", "ce-year-plan", "--as-of", "2027-01-02", expect=1)

    assert "no rule set is known for ZZ-LMFT" in told.out
    assert "NY-LCSW" in (sample.folder / "out/ce/plan-2027.md").read_text()


def test_nothing_of_them_leaves_the_machine(sample):
    effects = {row["name"]: row["effect"] for row in sample("steps", "--json").json}
    files = list((sample.folder / "routines/continuing-education").iterdir())

    used = {line.split("uses:")[1].strip() for file in files for line in file.read_text().splitlines()
            if line.lstrip(" -").startswith("uses:")}  # fmt: skip
    assert len(files) == 4
    assert {effects[name] for name in used} <= {"none", "read", "write", "record"}
