"""The webhook believes only what was signed, stores it once, and answers after that."""

from __future__ import annotations

import io
import json

import pytest
from sqlalchemy import func, select

from app.db.tables import StripeEventRow
from app.db.unit_of_work import reading
from tests.integration.payments.conftest import Desk

ADDRESS = "/stripe/webhook"


def stored() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(StripeEventRow)) or 0


def sign(body: bytes, secret: str = "whsec_sandbox") -> str:
    import stripe

    return stripe.WebhookSignature.generate_signature_header(body.decode("utf-8", "replace"), secret)


def event(**changes: object) -> bytes:
    plain = {
        "id": "evt_1",
        "object": "event",
        "type": "checkout.session.completed",
        "created": 1795417200,
        "livemode": False,
        "api_version": "2026-10-28.endive",
        "data": {"object": {"id": "cs_test_none", "object": "checkout.session"}},
    }
    return json.dumps({**plain, **changes}).encode()


UNSIGNED = [
    (event(), None),
    (event(), ""),
    (event(), "t=1,v1=00"),
    (event(), sign(event(), "whsec_of_somebody_else")),
    (event(id="evt_2"), sign(event())),
    (b"", sign(b"")),
    (b"not json", sign(b"not json")),
    (b"[]", sign(b"[]")),
    (b"{}", sign(b"{}")),
    (event(id=None), sign(event(id=None))),
    (event(id="x" * 300), sign(event(id="x" * 300))),
    (event(data={}), sign(event(data={}))),
    (event(created=1e20), sign(event(created=1e20))),
    (event(api_version={"a": 1}), sign(event(api_version={"a": 1}))),
    (event(id="evt\x00"), sign(event(id="evt\x00"))),  # PostgreSQL holds no such text
    (b"\xff\xfe\x00", "t=1,v1=00"),
]


#: Numbered: a signature says when it was made, and a test is called the same in every process.
@pytest.mark.parametrize(("body", "header"), UNSIGNED, ids=range(len(UNSIGNED)))
def test_what_is_not_a_signed_event_is_refused_and_not_stored(desk: Desk, body: bytes, header: str | None) -> None:
    headers = {} if header is None else {"Stripe-Signature": header}
    assert desk.client.post(ADDRESS, data=body, headers=headers).status_code == 400
    assert stored() == 0


def test_a_replay_is_answered_and_stored_once(desk: Desk) -> None:
    body = event()
    for _ in range(5):
        assert desk.client.post(ADDRESS, data=body, headers={"Stripe-Signature": sign(body)}).status_code == 204
    assert stored() == 1


def test_kinds_that_we_do_not_know_are_stored_and_answered(desk: Desk) -> None:
    body = event(type="something.new", data={"object": {"id": "x_1", "object": "something"}})
    assert desk.client.post(ADDRESS, data=body, headers={"Stripe-Signature": sign(body)}).status_code == 204
    desk.deliver()
    with reading() as session:
        assert session.scalars(select(StripeEventRow.outcome)).one() == "not of interest"


def test_a_large_body_is_refused_before_it_is_read(desk: Desk) -> None:
    body = b"x" * (300 * 1024)
    answer = desk.client.post(ADDRESS, data=body, headers={"Stripe-Signature": sign(body)})
    assert answer.status_code == 413
    assert stored() == 0


def test_only_post(desk: Desk) -> None:
    assert desk.client.get(ADDRESS).status_code == 405


def test_an_event_before_our_own_commit_is_harmless(desk: Desk) -> None:
    body = event(data={"object": {"id": "cs_test_unknown", "object": "checkout.session"}})
    assert desk.client.post(ADDRESS, data=body, headers={"Stripe-Signature": sign(body)}).status_code == 204
    desk.deliver()
    with reading() as session:
        assert session.scalars(select(StripeEventRow.outcome)).one() == "unknown session"


def test_live_and_test_never_meet(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    session_id = desk.pay(booking)
    body = event(livemode=True, data={"object": {"id": session_id, "object": "checkout.session"}})
    desk.bench.world.faults.webhooks_stopped = True
    assert desk.client.post(ADDRESS, data=body, headers={"Stripe-Signature": sign(body)}).status_code == 204
    desk.deliver()
    assert desk.booking_state(booking) == "held"


def test_of_a_body_of_unknown_length_no_more_is_read_than_is_allowed(desk: Desk) -> None:
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    stream = io.BytesIO(event(padding="x" * 600 * 1024))
    signed = {"Stripe-Signature": sign(stream.getvalue())}
    answer = desk.client.post(ADDRESS, input_stream=stream, environ_overrides=environ, headers=signed)
    assert answer.status_code in (400, 413)
    assert stream.tell() <= 300 * 1024
    assert stored() == 0
