"""Writing down that money goes back, in the transaction that decides it. Sent by services.money.refunds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.queries.ledger import disputes_of
from app.db.tables import BookingRow, DepositRow, RefundRow
from app.domain.checkout import VOID_REFUNDS
from app.domain.deposit import SETTLED
from app.domain.ledger import lost_minor


def paid_deposits(session: Session, booking_id: int) -> list[DepositRow]:
    """The booking's deposits that were paid, oldest first, locked."""
    wanted = (
        select(DepositRow)
        .where(DepositRow.booking_id == booking_id, DepositRow.state.in_(SETTLED))
        .order_by(DepositRow.id)
        .with_for_update()
    )
    return list(session.scalars(wanted))


def refundable_minor(session: Session, deposit: DepositRow) -> int:
    """What of the deposit has not gone back, is not on its way, and was not taken by the client's bank for good."""
    gone = select(func.coalesce(func.sum(RefundRow.amount_minor), 0)).where(
        RefundRow.deposit_id == deposit.id, RefundRow.state.not_in(VOID_REFUNDS)
    )
    lost = lost_minor(disputes_of(session, deposit.id))
    return max(0, deposit.amount_minor - int(session.scalar(gone) or 0) - lost)


def request_refund(
    session: Session,
    deposit: DepositRow,
    amount_minor: int,
    reason: str,
    *,
    now: datetime,
    booking_id: int | None = None,
) -> RefundRow:
    """Write down one refund of the locked, paid `deposit`, with its idempotency key, due to be sent at once.

    `booking_id` is the visit that it is for, when that is not the deposit's own booking.
    Raises ValueError when the amount is not positive or more than is left of the deposit.
    """
    if not 0 < amount_minor <= refundable_minor(session, deposit):
        raise ValueError(f"cannot refund {amount_minor} of deposit {deposit.id}")
    number = session.scalar(select(func.count()).where(RefundRow.deposit_id == deposit.id)) or 0
    row = RefundRow(
        deposit_id=deposit.id,
        booking_id=booking_id or deposit.booking_id,
        amount_minor=amount_minor,
        currency=deposit.currency,
        reason=reason,
        state="requested",
        idem_key=f"ref:{deposit.reference}:{number + 1}",
        tries=0,
        check_after=now,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    return row


def refund_booking(session: Session, booking: BookingRow, amount_minor: int, reason: str, *, now: datetime) -> int:
    """Request `amount_minor` back from the deposits that paid for the booking, newest first; returns what was
    requested.
    """
    left = amount_minor
    for deposit in reversed(paid_deposits(session, booking.lead_id or booking.id)):
        part = min(left, refundable_minor(session, deposit))
        if part > 0:
            request_refund(session, deposit, part, reason, now=now, booking_id=booking.id)
            left -= part
    return amount_minor - left
