"""Visits that are paid for together: one booking, or all those of a programme.

Their rows are always locked in order of id, the lead's first, before the deposit: so nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from app.db.queries.ledger import money_of
from app.db.tables import BookingRow, DepositRow, DepositShareRow, ProgrammeRow

#: The id of the booking whose deposit pays for a booking.
PAYS: ColumnElement[int] = func.coalesce(BookingRow.lead_id, BookingRow.id)


def lock_together(session: Session, booking_id: int) -> list[BookingRow]:
    """The booking with all that its deposit pays for, the lead first, read afresh and locked; empty when unknown."""
    lead_id = session.scalar(select(PAYS).where(BookingRow.id == booking_id))
    wanted = (
        select(BookingRow)
        .where(or_(BookingRow.id == lead_id, BookingRow.lead_id == lead_id))
        .order_by(BookingRow.id)
        .with_for_update()
    )
    return list(session.scalars(wanted, execution_options={"populate_existing": True}))


def paid_together(session: Session, booking: BookingRow) -> list[BookingRow]:
    """The same for a booking that is locked already; a single one is not asked for again."""
    return [booking] if booking.programme_id is None else lock_together(session, booking.id)


def together(session: Session, lead: BookingRow) -> list[BookingRow]:
    """The lead with all that its deposit pays for, in order of id, without locking anything."""
    if lead.programme_id is None:
        return [lead]
    wanted = select(BookingRow).where(or_(BookingRow.id == lead.id, BookingRow.lead_id == lead.id))
    return list(session.scalars(wanted.order_by(BookingRow.id)))


def parts_of(session: Session, deposit: DepositRow) -> dict[int, int]:
    """What of the deposit is for which visit, in minor units; empty when it is for one booking alone."""
    wanted = select(DepositShareRow.booking_id, DepositShareRow.amount_minor)
    return {
        booking_id: amount
        for booking_id, amount in session.execute(wanted.where(DepositShareRow.deposit_id == deposit.id))
    }


def visits_of(session: Session, programme_id: int) -> list[BookingRow]:
    """All visits of the programme, whatever became of them, in order of time."""
    wanted = select(BookingRow).where(BookingRow.programme_id == programme_id)
    return list(session.scalars(wanted.order_by(BookingRow.starts_at, BookingRow.id)))


def all_of_it(session: Session, rows: Sequence[BookingRow]) -> bool:
    """Whether these are all the visits that were chosen together: none was given away or forgotten in the meantime."""
    programme_id = rows[0].programme_id
    return programme_id is None or len(rows) == session.get_one(ProgrammeRow, programme_id).visits


def share_deposit(session: Session, deposit: DepositRow, visits: Sequence[BookingRow]) -> None:
    """Write down which part of the new deposit is for which visit: what is due for it and its credit does not pay.

    One booking alone needs no parts.
    """
    if visits[0].programme_id is None:
        return
    for visit in visits:
        part = visit.deposit_minor - money_of(session, visit.id).credit_minor
        session.add(DepositShareRow(deposit_id=deposit.id, booking_id=visit.id, amount_minor=part))
    session.flush()


def raise_links(session: Session, row: BookingRow) -> None:
    """Make the links to the locked booking useless; those to its programme's visits with it, as each shows the rest.

    The browser that booked is no longer led to it either: it may be the one that others use.
    """
    if row.programme_id is None:
        row.link_version += 1
        row.visitor = None
        return
    raised = update(BookingRow).where(BookingRow.programme_id == row.programme_id)
    session.execute(raised.values(link_version=BookingRow.link_version + 1, visitor=None))
    session.refresh(row)
