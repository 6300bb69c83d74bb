"""The key: what it may do is looked at when the worker starts, and what it is never leaves the settings."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import select, text

from app import create_app
from app.db.base import db
from app.db.tables import DepositRow, OutboxRow, StaffTaskRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.checkout import CheckoutUnavailable, KeyRefused
from app.domain.refusals import DepositNotPossible
from app.gateways.stripe_checkout import StripeCheckout
from app.gateways.stripe_rights import RIGHTS
from app.services.money.key_rights import check_key
from config import Settings
from tests.integration.payments.conftest import Desk
from tests.integration.payments.test_webhook import event, sign

Forbidding = Callable[[frozenset[str]], StripeCheckout]
#: Nowhere but in the settings may this be seen.
MARK = "5ecr3tKEYvalue"


@pytest.fixture
def forbidding() -> Iterator[Forbidding]:
    """A gateway to a Stripe that answers 403, as it does to a restricted key, on the given paths and 404 on others."""
    servers: list[ThreadingHTTPServer] = []

    def start(forbidden: frozenset[str]) -> StripeCheckout:
        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                refused = any(path.startswith(one) for one in forbidden)
                words = "The provided key does not have the required permissions." if refused else "No such thing."
                error = {"type": "invalid_request_error", "message": words}
                body = json.dumps({"error": error}).encode()
                self.send_response(403 if refused else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_arguments: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        servers.append(server)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return StripeCheckout("rk_test_narrow", ("whsec_x",), f"http://127.0.0.1:{server.server_port}")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def open_tasks() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(StaffTaskRow.message).where(StaffTaskRow.done_at.is_(None))))


def test_a_good_key_lacks_nothing_and_looking_changes_nothing(desk: Desk, app: Flask) -> None:
    assert desk.checkout.missing_rights() == []
    for kind in ("checkout.session", "refund", "event"):
        assert desk.bench.world.store.newest_first(kind) == []
    result = app.test_cli_runner().invoke(args=["money", "check-key"])
    assert (result.exit_code, result.output) == (0, "test key, 0 rights missing\n")


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/v1/checkout/sessions", "Checkout Sessions: write"),
        ("/v1/refunds", "Refunds: write"),
        ("/v1/payment_intents", "PaymentIntents: read"),
        ("/v1/charges", "Charges: read"),
        ("/v1/events", "Events: read"),
        ("/v1/disputes", "Disputes: read"),
        ("/v1/balance_transactions", "Balance: read"),
    ],
)
def test_each_missing_right_is_named(forbidding: Forbidding, path: str, right: str) -> None:
    assert forbidding(frozenset({path})).missing_rights() == [right]


def test_a_missing_right_is_a_task_until_it_is_there(desk: Desk, forbidding: Forbidding) -> None:
    for _ in range(2):
        assert check_key(forbidding(frozenset({"/v1/refunds"})), now=desk.clock.now) == ["Refunds: write"]
    assert open_tasks() == ["Stripe's key lacks: Refunds: write. Add this in Stripe, or make a new key."]
    assert check_key(desk.checkout, now=desk.clock.now) == []
    assert open_tasks() == []
    check_key(forbidding(frozenset({"/v1/events"})), now=desk.clock.now)
    assert len(open_tasks()) == 1, "what comes back is told again"


def test_a_key_that_is_not_accepted_lacks_everything(desk: Desk) -> None:
    wrong = StripeCheckout("sk_wrong", ("whsec_x",), desk.bench.url)
    assert wrong.missing_rights() == list(RIGHTS)
    with pytest.raises(KeyRefused):
        wrong.list_refunds("pi_1")


def test_without_an_answer_nothing_is_claimed(desk: Desk, app: Flask) -> None:
    desk.fault("down", times=99, method="*")
    with pytest.raises(CheckoutUnavailable):
        check_key(desk.checkout, now=desk.clock.now)
    assert open_tasks() == []
    assert app.test_cli_runner().invoke(args=["money", "check-key"]).exit_code == 1


class TestSecretsStayInside:
    @pytest.fixture
    def secretive(self, settings: Settings, desk: Desk) -> Iterator[Flask]:
        """The application with a key that Stripe refuses; errors are answered as in production."""
        app = create_app(
            replace(
                settings,
                stripe_api_base=desk.bench.url,
                stripe_secret_key=f"sk_broken_{MARK}",
                stripe_webhook_secrets=(f"whsec_{MARK}",),
            ),
            clock=desk.clock,
        )
        app.testing = False
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()

    def test_neither_pages_nor_logs_nor_rows_tell_them(
        self, desk: Desk, secretive: Flask, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        booking = desk.hold()
        checkout = secretive.extensions["site"].checkout
        with pytest.raises(DepositNotPossible):
            Desk(desk.client, desk.bench, desk.clock, checkout).open(booking)
        check_key(checkout, now=desk.clock.now)
        client = secretive.test_client()
        answers = [
            client.post("/stripe/webhook", data=event(), headers={"Stripe-Signature": sign(event())}),
            client.post("/stripe/webhook", data=b"x" * 300_000),
            client.get("/book/return?session_id=cs_test_nothing"),
            client.get("/readyz"),
            client.get("/metrics"),
        ]
        with reading() as session:
            rows = [
                *session.scalars(select(StaffTaskRow.message)),
                *session.scalars(select(DepositRow.problem)),
                *session.scalars(select(OutboxRow.error)),
            ]
        told = "\n".join([caplog.text, *(answer.text for answer in answers), *map(str, rows)])
        assert "Stripe's key lacks" in told
        assert MARK not in told

    def test_not_even_when_everything_breaks(
        self, desk: Desk, secretive: Flask, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        with unit_of_work() as session:
            session.execute(text("ALTER TABLE stripe_event RENAME TO stripe_event_away"))
        try:
            body = event(id=f"evt_{'1' * 9}")
            signed = {"Stripe-Signature": sign(body, f"whsec_{MARK}")}
            answer = secretive.test_client().post("/stripe/webhook", data=body, headers=signed)
        finally:
            db.session.remove()
            with unit_of_work() as session:
                session.execute(text("ALTER TABLE stripe_event_away RENAME TO stripe_event"))
        assert answer.status_code in (500, 503)
        assert "stripe_event" in caplog.text or "database" in caplog.text
        for private in (MARK, "evt_111111111"):
            assert private not in answer.text + caplog.text
