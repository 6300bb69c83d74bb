"""Every fault of the list can be switched from outside, by form and by JSON, and the SDK feels it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
import stripe

from tests.stripe_bench import StripeBench

Make = Callable[..., Any]


@pytest.fixture
def turn(stripe_sandbox: StripeBench) -> Callable[..., dict[str, Any]]:
    def turn(name: str, **fields: Any) -> dict[str, Any]:
        answer = requests.post(f"{stripe_sandbox.url}/control/{name}", json=fields, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    return turn


@pytest.fixture
def paid(open_session: Make, turn: Make, stripe_client: stripe.StripeClient) -> str:
    """A paid session's payment."""
    session = open_session()
    turn("pay", session=session.id)
    return str(stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("down", stripe.APIError),
        ("rate_limit", stripe.RateLimitError),
        ("lose_request", stripe.APIConnectionError),
        ("lose_answer", stripe.APIConnectionError),
        ("error_before", stripe.APIError),
        ("error_after", stripe.APIError),
    ],
)
def test_api_faults(
    kind: str, error: type[Exception], open_session: Make, turn: Make, stripe_client: stripe.StripeClient
) -> None:
    turn("fault", kind=kind, path="/v1/checkout/sessions", times=2)
    for _ in range(2):
        with pytest.raises(error):
            open_session()
    assert open_session().status == "open"
    done = len(stripe_client.v1.checkout.sessions.list().data)
    assert done == (3 if kind in {"lose_answer", "error_after"} else 1)


def test_a_fault_can_be_meant_for_reading_only(open_session: Make, turn: Make, stripe_client: Any) -> None:
    turn("fault", kind="down", method="GET")
    session = open_session()
    with pytest.raises(stripe.APIError):
        stripe_client.v1.checkout.sessions.retrieve(session.id)
    assert stripe_client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_clearing_takes_every_fault_away(open_session: Make, turn: Make, stripe_sandbox: StripeBench) -> None:
    turn("fault", kind="down", times=1000)
    turn("webhooks", stopped=True, reordered=True, delay_s=5, drop_next=3, duplicate_next=2)
    turn("next-refund", status="pending")
    turn("clear")
    state = requests.get(f"{stripe_sandbox.url}/control/state", timeout=10).json()
    assert state["api"] == state["next_refunds"] == []
    assert not state["webhooks_stopped"]
    assert state["drop_next"] == state["duplicate_next"] == state["webhook_delay_s"] == 0
    assert open_session().status == "open"


def test_the_clock_jumps_and_open_pages_expire(open_session: Make, turn: Make, stripe_client: Any) -> None:
    session = open_session()
    before = turn("clock", seconds=1)["now"]
    assert turn("clock", seconds=33 * 60)["now"] == before + 33 * 60
    assert stripe_client.v1.checkout.sessions.retrieve(session.id).status == "expired"


def test_a_refund_in_the_dashboard_and_one_that_fails_later(paid: str, turn: Make, stripe_client: Any) -> None:
    assert turn("refund", payment_intent=paid, amount=300)["status"] == "succeeded"
    turn("next-refund", status="pending")
    refund = stripe_client.v1.refunds.create({"payment_intent": paid, "amount": 900})
    assert refund.status == "pending"
    turn("settle-refund", refund=refund.id, status="failed")
    assert stripe_client.v1.refunds.retrieve(refund.id).status == "failed"
    by_dashboard = stripe_client.v1.events.list({"type": "refund.created", "limit": 2}).data[1]
    assert by_dashboard.request.id is None


def test_disputes_and_inquiries_run_their_course(open_session: Make, paid: str, turn: Make) -> None:
    dispute = turn("dispute", payment_intent=paid)
    assert turn("settle-dispute", dispute=dispute["id"], status="won")["status"] == "won"
    other = turn("pay", session=open_session().id)["payment_intent"]
    inquiry = turn("dispute", payment_intent=other, inquiry=True)
    assert inquiry["status"] == "warning_needs_response"
    assert turn("settle-dispute", dispute=inquiry["id"], status="needs_response")["status"] == "needs_response"
    assert turn("settle-dispute", dispute=inquiry["id"], status="lost")["status"] == "lost"


