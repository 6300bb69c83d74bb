"""Reading, locking and ending bookings, and the cells that keep their time.

Order of locks, so that two transactions never wait for each other in a circle: a claim takes the visitor's name,
then the names of practitioners and rooms, then booking rows, then cells by time. Everything else locks booking rows
only, and takes names after that at most for a row that no claim can want (`retake`: it is already released).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from app.db.queries.clients import client_of
from app.db.queries.ledger import money_of
from app.db.queries.programmes import PAYS, all_of_it
from app.db.tables import BookingCellRow, BookingRow, DepositRow, RoomCellRow
from app.domain.booking import Booking, State, cells_between, may_become
from app.domain.catalogue import Practitioner
from app.domain.deposit import LIVE_STATES
from app.domain.hold import longest_until
from app.domain.refusals import BookingNotFound, HoldExpired, NoHold
from app.domain.retention import record_until, unfinished_until

_HOURS = func.hashtextextended("diary hours", 0)


def lock_move(session: Session, booking_id: int, practitioners: Iterable[Practitioner]) -> BookingRow:
    """Wait for other claims on the booking's place and on those it may move to; then the booking, locked.

    Raises BookingNotFound.
    """
    place = select(BookingRow.practitioner, BookingRow.room).where(BookingRow.id == booking_id)
    old = [(slug, room) for slug, room in session.execute(place)]
    lock_diaries(session, [*old, *((one.slug, room) for one in practitioners for room in one.rooms)])
    return get_locked(session, booking_id)


def lock_claim(session: Session, visitor: str, practitioners: Iterable[Practitioner]) -> None:
    """Wait for other claims of this visitor, and on the time of these practitioners and rooms or of the old holds.

    Two claims that each give back an old hold and take the other's time would otherwise wait for each other.
    SQLite needs nothing: its unit of work is alone from the beginning.
    """
    if not _locks_by_name(session):
        return
    _lock_names(session, [f"visitor:{visitor}"])
    given_back = select(BookingRow.practitioner, BookingRow.room).where(
        BookingRow.visitor == visitor, BookingRow.state == "held"
    )
    places = [(one.slug, room) for one in practitioners for room in one.rooms]
    lock_diaries(session, [*places, *((slug, room) for slug, room in session.execute(given_back))])


def lock_hours(session: Session) -> None:
    """Wait for every claim under way, and keep new ones waiting: for changes of the hours they are judged by."""
    if _locks_by_name(session):
        session.execute(select(func.pg_advisory_xact_lock(_HOURS)))


def lock_diaries(session: Session, places: Iterable[tuple[str, str | None]]) -> None:
    """Wait for other claims on these practitioners and rooms; held until the transaction ends."""
    if _locks_by_name(session):
        session.execute(select(func.pg_advisory_xact_lock_shared(_HOURS)))
        names = {name for slug, room in places for name in (f"diary:{slug}", f"room:{room}" if room else "")}
        _lock_names(session, sorted(names - {""}))


def _locks_by_name(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _lock_names(session: Session, names: Sequence[str]) -> None:
    for name in names:
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def get_locked(session: Session, booking_id: int) -> BookingRow:
    """The booking, read afresh and locked until the transaction ends. Raises BookingNotFound."""
    wanted = select(BookingRow).where(BookingRow.id == booking_id).with_for_update()
    return _there(session.scalars(wanted, execution_options={"populate_existing": True}).one_or_none())


def get_by_id(session: Session, booking_id: int) -> BookingRow:
    """The booking. Raises BookingNotFound."""
    return _there(session.get(BookingRow, booking_id))


def get_by_reference(session: Session, reference: str) -> BookingRow:
    """The booking that its client and the staff call so. Raises BookingNotFound."""
    return _there(session.scalars(select(BookingRow).where(BookingRow.reference == reference)).one_or_none())


def check_link(row: BookingRow, link_version: int) -> BookingRow:
    """The booking, when a link of that version still leads to it. Raises BookingNotFound for a revoked one."""
    return _there(row if row.link_version == link_version else None)


def _there(row: BookingRow | None) -> BookingRow:
    if row is None:
        raise BookingNotFound
    return row


def holds_of(session: Session, visitor: str) -> list[BookingRow]:
    """The visitor's rows that are still marked held, newest first, locked in order of id."""
    wanted = (
        select(BookingRow)
        .where(BookingRow.visitor == visitor, BookingRow.state == "held")
        .order_by(BookingRow.id)
        .with_for_update()
    )
    return list(session.scalars(wanted, execution_options={"populate_existing": True}))[::-1]


def get_own_hold(session: Session, visitor: str, *, now: datetime) -> list[BookingRow]:
    """The visitor's newest hold, locked: one row, or one for each visit of a programme, the lead first.

    A hold that ran out but was not given away is still its visitor's, until the longest hold is over. Of a programme
    every visit must still be theirs. Raises NoHold, or HoldExpired when it was given up.
    """
    held = holds_of(session, visitor)
    if held:
        lead = held[0].lead_id or held[0].id
        rows = [row for row in held[::-1] if lead in (row.id, row.lead_id)]
        until = rows[0].hold_until
        assert until is not None
        alive = until > now or longest_until(rows[0].created_at) > now or bool(payable_ids(session, [lead]))
        if alive and all_of_it(session, rows):
            return rows
        raise HoldExpired
    lately = select(BookingRow.id).where(
        BookingRow.visitor == visitor, BookingRow.state == "released", BookingRow.created_at > now - timedelta(days=1)
    )
    if session.scalars(lately.limit(1)).first() is not None:
        raise HoldExpired
    raise NoHold


