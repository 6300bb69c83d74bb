"""What keeps time in a window: live bookings, read from one covering index, and changes of the weekly hours."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal

from sqlalchemy import Connection, Integer, String, and_, bindparam, case, cast, null, select, text, union_all
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from app.db.base import UTCDateTime
from app.db.queries.bookings import payable_ids
from app.db.queries.prepared import Prepared
from app.db.tables import BookingRow, DiaryChangeRow
from app.db.tables.booking import HELD, LIVE
from app.domain.diary import Diary, DiaryChange, Taken
from app.domain.spans import Span


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

#: All columns of bookings are in `ix_booking_live`, so that no row of the table is touched. The last one marks what is
#: not plainly taken: the id of a hold that ran out, or the kind of a change. One column less is a tenth of the reading.
#: The same few times are read again and again: `_taken` remembers them.
DIARY = union_all(
    select(
        BookingRow.practitioner,
        BookingRow.room,
        _as_stored(BookingRow.busy_from),
        _as_stored(BookingRow.busy_until),
        BookingRow.minutes,
        case((and_(text(HELD), BookingRow.hold_until <= _NOW), cast(BookingRow.id, String))),
    ).where(text(LIVE), BookingRow.busy_from >= _FIRST, BookingRow.busy_from < _END, BookingRow.id != bindparam("own")),
    select(
        DiaryChangeRow.practitioner,
        cast(null(), String),
        _as_stored(DiaryChangeRow.starts_at),
        _as_stored(DiaryChangeRow.ends_at),
        cast(null(), Integer),
        DiaryChangeRow.kind,
    ).where(DiaryChangeRow.ends_at > _FIRST, DiaryChangeRow.starts_at < _END),
)
_DIARY = Prepared(DIARY)
_CHANGES = ("extra", "off")
_BEGINS = attrgetter("busy.starts_at")


def read_diary(connection: Connection, window: Span, *, now: datetime, own_booking: int | None = None) -> Diary:
    """Every live booking that begins to keep time in `window`, of everybody; `own_booking` is left out. And every
    change of the weekly hours that touches the window.

    Live: confirmed, completed or missed; or held while the hold runs; or held while a deposit can still be paid.
    One indexed query whatever the number of people and days; one more only when there are holds that ran out.
    """
    asked = {"first": window.starts_at, "end": window.ends_at, "now": now, "own": own_booking or 0}
    rows = _DIARY.rows(connection, asked)
    marked = [row for row in rows if row[-1] is not None]
    changes = tuple([_change(*row) for row in marked if row[-1] in _CHANGES])
    over = [int(row[-1]) for row in marked if row[-1] not in _CHANGES]
    kept = {None, *map(str, payable_ids(connection, over))} if over else {None}
    taken = [
        _taken(person, room, start, end, minutes) for person, room, start, end, minutes, mark in rows if mark in kept
    ]
    taken.sort(key=_BEGINS)
    return Diary(tuple(taken), changes)


@lru_cache(maxsize=8192)
def _taken(practitioner: str, room: str | None, busy_from: int | str, busy_until: int | str, minutes: int) -> Taken:
    return Taken(practitioner, Span(_instant(busy_from), _instant(busy_until)), minutes, room)


def _change(practitioner: str | None, _room: None, start: int | str, end: int | str, *rest: Any) -> DiaryChange:
    kind: Literal["extra", "off"] = rest[-1]
    return DiaryChange(kind, Span(_instant(start), _instant(end)), practitioner)


def _instant(stored: int | str) -> datetime:
    """The instant behind `_as_stored`. SQLite's text is UTC."""
    if isinstance(stored, int):
        return datetime.fromtimestamp(stored, UTC)
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)
