"""The intake pack of a new client: a checklist, and the forms to be signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dayhand import StepContext, typeset
from dayhand_journal.list_page import Row, Section, write
from dayhand_journal.page_models import IntakePack, PaperworkIn
from dayhand_journal.wording import Wording, count
from dayhand_practice.vocabulary import Client

__all__ = ["FORMS", "write_pack"]

FORMS = {
    "consent_treatment": "Consent to treatment",
    "consent_telehealth": "Consent to telehealth",
    "npp_receipt": "Receipt of the notice of privacy practices",
    "fee_agreement": "Fee agreement",
    "no_show_policy": "Missed and late-cancelled appointments",
    "emergency_contact": "Emergency contact",
    "email_consent": "E-mail about your appointments and bills",
}
"""The forms there are templates for: `intake_<kind>.md`."""
_SAMPLES = (
    "The forms are samples to be adapted. Read them, change them in templates/, and have them read by"
    " somebody who knows the law where you practise."
)
_GFE = (
    "– Good-faith estimate: within 1 business day after scheduling if the first session is 3 to 9"
    " business days ahead, within 3 if it is 10 or more ahead (45 CFR 149.610)."
)
_ALSO = ("email_consent",)
"""Offered to everybody, required of nobody."""


def write_pack(
    context: StepContext, client: Client, paperwork: Sequence[PaperworkIn]
) -> IntakePack:
    """Write `out/intake/<client>/checklist.md` and a form for each paper that is missing."""
    missing = [one for one in paperwork if one.client_id == client.id and one.state == "missing"]
    kinds = dict.fromkeys([one.kind for one in missing if one.kind in FORMS])
    agreed = [kind for kind in _ALSO if kind not in kinds and not client.email_scopes]
    forms = [_form(context, client, kind) for kind in [*kinds, *agreed]]
    needs_gfe = any(one.kind == "gfe" for one in missing)
    path, pdf = write(
        context,
        f"intake/{client.id}/checklist",
        f"Intake: {client.initials} · {client.id}",
        f"{count(len(missing), 'paper')} to complete, {count(len(forms), 'form')} made.",
        _sections(missing, [*kinds, *agreed], Wording.of(context), needs_gfe=needs_gfe),
    )
    return IntakePack(
        client_id=client.id,
        initials=client.initials,
        path=path,
        pdf=pdf,
        forms=forms,
        missing=len(missing),
        needs_gfe=needs_gfe,
    )


def _sections(
    missing: Sequence[PaperworkIn], made: Sequence[str], wording: Wording, *, needs_gfe: bool
) -> list[Section]:
    rows = [
        Row(
            (
                one.title or one.kind.replace("_", " "),
                _day(one.due_on, wording),
                "form made" if one.kind in made else "yours to write",
                "",
            )
        )
        for one in missing
    ]
    header = ("What", "By", "Form", "Done on")
    also = [
        "– Ask for the insurer's card, if there is one.",
        "– Ask whom else you may talk to; each needs a release of its own.",
        "– Ask how the client wants to be reached, and whether a message may be left.",
    ]
    also = [_GFE, *also] if needs_gfe else also
    return [
        Section("To complete", header, ("1fr", "18%", "18%", "16%"), rows),
        Section("Also", lines=also),
        Section(
            "Before you hand them out",
            lines=(_SAMPLES,),
        ),
    ]


def _day(day: date | None, wording: Wording) -> str:
    return wording.short_date(day) if day else ""


def _form(context: StepContext, client: Client, kind: str) -> str:
    info = context.info
    values = {
        "practice": {"name": info.name, "phone": info.phone, "address": info.address.lines},
        "clinician": {"name": info.clinician.name, "credentials": info.clinician.credentials},
        "client": {"name": client.name, "email": client.email},
    }
    text = context.render(context.files.template(f"intake_{kind}.md"), values)
    data: dict[str, Any] = {
        "title": FORMS[kind],
        "practice": info.name,
        "address": info.address.lines,
        "clinician": info.clinician.name,
        "client": str(client.name),
        "id": client.id,
        "paper": context.settings.day_sheet.paper,
        "blocks": _blocks(text),
    }
    printed = typeset(context, "intake_form.typ", data)
    return context.files.write(f"intake/{client.id}/{kind}.pdf", printed).path


def _blocks(text: str) -> list[dict[str, str]]:
    """Paragraphs, headings (`## `), boxes to tick (`[ ] `) and lines to fill in (`____`)."""
    blocks = []
    for part in text.strip().split("\n\n"):
        flat = " ".join(part.split())
        for mark, kind in (("## ", "heading"), ("[ ] ", "box"), ("____ ", "fill")):
            if flat.startswith(mark):
                blocks.append({"kind": kind, "text": flat.removeprefix(mark)})
                break
        else:
            blocks.append({"kind": "text", "text": flat})
    return [one for one in blocks if one["text"]]
