"""The whole application with the sandbox behind it, on both engines and one waiting clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from app.db.base import db
from app.db.tables import BookingCellRow, BookingRow, DepositRow, OutboxRow, RefundRow, StaffTaskRow
from app.db.unit_of_work import reading
from app.domain.booking import Booking
from app.domain.checkout import CheckoutGateway
from app.services.money.deposits import open_deposit
from app.services.money.reconciliation import reconcile_deposits
from app.services.money.refunds import send_refunds
from app.services.money.settlement import DepositOutcome, apply
from app.services.money.stripe_events import process_events
from app.web.site import Site
from config import Settings
from dev.stripe_sandbox.faults import ApiFault, FaultKind
from tests.conftest import MovableClock
from tests.factories.booking import make_detailed_hold
from tests.stripe_bench import StripeBench

BASE = "http://localhost"
SLOT = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


@pytest.fixture
def app(settings: Settings, clock: MovableClock, stripe_sandbox: StripeBench) -> Iterator[Flask]:
    app = create_app(replace(settings, stripe_api_base=stripe_sandbox.url), clock=clock)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@dataclass
class Desk:
    """Everything a test of deposits does and looks at."""

    client: FlaskClient
    bench: StripeBench
    clock: MovableClock
    checkout: CheckoutGateway

    def hold(self, visitor: str = "visitor", starts_at: datetime = SLOT) -> Booking:
        return make_detailed_hold(now=self.clock.now, starts_at=starts_at, visitor=visitor)

    def open(self, booking: Booking) -> str:
        return open_deposit(booking.id, self.checkout, base_url=BASE, now=self.clock.now)

    def apply(self, booking: Booking) -> DepositOutcome | None:
        session_id = self.deposits(booking)[-1].session_id
        assert session_id is not None
        return apply(session_id, self.checkout, now=self.clock.now)

    def pay(self, booking: Booking) -> str:
        session_id = self.deposits(booking)[-1].session_id
        assert session_id is not None
        self.bench.pay(session_id)
        return session_id

    def deliver(self) -> list[int]:
        """Webhooks go out, and the worker follows them."""
        answers = self.bench.deliver(self.client)
        process_events(self.checkout, now=self.clock.now)
        return answers

    def poll(self, minutes: float = 2) -> None:
        """The worker asks by itself, a while later."""
        self.clock.advance(minutes=minutes)
        reconcile_deposits(self.checkout, base_url=BASE, now=self.clock.now)
        send_refunds(self.checkout, now=self.clock.now)

    def fault(self, kind: FaultKind, path: str = "/v1/", times: int = 1, method: str = "POST") -> None:
        self.bench.world.faults.api.append(ApiFault(kind, method, path, times))

    def deposits(self, booking: Booking) -> list[DepositRow]:
        with reading() as session:
            wanted = select(DepositRow).where(DepositRow.booking_id == booking.id).order_by(DepositRow.id)
            rows = list(session.scalars(wanted))
            session.expunge_all()
            return rows

    def states(self, booking: Booking) -> list[str]:
        return [row.state for row in self.deposits(booking)]

    def booking_state(self, booking: Booking) -> str:
        with reading() as session:
            return session.scalars(select(BookingRow.state).where(BookingRow.id == booking.id)).one()

    def cells(self, booking: Booking) -> int:
        with reading() as session:
            return len(session.scalars(select(BookingCellRow).where(BookingCellRow.booking_id == booking.id)).all())

    def mails(self) -> list[str]:
        with reading() as session:
            return list(session.scalars(select(OutboxRow.key).order_by(OutboxRow.id)))

    def tasks(self) -> list[str]:
        with reading() as session:
            return list(session.scalars(select(StaffTaskRow.kind).order_by(StaffTaskRow.id)))

    def refunds(self) -> list[tuple[int, str]]:
        with reading() as session:
            rows = session.execute(select(RefundRow.amount_minor, RefundRow.state).order_by(RefundRow.id))
            return [(amount, state) for amount, state in rows]


@pytest.fixture
def desk(app: Flask, client: FlaskClient, stripe_sandbox: StripeBench, clock: MovableClock) -> Desk:
    site: Site = app.extensions["site"]
    return Desk(client, stripe_sandbox, clock, site.checkout)


@pytest.fixture
def after_session() -> timedelta:
    """Long enough for a payment page to have ended."""
    return timedelta(minutes=40)
