"""Looking a booking up by what somebody says on the telephone: its reference, a name, an address, a number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.db.queries.bookings import as_booking
from app.db.tables import BookingRow
from app.db.unit_of_work import reading
from app.domain.booking import Booking
from app.domain.ledger import owner_of

#: What is shorter would find half the practice.
SHORTEST, LONGEST = 3, 100
MOST = 50
#: Names and numbers are looked for among so many of the newest bookings, so that the slowest search has an end. A
#: practice of two makes as many in about twenty years.
LOOKED_THROUGH = 100_000
BOOKED = ("confirmed", "completed", "no_show", "cancelled")
_NUMBER = re.compile(r"[+0-9()./ -]+")
_APART = " ()-./"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, the latest visit first. `more`: there was more than is shown."""

    bookings: tuple[Booking, ...] = ()
    more: bool = False


def find_bookings(words: str) -> Found:
    """Bookings whose reference is `words`, or whose name, e-mail address or phone number has them in it.

    Capitals make no difference, and nor do the spaces of a number. Of a whole address its own bookings alone are found.
    Holds, and times that were given up, are found by their reference alone: nobody has booked them. Nothing is found
    for fewer than `SHORTEST` characters.
    """
    wanted = " ".join(words.split())[:LONGEST]
    if len(wanted) < SHORTEST:
        return Found()
    with reading() as session:
        exact = session.scalars(select(BookingRow).where(BookingRow.reference == wanted.upper())).one_or_none()
        if exact is not None:
            return Found((as_booking(session, exact),))
        rows = _of_client(session, wanted) or _among_newest(session, wanted)
        latest = sorted(rows[:MOST], key=lambda row: row.starts_at, reverse=True)
        return Found(tuple(as_booking(session, row) for row in latest), len(rows) > MOST)


def _of_client(session: Session, wanted: str) -> list[BookingRow]:
    """As below, of whoever has exactly this address, however long ago."""
    if "@" not in wanted:
        return []
    found = select(BookingRow).where(BookingRow.client_owner == owner_of(wanted), BookingRow.state.in_(BOOKED))
    return list(session.scalars(found.order_by(BookingRow.id.desc()).limit(MOST + 1)))


def _among_newest(session: Session, wanted: str) -> list[BookingRow]:
    """One more than is shown, those that were made last first."""
    newest = select(BookingRow.id).order_by(BookingRow.id.desc()).limit(1).offset(LOOKED_THROUGH)
    first = session.scalar(newest) or 0
    found = select(BookingRow).where(BookingRow.id > first, BookingRow.state.in_(BOOKED), or_(*_likenesses(wanted)))
    return list(session.scalars(found.order_by(BookingRow.id.desc()).limit(MOST + 1)))


def _likenesses(wanted: str) -> list[ColumnElement[bool]]:
    if "@" in wanted:
        return [_holds(BookingRow.client_email, wanted)]
    digits = re.sub(r"\D", "", wanted)
    if _NUMBER.fullmatch(wanted) and len(digits) >= SHORTEST:
        bare: ColumnElement[str] = func.coalesce(BookingRow.client_phone, "")
        for sign in _APART:
            bare = func.replace(bare, sign, "", type_=String)
        # a number is kept as it was typed: 07700 and +44 7700 are the same person's
        return [bare.contains(digits.removeprefix("44").removeprefix("0") or digits, autoescape=True)]
    names = (BookingRow.client_name, BookingRow.attendee_name, BookingRow.client_email)
    return [_holds(column, form) for column in names for form in _cases(wanted)]


def _cases(wanted: str) -> set[str]:
    """SQLite knows capitals of plain letters alone: others are tried in the ways that names are written."""
    return {wanted} if wanted.isascii() else {wanted, wanted.lower(), wanted.upper(), wanted.title()}


def _holds(column: InstrumentedAttribute[str | None], words: str) -> ColumnElement[bool]:
    return column.icontains(words, autoescape=True)
