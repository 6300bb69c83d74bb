"""Reminding clients of a visit ahead, early enough that they may still move it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.db.tables import BookingMoveRow, BookingRow, OutboxRow
from app.db.tables.booking import LIVE
from app.db.unit_of_work import reading, unit_of_work
from app.domain.availability import LONGEST_BUSY
from app.domain.call import CALL
from app.services.upkeep.outbox import enqueue

REMINDER = "mail.reminder"


def remind_of_visits(*, hours: int, now: datetime) -> int:
    """Have the clients written to whose visit begins within `hours`, once for each time that it was given; how many.

    Not of calls, and not those who booked, were given the visit or moved it within these hours: they were just told.
    """
    with reading() as session:
        rows = _ahead(session, now, timedelta(hours=hours))
        told = _told(session, rows)
        wanted = [(row.id, row.starts_at) for row in rows if _key(row.id, row.starts_at) not in told]
    if not wanted:
        return 0
    with unit_of_work() as session:
        return sum(
            enqueue(session, _key(number, at), REMINDER, {"booking": number, "starts_at": at.isoformat()}, now)
            for number, at in wanted
        )


def _ahead(session: Session, now: datetime, notice: timedelta) -> list[BookingRow]:
    wanted = select(BookingRow).where(
        text(LIVE),
        BookingRow.busy_from.between(now - LONGEST_BUSY, now + notice),  # what the index is ordered by
        BookingRow.state == "confirmed",
        BookingRow.treatment != CALL,
        BookingRow.starts_at > now,
        BookingRow.starts_at <= now + notice,
    )
    rows = list(session.scalars(wanted.order_by(BookingRow.starts_at, BookingRow.id)))
    moves = select(BookingMoveRow.booking_id, func.max(BookingMoveRow.moved_at)).group_by(BookingMoveRow.booking_id)
    moved = {number: at for number, at in session.execute(moves.where(BookingMoveRow.booking_id.in_(_ids(rows))))}

    def known_since(row: BookingRow) -> datetime:
        return max(at for at in (row.created_at, row.confirmed_at, row.handed_at, moved.get(row.id)) if at is not None)

    return [row for row in rows if known_since(row) <= row.starts_at - notice]


def _told(session: Session, rows: Sequence[BookingRow]) -> set[str]:
    wanted = select(OutboxRow.key).where(OutboxRow.booking_id.in_(_ids(rows)), OutboxRow.kind == REMINDER)
    return set(session.scalars(wanted))


def _ids(rows: Sequence[BookingRow]) -> list[int]:
    return [row.id for row in rows]


def _key(number: int, starts_at: datetime) -> str:
    return f"mail:reminder:{number}:{starts_at:%Y%m%d%H%M}"
