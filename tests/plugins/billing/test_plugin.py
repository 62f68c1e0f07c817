"""What the plugin's manual says is so, its sample loads, and its health is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from billing_practice import session

import dayhand_billing
from dayhand import Licence, UserError
from dayhand.testing import sample_info

STEPS = {step.name: step for step in dayhand_billing.dayhand_steps()}
MANUAL = (Path(dayhand_billing.__file__).parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", STEPS)
def test_every_step_has_an_example_in_the_manual(name):
    assert f"uses: {name}" in MANUAL


def test_the_manual_names_every_setting_and_every_command():
    from dayhand_billing.commands import COMMANDS
    from dayhand_billing.settings import BillingSettings

    for name, field in BillingSettings.model_fields.items():
        assert f"{name}:" in MANUAL, name
        inner = getattr(field.annotation, "model_fields", {})
        assert all(f"{each}:" in MANUAL for each in inner), name
    for command in COMMANDS:
        for name in getattr(command, "commands", {"": None}):
            assert f"dayhand {command.name} {name}".strip() in MANUAL


def test_the_settings_of_the_manual_are_settings():
    import yaml

    from dayhand_billing.settings import BillingSettings

    block = MANUAL.partition("```yaml\n")[2].partition("```")[0]

    shown = BillingSettings.model_validate(yaml.safe_load(block)["billing"])
    kept = {
        "payment_instructions",
        "logo",
        "superbill_signature",
        "books_began_on",
        "sender",
        "accounts",
    }
    for name in set(BillingSettings.model_fields) - kept:
        assert getattr(shown, name) == getattr(BillingSettings(), name)


@pytest.mark.parametrize("rule", ["R-SB1", "R-SB2", "R-SB3", "R-SB4", "R-SB5", "R-SB6"])
def test_the_manual_explains_every_rule(rule):
    assert rule in MANUAL


def test_names_addresses_and_mail_are_sensitive_in_what_steps_return():
    schema = STEPS["billing.issue"].output_schema()["$defs"]["IssuedInvoice"]["properties"]

    assert {name for name, about in schema.items() if about.get("x-sensitive")} == {"name", "email"}


# Sample -------------------------------------------------------------------------------------------


def load(billing):
    return list(dayhand_billing.dayhand_sample_load(billing.kit.context("billing")))


def test_the_sample_without_files_loads_nothing(billing):
    assert load(billing) == []


def test_the_sample_is_loaded_once_and_its_payments_wait_for_invoices(billing):
    (billing.folder / "records").mkdir()
    (billing.folder / "records/opening_balances.csv").write_text(
        "\ufeffclient_id,amount,as_of\nC-0017,85.00,2026-09-01\nC-0018,'-40.00,2026-09-01\n"
    )
    (billing.folder / "records/payments.csv").write_text(
        "date,client_id,amount,method,reference,fee\n2026-10-20,C-0017,185.00,card,TX-1,5.67\n"
    )

    assert load(billing) == [
        "2 opening balances from records/opening_balances.csv (2 new)",
        "1 payment from records/payments.csv (1 new)",
    ]
    assert load(billing)[1] == "1 payment from records/payments.csv (0 new)"
    assert (billing.balance(), billing.balance("C-0018")) == (-100, -40)
    issued = billing.run("issue", drafts=billing.draft(session())["ids"])
    assert issued["invoices"][0]["balance"] == Decimal("50.00")


def test_a_sample_with_a_wrong_row_loads_nothing(billing):
    (billing.folder / "records").mkdir()
    (billing.folder / "records/payments.csv").write_text(
        "date,client_id,amount,method,reference\n2026-10-20,C-0017,x,card,TX-1\n"
    )

    with pytest.raises(UserError, match="line 2: amount is not written"):
        load(billing)


# Health -------------------------------------------------------------------------------------------


def findings(billing):
    context = billing.kit.context("billing")
    return [
        (finding.level, finding.message)
        for check in dayhand_billing.dayhand_health()
        for finding in check.run(context)
    ]


def test_a_practice_in_order_is_found_in_order(billing):
    assert [level for level, _ in findings(billing)] == ["ok", "ok", "ok"]


def test_what_would_stop_invoices_and_superbills_is_told(billing):
    from dayhand import Address

    info = sample_info(tax_id="536-90-4399", address=Address())
    billing.kit.info = replace(info, clinician=replace(info.clinician, npi="", licences=()))

    assert findings(billing) == [
        ("warning", "the NPI is missing"),
        ("warning", "the tax id is a social security number, which superbills print"),
        ("warning", "the practice has no address"),
        ("warning", "no licence is given, so that no session can be billed"),
        ("ok", "nobody waits too long for an estimate"),
    ]


def test_licences_that_have_expired_are_a_failure(billing):
    info = billing.kit.info
    past = Licence(
        "LCSW", "NY", "1", None, billing.kit.context("billing").today - timedelta(days=1)
    )
    billing.kit.info = replace(info, clinician=replace(info.clinician, licences=(past,)))

    assert findings(billing)[1] == ("failure", "no licence is valid today")


def test_a_licence_that_soon_expires_is_told(billing):
    info = billing.kit.info
    soon = Licence("LCSW", "NY", "1", None, billing.kit.context("billing").today)
    billing.kit.info = replace(info, clinician=replace(info.clinician, licences=(soon,)))

    assert findings(billing)[1] == ("warning", "every licence expires within 60 days")
