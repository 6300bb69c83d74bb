"""The hosted page over HTTP: every button, every screen, and no way in for strangers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.conftest import MovableClock
from tests.stripe_bench import StripeBench

Make = Callable[..., Any]


def press(url: str, choice: str, **headers: str) -> requests.Response:
    return requests.post(url, data={"choice": choice}, headers=headers, allow_redirects=False, timeout=10)


def test_the_page_says_what_is_paid_until_when_and_that_it_is_no_real_money(open_session: Make) -> None:
    page = requests.get(open_session().url, timeout=10)
    assert page.status_code == 200
    for words in ("Sandbox: no real money", "£12.00", "60 min appointment", "33 minutes left", "sam@client.example"):
        assert words in page.text
    assert "style=" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' http://localhost" in policy
    assert "default-src 'none'" in policy


def test_pay_leads_back_with_the_session_in_the_address(open_session: Make, stripe_sandbox: StripeBench) -> None:
    session = open_session()
    answer = press(session.url, "pay")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://localhost/book/return?session_id={session.id}"
    assert stripe_sandbox.session(session.id)["payment_status"] == "paid"
    again = press(session.url, "pay")
    assert again.status_code == 409
    assert "Already paid" in again.text


def test_pay_and_close_takes_the_money_and_stays(open_session: Make, stripe_sandbox: StripeBench) -> None:
    session = open_session()
    answer = press(session.url, "pay-and-close")
    assert answer.status_code == 200
    assert "the way back was lost" in answer.text
    assert stripe_sandbox.session(session.id)["payment_status"] == "paid"


def test_declined_then_paid(open_session: Make, stripe_sandbox: StripeBench) -> None:
    session = open_session()
    answer = press(session.url, "decline")
    assert answer.status_code == 303
    page = requests.get(stripe_sandbox.url + answer.headers["Location"], timeout=10)
    assert "Your card was declined" in page.text
    assert press(session.url, "pay").status_code == 303


def test_the_bank_may_ask_first(open_session: Make, stripe_sandbox: StripeBench) -> None:
    session = open_session()
    assert "is this you?" in press(session.url, "secure").text
    assert stripe_sandbox.session(session.id)["payment_status"] == "unpaid"


def test_back_leaves_the_session_open(open_session: Make, stripe_sandbox: StripeBench) -> None:
    session = open_session()
    answer = press(session.url, "back")
    assert (answer.status_code, answer.headers["Location"]) == (303, "http://localhost/book/check")
    assert stripe_sandbox.session(session.id)["status"] == "open"


def test_a_delayed_method_is_offered_only_when_it_was_asked_for(open_session: Make) -> None:
    assert "takes days" not in requests.get(open_session().url, timeout=10).text
    both = open_session(allowed_payment_method_types=["card", "bacs_debit"])
    assert "takes days" in requests.get(both.url, timeout=10).text
    assert press(both.url, "later").status_code == 303
    assert "Payment under way" in requests.get(both.url, timeout=10).text


def test_an_expired_or_unknown_page_says_so(
    open_session: Make, stripe_sandbox: StripeBench, clock: MovableClock
) -> None:
    session = open_session()
    clock.advance(minutes=34)
    assert "has expired" in requests.get(session.url, timeout=10).text
    late = press(session.url, "pay")
    assert late.status_code == 409
    assert "Nothing was charged" in late.text
    assert stripe_sandbox.session(session.id)["payment_status"] == "unpaid"
    unknown = requests.get(f"{stripe_sandbox.url}/c/pay/cs_test_nothing", timeout=10)
    assert unknown.status_code == 404
    assert "No such payment page" in unknown.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
    ],
    ids=str,
)
def test_no_foreign_page_can_press_a_button(
    headers: dict[str, str], open_session: Make, stripe_sandbox: StripeBench
) -> None:
    session = open_session()
    assert press(session.url, "pay", **headers).status_code == 403
    assert stripe_sandbox.session(session.id)["payment_status"] == "unpaid"


@pytest.mark.parametrize("choice", ["", "PAY", "pay\x00", "x" * 10_000])
def test_an_unknown_button_does_nothing(choice: str, open_session: Make, stripe_sandbox: StripeBench) -> None:
    session = open_session()
    assert press(session.url, choice).status_code == 409
    assert stripe_sandbox.session(session.id)["status"] == "open"
