from __future__ import annotations

import pytest

from dayhand_practice.health import CHECKS


def found(records, name):
    (check,) = [one for one in CHECKS if name in one.name]
    return [(one.level, one.message) for one in check.run(records.context)]


def test_a_practice_without_services_is_told(empty):
    ((level, message),) = found(empty, "fee")

    assert level == "warning"
    assert "no services" in message


def test_a_service_whose_fee_has_ended_is_named(records):
    assert found(records, "fee") == [("ok", "services with a current fee: 2")]

    records.load(
        "services",
        "code,name,minutes,fee,effective_from,effective_to\n"
        "SVC-30,Short,30,90,2025-01-01,2025-12-31\n",
    )
    assert found(records, "fee") == [("warning", "services without a current fee: SVC-30")]


def test_clients_that_lack_paperwork_are_counted_and_named_by_id(records):
    assert found(records, "paperwork") == [
        ("warning", "active clients who lack paperwork: C-0001, C-0002, C-0003")
    ]


def test_addresses_without_a_consent_are_named_by_id(records):
    assert found(records, "e-mail") == [
        (
            "warning",
            "clients with an e-mail address but no consent: C-0001, C-0002",
        )
    ]


def test_who_lacks_the_day_of_the_discharge_is_named_by_id(records):
    records.load("clients", "id,name,status\nC-0001,Ana Quintanilla,discharged\n")

    ((level, message),) = found(records, "discharge")

    assert level == "warning"
    assert "no day of discharge is kept of C-0001" in message


@pytest.mark.parametrize("name", ["paperwork", "e-mail", "discharge"])
def test_a_practice_in_order_is_told_so(empty, name):
    assert [level for level, _ in found(empty, name)] == ["ok"]
