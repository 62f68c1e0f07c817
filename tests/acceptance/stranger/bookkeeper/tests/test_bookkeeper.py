from __future__ import annotations

import dayhand_bookkeeper
import pytest
from dayhand_bookkeeper.examples.service import serve

INVOICE = {"number": "INV-1", "issued_on": "2026-11-02", "amount": "150.00"}
POST = """
    steps:
      - id: posted
        uses: bookkeeper.post
        with: {invoice: {number: INV-1, issued_on: 2026-11-02, amount: 150.00}}
"""


@pytest.fixture
def books():
    with serve() as running:
        yield running


def test_an_invoice_is_posted_with_the_token(practice_kit, books):
    settings = {"bookkeeper": {"service": books.address, "token": {"env": "BOOKS"}}}
    kit = practice_kit([dayhand_bookkeeper], settings=settings, secrets={"BOOKS": "t0ken"})

    assert kit.run("bookkeeper.post", invoice=INVOICE) == {"entry": 1, "number": "INV-1"}
    assert books.tokens == {"Bearer t0ken"}


@pytest.mark.parametrize("how", [{"before": True}, {"begun": True}, {}])
def test_what_is_cut_off_is_posted_once(workbench, books, how):
    bench = workbench([dayhand_bookkeeper])
    bench.settings(f"bookkeeper: {{service: '{books.address}'}}\n")
    with bench.dies("posted", **how):
        bench.run(POST)

    run = bench.resume()

    assert run.state == "done"
    assert bench.output(run, "posted") == {"entry": 1, "number": "INV-1"}
    assert books.arrived == 1
