"""The simulated practice: the real services on a real database, the sandbox over HTTP, one clock, and crashes.

A crash is an exception thrown where a process may die: right before or right after a call to Stripe. What was not
committed by then is lost, as it would be; the next action is another process looking at the same tables.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy import select
from stripe._http_client import HTTPClient as _Rests

from app.db.base import db
from app.db.tables import BookingRow, DepositRow, OutboxRow, RefundRow
from app.db.unit_of_work import reading
from app.domain.checkout import CheckoutError, CheckoutGateway
from app.domain.refusals import Refusal
from app.gateways.stripe_checkout import StripeCheckout
from app.services.changes import cancel_booking, cancel_by_practice, move_booking
from app.services.deposits import expire_deposit, open_deposit
from app.services.holds import release_expired_holds, release_hold
from app.services.money_audit import audit_money, hear_missed_events
from app.services.reconciliation import reconcile_deposits
from app.services.refunds import send_refunds
from app.services.settlement import apply
from app.services.stripe_events import process_events, receive_event
from dev.stripe_sandbox import refunds
from dev.stripe_sandbox.delivery import deliver_due
from dev.stripe_sandbox.errors import ApiError
from dev.stripe_sandbox.faults import ApiFault, FaultKind
from tests.conftest import START, MovableClock
from tests.diary_checks import diary_faults
from tests.factories.booking import make_detailed_hold, visitor_digest
from tests.factories.catalogue import make_catalogue
from tests.simulation.schedule import Action
from tests.stripe_bench import StripeBench, start_bench

BASE = "http://localhost"
VISITORS = ("ann", "ben", "cat")
TIMES = tuple(datetime(2026, 11, day, hour, 0, tzinfo=UTC) for day, hour in ((25, 10), (25, 11), (26, 10), (27, 10)))
FAULTS: dict[str, FaultKind] = {
    "lose_answer": "lose_answer", "lose_request": "lose_request", "stripe_down": "down", "rate_limit": "rate_limit",
}  # fmt: skip


class Crash(Exception):
    """The process died here."""


class Mortal:
    """A checkout gateway in a process that may die at its next call."""

    def __init__(self, inner: CheckoutGateway) -> None:
        self._inner = inner
        self.dies: str | None = None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found) or name == "verify_event":
            return found

        def call(*given: Any, **named: Any) -> Any:
            when, self.dies = self.dies, None
            if when == "before":
                raise Crash
            answer = found(*given, **named)
            if when == "after":
                raise Crash
            return answer

        return call


class Simulation:
    """One run. `check` gives what is wrong now; `finish` lets everything come to rest first."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.clock = MovableClock(START)
        self.bench: StripeBench
        self.bench, self._stop = start_bench(self.clock)
        self.checkout = Mortal(StripeCheckout("sk_test_sandbox", ("whsec_sandbox",), self.bench.url))
        self.catalogue = make_catalogue()
        self.ever_paid: set[int] = set()
        self._rests = _Rests.INITIAL_DELAY, _Rests.MAX_DELAY
        _Rests.INITIAL_DELAY = _Rests.MAX_DELAY = 0  # nobody waits for a real network here
        self._empty()

    def close(self) -> None:
        """Leave everything as it was found."""
        _Rests.INITIAL_DELAY, _Rests.MAX_DELAY = self._rests
        self._stop()

    def _empty(self) -> None:
        with db.engine.begin() as connection:
            for table in reversed(db.metadata.sorted_tables):
                connection.execute(table.delete())

    def act(self, action: Action) -> None:
        """Let one thing happen. Refusals, faults and crashes are part of the day."""
        try:
            getattr(self, f"_{action.name}")(action.number)
        except (Refusal, CheckoutError, Crash, ApiError):
            pass
        finally:
            db.session.remove()

    # what clients do

    def _hold(self, number: int) -> None:
        make_detailed_hold(
            now=self.clock.now, starts_at=TIMES[number % len(TIMES)], visitor=VISITORS[number % 7 % len(VISITORS)],
            catalogue=self.catalogue,
        )  # fmt: skip

    def _open(self, number: int) -> None:
        self._with(number, ("held",), lambda row: open_deposit(row, self.checkout, base_url=BASE, now=self.clock.now))

    def _pay(self, number: int) -> None:
        sessions = [s["id"] for s in self._stripe("checkout.session") if s["status"] == "open"]
        if sessions:
            self.bench.pay(sessions[number % len(sessions)])

    def _decline(self, number: int) -> None:
        sessions = [s["id"] for s in self._stripe("checkout.session") if s["status"] == "open"]
        if sessions:
            self.bench.decline(sessions[number % len(sessions)])

    def _come_back(self, number: int) -> None:
        sessions = [s["id"] for s in self._stripe("checkout.session")]
        if sessions:
            apply(sessions[number % len(sessions)], self.checkout, now=self.clock.now)

    def _release(self, number: int) -> None:
        release_hold(visitor_digest(VISITORS[number % len(VISITORS)]), now=self.clock.now)

    def _expire_page(self, number: int) -> None:
        self._with(number, ("held",), lambda row: expire_deposit(row, self.checkout, base_url=BASE, now=self.clock.now))

    def _cancel(self, number: int) -> None:
        self._with(number, ("confirmed",), lambda row: cancel_booking(row, 1, now=self.clock.now))

    def _move(self, number: int) -> None:
        to = TIMES[number % len(TIMES)]
        self._with(
            number, ("confirmed",),
            lambda row: move_booking(self.catalogue, row, 1, starts_at=to, now=self.clock.now),
        )  # fmt: skip

    # what the practice and its worker do

    def _practice_cancels(self, number: int) -> None:
        self._with(number, ("confirmed",), lambda row: cancel_by_practice(row, now=self.clock.now))

    def _process(self, _number: int) -> None:
        process_events(self.checkout, now=self.clock.now)

    def _poll(self, _number: int) -> None:
        reconcile_deposits(self.checkout, base_url=BASE, now=self.clock.now)
        release_expired_holds(now=self.clock.now)

    def _send_refunds(self, _number: int) -> None:
        send_refunds(self.checkout, now=self.clock.now)

    def _hear_missed(self, _number: int) -> None:
        hear_missed_events(self.checkout, now=self.clock.now)

    # what Stripe does

    def _deliver(self, _number: int) -> None:
        def post(_url: str, body: bytes, signature: str) -> int:
            receive_event(self.checkout.verify_event(body, signature), now=self.clock.now)
            return 200

        self.bench.act(lambda _world: None)
        deliver_due(self.bench.world, post)

    def _dashboard_refund(self, number: int) -> None:
        charges = [c for c in self._stripe("charge") if c["paid"] and c["amount_refunded"] < c["amount"]]
        if charges:
            charge = charges[number % len(charges)]
            self.bench.act(refunds.create, {"payment_intent": charge["payment_intent"], "amount": 1 + number % 300})

    # bad luck and time

    def _lose_answer(self, number: int) -> None:
        self._fault("lose_answer", number)

    def _lose_request(self, number: int) -> None:
        self._fault("lose_request", number)

    def _stripe_down(self, number: int) -> None:
        self._fault("stripe_down", number)

    def _rate_limit(self, number: int) -> None:
        self._fault("rate_limit", number)

    def _fault(self, name: str, number: int) -> None:
        method = "POST" if number % 2 else "*"
        self.bench.world.faults.api = [ApiFault(FAULTS[name], method, "/v1/", 1 + number % 4)]

    def _drop_webhooks(self, number: int) -> None:
        self.bench.world.faults.drop_next = number % 4

    def _double_webhooks(self, number: int) -> None:
        self.bench.world.faults.duplicate_next = number % 4

    def _crash_before_call(self, _number: int) -> None:
        self.checkout.dies = "before"

    def _crash_after_call(self, _number: int) -> None:
        self.checkout.dies = "after"

    def _wait_minutes(self, number: int) -> None:
        self.clock.advance(minutes=number % 40)

    def _wait_hours(self, number: int) -> None:
        self.clock.advance(hours=number % 10)

    # looking

    def _with(self, number: int, states: tuple[str, ...], do: Callable[[int], object]) -> None:
        with reading() as session:
            ids = list(
                session.scalars(select(BookingRow.id).where(BookingRow.state.in_(states)).order_by(BookingRow.id))
            )
        if ids:
            do(ids[number % len(ids)])

    def _stripe(self, kind: str) -> list[dict[str, Any]]:
        return list(self.bench.act(lambda world: world.store.newest_first(kind)))

    def check(self) -> list[str]:
        """What must hold after every single action, and does not."""
        faults = diary_faults()
        with reading() as session:
            bookings = {row.id: row for row in session.scalars(select(BookingRow))}
            deposits = list(session.scalars(select(DepositRow)))
            back = list(session.scalars(select(RefundRow)))
            mails = list(session.scalars(select(OutboxRow.key)))
            paid = {row.id for row in deposits if row.state in ("paid", "paid_conflict")}
            faults += [f"deposit {lost} was paid and is not any more" for lost in sorted(self.ever_paid - paid)]
            self.ever_paid |= paid
            sessions = {s["id"]: s for s in self._stripe("checkout.session")}
            for row in deposits:
                there = sessions.get(row.session_id or "")
                if row.id in paid and (there is None or there["payment_status"] != "paid"):
                    faults.append(f"deposit {row.id} is paid here and not at Stripe")
                payable = there is not None and there["status"] == "open" and row.state in ("open", "creating")
                if payable and bookings[row.booking_id].state == "released":
                    faults.append(f"booking {row.booking_id} was released while its page can be paid")
                gone = sum(
                    r.amount_minor for r in back if r.deposit_id == row.id and r.state not in ("failed", "canceled")
                )
                if gone > row.amount_minor:
                    faults.append(f"deposit {row.id}: {gone} of {row.amount_minor} goes back")
            for booking in bookings.values():
                own = [row for row in deposits if row.booking_id == booking.id]
                if booking.state == "confirmed" and not any(row.state == "paid" for row in own):
                    faults.append(f"booking {booking.id} is confirmed without its money")
                if sum(row.state in ("creating", "open", "processing", "paid") for row in own) > 1:
                    faults.append(f"booking {booking.id} has two live deposits")
            faults += [f"two mails: {key}" for key in mails if mails.count(key) > 1]
        return faults

    def finish(self) -> list[str]:
        """Bad luck ends, the worker goes on for two days of short rounds: then nothing may be left half done."""
        self.checkout.dies = None
        faults = self.bench.world.faults
        faults.api, faults.drop_next, faults.duplicate_next = [], 0, 0
        for minutes in (1, 2, 5, 10, 20, 30, 40, 60, 120, 360, 400, 400):
            self.clock.advance(minutes=minutes)
            for name in ("deliver", "process", "poll", "send_refunds"):
                self.act(Action(name, 0))
        left = self.check()
        report = audit_money(self.checkout, now=self.clock.now)  # type: ignore[arg-type]
        left += [f"audit: {difference.words}" for difference in report.differences]
        with reading() as session:
            for row in session.scalars(
                select(DepositRow).where(DepositRow.state.in_(("creating", "open", "processing")))
            ):
                left.append(f"deposit {row.id} is still {row.state}: {row.problem}")
            for held in session.scalars(select(BookingRow.id).where(BookingRow.state == "held")):
                left.append(f"booking {held} is still held")
            for refund in session.scalars(select(RefundRow).where(RefundRow.state.not_in(("succeeded", "canceled")))):
                left.append(f"refund {refund.id} is {refund.state}: {refund.problem}")
            booked = {row.id: row.state for row in session.scalars(select(BookingRow))}
            kept = {row.pi_id: row for row in session.scalars(select(DepositRow).where(DepositRow.pi_id.is_not(None)))}
        for charge in self._stripe("charge"):
            deposit = kept.get(charge["payment_intent"])
            if not charge["paid"]:
                continue
            with_us = charge["amount"] - charge["amount_refunded"]
            state = booked.get(deposit.booking_id) if deposit is not None else None
            if with_us and state not in ("confirmed", "cancelled"):
                left.append(f"charge {charge['id']}: {with_us} kept for a booking that is {state}")
            if with_us and deposit is not None and deposit.state == "paid_conflict":
                left.append(f"charge {charge['id']}: {with_us} kept of a payment without a time")
        return left
