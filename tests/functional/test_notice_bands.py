"""Cancelling in every band of notice: what the page promises happens at Stripe, in the ledger and in the mail."""

from __future__ import annotations

import email
import email.policy
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
import requests
from playwright.sync_api import Browser

from tests.functional.conftest import (
    Client,
    Product,
    Visit,
    Windows,
    choose,
    fill_details,
    go_to_payment,
    pass_gate,
    pay,
    serving,
    watched,
)
from tests.functional.running import eventually
from tests.functional.test_booking_journey import await_letters, held_text, someone

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHIPPED = "  bands:\n    - {hours: 24, returned: money}\n    - {hours: 0, returned: kept}\n"
#: Wide enough that every band holds free times on whatever day this runs.
BANDS = """  fee_minor: 200
  bands:
    - {hours: 240, returned: money}
    - {hours: 120, returned: choice}
    - {hours: 0, returned: kept}
"""


@dataclass(frozen=True)
class Band:
    """A band, a day in it, the sentence on the page, and where the deposit of 7.00 goes. Minor units.

    Half of them are met with scripts and half without.
    """

    days_ahead: int
    sentence: str
    back_as: str | None
    refund: int
    credit: int
    javascript: bool


CHOICE = "you choose: £5.00 goes back to your card (£7.00 less a fee of £2.00), or £7.00 is kept for your next visit"
EACH = {
    "money": Band(11, "£5.00 goes back to your card", None, 500, 0, javascript=True),
    "choice-card": Band(6, CHOICE, "money", 500, 0, javascript=False),
    "choice-credit": Band(6, CHOICE, "credit", 0, 700, javascript=True),
    "kept": Band(0, "we keep the £7.00 you paid", None, 0, 0, javascript=False),
}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product, for a practice with three bands and a fee."""
    folder = tmp_path_factory.mktemp("bands")
    shutil.copytree(Path("content"), folder / "content")
    rules = folder / "content" / "practice.yml"
    assert SHIPPED in rules.read_text()
    rules.write_text(rules.read_text().replace(SHIPPED, BANDS))
    with serving(folder, CONTENT_DIR=str(folder / "content")) as product:
        yield product


@pytest.fixture
def at_strict(browser: Browser, strict: Product) -> Iterator[Windows]:
    with watched(browser, strict) as opened:
        yield opened


def book(visit: Visit, client: Client, days_ahead: int) -> None:
    """A paid half hour on the first free day from so many days ahead."""
    visit.open("/book?condition=neck")
    visit.press("Continue")
    pass_gate(visit)
    choose(visit, "treatment", "30-minute-visit")
    visit.press("See free times")
    visit.open(f"/book/time?from={(datetime.now(UTC) + timedelta(days=days_ahead)).date()}")
    choose(visit, "time")
    visit.press("Continue")
    fill_details(visit, client)
    go_to_payment(visit)
    pay(visit)


def ledger(product: Product, client: Client, rows: str) -> int:
    """The sum of the client's refund or credit rows."""
    joined = {
        "refund": "refund r JOIN deposit d ON d.id = r.deposit_id JOIN booking b ON b.id = d.booking_id",
        "credit": "ledger_entry r JOIN booking b ON b.id = r.booking_id AND r.kind = 'credit_given'",
    }[rows]
    wanted = f"SELECT COALESCE(SUM(r.amount_minor), 0) FROM {joined} WHERE b.client_email = ?"
    with closing(sqlite3.connect(product.folder / "site.db", timeout=10)) as store:
        return int(store.execute(wanted, (client.email,)).fetchone()[0])


def sent_back(product: Product, client: Client) -> int:
    """What Stripe says went back for the client's payments."""
    with closing(sqlite3.connect(product.folder / "site.db", timeout=10)) as store:
        wanted = "SELECT d.pi_id FROM deposit d JOIN booking b ON b.id = d.booking_id WHERE b.client_email = ?"
        (payment,) = store.execute(wanted, (client.email,)).fetchone()
    answer = requests.get(
        f"{product.sandbox}/v1/refunds",
        params={"payment_intent": payment},
        headers={"Authorization": "Bearer sk_test_sandbox"},
        timeout=10,
    )
    return sum(refund["amount"] for refund in answer.json()["data"])


@pytest.mark.parametrize("band", EACH.values(), ids=EACH.keys())
def test_the_promise_of_the_page_is_kept_everywhere(at_strict: Windows, strict: Product, band: Band) -> None:
    visit, client = at_strict.open(javascript=band.javascript), someone()
    book(visit, client, band.days_ahead)
    await_letters(strict, client, 1)
    visit.follow(visit.page.get_by_role("link", name="Cancel this visit"), "**/cancel")
    assert band.sentence in held_text(visit).replace("\u00a0", " ")
    if band.back_as:
        choose(visit, "back_as", band.back_as)
    visit.press("Cancel this visit")
    assert "Your visit is cancelled" in held_text(visit)
    await_letters(strict, client, 2)
    if band.refund:
        eventually(lambda: sent_back(strict, client) == band.refund)
    assert sent_back(strict, client) == ledger(strict, client, "refund") == band.refund
    assert ledger(strict, client, "credit") == band.credit
    letter = strict.letters_to(client.email)[0]
    words = re.sub(r"\s+", " ", letter.text)
    assert letter.subject.startswith("Cancelled")
    assert ("£5.00" in words) is bool(band.refund)
    assert ("£7.00 is credit" in words) is bool(band.credit)
    raw = (strict.folder / "mail" / f"{letter.name}.eml").read_bytes()
    (file,) = [
        part
        for part in email.message_from_bytes(raw, policy=email.policy.default).walk()
        if part.get_content_type() == "text/calendar"
    ]
    calendar = icalendar.Calendar.from_ical(file.get_payload(decode=True).decode())
    assert calendar["method"] == "CANCEL"
    assert calendar.walk("VEVENT")[0]["status"] == "CANCELLED"
