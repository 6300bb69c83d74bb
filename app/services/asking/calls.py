"""Booking a consultation call: a free quarter of an hour in the diary, kept beside the question it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.queries.bookings import add_cells, as_booking, get_by_reference, lock_claim, set_state
from app.db.tables import BookingRow, EnquiryRow
from app.db.unit_of_work import unit_of_work
from app.domain.booking import Booking
from app.domain.call import CALL, DAILY_PER_NETWORK
from app.domain.catalogue import Catalogue
from app.domain.enquiry import Enquiry, enquiry_as_answers, enquiry_from_answers
from app.domain.hold import HoldTerms
from app.domain.policy_snapshot import to_snapshot
from app.domain.refusals import TooManyHolds
from app.domain.retention import enquiry_until
from app.services.booking.holds import new_hold
from app.services.booking.wishes import make_wish, settle
from app.services.upkeep.outbox import enqueue


def book_call(
    calls: Catalogue, enquiry: Enquiry, *, key: str, starts_at: datetime, now: datetime, network: str | None = None
) -> Booking:
    """Book a call at `starts_at` with whoever is free, and keep what it is about; both are told by mail.

    `calls` is the catalogue of `domain.call`. `key` (at most 64 characters) is the same for a form that was sent
    twice: the call that was booked then is answered. `network` is a digest (see domain.hold). Raises SlotNotOffered,
    SlotTaken, UnknownTreatment when calls are not offered, TooManyHolds when one network books call after call.
    """
    wish = make_wish(calls, CALL, None, starts_at)
    with unit_of_work(wanted=starts_at) as session:
        lock_claim(session, key, wish.candidates)
        earlier = session.scalars(select(EnquiryRow).where(EnquiryRow.key == key)).one_or_none()
        if earlier is not None:
            return as_booking(session, get_by_reference(session, enquiry_from_answers(earlier.answers).call or ""))
        if _booked_lately(session, network, now=now) >= DAILY_PER_NETWORK:
            raise TooManyHolds
        terms = HoldTerms(0, 0, calls.policy.currency, to_snapshot(calls.policy))
        row = new_hold(session, wish, terms, now=now)
        row.practitioner, row.room = settle(session, calls, wish, now=now)
        row.client_name, row.client_email, row.client_phone = enquiry.name, enquiry.email, enquiry.phone
        row.network = network
        session.add(row)
        session.flush()
        add_cells(session, row)
        set_state(row, "confirmed", now=now)
        number = _keep(session, replace(enquiry, call=row.reference), key, now=now)
        enqueue(session, f"mail:confirmed:{row.id}", "mail.confirmed", {"booking": row.id}, now)
        enqueue(session, f"mail:enquiry_note:{number}", "mail.enquiry_note", {"enquiry": number}, now)
        return as_booking(session, row)


def _keep(session: Session, enquiry: Enquiry, key: str, *, now: datetime) -> int:
    row = EnquiryRow(key=key, answers=enquiry_as_answers(enquiry), created_at=now, delete_after=enquiry_until(now))
    session.add(row)
    session.flush()
    return row.id


def _booked_lately(session: Session, network: str | None, *, now: datetime) -> int:
    if network is None:
        return 0
    lately = (BookingRow.network == network, BookingRow.created_at > now - timedelta(days=1))
    wanted = select(func.count()).select_from(BookingRow).where(*lately, BookingRow.treatment == CALL)
    return session.scalar(wanted) or 0
