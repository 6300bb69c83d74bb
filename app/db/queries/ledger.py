"""What bookings and clients come to, summed up from payments, refunds and ledger entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.db.queries.upsert import insert_new
from app.db.tables import BookingRow, DepositRow, DepositShareRow, LedgerEntryRow, RefundRow
from app.domain.checkout import VOID_REFUNDS
from app.domain.ledger import (
    CREDIT,
    BookingMoney,
    Kind,
    LedgerEntry,
    booking_money,
    lost_minor,
    open_disputes,
    owner_of,
)

#: What a booking uses of a credit, and what it gave back of that.
USES = ("credit_used", "credit_returned")


def money_of(session: Session, booking_id: int) -> BookingMoney:
    """What the booking comes to. A payment that arrived too late is not counted: it goes back on its own."""
    if (deposit := _shared_deposit(session, booking_id)) is not None:
        return _share_of(session, booking_id, deposit)
    paid = select(func.coalesce(func.sum(DepositRow.amount_minor), 0)).where(
        DepositRow.booking_id == booking_id, DepositRow.state == "paid"
    )
    returned = (
        select(func.coalesce(func.sum(RefundRow.amount_minor), 0))
        .join(DepositRow, RefundRow.deposit_id == DepositRow.id)
        .where(DepositRow.booking_id == booking_id, DepositRow.state == "paid", RefundRow.state.not_in(VOID_REFUNDS))
    )
    paid_minor, returned_minor = session.execute(select(paid.scalar_subquery(), returned.scalar_subquery())).one()
    return booking_money(int(paid_minor) - int(returned_minor), entries_of(session, booking_id))


def _shared_deposit(session: Session, booking_id: int) -> DepositRow | None:
    """The paid deposit of the programme that this is a visit of."""
    wanted = select(DepositRow).join(DepositShareRow, DepositShareRow.deposit_id == DepositRow.id)
    return session.scalars(
        wanted.where(DepositShareRow.booking_id == booking_id, DepositRow.state == "paid")
    ).one_or_none()


def _share_of(session: Session, booking_id: int, deposit: DepositRow) -> BookingMoney:
    """What one visit comes to whose programme was paid for in one payment.

    Its part never counts for more than is left of the whole: somebody may have refunded at the provider, or the bank
    given back, without saying for which visit.
    """
    share = session.get_one(DepositShareRow, (deposit.id, booking_id)).amount_minor
    gone = select(func.coalesce(func.sum(RefundRow.amount_minor), 0)).where(
        RefundRow.deposit_id == deposit.id, RefundRow.state.not_in(VOID_REFUNDS)
    )
    disputes = disputes_of(session, deposit.id)
    left = deposit.amount_minor - int(session.scalar(gone) or 0) - lost_minor(disputes)
    mine = share - int(session.scalar(gone.where(RefundRow.booking_id == booking_id)) or 0)
    own = [entry for entry in entries_of(session, booking_id) if entry.stripe_id is None]
    return replace(booking_money(min(mine, max(left, 0)), own), disputed=bool(open_disputes(disputes)))


def entries_of(session: Session, booking_id: int) -> list[LedgerEntry]:
    """The booking's entries, oldest first."""
    return _entries(session, LedgerEntryRow.booking_id == booking_id)


def disputes_of(session: Session, deposit_id: int) -> list[LedgerEntry]:
    """The entries of every dispute about one payment, oldest first."""
    return _entries(session, LedgerEntryRow.deposit_id == deposit_id)


def _entries(session: Session, condition: ColumnElement[bool]) -> list[LedgerEntry]:
    wanted = select(LedgerEntryRow).where(condition).order_by(LedgerEntryRow.id)
    return [LedgerEntry(row.kind, row.amount_minor, row.stripe_id) for row in session.scalars(wanted)]  # type: ignore[arg-type]


