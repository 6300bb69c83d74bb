"""A month for the books: Stripe's own movements, each with its booking. They add up to Stripe's report."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.queries.upsert import insert_new
from app.db.tables import BookingRow, DepositRow, LedgerEntryRow, RefundRow, StripeMovementRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.checkout import CheckoutGateway, Movement
from app.domain.local_time import zone_named
from app.domain.wording import plain_amount


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One movement of money as Stripe's report has it. `booking` is empty for what belongs to none, like a payout.

    `fee_minor` is Stripe's; `net_minor` is what the balance there changed by.
    """

    at: datetime
    kind: str
    booking: str
    source_id: str
    amount_minor: int
    fee_minor: int
    currency: str

    @property
    def net_minor(self) -> int:
        """What the balance changed by."""
        return self.amount_minor - self.fee_minor


def keep_movements(checkout: CheckoutGateway, since: datetime, until: datetime) -> int:
    """Write down what moved at Stripe from `since` up to `until`; returns how many were new.

    Raises CheckoutError when Stripe does not answer; nothing is written then.
    """
    return store_movements(checkout.list_movements(created_after=since, created_before=until))


def store_movements(found: Iterable[Movement]) -> int:
    """Write down movements as they were read; returns how many were new."""
    with unit_of_work() as session:
        return sum(
            insert_new(
                session,
                StripeMovementRow,
                {
                    "movement_id": one.id,
                    "at": one.at,
                    "kind": one.kind[:40],
                    "amount_minor": one.amount_minor,
                    "fee_minor": one.fee_minor,
                    "currency": one.currency,
                    "source_id": one.source_id,
                },
                key="movement_id",
            )
            for one in found
        )


def read_month(first: datetime, until: datetime) -> Sequence[MonthLine]:
    """Every movement from `first` up to `until` (aware, exclusive), in order of time, as it was written down."""
    with reading() as session:
        wanted = (
            select(StripeMovementRow)
            .where(StripeMovementRow.at >= first, StripeMovementRow.at < until)
            .order_by(StripeMovementRow.at, StripeMovementRow.id)
        )
        rows = list(session.scalars(wanted))
        bookings = _bookings_of(session, {row.source_id for row in rows if row.source_id})
        return [
            MonthLine(
                row.at,
                row.kind,
                bookings.get(row.source_id or "", ""),
                row.source_id or row.movement_id,
                row.amount_minor,
                row.fee_minor,
                row.currency,
            )
            for row in rows
        ]


def month_as_csv(lines: Sequence[MonthLine], zone_name: str) -> str:
    """Those lines for a spreadsheet, with times on the clock of that zone and amounts as decimal numbers."""
    out, zone = io.StringIO(), zone_named(zone_name)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["time", "kind", "booking", "stripe_id", "amount", "fee", "net", "currency"])
    for line in lines:
        moment = line.at.astimezone(zone).isoformat(timespec="seconds")
        amounts = [plain_amount(one, line.currency) for one in (line.amount_minor, -line.fee_minor, line.net_minor)]
        writer.writerow([moment, line.kind, line.booking, line.source_id, *amounts, line.currency])
    return out.getvalue()


def _bookings_of(session: Session, sources: set[str]) -> dict[str, str]:
    """The references of the bookings that charges, refunds and disputes belong to."""
    ways = (
        select(DepositRow.charge_id, BookingRow.reference).join(BookingRow, DepositRow.booking_id == BookingRow.id),
        select(RefundRow.refund_id, BookingRow.reference)
        .join(DepositRow, RefundRow.deposit_id == DepositRow.id)
        .join(BookingRow, func.coalesce(RefundRow.booking_id, DepositRow.booking_id) == BookingRow.id),
        select(LedgerEntryRow.stripe_id, BookingRow.reference).join(
            BookingRow, LedgerEntryRow.booking_id == BookingRow.id
        ),
    )
    columns = (DepositRow.charge_id, RefundRow.refund_id, LedgerEntryRow.stripe_id)
    names = sorted(sources)
    found: dict[str, str] = {}
    for start in range(0, len(names), 500):  # databases limit how many values one statement may hold
        part = names[start : start + 500]
        for way, column in zip(ways, columns, strict=True):
            pairs = session.execute(way.where(column.in_(part)))
            found.update((source, booking) for source, booking in pairs if source)
    return found
