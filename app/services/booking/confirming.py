"""What a confirmed booking sets off: the client's mail, and what the practice must do before the visit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.tables import BookingRow
from app.domain.policy import intake_due
from app.domain.policy_snapshot import from_snapshot
from app.services.upkeep.outbox import enqueue
from app.services.upkeep.staff_tasks import add_task, end_task, end_tasks_of, put_task, reword_task


def announce_confirmed(session: Session, booking: BookingRow, *, now: datetime) -> None:
    """Inside the unit of work that confirms: one mail, and a task for each thing that people do by hand.

    A guardian is phoned before the visit of a minor (safety list K17); health questions go out where the rules of the
    booking ask for answers by a time.
    """
    enqueue(session, f"mail:confirmed:{booking.id}", "mail.confirmed", {"booking": booking.id}, now)
    if booking.guardian_agreed_at is not None:
        whom = f"{booking.reference} is for someone aged {booking.attendee_age}: phone the parent or guardian first."
        add_task(session, _guardian(booking), "booking.guardian", booking.id, whom, now=now)
    words = _health_questions(booking)
    if words is not None:
        add_task(session, _intake(booking), "booking.intake", booking.id, words, now=now)


def keep_preparations(session: Session, booking: BookingRow, *, now: datetime) -> None:
    """The booking was moved, and out of any time off; what is still to be done before it is due at another time."""
    end_tasks_of(session, booking.id, "diary.clash", now=now)
    words = _health_questions(booking)
    if words is not None:
        reword_task(session, _intake(booking), words)


def hand_preparations(session: Session, booking: BookingRow, *, now: datetime) -> None:
    """Another adult comes: nobody is phoned for them, and their own health is asked about."""
    end_task(session, _guardian(booking), now=now)
    words = _health_questions(booking)
    if words is not None:
        put_task(session, _intake(booking), "booking.intake", words, now=now, booking_id=booking.id)


def drop_preparations(session: Session, booking: BookingRow, *, now: datetime) -> None:
    """The booking is off: nobody is phoned or written to about it, and it is in nobody's way."""
    end_tasks_of(session, booking.id, "booking.guardian", "booking.intake", "diary.clash", now=now)


def _guardian(booking: BookingRow) -> str:
    return f"guardian:{booking.id}"


def _intake(booking: BookingRow) -> str:
    return f"intake:{booking.id}"


def _health_questions(booking: BookingRow) -> str | None:
    due = intake_due(from_snapshot(booking.policy), booking.starts_at)
    if due is None:
        return None
    return f"Send {booking.reference} the health questions; the answers are due by {due:%Y-%m-%d %H:%M} UTC."
