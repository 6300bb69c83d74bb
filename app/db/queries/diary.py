"""What keeps time in a window: live bookings, read from one covering index, and changes of the weekly hours."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, case, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from app.db.base import UTCDateTime
from app.db.queries.bookings import payable_ids
from app.db.tables import BookingRow, DiaryChangeRow
from app.db.tables.booking import LIVE
from app.domain.diary import Diary, DiaryChange, Taken
from app.domain.spans import Span

_OVER = 5


class _as_stored(FunctionElement[Any]):
    """A time in the cheapest form that the driver can give: text from SQLite, whole seconds from PostgreSQL."""

    type = NullType()
    inherit_cache = True


@compiles(_as_stored)
def _as_text(element: _as_stored, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_as_stored, "postgresql")
def _as_seconds(element: _as_stored, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(date_part('epoch', {compiler.process(element.clauses, **options)}) AS BIGINT)"


_NOW, _FIRST, _END = (bindparam(name, type_=UTCDateTime()) for name in ("now", "first", "end"))

#: All its columns are in `ix_booking_live`, so that no row of the table is touched. The last one is the id of a hold
#: that ran out, else null.
#: The same few times are read again and again, and `_taken` remembers them.
LIVE_BOOKINGS = (
    select(
        BookingRow.practitioner,
        BookingRow.room,
        _as_stored(BookingRow.busy_from),
        _as_stored(BookingRow.busy_until),
        BookingRow.minutes,
        case((and_(BookingRow.state == "held", BookingRow.hold_until <= _NOW), BookingRow.id)),
    )
    .where(text(LIVE), BookingRow.busy_from >= _FIRST, BookingRow.busy_from < _END, BookingRow.id != bindparam("own"))
    .order_by(BookingRow.busy_from)
)
_CHANGES = (
    select(DiaryChangeRow.kind, DiaryChangeRow.practitioner, DiaryChangeRow.starts_at, DiaryChangeRow.ends_at)
    .where(DiaryChangeRow.ends_at > _FIRST, DiaryChangeRow.starts_at < _END)
    .order_by(DiaryChangeRow.starts_at, DiaryChangeRow.id)
)


def read_diary(session: Session, window: Span, *, now: datetime, own_booking: int | None = None) -> Diary:
    """Every live booking that begins to keep time in `window`, of everybody; `own_booking` is left out.

    Live: confirmed, completed or missed; or held while the hold runs; or held while a deposit can still be paid.
    One indexed query whatever the number of people and days; one more only when there are holds that ran out.
    """
    connection = session.connection()
    asked = {"first": window.starts_at, "end": window.ends_at}
    rows = connection.execute(LIVE_BOOKINGS, {**asked, "now": now, "own": own_booking or 0}).all()
    over = [row[_OVER] for row in rows if row[_OVER] is not None]
    if over:
        gone = set(over) - payable_ids(session, over)
        rows = [row for row in rows if row[_OVER] not in gone]
    return Diary(
        taken=tuple([_taken(person, room, start, end, minutes) for person, room, start, end, minutes, _ in rows]),
        changes=tuple(
            DiaryChange(kind, Span(start, end), person)  # type: ignore[arg-type]  # a constraint knows the kinds
            for kind, person, start, end in connection.execute(_CHANGES, asked)
        ),
    )


@lru_cache(maxsize=8192)
def _taken(practitioner: str, room: str | None, busy_from: int | str, busy_until: int | str, minutes: int) -> Taken:
    return Taken(practitioner, Span(_instant(busy_from), _instant(busy_until)), minutes, room)


def _instant(stored: int | str) -> datetime:
    """The instant behind `_as_stored`. SQLite's text is UTC."""
    if isinstance(stored, int):
        return datetime.fromtimestamp(stored, UTC)
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)
