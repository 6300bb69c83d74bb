"""Visits ahead that the content no longer has hours for: the hours were changed, a day is closed, somebody has left.

Nothing is moved or cancelled by itself: a change of the content is for new bookings, and people agree on the others.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, text

from app.db.tables import BookingRow
from app.db.tables.booking import LIVE
from app.db.unit_of_work import reading
from app.domain.availability import LONGEST_BUSY
from app.domain.catalogue import Catalogue
from app.domain.diary import DiaryChange
from app.domain.local_time import day_of
from app.domain.spans import Span, union
from app.domain.working_time import working_time
from app.services.diary.hours import Visit, list_changes

#: Later than any booking can be made.
FARTHEST = timedelta(days=3 * 366)


def find_outside(catalogue: Catalogue, *, now: datetime) -> tuple[Visit, ...]:
    """What is booked to begin after `now` at a time that is none of its practitioner's hours, in order of time.

    Extra hours count as hours. Time off does not count: what falls on it is a task of its own.
    """
    wanted = select(BookingRow.reference, BookingRow.practitioner, BookingRow.starts_at, BookingRow.ends_at).where(
        text(LIVE),
        BookingRow.state == "confirmed",
        BookingRow.busy_from >= now - LONGEST_BUSY,  # what the index is ordered by
        BookingRow.starts_at > now,
    )
    with reading() as session:
        booked = session.execute(wanted.order_by(BookingRow.starts_at, BookingRow.id)).all()
    planned = list_changes(Span(now, now + FARTHEST)) if booked else []
    extra = [one.change for one in planned if one.change.kind == "extra"]
    return tuple(
        Visit(reference, starts_at, practitioner)
        for reference, practitioner, starts_at, ends_at in booked
        if not _within_hours(catalogue, practitioner, Span(starts_at, ends_at), extra)
    )


def _within_hours(catalogue: Catalogue, practitioner: str, visit: Span, extra: list[DiaryChange]) -> bool:
    person = catalogue.practitioners.get(practitioner)
    if person is None:
        return False
    rules = catalogue.rules
    hours = union(working_time(rules, person, day_of(rules.zone, visit.starts_at), extra))
    return any(one.starts_at <= visit.starts_at and visit.ends_at <= one.ends_at for one in hours)