def add_dispute_entry(
    session: Session, deposit: DepositRow, dispute_id: str, entry: LedgerEntry, *, now: datetime
) -> bool:
    """Write down what a dispute did; False when it was written down before."""
    values = {
        "key": f"{entry.kind}:{dispute_id}",
        "kind": entry.kind,
        "booking_id": deposit.booking_id,
        "deposit_id": deposit.id,
        "amount_minor": entry.amount_minor,
        "currency": deposit.currency,
        "stripe_id": dispute_id,
        "created_at": now,
    }
    return insert_new(session, LedgerEntryRow, values, key="key")


def add_entry(session: Session, key: str, row: BookingRow, kind: Kind, amount_minor: int, *, now: datetime) -> bool:
    """Write an entry of the booking down; a cause that was written down before adds nothing and returns False."""
    values = {
        "key": key,
        "kind": kind,
        "booking_id": row.id,
        "amount_minor": amount_minor,
        "currency": row.currency,
        "owner": owner_of(row.client_email or "") if kind in CREDIT else None,
        "created_at": now,
    }
    return insert_new(session, LedgerEntryRow, values, key="key")


def credit_of(session: Session, owner: str, currency: str) -> int:
    """The credit of an address (see `owner_of`) in one currency, in minor units.

    What a hold has used counts while the hold lives: given up, it is the client's again without another entry.
    """
    wanted = (
        select(func.coalesce(func.sum(LedgerEntryRow.amount_minor), 0))
        .join(BookingRow, LedgerEntryRow.booking_id == BookingRow.id)
        .where(
            LedgerEntryRow.owner == owner,
            LedgerEntryRow.currency == currency,
            LedgerEntryRow.kind.in_(CREDIT),
            BookingRow.state != "released",
        )
    )
    return int(session.scalar(wanted) or 0)


def lock_credit(session: Session, owner: str) -> None:
    """Wait for others who use this address's credit. The last lock that is taken: nothing is locked after it."""
    wanted = select(LedgerEntryRow.id).where(LedgerEntryRow.owner == owner, LedgerEntryRow.kind == "credit_given")
    session.execute(wanted.order_by(LedgerEntryRow.id).with_for_update())


def use_credit(session: Session, row: BookingRow, wanted_minor: int, *, now: datetime) -> None:
    """Let the locked booking use `wanted_minor` of its client's credit, no more and no less, whatever it used before.

    What it used of somebody else's, before its address was changed, goes back to them.
    """
    owner, used = owner_of(row.client_email or ""), _used_by_owner(session, row.id)
    for whose in sorted({*used, owner}):
        _change_use(session, row, whose, used.get(whose, 0) - (wanted_minor if whose == owner else 0), now=now)


def return_credit(session: Session, row: BookingRow, amount_minor: int, *, now: datetime) -> int:
    """Give back up to `amount_minor` of the credit that the locked booking used, to whose it was; returns how much."""
    left = amount_minor
    for whose, used in sorted(_used_by_owner(session, row.id).items()):
        part = max(0, min(left, used))
        _change_use(session, row, whose, part, now=now)
        left -= part
    return amount_minor - left


def _used_by_owner(session: Session, booking_id: int) -> dict[str, int]:
    wanted = (
        select(LedgerEntryRow.owner, -func.sum(LedgerEntryRow.amount_minor))
        .where(LedgerEntryRow.booking_id == booking_id, LedgerEntryRow.kind.in_(USES))
        .group_by(LedgerEntryRow.owner)
    )
    return {owner or "": int(used) for owner, used in session.execute(wanted)}


def _change_use(session: Session, row: BookingRow, owner: str, change_minor: int, *, now: datetime) -> None:
    """Above zero the owner has the credit back, below it is used."""
    if change_minor == 0:
        return
    count = select(func.count()).where(LedgerEntryRow.booking_id == row.id, LedgerEntryRow.kind.in_(USES))
    kind: Kind = "credit_returned" if change_minor > 0 else "credit_used"
    session.add(
        LedgerEntryRow(
            key=f"credit:{row.id}:{int(session.scalar(count) or 0) + 1}",
            kind=kind,
            booking_id=row.id,
            amount_minor=change_minor,
            currency=row.currency,
            owner=owner,
            created_at=now,
        )
    )
    session.flush()
