"""Pressing pay twice, without an answer, or coming back with a made-up session."""

from __future__ import annotations

import pytest
from flask import Flask

from app.db.tables import DepositRow
from dev.stripe_sandbox.faults import ApiFault, FaultKind
from tests.booking_visitor import BookingVisitor
from tests.integration.web.conftest import Store
from tests.stripe_bench import StripeBench


class TestPaying:
    def test_pressing_twice_opens_one_payment_page(self, booker: BookingVisitor, store: Store) -> None:
        booker.reach_check()
        booker.send("/book/check")
        first = booker.place
        booker.send("/book/check")
        assert booker.place == first
        assert "/c/pay/" in first
        assert store.count(DepositRow) == 1

    @pytest.mark.parametrize("kind", ["down", "rate_limit", "lose_request"])
    def test_no_answer_costs_nothing_and_the_next_press_goes_on(
        self, booker: BookingVisitor, stripe_sandbox: StripeBench, store: Store, kind: FaultKind
    ) -> None:
        booker.reach_check()
        stripe_sandbox.world.faults.api.append(ApiFault(kind, "POST", "/v1/checkout/sessions", times=20))
        booker.send("/book/check")
        assert booker.status == 503
        assert "have paid nothing" in (booker.answer.text if booker.answer else "")
        assert booker.page.all("a", href="/book/check")
        stripe_sandbox.world.faults.api.clear()
        booker.send("/book/check")
        assert "/c/pay/" in booker.place
        assert store.count(DepositRow) == 1
        assert len(list(stripe_sandbox.act(lambda world: world.store.newest_first("checkout.session")))) == 1

    def test_the_way_back_proves_nothing_by_itself(
        self, booking_app: Flask, booker: BookingVisitor, store: Store
    ) -> None:
        booker.reach_check()
        booker.send("/book/check")
        session_id = booker.place.rpartition("/")[2]
        booker.get(f"/book/return?session_id={session_id}")
        assert booker.heading == "We are checking the payment"
        assert store.bookings("confirmed") == 0
        other = BookingVisitor(booking_app.test_client())
        other.get(f"/book/return?session_id={session_id}")
        assert other.heading == "Look at your email"

    @pytest.mark.parametrize("session_id", ["", "cs_test_nothing", "../../v1/refunds", "x" * 5000, "%00", "cs_live_1"])
    def test_made_up_sessions_tell_nothing(self, booker: BookingVisitor, session_id: str) -> None:
        booker.get(f"/book/return?session_id={session_id}")
        assert (booker.status, booker.heading) == (200, "Look at your email")

    def test_paid_is_booked_once_however_often_the_way_back_is_taken(
        self, booker: BookingVisitor, stripe_sandbox: StripeBench, store: Store
    ) -> None:
        booker.reach_check()
        booker.send("/book/check")
        session_id = booker.place.rpartition("/")[2]
        stripe_sandbox.pay(session_id)
        for _ in range(3):
            booker.get(f"/book/return?session_id={session_id}")
            assert booker.place.startswith("/booking/")
        assert (store.bookings("confirmed"), store.count(DepositRow)) == (1, 1)
        booker.get("/book/check")  # back to the last step: what they booked
        assert booker.place.startswith("/booking/")
        booker.get("/book/treatment")  # the form is done with: it starts again
        assert booker.place == "/book/safety"
