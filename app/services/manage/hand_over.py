"""Giving a booking to someone else: the visit and its deposit stay, the person changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.queries.bookings import as_booking, check_link, get_locked
from app.db.queries.clients import count_missed
from app.db.tables import BookingRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import Booking, ClientDetails
from app.domain.call import CALL
from app.domain.policy import ClientFacts, due_now, missed_since
from app.domain.policy_snapshot import from_snapshot
from app.domain.refusals import NotTransferable, PhoneOnly
from app.services.booking.confirming import hand_preparations
from app.services.upkeep.outbox import enqueue


def hand_over(booking_id: int, link_version: int, details: ClientDetails, *, now: datetime) -> None:
    """Make `details` the client of a visit ahead, and have them sent a link that only they know.

    What the one before said about their health is deleted, and the safety lists count as not yet answered. Every link
    sent so far is useless afterwards. Raises BookingNotFound, NotTransferable for a visit that is not ahead, goes
    to a home or belongs to a programme, and PhoneOnly where the rules ask the new client to book by phone.
    """
    with unit_of_work() as session:
        row = check_link(get_locked(session, booking_id), link_version)
        if row.state != "confirmed" or row.starts_at <= now or not _by_itself(row):
            raise NotTransferable
        _check_client(session, row, details, now=now)
        row.client_name = details.name
        row.client_email = details.email
        row.client_phone = details.phone
        row.client_returning = details.returning
        row.attendee_name = row.attendee_age = row.guardian_agreed_at = None
        row.visitor = None  # the browser that booked must not be led to it any more
        row.reason = None
        row.gate_version = None
        row.gate_passed_at = None
        row.link_version += 1
        row.handed_at = row.updated_at = now
        hand_preparations(session, row, now=now)
        enqueue(session, f"mail:handed:{row.id}:{row.link_version}", "mail.confirmed", {"booking": row.id}, now)


def find_handed(booking_id: int, link_version: int, details: ClientDetails) -> Booking | None:
    """The visit that was given to `details` with just this link: so a button pressed twice can say the same twice."""
    with reading() as session:
        row = session.get(BookingRow, booking_id)
        if row is None or row.state != "confirmed" or row.link_version != link_version + 1:
            return None
        same = (row.client_name, row.client_email, row.client_phone) == (details.name, details.email, details.phone)
        return as_booking(session, row) if same else None


def record_gate(booking_id: int, link_version: int, *, version: str, now: datetime) -> None:
    """Note that the client of a visit ahead passed the safety lists of `version`. Raises BookingNotFound."""
    with unit_of_work() as session:
        row = check_link(get_locked(session, booking_id), link_version)
        row.gate_version, row.gate_passed_at, row.updated_at = version, now, now


def _by_itself(row: BookingRow) -> bool:
    """Whether the visit can be anybody's: not at a home, not a part of a programme, not a call."""
    return not row.at_home and row.programme_id is None and row.treatment != CALL


def _check_client(session: Session, row: BookingRow, details: ClientDetails, *, now: datetime) -> None:
    policy = from_snapshot(row.policy)
    missed = count_missed(session, details.email, since=missed_since(policy, now))
    if due_now(policy, row.price_minor, ClientFacts(details.returning, missed)).by_phone:
        raise PhoneOnly
