"""What happened to a booking and its money, in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.queries.bookings import get_by_reference
from app.db.tables import (
    BookingMoveRow,
    BookingRow,
    DepositRow,
    DepositShareRow,
    LedgerEntryRow,
    OutboxRow,
    RefundRow,
    StaffTaskRow,
)
from app.db.unit_of_work import reading
from app.domain.checkout import VOID_REFUNDS
from app.domain.ledger import DISPUTE_MONEY
from app.domain.wording import money
from app.services.booking.at_desk import DESK

#: Ledger entries in words; `{}` is the amount.
WORDS = {
    "credit_given": "{} became credit",
    "credit_used": "{} paid from credit",
    "credit_returned": "{} is credit again",
    "kept": "{} stays with the practice by its rules",
    "dispute_inquiry": "the client's bank asks about the payment",
    "inquiry_closed": "the bank's question is closed",
    "dispute_opened": "the client's bank took {} back for now",
    "dispute_won": "dispute won: {} came back",
    "dispute_prevented": "dispute prevented: {} came back",
    "dispute_lost": "dispute lost: the money stays with the client",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `amount_minor` is positive for money in, negative for money out, 0 for neither.

    `inner` is for the practice alone: notes for staff, and what touches health; the latter is `health` too. A visit
    that was moved stood at `was_at` (UTC) before, with `was_with` when that was another practitioner.
    """

    at: datetime
    what: str
    amount_minor: int = 0
    reference: str = ""
    inner: bool = False
    health: bool = False
    was_at: datetime | None = None
    was_with: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A booking's money in order of time, and what is left of it with the practice, in minor units."""

    reference: str
    currency: str
    entries: tuple[Entry, ...]

    @property
    def balance_minor(self) -> int:
        """What was paid and has not gone back."""
        return sum(entry.amount_minor for entry in self.entries)


def read_story(reference: str) -> Story:
    """The whole story of the booking with that reference: holds, payments, refunds, mails, tasks.

    Raises BookingNotFound.
    """
    with reading() as session:
        row = get_by_reference(session, reference)
        return Story(row.reference, row.currency, tuple(entries_of_booking(session, row)))


def entries_of_booking(session: Session, row: BookingRow) -> list[Entry]:
    """All that happened to the booking, in order of time, inside the caller's transaction."""
    held, *since = _of_booking(row)
    # what happened in one instant is told in this order: a payment before what it brought about, what followed after it
    money_in, money_out = _of_deposits(session, row), _of_returns(session, row)
    entries = [held, *money_in, *since, *_of_moves(session, row), *money_out, *_of_letters(session, row)]
    return sorted(entries, key=lambda entry: entry.at)


def _of_booking(row: BookingRow) -> list[Entry]:
    dated = [
        (row.created_at, "booked at the desk" if (row.visitor or "").startswith(DESK) else "time held"),
        (row.policy_accepted_at, "booking rules accepted with the pay button"),
        (row.confirmed_at, "booking confirmed"),
        (row.handed_at, "given to someone else by its client"),
        (row.cancelled_at, "booking cancelled"),
    ]
    if row.state in ("completed", "no_show"):
        dated.append((row.updated_at, "client came" if row.state == "completed" else "client did not come"))
    happened = [Entry(at, what) for at, what in dated if at is not None]
    if row.gate_passed_at is not None:
        passed = f"safety lists passed, version {row.gate_version}"
        happened.append(Entry(row.gate_passed_at, passed, inner=True, health=True))
    return happened


def _of_moves(session: Session, row: BookingRow) -> list[Entry]:
    wanted = select(BookingMoveRow).where(BookingMoveRow.booking_id == row.id)
    moves = list(session.scalars(wanted.order_by(BookingMoveRow.moved_at, BookingMoveRow.id)))
    next_with = [move.practitioner for move in moves[1:]] + [row.practitioner]
    return [
        Entry(
            one.moved_at,
            "moved from",
            was_at=one.starts_at,
            was_with=one.practitioner if one.practitioner != to else None,
        )
        for one, to in zip(moves, next_with, strict=False)
    ]


