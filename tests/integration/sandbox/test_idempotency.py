"""One key, one effect."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
import stripe

from dev.stripe_sandbox.faults import ApiFault
from tests.conftest import MovableClock
from tests.stripe_bench import StripeBench

Make = Callable[..., Any]


def arm(bench: StripeBench, kind: Any, **more: Any) -> None:
    bench.act(lambda world: world.faults.api.append(ApiFault(kind, **more)))


def test_the_same_key_and_words_get_the_same_session(terms: Make, stripe_client: stripe.StripeClient) -> None:
    wish = terms()
    first = stripe_client.v1.checkout.sessions.create(wish, {"idempotency_key": "dep:1:1"})
    again = stripe_client.v1.checkout.sessions.create(wish, {"idempotency_key": "dep:1:1"})
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert len(stripe_client.v1.checkout.sessions.list().data) == 1


def test_the_same_key_with_other_words_is_refused(terms: Make, stripe_client: stripe.StripeClient) -> None:
    stripe_client.v1.checkout.sessions.create(terms(), {"idempotency_key": "dep:1:1"})
    with pytest.raises(stripe.IdempotencyError) as caught:
        stripe_client.v1.checkout.sessions.create(terms(amount=1300), {"idempotency_key": "dep:1:1"})
    assert caught.value.http_status == 400


def test_wrong_words_are_not_remembered(terms: Make, stripe_client: stripe.StripeClient) -> None:
    for wrong in ({"submit_type": "buy"}, {"amount": 1}):
        with pytest.raises(stripe.InvalidRequestError):
            stripe_client.v1.checkout.sessions.create(terms(**wrong), {"idempotency_key": "dep:1:1"})
    session = stripe_client.v1.checkout.sessions.create(terms(), {"idempotency_key": "dep:1:1"})
    assert session.status == "open"


def test_a_key_is_forgotten_after_a_day(
    terms: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench, clock: MovableClock
) -> None:
    first = stripe_client.v1.checkout.sessions.create(terms(), {"idempotency_key": "dep:1:1"})
    clock.advance(hours=24)
    second = stripe_client.v1.checkout.sessions.create(terms(), {"idempotency_key": "dep:1:1"})
    assert second.id != first.id


def test_a_twin_that_comes_while_the_first_still_runs_is_told_to_wait(
    terms: Make, make_client: Make, stripe_sandbox: StripeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, go_on, wish = Event(), Event(), terms()
    made: list[str] = []

    def rest(_seconds: float) -> None:
        runs.set()
        go_on.wait(60)

    stripe_sandbox.world.rest = rest
    arm(stripe_sandbox, "slow")
    slow = Thread(
        target=lambda: made.append(make_client().v1.checkout.sessions.create(wish, {"idempotency_key": "k"}).id)
    )
    slow.start()
    assert runs.wait(60)
    with pytest.raises(stripe.StripeError) as caught:
        make_client().v1.checkout.sessions.create(wish, {"idempotency_key": "k"})
    assert caught.value.http_status == 409
    assert caught.value.error.code == "idempotency_key_in_use"  # type: ignore[union-attr]

    def pause(*_: object) -> float:
        go_on.set()
        slow.join()
        return 0.0

    # the SDK's own retries wait it out and get the very same session
    monkeypatch.setattr(stripe.HTTPClient, "_sleep_time_seconds", pause)
    again = make_client(retries=2).v1.checkout.sessions.create(wish, {"idempotency_key": "k"})
    assert [again.id] == made
    assert len(make_client().v1.checkout.sessions.list().data) == 1


@pytest.mark.parametrize(("kind", "made"), [("error_before", 0), ("error_after", 1)])
def test_a_500_is_replayed_whether_or_not_the_work_was_done(
    kind: str, made: int, terms: Make, make_client: Make, stripe_sandbox: StripeBench
) -> None:
    arm(stripe_sandbox, kind)
    wish, client = terms(), make_client(retries=2)
    with pytest.raises(stripe.APIError) as caught:
        client.v1.checkout.sessions.create(wish, {"idempotency_key": "k"})
    assert caught.value.http_status == 500
    assert len(client.v1.checkout.sessions.list().data) == made
    assert client.v1.checkout.sessions.create(wish, {"idempotency_key": "k2"}).status == "open"


def test_a_lost_answer_is_found_again_by_the_sdks_own_retry(
    terms: Make, make_client: Make, stripe_sandbox: StripeBench
) -> None:
    arm(stripe_sandbox, "lose_answer")
    client = make_client(retries=2)
    session = client.v1.checkout.sessions.create(terms(), {"idempotency_key": "k"})
    assert [one.id for one in client.v1.checkout.sessions.list().data] == [session.id]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("lose_answer", stripe.APIConnectionError),
        ("lose_request", stripe.APIConnectionError),
        ("down", stripe.APIError),
        ("rate_limit", stripe.RateLimitError),
    ],
)
def test_faults_arrive_as_the_sdks_errors_and_are_used_up(
    kind: str, error: type[Exception], terms: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench
) -> None:
    arm(stripe_sandbox, kind)
    with pytest.raises(error):
        stripe_client.v1.checkout.sessions.create(terms())
    assert stripe_client.v1.checkout.sessions.create(terms()).status == "open"
    assert len(stripe_client.v1.checkout.sessions.list().data) == (2 if kind == "lose_answer" else 1)


def test_two_refunds_with_one_key_give_the_money_back_once(
    open_session: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench
) -> None:
    session = open_session()
    stripe_sandbox.pay(session.id)
    payment = str(stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    wish: Any = {"payment_intent": payment, "amount": 400}
    ids = {stripe_client.v1.refunds.create(wish, {"idempotency_key": "refund:1"}).id for _ in range(3)}
    assert len(ids) == 1
    assert len(stripe_client.v1.refunds.list({"payment_intent": payment}).data) == 1


def test_a_replayed_answer_can_be_lost_as_well(
    terms: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench
) -> None:
    arm(stripe_sandbox, "lose_answer", times=2)
    wish = terms()
    for _ in range(2):
        with pytest.raises(stripe.APIConnectionError):
            stripe_client.v1.checkout.sessions.create(wish, {"idempotency_key": "k"})
    session = stripe_client.v1.checkout.sessions.create(wish, {"idempotency_key": "k"})
    assert [one.id for one in stripe_client.v1.checkout.sessions.list().data] == [session.id]
