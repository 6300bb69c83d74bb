"""What must always hold in the diary, checked from the rows themselves."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from sqlalchemy import select

from app.db.tables import BookingCellRow, BookingRow, RoomCellRow
from app.db.unit_of_work import reading
from app.domain.booking import LIVE_STATES, cells_between


def diary_faults() -> list[str]:
    """Every fault in words: overlaps of a practitioner or room, cells that are missing, lost, or nobody's."""
    with reading() as session:
        bookings = list(session.scalars(select(BookingRow)))
        cells = list(
            session.execute(select(BookingCellRow.booking_id, BookingCellRow.practitioner, BookingCellRow.starts_at))
        )
        rooms = list(session.execute(select(RoomCellRow.booking_id, RoomCellRow.room, RoomCellRow.starts_at)))
        wanted = {
            (row.id, row.practitioner, start)
            for row in bookings
            if row.state in LIVE_STATES
            for start in cells_between(row.busy_from, row.busy_until)
        }
        room_of = {row.id: row.room for row in bookings}
        wanted_rooms = {(booking, room_of[booking], start) for booking, _, start in wanted if room_of[booking]}
        faults = _differences("practitioner", wanted, {tuple(cell) for cell in cells})
        faults += _differences("room", wanted_rooms, {tuple(cell) for cell in rooms})
        return faults + _overlaps(bookings)


def _differences(kind: str, wanted: set[tuple], found: set[tuple]) -> list[str]:
    missing = [f"{kind} cell missing: {cell}" for cell in sorted(wanted - found)]
    return missing + [f"{kind} cell too many: {cell}" for cell in sorted(found - wanted)]


def _overlaps(bookings: list[BookingRow]) -> list[str]:
    by_place: dict[str, list[BookingRow]] = defaultdict(list)
    for row in bookings:
        if row.state in LIVE_STATES:
            by_place[f"practitioner {row.practitioner}"].append(row)
            if row.room:
                by_place[f"room {row.room}"].append(row)
    faults = []
    for place, rows in by_place.items():
        for earlier, later in pairwise(sorted(rows, key=lambda row: row.busy_from)):
            if later.busy_from < earlier.busy_until:
                faults.append(f"{place}: bookings {earlier.id} and {later.id} overlap")
    return faults
