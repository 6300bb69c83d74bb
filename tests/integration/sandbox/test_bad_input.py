"""Whatever is thrown at the API, it answers in Stripe's error shape and never with a 500."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Thread

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dev.stripe_sandbox.api import ApiRequest, answer
from dev.stripe_sandbox.parameters import shape
from dev.stripe_sandbox.world import World
from tests.stripe_bench import StripeBench

KEY = {"Authorization": "Bearer sk_test_sandbox"}
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)

names = st.sampled_from(
    sorted(shape()["operations"]["POST /v1/checkout/sessions"]["fields"])
    + sorted(shape()["operations"]["POST /v1/refunds"]["fields"])
    + ["price_data", "unit_amount", "product_data", "", "0", "99999999999999999999", "gte"]
)
keys = st.one_of(
    st.text(max_size=20),
    st.builds(
        lambda head, rest: head + "".join(f"[{one}]" for one in rest),
        names,
        st.lists(names | st.text(max_size=3), max_size=5),
    ),
)
values = st.one_of(
    st.text(max_size=40),
    st.integers().map(str),
    st.sampled_from(["", "true", "payment", "gbp", "1e9", "-0", "٣", "\x00", "💥" * 50, "http://", "a@b.c"]),
)
paths = st.sampled_from([name.partition(" ")[2].replace("{", "").replace("}", "") for name in shape()["operations"]])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World(public_url="http://127.0.0.1:1", clock=lambda: NOW)
    yield world
    world.store.close()


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    path=paths,
    pairs=st.lists(st.tuples(keys, values), max_size=8),
    idempotency_key=st.none() | st.text(max_size=300),
)
def test_no_words_break_the_api(
    world: World, method: str, path: str, pairs: list[tuple[str, str]], idempotency_key: str | None
) -> None:
    given_back = answer(
        world,
        ApiRequest(method, path, tuple(pairs), "Bearer sk_test_x", idempotency_key, "2026-10-28.endive"),
    )
    assert given_back.status in {200, 400, 404, 409}
    if given_back.status != 200:
        assert given_back.body["error"]["type"] in {"invalid_request_error", "idempotency_error"}
        assert given_back.body["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/v1/checkout/sessions", {"headers": {}}, 401),
        ("GET", "/v1/checkout/sessions", {"headers": {"Authorization": "Basic eDp5"}}, 401),
        ("GET", "/v1/checkout/sessions", {"headers": {**KEY, "Stripe-Version": "yesterday"}}, 400),
        ("POST", "/v1/checkout/sessions", {"json": {"mode": "payment"}}, 400),
        ("POST", "/v1/checkout/sessions", {"data": b"\xff\xfe%%%=&&&=;"}, 400),
        ("POST", "/v1/checkout/sessions", {"data": "a[b=c"}, 400),
        ("POST", "/v1/checkout/sessions", {"data": "a=1&a[b]=2"}, 400),
        ("POST", "/v1/checkout/sessions", {"data": "metadata" + "[x]" * 500 + "=1"}, 400),
        ("POST", "/v1/refunds", {"data": {"payment_intent": "pi_1", "idempotency": "x" * 300}}, 400),
        ("GET", "/v1/checkout/sessions/" + "x" * 3000, {}, 404),
        ("GET", "/v1/../control/state", {}, 200),  # a client resolves the dots itself: no way around a guard
        ("GET", "/v1/%00", {}, 404),
        ("POST", "/v1/checkout/sessions/cs_test_x/expire", {}, 404),
        ("DELETE", "/v1/checkout/sessions/cs_test_x", {}, 404),
        ("GET", "/v1/", {}, 404),
    ],
    ids=lambda one: str(one)[:60],
)
def test_odd_requests_over_http(
    method: str, path: str, options: dict[str, object], status: int, stripe_sandbox: StripeBench
) -> None:
    options = {"headers": KEY, **options}
    given_back = requests.request(method, stripe_sandbox.url + path, timeout=10, **options)  # type: ignore[arg-type]
    assert given_back.status_code == status
    if status != 200:
        assert "error" in given_back.json()
        assert given_back.headers["Request-Id"].startswith("req_")


def test_a_flood_of_bytes_is_cut_off(stripe_sandbox: StripeBench) -> None:
    given_back = requests.post(
        f"{stripe_sandbox.url}/v1/refunds", data={"metadata[x]": "y" * 2_000_000}, headers=KEY, timeout=10
    )
    assert given_back.status_code == 413


def test_a_caller_that_hangs_up_in_the_middle_leaves_the_others_alone(stripe_sandbox: StripeBench) -> None:
    host = stripe_sandbox.url.removeprefix("http://")
    for _ in range(5):
        connection = http.client.HTTPConnection(host, timeout=5)
        connection.putrequest("POST", "/v1/refunds")
        connection.putheader("Content-Length", "1000")
        connection.endheaders()
        connection.send(b"payment_intent=")
        connection.close()
    assert requests.get(f"{stripe_sandbox.url}/v1/events", headers=KEY, timeout=10).status_code == 200


def test_many_callers_at_once_are_all_answered(stripe_sandbox: StripeBench) -> None:
    answers: list[int] = []

    def ask(number: int) -> None:
        words = {
            "success_url": "http://localhost/", "mode": "payment", "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": "gbp", "line_items[0][price_data][unit_amount]": "1200",
            "line_items[0][price_data][product_data][name]": "visit",
        }  # fmt: skip
        for _ in range(5):
            headers = {**KEY, "Idempotency-Key": f"key-{number % 4}"}
            done = requests.post(f"{stripe_sandbox.url}/v1/checkout/sessions", data=words, headers=headers, timeout=20)
            answers.append(done.status_code)

    threads = [Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 60
    assert set(answers) <= {200, 409}
    listed = requests.get(f"{stripe_sandbox.url}/v1/checkout/sessions?limit=100", headers=KEY, timeout=10).json()
    assert len(listed["data"]) == 4
