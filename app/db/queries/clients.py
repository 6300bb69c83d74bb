"""What is known of a client who gives an e-mail address."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.tables import BookingRow


def count_missed(session: Session, email: str, *, since: datetime) -> int:
    """How many visits booked with this address were missed since then. Capitals make no difference."""
    wanted = (
        select(func.count())
        .select_from(BookingRow)
        .where(
            BookingRow.state == "no_show",
            BookingRow.starts_at >= since,
            func.lower(BookingRow.client_email) == email.lower(),
        )
    )
    return session.scalar(wanted) or 0