def test_delayed_methods_can_be_forced_on_any_session(open_session: Make, turn: Make) -> None:
    session = open_session()
    assert turn("pay-later", session=session.id)["payment_status"] == "unpaid"
    assert turn("settle-payment", session=session.id, arrived=True)["payment_status"] == "paid"


def test_an_event_is_sent_again_on_demand(
    paid: str, turn: Make, stripe_client: Any, stripe_sandbox: StripeBench
) -> None:
    event = stripe_client.v1.events.list({"type": "payment_intent.succeeded"}).data[0]
    turn("resend", event=event.id)
    turn("resend", event=event.id)
    state = requests.get(f"{stripe_sandbox.url}/control/state", timeout=10).json()
    assert state["undelivered"] == 2  # the completed session's own, and this one


def test_the_secret_rolls(turn: Make) -> None:
    assert turn("secret", secret="whsec_new", keep_old_s=60)["secrets"] == 2
    turn("clock", seconds=60)
    assert turn("secret", secret="whsec_new", keep_old_s=0)["secrets"] == 1


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("fault", {"kind": "explode"}, "kind"),
        ("fault", {"kind": "slow", "seconds": 10_000}, "seconds"),
        ("fault", {"kind": "slow", "seconds": "NaN"}, "seconds"),
        ("fault", {"kind": "down", "path": "/etc/passwd"}, "path"),
        ("fault", {"kind": "down", "times": 0}, "times"),
        ("clock", {}, "seconds"),
        ("clock", {"seconds": -5}, "seconds"),
        ("clock", {"seconds": "9" * 400}, "seconds"),
        ("secret", {"secret": "secret\nwith lines"}, "secret"),
        ("webhooks", {"stopped": "perhaps"}, "stopped"),
        ("pay", {}, "session"),
        ("pay", {"session": {"a": 1}}, "session"),
        ("pay", {"session": "cs_test_nothing"}, None),
        ("refund", {"payment_intent": "pi_nothing"}, None),
        ("settle-refund", {"refund": "re_nothing", "status": "failed"}, None),
        ("dispute", {"payment_intent": "pi_nothing"}, None),
        ("settle-dispute", {"dispute": "du_nothing", "status": "won"}, None),
        ("settle-payment", {"session": "cs_test_nothing", "arrived": True}, None),
        ("resend", {"event": "evt_nothing"}, None),
    ],
    ids=str,
)
def test_a_wrong_switch_says_why_and_changes_nothing(
    name: str, fields: dict[str, Any], field: str | None, stripe_sandbox: StripeBench
) -> None:
    before = requests.get(f"{stripe_sandbox.url}/control/state", timeout=10).json()
    answer = requests.post(f"{stripe_sandbox.url}/control/{name}", json=fields, timeout=10)
    assert answer.status_code in {400, 404}
    assert answer.json()["field"] == field
    assert answer.json()["error"]
    assert requests.get(f"{stripe_sandbox.url}/control/state", timeout=10).json() == before


def test_the_page_has_the_switches_and_shows_a_refusal_in_words(
    open_session: Make, stripe_sandbox: StripeBench
) -> None:
    session = open_session()
    page = requests.get(stripe_sandbox.url, timeout=10)
    assert page.status_code == 200
    assert session.id[-10:] in page.text
    assert "script" not in page.headers["Content-Security-Policy"]
    assert "style=" not in page.text
    form = {"session": session.id}
    done = requests.post(f"{stripe_sandbox.url}/control/pay", data=form, timeout=10, headers={"Accept": "text/html"})
    assert done.history[0].status_code == 303
    assert "Refund in the Dashboard" in done.text
    again = requests.post(f"{stripe_sandbox.url}/control/pay", data=form, timeout=10, headers={"Accept": "text/html"})
    assert again.status_code == 400
    assert "That was not done" in again.text
    assert requests.post(f"{stripe_sandbox.url}/control/explode", timeout=10).status_code == 404


def test_no_foreign_page_can_turn_a_switch(stripe_sandbox: StripeBench) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example:80"}):
        answer = requests.post(
            f"{stripe_sandbox.url}/control/clock", data={"seconds": "60"}, headers=headers, timeout=10
        )
        assert answer.status_code == 403
