"""The PDFs themselves: archivable, accessible, and with the figures of the books."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pikepdf
import pypdf
import pytest
from billing_practice import client, session

from dayhand import StepError, UserError

LONG = "Prof. Dr. Maximiliane-Ángélique Wójcik-Þórðardóttir von und zu Hohenlohe-Schillingsfürst"


def pages(billing, written):
    reader = pypdf.PdfReader(io.BytesIO(billing.bytes_of(written)))
    return [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]


def text(billing, written):
    return " ".join(pages(billing, written))


def is_archivable_and_accessible(content):
    with pikepdf.open(io.BytesIO(content)) as pdf:
        root = pdf.Root
        assert root.MarkInfo.Marked
        assert root.StructTreeRoot
        assert str(root.Lang) == "en-US"
        assert root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as metadata:
            found = {
                name: metadata.get(name)
                for name in ("pdfaid:part", "pdfaid:conformance", "pdfuaid:part")
            }
            assert metadata["dc:title"]
        assert found == {"pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1"}
        for page in pdf.pages:
            for font in page.Resources.get("/Font", {}).values():
                descendant = font.DescendantFonts[0]
                assert any(str(key).startswith("/FontFile") for key in descendant.FontDescriptor)
    return True


def tags(content):
    """The names of all structure elements, in order."""
    found = []

    def walk(node):
        if isinstance(node, pikepdf.Dictionary):
            if "/S" in node and "/K" in node:
                found.append(str(node.S))
            if "/K" in node:
                walk(node.K)
        elif isinstance(node, pikepdf.Array):
            for each in node:
                walk(each)

    with pikepdf.open(io.BytesIO(content)) as pdf:
        walk(pdf.Root.StructTreeRoot)
    return found


def test_an_invoice_is_archivable_and_accessible(billing):
    [number] = billing.issue(session())

    written = billing.run("render", invoice=number)

    content = billing.bytes_of(written)
    assert is_archivable_and_accessible(content)
    assert written["path"] == "out/invoices/2026/INV-2026-00001.pdf"
    assert (written["size"], written["pages"]) == (len(content), 1)
    names = tags(content)
    assert [names.count(name) for name in ("/H1", "/Table", "/THead", "/TH")] == [1, 1, 1, 5]


def test_an_invoice_shows_every_figure_of_the_books(practice_with):
    billing = practice_with(payment_instructions="Transfer to 000123456.\nThank you.")
    scale = {"adjustment": Decimal("-37.55"), "adjustment_reason": "sliding scale"}
    [number] = billing.issue(session(1, fee=Decimal(1150)), session(2, day="2026-10-12", **scale))
    billing.pay("100")
    billing.run("credit", invoice=number, amount=Decimal("12.45"), reason="x")

    shown = text(billing, billing.run("render", invoice=number))

    for part in (
        "Lakeside Counseling", "12 Lake Road", "Albany, NY 12207", "518-555-0100",
        "Invoice INV-2026-00001", "Issued November 2, 2026", "Due November 16, 2026",
        "Zoë Quist-17", "4 Elm Street", "Client C-0017",
        "Date Service Minutes Charge Adjustment Amount",
        "Oct 5, 2026 Individual session, 45 minutes 45 1,150.00 1,150.00",
        "Oct 12, 2026 Individual session, 45 minutes sliding scale 45 150.00 −37.55 112.45",
        "Charges 1,300.00", "Adjustments −37.55", "Total 1,262.45", "Credited −12.45",
        "Paid −100.00", "Balance due $1,150.00", "Transfer to 000123456. Thank you.", "Page 1 of 1",
    ):  # fmt: skip
        assert part in shown, part


def test_an_invoice_shows_no_diagnosis_unless_asked(practice_with):
    plain = practice_with()
    [number] = plain.issue(session())
    assert "F41.1" not in text(plain, plain.run("render", invoice=number))

    asked = practice_with(show_diagnosis_on_invoice=True)

    assert "Diagnosis F41.1" in text(asked, asked.run("render", invoice=number))


def test_an_invoice_to_a_guardian_says_for_whom(billing):
    payer = {"name": "Parent Quist", "address": ["9 Elm Street"]}
    [number] = billing.issue(session(who=client(bill_to=payer)))

    shown = text(billing, billing.run("render", invoice=number))

    assert "Parent Quist 9 Elm Street" in shown
    assert "For services to Zoë Quist-17" in shown


def test_tax_has_its_column_its_rate_and_the_practices_tax_id(practice_with):
    billing = practice_with(tax={"code": "GST", "name": "GST", "rate": "8.25"})
    [number] = billing.issue(session())

    shown = text(billing, billing.run("render", invoice=number))

    for part in (
        "Tax id 12-3456789",
        "Charge Tax Amount",
        "150.00 12.38 162.38",
        "GST 8.25% 12.38",
    ):
        assert part in shown, part


def test_a_table_over_several_pages_repeats_its_header_and_counts_pages(billing):
    rows = [session(n, day=f"2026-{8 + n // 20:02}-{1 + n % 20:02}") for n in range(40)]
    [number] = billing.issue(*rows)

    written = billing.run("render", invoice=number)

    found = pages(billing, written)
    assert written["pages"] == len(found) == 2
    for place, page in enumerate(found, 1):
        assert "Date Service Minutes Charge Amount" in page
        assert f"Page {place} of 2" in page
    assert "Balance due $6,000.00" in found[-1]
    assert "Balance due" not in found[0]


def test_a_row_of_two_lines_is_never_cut_by_the_end_of_a_page(billing):
    many = [
        session(
            n,
            day=f"2026-09-{n:02}",
            adjustment=Decimal(-30),
            adjustment_reason=f"scale of the {n}th row, looked at each January and agreed in writing",
            service_name=f"Individual session of the {n}th row with a name that wraps, 45 minutes",
        )
        for n in range(1, 29)
    ]
    [number] = billing.issue(*many)

    found = pages(billing, billing.run("render", invoice=number))

    assert len(found) > 1
    for page in found:
        begun = set(re.findall(r"session of the (\d+)th", page))
        assert begun == set(re.findall(r"scale of the (\d+)th", page))


def test_long_names_with_accents_wrap_and_stay_on_the_page(billing):
    who = client(name=LONG, address=["c/o Łódź & Søn Vormundschaftsgesellschaft, " + LONG])
    [number] = billing.issue(session(who=who, service_name="Family session, " * 12))

    written = billing.run("render", invoice=number)

    assert is_archivable_and_accessible(billing.bytes_of(written))
    shown = text(billing, written).replace("- ", "-")
    assert LONG in shown
    reader = pypdf.PdfReader(io.BytesIO(billing.bytes_of(written)))
    places = []
    reader.pages[0].extract_text(visitor_text=lambda part, cm, tm, *_: places.append((part, tm[4])))
    assert all(62 <= x <= 550 for part, x in places if part.strip() and x)


def test_text_that_looks_like_markup_is_printed_as_it_is(billing):
    name = '#panic("x") *bold* $1$ <a> \\ "quoted" _i_ @ref'
    [number] = billing.issue(session(who=client(name=name)))

    assert name in text(billing, billing.run("render", invoice=number))


def test_a_name_in_a_script_the_bundled_fonts_lack_still_gives_a_pdf(billing):
    [number] = billing.issue(session(who=client(name="山田 花子")))

    assert billing.run("render", invoice=number)["pages"] == 1


def test_a_draft_a_void_invoice_and_a_credit_note_say_what_they_are(practice_with):
    billing = practice_with(payment_instructions="Pay soon.")
    [draft] = billing.draft(session(1))["ids"]
    [first, second] = billing.issue(session(2, who=client(18)), session(3, who=client(19)))
    billing.run("void", invoice=first, reason="x")
    note = billing.run("credit", invoice=second, amount=Decimal(50), reason="agreed fee")["number"]

    rendered = {name: billing.run("render", invoice=name) for name in (draft, first, second, note)}

    shown = {name: text(billing, written) for name, written in rendered.items()}
    assert "Draft: not issued, not payable" in shown[draft]
    assert rendered[draft]["path"] == f"out/invoices/drafts/{draft}.pdf"
    assert "Void since November 2, 2026: not payable" in shown[first]
    assert "Balance due $0.00" in shown[first]
    assert "Pay soon." not in shown[first]
    for part in ("Credit note CN-2026-00001", f"For invoice {second}", "part of $150.00", "50.00",
                 "Credit $50.00", "Reason: agreed fee"):  # fmt: skip
        assert part in shown[note], part
    assert "Pay soon." not in shown[note]


def test_a_credit_note_shows_the_tax_in_it(practice_with):
    billing = practice_with(tax={"code": "GST", "name": "GST", "rate": "10"})
    [number] = billing.issue(session())
    note = billing.run("credit", invoice=number, reason="x")["number"]

    shown = text(billing, billing.run("render", invoice=note))

    assert "Credit before tax 150.00 GST 15.00" in shown


def test_the_same_day_gives_the_same_bytes(billing):
    [number] = billing.issue(session())
    first = billing.bytes_of(billing.run("render", invoice=number))
    billing.kit.clock.move(timedelta(hours=5))

    assert billing.bytes_of(billing.run("render", invoice=number)) == first


def test_the_practice_can_bring_its_own_template_and_picture(practice_with):
    billing = practice_with(logo="logo.svg", paper="a4")
    (billing.folder / "logo.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>'
    )
    [number] = billing.issue(session())
    shipped = billing.run("render", invoice=number)
    assert is_archivable_and_accessible(billing.bytes_of(shipped))
    assert "/Figure" in tags(billing.bytes_of(shipped))
    page = pypdf.PdfReader(io.BytesIO(billing.bytes_of(shipped))).pages[0]
    assert round(float(page.mediabox.width)) == 595

    (billing.folder / "templates").mkdir()
    (billing.folder / "templates/invoice.typ").write_text(
        "#let d = json(bytes(sys.inputs.data))\n#set document(title: d.number)\nMine: #d.number"
    )

    assert "Mine: INV-2026-00001" in text(billing, billing.run("render", invoice=number))


def test_a_wrong_template_is_told_without_client_data(billing):
    (billing.folder / "templates").mkdir()
    place = billing.folder / "templates/invoice.typ"
    [number] = billing.issue(session())

    for wrong, said in (
        ("#nonsense", "invoice.typ could not be typeset: unknown variable: nonsense"),
        ("#panic(json(bytes(sys.inputs.data)).bill_to.name)", "invoice.typ could not be typeset"),
    ):
        place.write_text(wrong)
        with pytest.raises(StepError) as caught:
            billing.run("render", invoice=number)
        assert caught.value.message == said
        assert caught.value.__cause__ is None


def test_a_picture_too_large_is_refused(practice_with):
    billing = practice_with(logo="logo.png")
    (billing.folder / "logo.png").write_bytes(b"x" * (512 * 1024 + 1))
    [number] = billing.issue(session())

    with pytest.raises(StepError, match="larger than 512 KiB"):
        billing.run("render", invoice=number)


def test_days_are_written_as_the_practices_region_writes_them(billing):
    [number] = billing.issue(session())
    billing.kit.info = replace(billing.kit.info, language="en_GB", currency="GBP")

    shown = text(billing, billing.run("render", invoice=number))

    assert "Issued 2 November 2026" in shown
    assert "£150.00" in shown


@pytest.mark.parametrize("language", ["de_DE", "nonsense", ""])
def test_in_another_language_the_document_stays_whole_english(billing, language):
    [number] = billing.issue(session())
    billing.kit.info = replace(billing.kit.info, language=language)

    assert "November 2, 2026" in text(billing, billing.run("render", invoice=number))


def test_an_unknown_number_is_told(billing):
    with pytest.raises(UserError, match="there is no invoice INV-9"):
        billing.run("render", invoice="INV-9")


def test_another_sender_stands_on_the_invoice_and_not_on_the_superbill(practice_with):
    billing = practice_with(sender={"name": "Lakeside Billing LLC", "address": ["PO Box 9"]})
    [number] = billing.issue(session())
    [superbill] = billing.run("superbills", sessions=[session()], month="2026-10")["ids"]

    assert "Lakeside Billing LLC" in text(billing, billing.run("render", invoice=number))
    shown = text(billing, billing.run("render_superbill", superbill=superbill))
    assert "Lakeside Billing LLC" not in shown


# Superbills ---------------------------------------------------------------------------------------


def test_a_superbill_shows_all_that_is_required(billing):
    who = client(payer="Example Health Plan", member_id="ABC123456789")
    rows = [session(1, who=who, adjustment=Decimal("-37.55"), place_of_service="10", modifiers=["95"]),
            session(2, who=who, day="2026-10-12")]  # fmt: skip
    billing.issue(*rows)
    billing.pay("150")
    [superbill] = billing.run("superbills", sessions=rows, month="2026-10")["ids"]

    written = billing.run("render_superbill", superbill=superbill)

    assert is_archivable_and_accessible(billing.bytes_of(written))
    assert written["path"] == "out/superbills/2026/SB-2026-00001.pdf"
    shown = text(billing, written)
    for part in (
        "Lakeside Counseling", "12 Lake Road", "518-555-0100",
        "Jane Doe, LCSW", "NPI 1234567893", "Licence LCSW NY 081234", "Tax id 12-3456789",
        "Taxonomy 1041C0700X", "Name Zoë Quist-17", "Born March 14, 1988",
        "Insurer Example Health Plan", "Member id ABC123456789",
        "Superbill SB-2026-00001", "Version 1", "Services Oct 1, 2026 – Oct 31, 2026",
        "Date Service POS Units Diagnosis Charge Adjustment Paid Balance",
        "Oct 5, 2026 SVC-45 95 Individual session, 45 minutes 10 1 F41.1 150.00 −37.55 112.45 0.00",
        "Oct 12, 2026 SVC-45 Individual session, 45 minutes 11 1 F41.1 150.00 0.00 37.55 112.45",
        "Total USD 300.00 −37.55 150.00 112.45",
        "Place of service: 10 telehealth in the client's home; 11 office.",
        "Signature of Jane Doe, LCSW", "Date",
    ):  # fmt: skip
        assert part in shown.replace("’", "'"), part
    assert "Paid in full" not in shown


def test_R_SB6_a_superseded_superbill_says_so_and_its_successor_too(billing):
    billing.issue(session())
    [first] = billing.run("superbills", sessions=[session()], month="2026-10")["ids"]
    billing.pay("150")
    [second] = billing.run("superbills", sessions=[session()], month="2026-10")["ids"]

    old, new = (
        text(billing, billing.run("render_superbill", superbill=name)) for name in (first, second)
    )

    assert f"Superseded by {second}" in old
    assert "0.00 150.00" in old
    assert f"Version 2, supersedes {first}" in new
    assert "Paid in full." in new


def test_R_SB5_a_superbill_of_one_day_shows_that_day(billing):
    billing.issue(session())
    made = billing.run("superbills", sessions=[session()], start="2026-10-05", end="2026-10-05")

    shown = text(billing, billing.run("render_superbill", superbill=made["ids"][0]))

    assert "Services Oct 5, 2026 " in shown
    assert "–" not in shown


def test_a_superbill_shows_supervisor_group_npi_and_tax(practice_with):
    billing = practice_with(tax={"code": "GST", "rate": "10"})
    info = billing.kit.info
    supervisor = {"name": "Ada Byron-Lind, PhD", "licence": "PSY 044", "npi": "1245319599"}
    clinician = replace(info.clinician, supervisor=supervisor)
    billing.kit.info = replace(info, clinician=clinician, npi="1003000126")
    billing.issue(session())
    [superbill] = billing.run("superbills", sessions=[session()], month="2026-10")["ids"]

    shown = text(billing, billing.run("render_superbill", superbill=superbill))

    for part in ("Name Ada Byron-Lind, PhD Licence PSY 044 NPI 1245319599", "Group NPI 1003000126",
                 "Adjustment Tax Paid Balance", "150.00 0.00 15.00 0.00 165.00"):  # fmt: skip
        assert part in shown.replace("Supervisor ", ""), part


def test_a_superbill_over_several_pages_repeats_its_header(billing):
    rows = [session(n, day=f"2026-10-{1 + n % 31:02}", hour=9 + n // 31) for n in range(40)]
    billing.issue(*rows)
    [superbill] = billing.run("superbills", sessions=rows, month="2026-10")["ids"]

    found = pages(billing, billing.run("render_superbill", superbill=superbill))

    assert len(found) == 3
    assert all("Date Service POS Units" in page and "C-0017" in page for page in found)
    assert "Signature of" in found[-1]
