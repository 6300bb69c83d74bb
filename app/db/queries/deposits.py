"""Finding and locking deposits. Order of locks: the bookings first (see `programmes`), then their deposits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.queries.programmes import lock_together
from app.db.tables import BookingRow, DepositRow
from app.domain.deposit import LIVE_STATES, UNSETTLED


def lock_deposit(session: Session, deposit_id: int) -> tuple[BookingRow, DepositRow]:
    """The deposit and its booking, both locked and read afresh, with all others that it pays for. It must exist."""
    booking_id = session.scalars(select(DepositRow.booking_id).where(DepositRow.id == deposit_id)).one()
    booking = lock_together(session, booking_id)[0]
    wanted = select(DepositRow).where(DepositRow.id == deposit_id).with_for_update()
    return booking, session.scalars(wanted, execution_options={"populate_existing": True}).one()


def find_live(session: Session, booking_id: int) -> DepositRow | None:
    """The booking's one deposit that is being paid or was paid, locked."""
    wanted = select(DepositRow).where(DepositRow.booking_id == booking_id, DepositRow.state.in_(LIVE_STATES))
    return session.scalars(wanted.with_for_update(), execution_options={"populate_existing": True}).one_or_none()


def find_deposit_id(session: Session, *, session_id: str | None = None, reference: str | None = None) -> int | None:
    """The deposit of a payment session: by its id, or (its answer was lost) by the reference that it carries."""
    if session_id is not None:
        found = session.scalars(select(DepositRow.id).where(DepositRow.session_id == session_id)).one_or_none()
        if found is not None:
            return found
    if reference:
        return session.scalars(select(DepositRow.id).where(DepositRow.reference == reference)).one_or_none()
    return None


def find_by_payment(session: Session, payment_intent_id: str) -> DepositRow | None:
    """The deposit that a payment belongs to."""
    return session.scalars(select(DepositRow).where(DepositRow.pi_id == payment_intent_id)).one_or_none()


def next_attempt(session: Session, booking_id: int) -> int:
    """The number of the next attempt for a booking, from 1."""
    last = session.scalar(select(func.max(DepositRow.attempt_no)).where(DepositRow.booking_id == booking_id))
    return (last or 0) + 1


def due_ids(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Deposits whose session should be looked at again, those that have waited longest first."""
    wanted = (
        select(DepositRow.id)
        .where(DepositRow.state.in_(UNSETTLED), DepositRow.check_after <= now)
        .order_by(DepositRow.check_after)
        .limit(limit)
    )
    return session.scalars(wanted).all()