def _of_deposits(session: Session, row: BookingRow) -> list[Entry]:
    found: list[Entry] = []
    for deposit in session.scalars(select(DepositRow).where(DepositRow.booking_id == (row.lead_id or row.id))):
        found.append(Entry(deposit.created_at, f"payment page {deposit.attempt_no} asked for", 0, deposit.reference))
        if deposit.paid_at is not None:
            found.append(_payment(session, row, deposit, deposit.paid_at))
        elif deposit.state in ("failed", "expired"):
            found.append(Entry(deposit.updated_at, f"payment page {deposit.state}", 0, deposit.problem or ""))
    return found


def _of_returns(session: Session, row: BookingRow) -> list[Entry]:
    """Refunds and ledger entries. A refund that names no visit of a programme is told, and counted for none; so is a
    dispute about a part of its payment. One about all of it counts for each visit by its part.
    """
    found: list[Entry] = []
    refunds = select(RefundRow).join(DepositRow, RefundRow.deposit_id == DepositRow.id)
    for refund in session.scalars(refunds.where(DepositRow.booking_id == (row.lead_id or row.id))):
        if refund.booking_id not in (None, row.id):
            continue  # for another visit of the programme
        void = refund.state in VOID_REFUNDS
        words = f"refund {refund.state} ({refund.reason})"
        back = 0 if void or refund.booking_id is None else -refund.amount_minor
        found.append(Entry(refund.created_at, words, back, refund.refund_id or ""))
    shares = _shares(session, row)
    entries = select(LedgerEntryRow).where(LedgerEntryRow.booking_id.in_({row.id, row.lead_id or row.id}))
    for entry in session.scalars(entries.order_by(LedgerEntryRow.id)):
        if entry.booking_id != row.id and entry.deposit_id not in shares:
            continue  # the lead's own
        amount = money(abs(entry.amount_minor), entry.currency)
        words, cash = WORDS[entry.kind].format(amount), entry.amount_minor if entry.kind in DISPUTE_MONEY else 0
        if entry.deposit_id in shares:
            part, whole = shares[entry.deposit_id]
            words += ", for the whole programme"
            cash = (part if cash > 0 else -part) if abs(cash) == whole else 0
        found.append(Entry(entry.created_at, words, cash, entry.stripe_id or ""))
    return found


def _shares(session: Session, row: BookingRow) -> dict[int | None, tuple[int, int]]:
    """This visit's part of each deposit of its programme, and the whole, by number of the deposit."""
    wanted = select(DepositShareRow, DepositRow).join(DepositRow, DepositRow.id == DepositShareRow.deposit_id)
    found = session.execute(wanted.where(DepositShareRow.booking_id == row.id))
    return {deposit.id: (share.amount_minor, deposit.amount_minor) for share, deposit in found}


def _payment(session: Session, row: BookingRow, deposit: DepositRow, paid_at: datetime) -> Entry:
    """What was paid for this booking; of a programme's deposit its part. One that came too late is the lead's alone."""
    share = session.get(DepositShareRow, (deposit.id, row.id))
    if share is None or (deposit.state == "paid_conflict" and row.lead_id is None):
        return Entry(paid_at, "deposit paid", deposit.amount_minor, deposit.pi_id or "")
    words = f"deposit of the programme paid, {money(deposit.amount_minor, deposit.currency)} in all"
    return Entry(paid_at, words, share.amount_minor if deposit.state == "paid" else 0, deposit.pi_id or "")


def _of_letters(session: Session, row: BookingRow) -> list[Entry]:
    mails = select(OutboxRow).where(
        OutboxRow.booking_id == row.id,
        OutboxRow.kind.startswith("mail."),
        OutboxRow.done_at.is_not(None),
    )
    sent = [
        Entry(mail.done_at, f"e-mail sent: {mail.kind.removeprefix('mail.')}", 0, mail.key)
        for mail in session.scalars(mails)
        if mail.done_at is not None
    ]
    tasks = session.scalars(select(StaffTaskRow).where(StaffTaskRow.booking_id == row.id))
    return sent + [Entry(one.created_at, f"for staff: {one.message}", 0, one.kind, inner=True) for one in tasks]
