"""What a confirmed booking sets off: the client's mail, and what the practice must do before the visit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.tables import BookingRow
from app.domain.policy import intake_due
from app.domain.policy_snapshot import from_snapshot
from app.services.outbox import enqueue
from app.services.staff_tasks import add_task


def announce_confirmed(session: Session, booking: BookingRow, *, now: datetime) -> None:
    """Inside the unit of work that confirms: one mail, and a task for each thing that people do by hand.

    A guardian is phoned before the visit of a minor (safety list K17); health questions go out where the rules of the
    booking ask for answers by a time.
    """
    enqueue(session, f"mail:confirmed:{booking.id}", "mail.confirmed", {"booking": booking.id}, now)
    if booking.guardian_agreed_at is not None:
        words = f"{booking.reference} is for someone aged {booking.attendee_age}: phone the parent or guardian first."
        add_task(session, f"guardian:{booking.id}", "booking.guardian", booking.id, words, now=now)
    due = intake_due(from_snapshot(booking.policy), booking.starts_at)
    if due is not None:
        words = f"Send {booking.reference} the health questions; the answers are due by {due:%Y-%m-%d %H:%M} UTC."
        add_task(session, f"intake:{booking.id}", "booking.intake", booking.id, words, now=now)
