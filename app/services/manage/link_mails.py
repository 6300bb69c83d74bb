"""Sending a client their booking's link once more, or another one that makes the old ones useless."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.queries.bookings import check_link, get_locked
from app.db.queries.ledger import credit_of
from app.db.queries.programmes import raise_links
from app.db.tables import BookingRow
from app.db.unit_of_work import unit_of_work
from app.domain.ledger import owner_of
from app.services.upkeep.outbox import enqueue

#: More bookings than this under one address are not one client's.
MOST_LINKS = 10


def send_again(booking_id: int, link_version: int, *, now: datetime) -> bool:
    """Have the confirmation sent again, at most once an hour; whether it will be. Raises BookingNotFound."""
    with unit_of_work() as session:
        row = check_link(get_locked(session, booking_id), link_version)
        return _enqueue(session, row, now=now)


def renew_link(booking_id: int, link_version: int, *, now: datetime) -> None:
    """Make every link sent so far useless, and have the client sent a new one. Raises BookingNotFound."""
    with unit_of_work() as session:
        row = check_link(get_locked(session, booking_id), link_version)
        raise_links(session, row)
        row.updated_at = now
        key = f"mail:renewed:{row.id}:{row.link_version}"
        enqueue(session, key, "mail.confirmed", {"booking": row.id}, now)


def send_links_to(email: str, *, now: datetime) -> int:
    """Have the confirmation of every visit ahead that was booked with `email` sent again; returns how many will be.

    Someone without a visit ahead who has credit is sent the link to that.
    """
    with unit_of_work() as session:
        wanted = (
            select(BookingRow)
            .where(
                BookingRow.client_owner == owner_of(email),
                BookingRow.state == "confirmed",
                BookingRow.starts_at > now,
            )
            .order_by(BookingRow.starts_at)
            .limit(MOST_LINKS)
        )
        ahead = session.scalars(wanted).all()
        if not ahead:
            _remind_of_credit(session, email, now=now)
        return sum(_enqueue(session, row, now=now) for row in ahead)


def _remind_of_credit(session: Session, email: str, *, now: datetime) -> None:
    """Nothing is booked, but there may be credit: its mail has the link that opens it."""
    owner = owner_of(email)
    wanted = (
        select(BookingRow)
        .where(BookingRow.client_owner == owner, BookingRow.state.not_in(("held", "released")))
        .order_by(BookingRow.id.desc())
        .limit(1)
    )
    row = session.scalars(wanted).first()
    if row is not None and credit_of(session, owner, row.currency) > 0:
        enqueue(session, f"mail:credit:{row.id}:{now:%Y%m%d%H}", "mail.credit", {"booking": row.id}, now)


def _enqueue(session: Session, row: BookingRow, *, now: datetime) -> bool:
    told = row.lead_id or row.id  # the visits of a programme are told of in one letter
    return enqueue(session, f"mail:again:{told}:{now:%Y%m%d%H}", "mail.confirmed", {"booking": told}, now)
