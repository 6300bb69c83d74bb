"""Who opened the health answers of which booking, or which question from the website, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.db.tables import BookingRow, EnquiryRow, StaffAccessRow, StaffRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.refusals import BookingNotFound, EnquiryNotFound


@dataclass(frozen=True, slots=True)
class Access:
    """One opening. `reference` is the booking's, or "Q12" for a question; `name` and `email` are of who opened it."""

    at: datetime
    name: str
    email: str
    reference: str


def note_access(staff_id: int, booking_id: int, *, now: datetime) -> None:
    """Note that this person opens the health answers of a booking; call it before they are shown.

    Raises BookingNotFound for no booking.
    """
    with unit_of_work() as session:
        booking = session.get(BookingRow, booking_id)
        if booking is None:
            raise BookingNotFound
        session.add(StaffAccessRow(staff_id=staff_id, booking_id=booking_id, reference=booking.reference, at=now))


def note_question_opened(staff_id: int, number: int, *, now: datetime) -> None:
    """Note that this person opens the question with that number, which may tell of somebody's health; call it before it
    is shown. Raises EnquiryNotFound for no question.
    """
    with unit_of_work() as session:
        if session.get(EnquiryRow, number) is None:
            raise EnquiryNotFound
        session.add(StaffAccessRow(staff_id=staff_id, booking_id=None, reference=f"Q{number}", at=now))


def list_accesses(*, days: int, now: datetime) -> list[Access]:
    """Every opening of the last `days` days, the newest first."""
    wanted = (
        select(StaffAccessRow.at, StaffRow.name, StaffRow.email, StaffAccessRow.reference)
        .join(StaffRow, StaffRow.id == StaffAccessRow.staff_id)
        .where(StaffAccessRow.at >= now - timedelta(days=days))
        .order_by(StaffAccessRow.at.desc(), StaffAccessRow.id.desc())
    )
    with reading() as session:
        return [Access(*row) for row in session.execute(wanted)]