def payable_ids(session: Session | Connection, booking_ids: Sequence[int]) -> set[int]:
    """Those of `booking_ids` that someone may still pay for, or has paid for."""
    if not booking_ids:
        return set()
    paid_for = select(BookingRow.id).join(DepositRow, DepositRow.booking_id == PAYS)
    return set(session.scalars(paid_for.where(BookingRow.id.in_(booking_ids), DepositRow.state.in_(LIVE_STATES))))


def release_stale(
    session: Session, practitioner: str, room: str | None, start: datetime, end: datetime, *, now: datetime
) -> set[int]:
    """Release expired, unpayable holds that keep start..end of the practitioner or room.

    Returns the ids of the bookings that remain there.
    """
    cells = cells_between(start, end)
    ids = set(
        session.scalars(
            select(BookingCellRow.booking_id).where(
                BookingCellRow.practitioner == practitioner, BookingCellRow.starts_at.between(cells[0], cells[-1])
            )
        )
    )
    if room is not None:
        in_room = select(RoomCellRow.booking_id).where(
            RoomCellRow.room == room, RoomCellRow.starts_at.between(cells[0], cells[-1])
        )
        ids.update(session.scalars(in_room))
    if not ids:
        return ids
    stale = (
        select(BookingRow)
        .where(BookingRow.id.in_(ids), BookingRow.state == "held", BookingRow.hold_until <= now)
        .order_by(BookingRow.id)
        .with_for_update()
    )
    rows = list(session.scalars(stale, execution_options={"populate_existing": True}))
    return ids - release_unpayable(session, rows, now=now)


def release_unpayable(session: Session, rows: Sequence[BookingRow], *, now: datetime) -> set[int]:
    """Release those of the locked, held `rows` that nobody can pay any more; returns their ids."""
    # asked only now, with the rows locked: a deposit is opened under its booking's lock
    kept = payable_ids(session, [row.id for row in rows])
    gone = [row for row in rows if row.id not in kept]
    for row in gone:
        set_state(row, "released", now=now)
    session.flush()
    drop_cells(session, [row.id for row in gone])
    return {row.id for row in gone}


def set_state(row: BookingRow, wanted: State, *, now: datetime) -> None:
    """Move the booking to `wanted`, and its reason's last day with it. Raises ValueError for a step that none may take.

    Cells are the caller's: `drop_cells` when the time is given back, `add_cells` or `retake` when it is taken.
    """
    current: State = row.state  # type: ignore[assignment]
    if not may_become(current, wanted):
        raise ValueError(f"a booking that is {current} cannot become {wanted}")
    row.state = wanted
    row.updated_at = now
    if wanted == "confirmed":
        row.confirmed_at = row.confirmed_at or now
        row.hold_until = None
    if wanted == "cancelled":
        row.cancelled_at = now
    if row.reason is not None:
        row.reason.delete_after = unfinished_until(now) if wanted == "released" else record_until(row.ends_at)


def add_cells(session: Session, row: BookingRow) -> None:
    """Take the booking's time, buffers included, of its practitioner and room, each in ascending order.

    Raises IntegrityError when it is someone's. The rows travel beside the statement, which is so compiled only once.
    """
    starts = cells_between(row.busy_from, row.busy_until)
    mine = [{"practitioner": row.practitioner, "starts_at": start, "booking_id": row.id} for start in starts]
    session.execute(insert(BookingCellRow), mine)
    if row.room is not None:
        rooms = [{"room": row.room, "starts_at": start, "booking_id": row.id} for start in starts]
        session.execute(insert(RoomCellRow), rooms)


def drop_cells(session: Session, booking_ids: Sequence[int]) -> None:
    """Give the time of these bookings back, of practitioner and room."""
    if booking_ids:
        session.execute(delete(BookingCellRow).where(BookingCellRow.booking_id.in_(booking_ids)))
        session.execute(delete(RoomCellRow).where(RoomCellRow.booking_id.in_(booking_ids)))


def lock_due_holds(session: Session, *, now: datetime, limit: int) -> list[BookingRow]:
    """Up to `limit` expired holds that nobody can pay, oldest first, locked; rows others work on are left out."""
    live_deposit = exists().where(DepositRow.booking_id == PAYS, DepositRow.state.in_(LIVE_STATES))
    wanted = (
        select(BookingRow)
        .where(BookingRow.state == "held", BookingRow.hold_until <= now, ~live_deposit)
        .order_by(BookingRow.hold_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(wanted, execution_options={"populate_existing": True}))


def as_booking(session: Session, row: BookingRow) -> Booking:
    """The row as the value every other room knows."""
    return Booking(
        id=row.id,
        reference=row.reference,
        state=row.state,  # type: ignore[arg-type]
        treatment=row.treatment,
        treatment_name=row.treatment_name,
        minutes=row.minutes,
        practitioner=row.practitioner,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        busy_from=row.busy_from,
        busy_until=row.busy_until,
        hold_until=row.hold_until,
        price_minor=row.price_minor,
        deposit_minor=row.deposit_minor,
        currency=row.currency,
        client=client_of(row),
        link_version=row.link_version,
        calendar_sequence=row.calendar_sequence,
        confirmed_at=row.confirmed_at,
        gate_passed_at=row.gate_passed_at,
        paid_minor=money_of(session, row.id).paid_minor,
        programme=row.programme_id,
        lead=row.lead_id,
    )


def forget_networks(session: Session, *, before: datetime) -> int:
    """Clear the network digests of bookings made before `before`; returns how many."""
    done = session.execute(
        update(BookingRow)
        .where(BookingRow.network.is_not(None), BookingRow.created_at < before)
        .values(network=None)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
