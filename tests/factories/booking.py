"""Holds and bookings made the way the site makes them, and deposits as rows."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from app.db.queries.bookings import get_locked, set_state
from app.db.tables import DepositRow
from app.db.unit_of_work import unit_of_work
from app.domain.booking import Booking, ClientDetails, Reason
from app.domain.hold import HoldTerms
from app.services.booking.bookings import get_booking, record_details
from app.services.booking.holds import claim_hold
from tests.factories.catalogue import make_catalogue

CLIENT = ClientDetails(name="Robin Example", email="robin@example.org", phone="+44 20 7946 0000")
REASON = Reason(area="lower-back", aim="less stiff", note="since Monday", origin="runner")


def visitor_digest(name: str = "visitor") -> str:
    """What the cookie of this visitor looks like to the services."""
    return hashlib.sha256(name.encode()).hexdigest()


def make_terms(**changes: Any) -> HoldTerms:
    """A 60 pound visit with a 12 pound deposit."""
    return HoldTerms(**{"price_minor": 6000, "deposit_minor": 1200, "currency": "GBP", **changes})


def make_hold(*, now: datetime, starts_at: datetime, visitor: str = "visitor", **wish: Any) -> Booking:
    """A hold of `visitor` on `starts_at`, by default 60 minutes with Sam."""
    wanted = {"treatment": "60-minute-visit", "practitioner": "sam", **wish}
    catalogue = wanted.pop("catalogue", None) or make_catalogue()
    terms = wanted.pop("terms", None) or make_terms()
    return claim_hold(catalogue, terms, visitor=visitor_digest(visitor), starts_at=starts_at, now=now, **wanted)


def make_detailed_hold(*, now: datetime, starts_at: datetime, visitor: str = "visitor", **wish: Any) -> Booking:
    """A hold with the client's details and reason: ready for its deposit."""
    make_hold(now=now, starts_at=starts_at, visitor=visitor, **wish)
    return record_details(
        visitor_digest(visitor), CLIENT, REASON, gate_version="1", gate_passed_at=now - timedelta(minutes=5), now=now
    )


def make_confirmed(*, now: datetime, starts_at: datetime, visitor: str = "visitor", **wish: Any) -> Booking:
    """A confirmed booking that was never paid for: for tests to which money does not matter."""
    booking = make_detailed_hold(now=now, starts_at=starts_at, visitor=visitor, **wish)
    with unit_of_work() as session:
        row = get_locked(session, booking.id)
        assert row is not None
        set_state(row, "confirmed", now=now)
    return get_booking(booking.id)


def make_deposit_row(booking: Booking, *, now: datetime, state: str = "open", attempt_no: int = 1) -> int:
    """A deposit of the booking in `state`, whose session can be paid for half an hour."""
    with unit_of_work() as session:
        row = DepositRow(
            reference=f"dep-{booking.id}-{attempt_no}",
            booking_id=booking.id,
            attempt_no=attempt_no,
            amount_minor=booking.deposit_minor,
            currency=booking.currency,
            livemode=False,
            state=state,
            idem_key=f"dep:{booking.id}:{attempt_no}",
            session_expires_at=now + timedelta(minutes=33),
            check_after=now,
            created_at=now,
            updated_at=now,
            paid_at=now if state == "paid" else None,
        )
        session.add(row)
        session.flush()
        return row.id
