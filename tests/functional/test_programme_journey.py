"""Five visits from the case study in a real browser, while eight others book at random.

One date is changed before the payment and one after it, and two visits are given back.
"""

from __future__ import annotations

import email
import email.policy
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import icalendar
import pytest
import requests
from playwright.sync_api import Browser

from dev.mail_viewer.letters import Letter
from tests.functional.conftest import Client, Product, Visit, Windows, choose, fill_details, pass_gate, serving, watched
from tests.functional.crowd import crowd
from tests.functional.running import eventually
from tests.functional.test_booking_journey import await_letters, held_text, someone

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHARE = 1080


def plan(visit: Visit) -> list[str]:
    """From the case study over both safety lists to the page of dates."""
    visit.open("/articles/runner-back-pain-five-visits")
    visit.follow(visit.page.get_by_role("link", name="Plan five dates"), "**/book?**")
    visit.press("Continue")
    pass_gate(visit)
    assert visit.heading() == "Your five dates"
    return dates(visit)


def dates(visit: Visit) -> list[str]:
    return [one.get_attribute("value") or "" for one in visit.page.locator("main input[name='visit']").all()]


def pay(visit: Visit, client: Client) -> None:
    fill_details(visit, client)
    visit.picture("programme-check")
    assert "£270.00" in held_text(visit)
    visit.press("Pay £54.00 deposit and book", "**/c/pay/**")
    visit.follow(visit.page.locator("button[value='pay']"), "**/booking/**/programme")


def events(product: Product, letter: Letter) -> list[icalendar.cal.Component]:
    raw = (product.folder / "mail" / f"{letter.name}.eml").read_bytes()
    parts = email.message_from_bytes(raw, policy=email.policy.default).walk()
    (file,) = [part for part in parts if part.get_content_type() == "text/calendar"]
    return list(icalendar.Calendar.from_ical(file.get_payload(decode=True).decode()).walk("VEVENT"))


def rows(product: Product, wanted: str, client: Client) -> list[tuple]:
    with closing(sqlite3.connect(product.folder / "site.db", timeout=10)) as store:
        return store.execute(wanted, (client.email,)).fetchall()


def refunds_at_stripe(product: Product, client: Client) -> list[int]:
    found = "SELECT d.pi_id FROM deposit d JOIN booking b ON b.id = d.booking_id WHERE b.client_email = ?"
    ((payment,),) = rows(product, found, client)
    answer = requests.get(
        f"{product.sandbox}/v1/refunds",
        params={"payment_intent": payment},
        headers={"Authorization": "Bearer sk_test_sandbox"},
        timeout=10,
    )
    return [refund["amount"] for refund in answer.json()["data"]]


def change_third(visit: Visit) -> None:
    before = dates(visit)
    visit.press("Change visit 3")
    visit.picture("programme-another-date")
    other = visit.page.locator("main input[name='day']:not(:checked)").first.get_attribute("value")
    choose(visit, "day", other)
    visit.press("Show times for this day")
    choose(visit, "time")
    visit.press("Take this date")
    after = dates(visit)
    kept = [old == new for old, new in zip(before, after, strict=True)]
    assert not kept[2]
    assert sum(kept) >= 3, "only a date that somebody took meanwhile may change as well"
    visit.picture("programme-dates")


def hold_all(visit: Visit) -> None:
    """Hold the five dates; when one has just gone, those that the page proposes instead."""
    for _ in range(8):
        visit.press("Hold these five dates")
        if visit.heading() == "Your details":
            return
        assert "just gone" in held_text(visit)
    raise AssertionError("never all five")


def turn_to(visit: Visit, number: int, link: str) -> None:
    """From the page of all visits to one of them, and on by its link."""
    visit.follow(visit.page.locator("main dl.check > div").nth(number).get_by_role("link"), "**/booking/*")
    visit.follow(visit.page.get_by_role("link", name=link))


def move_second(visit: Visit, home: str) -> None:
    """Move the second visit. The crowd may take the time between looking and pressing: another one then."""
    for _ in range(10):
        visit.page.goto(home)
        turn_to(visit, 1, "Move this visit")
        visit.click(visit.page.locator("main .times label").last)
        visit.press("Continue")
        button = visit.page.get_by_role("button", name=re.compile("^Move to "))
        if button.count():
            visit.follow(button)
        if visit.page.url.endswith("done=moved"):
            return
    raise AssertionError("never moved")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product, which believes what the crowd says of its networks."""
    with serving(tmp_path_factory.mktemp("busy"), TRUSTED_PROXIES="1") as product:
        yield product


@pytest.fixture
def at_busy(browser: Browser, busy: Product) -> Iterator[Windows]:
    with watched(browser, busy) as opened:
        yield opened


def test_five_visits_one_moved_and_two_given_back(at_busy: Windows, busy: Product) -> None:
    _five_visits(at_busy, busy, javascript=True)


def test_the_same_without_scripts_while_others_book(at_busy: Windows, busy: Product) -> None:
    with crowd(busy.site) as met:
        _five_visits(at_busy, busy, javascript=False)
    assert not [what for what in met if what.startswith("fault")], met
    assert met["status 303"] > 0, met


def _five_visits(windows: Windows, product: Product, javascript: bool) -> None:
    visit, client = windows.open(javascript=javascript), someone()
    plan(visit)
    change_third(visit)
    hold_all(visit)
    pay(visit, client)
    visit.picture("programme-booked")
    home = visit.page.url
    await_letters(product, client, 1)
    letter = product.letters_to(client.email)[0]
    booked = events(product, letter)
    assert len({str(event["uid"]) for event in booked}) == 5
    assert "back" not in letter.subject.lower()

    move_second(visit, home)
    await_letters(product, client, 2)
    (moved,) = events(product, product.letters_to(client.email)[0])
    assert moved["sequence"] == 1
    assert str(moved["uid"]) in {str(event["uid"]) for event in booked}

    for number in (4, 3):
        visit.page.goto(home)
        turn_to(visit, number, "Cancel this visit")
        assert "£10.80 goes back to your card" in held_text(visit).replace("\u00a0", " ")
        visit.press("Cancel this visit")
    await_letters(product, client, 4)
    eventually(lambda: refunds_at_stripe(product, client) == [SHARE, SHARE])
    sql = "SELECT r.amount_minor, r.state FROM refund r JOIN booking b ON b.id = r.booking_id WHERE b.client_email = ?"
    eventually(lambda: rows(product, sql, client) == [(SHARE, "succeeded")] * 2)
    assert rows(product, "SELECT count(*) FROM deposit d JOIN booking b ON b.id = d.booking_id"
                " WHERE b.client_email = ? AND d.amount_minor = 5400", client) == [(1,)]  # fmt: skip
    gone = [events(product, one)[0] for one in product.letters_to(client.email)[:2]]
    assert {str(event["status"]) for event in gone} == {"CANCELLED"}
    visit.page.goto(home)
    visit.picture("programme-two-given-back")
    text = held_text(visit).replace("\u00a0", " ")
    assert text.count("£10.80 back to your card") == 2
    assert "£54.00" in text, "paid for all five"
    assert "£21.60" in text, "of it, back to the card for two"
