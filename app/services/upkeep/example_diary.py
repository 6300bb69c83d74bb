"""Bookings of invented clients, so that a fresh installation has a diary to look at. Never in production."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from app.db.tables import BookingRow
from app.db.unit_of_work import reading

#: A domain that cannot exist (RFC 2606): no mail to an example client can ever reach anybody.
EXAMPLE_DOMAIN = "client.example"


def count_example_bookings(*, now: datetime) -> int:
    """How many confirmed bookings of example clients lie ahead."""
    ahead = (
        select(func.count())
        .select_from(BookingRow)
        .where(
            BookingRow.state == "confirmed",
            BookingRow.starts_at > now,
            BookingRow.client_email.like(f"%@{EXAMPLE_DOMAIN}"),
        )
    )
    with reading() as session:
        return session.scalar(ahead) or 0
