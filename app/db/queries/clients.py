"""What is known of a client: who they are on a booking, and what they missed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.tables import BookingRow
from app.domain.attendee import Attendee
from app.domain.booking import ClientDetails
from app.domain.call import CALL
from app.domain.ledger import owner_of


def count_missed(session: Session, email: str, *, since: datetime) -> int:
    """How many visits booked with this address were missed since then. Capitals make no difference."""
    wanted = (
        select(func.count())
        .select_from(BookingRow)
        .where(
            BookingRow.state == "no_show",
            BookingRow.treatment != CALL,
            BookingRow.starts_at >= since,
            BookingRow.client_owner == owner_of(email),
        )
    )
    return session.scalar(wanted) or 0


def client_of(row: BookingRow) -> ClientDetails | None:
    """Who booked and who comes; None before the details are given and after they were deleted."""
    if row.client_name is None or row.client_email is None:
        return None
    attendee = None
    if row.attendee_name is not None:
        attendee = Attendee(row.attendee_name, row.attendee_age, row.guardian_agreed_at is not None)
    return ClientDetails(
        name=row.client_name,
        email=row.client_email,
        phone=row.client_phone or "",
        returning=row.client_returning,
        address=row.client_address,
        attendee=attendee,
    )
