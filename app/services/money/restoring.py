"""After a lost database: put paid visits back as far as Stripe remembers them, and hand the rest to people.

Stripe knows reference, time, length, practitioner, price and what was paid; and the address and name given there. It
knows nothing of health, of moves made since, of credit, and of visits that were not paid by card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db.constraints import refusal_for
from app.db.queries.bookings import add_cells
from app.db.queries.deposits import find_deposit_id
from app.db.tables import BookingRow, DepositRow, DepositShareRow, RefundRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.catalogue import Catalogue, Treatment
from app.domain.checkout import VOID_REFUNDS, CheckoutGateway, RefundSnapshot, SessionSnapshot, VisitFacts
from app.domain.policy_snapshot import to_snapshot
from app.domain.wording import money
from app.services.upkeep.outbox import enqueue
from app.services.upkeep.staff_tasks import add_task


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was paid at Stripe and is known here already, the references that were put back, and what is for people."""

    known: int
    restored: tuple[str, ...]
    by_hand: tuple[str, ...]


def restore_paid(catalogue: Catalogue, checkout: CheckoutGateway, *, now: datetime, days: int) -> RestoreReport:
    """Put back every visit that was paid at Stripe in the last `days` and is unknown here.

    Run again it adds nothing. Each client of a visit ahead is sent a mail with a new link; what cannot be put back is
    a staff task. Raises CheckoutError when Stripe does not answer: what was put back until then stays.
    """
    since = now - timedelta(days=days)
    paid = [
        one
        for one in checkout.list_sessions(created_after=since)
        if one.payment_status == "paid" and one.reference.startswith("dep_")
    ]
    known, restored, by_hand = 0, list[str](), list[str]()
    for listed in reversed(paid):  # oldest first
        if _is_known(listed):
            known += 1
            continue
        snapshot = checkout.read_session(listed.id)
        refunds = checkout.list_refunds(snapshot.payment_intent_id or "") if snapshot.payment_intent_id else []
        problem = _put_back(catalogue, snapshot, refunds, now=now)
        if problem is None:
            restored += [visit.reference for visit in snapshot.visits]
        else:
            by_hand.append(problem)
    return RestoreReport(known, tuple(restored), tuple(by_hand))


def _is_known(snapshot: SessionSnapshot) -> bool:
    with reading() as session:
        return find_deposit_id(session, session_id=snapshot.id, reference=snapshot.reference) is not None


def _put_back(
    catalogue: Catalogue, snapshot: SessionSnapshot, refunds: Sequence[RefundSnapshot], *, now: datetime
) -> str | None:
    """Put the visits of one payment back, all or none; what a person must do otherwise, or None."""
    gone = sum(refund.amount_minor for refund in refunds if refund.status not in VOID_REFUNDS)
    with unit_of_work() as session:
        rows = [_row(catalogue, snapshot, visit, now=now) for visit in snapshot.visits]
        cancelled = gone >= snapshot.amount_minor
        if not rows or not _place(session, catalogue, rows, cancelled=cancelled, now=now):
            return _hand_over(session, snapshot, now=now)
        deposit = _deposit(snapshot, rows[0], now=now)
        session.add(deposit)
        session.flush()
        if len(rows) > 1:
            for row, visit in zip(rows, snapshot.visits, strict=True):
                row.lead_id = None if row is rows[0] else rows[0].id
                session.add(DepositShareRow(deposit_id=deposit.id, booking_id=row.id, amount_minor=visit.part_minor))
        for refund in refunds:
            session.add(_refund(deposit, refund, now=now))
        if gone and not cancelled:
            words = f"{rows[0].reference} was restored, and a part of its payment had gone back: does it stand?"
            add_task(session, f"restored:part:{snapshot.id}", "restore.part_refunded", rows[0].id, words, now=now)
        for row in rows:
            if row.state == "confirmed" and row.starts_at > now:
                enqueue(session, f"mail:restored:{row.id}", "mail.restored", {"booking": row.id}, now)
    return None


def _row(catalogue: Catalogue, snapshot: SessionSnapshot, visit: VisitFacts, *, now: datetime) -> BookingRow:
    sold = _treatment(catalogue, visit)
    minute = timedelta(minutes=1)
    ends_at = visit.starts_at + visit.minutes * minute
    policy = catalogue.policy_for(sold.slug) if sold else catalogue.policy
    return BookingRow(
        reference=visit.reference,
        state="confirmed",
        practitioner=visit.practitioner,
        treatment=sold.slug if sold else "restored",
        treatment_name=sold.name if sold else f"{visit.minutes} minutes",
        minutes=visit.minutes,
        starts_at=visit.starts_at,
        ends_at=ends_at,
        busy_from=visit.starts_at - (sold.buffer_before if sold else 0) * minute,
        busy_until=ends_at + (sold.buffer_after if sold else 0) * minute,
        price_minor=visit.price_minor,
        deposit_minor=min(visit.part_minor, visit.price_minor),
        currency=snapshot.currency,
        policy=to_snapshot(policy),
        client_name=(snapshot.name or "Name not known")[:100],
        client_email=snapshot.email,
        client_phone="",
        client_returning=False,
        at_home=bool(sold and sold.at_home),
        policy_accepted_at=snapshot.created,
        created_at=snapshot.created or now,
        confirmed_at=snapshot.created or now,
        updated_at=now,
    )


def _treatment(catalogue: Catalogue, visit: VisitFacts) -> Treatment | None:
    """What is sold in this length, at this price, by this person; None when that is nothing, or not one thing alone."""
    person = catalogue.practitioners.get(visit.practitioner)
    fits = [
        sold
        for sold in catalogue.treatments.values()
        if (sold.minutes, sold.price_minor) == (visit.minutes, visit.price_minor)
        and (person is None or sold.slug in person.treatments)
    ]
    return fits[0] if len(fits) == 1 else None


def _place(
    session: Session, catalogue: Catalogue, rows: Sequence[BookingRow], *, cancelled: bool, now: datetime
) -> bool:
    """Give the rows their ids and times; False, and nothing written, when a time is somebody else's by now."""
    first = _next_id(session, now=now)
    try:
        with session.begin_nested():
            for number, row in enumerate(rows):
                row.id = first + number
                if cancelled:
                    row.state, row.cancelled_at = "cancelled", now
                session.add(row)
                session.flush()
                if not cancelled:
                    _take_time(session, catalogue, row)
            _count_on(session, first + len(rows))
    except IntegrityError as error:
        if refusal_for(error) is None and "reference" not in str(error.orig):
            raise
        return False
    return True


def _take_time(session: Session, catalogue: Catalogue, row: BookingRow) -> None:
    """Take the time in the first free room. Raises IntegrityError when there is none, or the person is busy."""
    person = catalogue.practitioners.get(row.practitioner)
    rooms: list[str | None] = list(person.rooms) if person and not row.at_home else [None]
    for left, room in zip(reversed(range(len(rooms))), rooms, strict=True):
        try:
            with session.begin_nested():
                row.room = room
                session.flush()
                add_cells(session, row)
        except IntegrityError:
            if not left:
                raise
        else:
            return


def _next_id(session: Session, *, now: datetime) -> int:
    """Ids go on from the seconds of this moment: an old link that names a lost booking must not open a new one."""
    return max(int(session.scalar(select(func.max(BookingRow.id))) or 0) + 1, int(now.timestamp()))


def _count_on(session: Session, next_id: int) -> None:
    if session.get_bind().dialect.name == "postgresql":  # SQLite goes on from the highest by itself
        session.execute(text("SELECT setval(pg_get_serial_sequence('booking', 'id'), :last)"), {"last": next_id})


def _deposit(snapshot: SessionSnapshot, lead: BookingRow, *, now: datetime) -> DepositRow:
    return DepositRow(
        reference=snapshot.reference,
        booking_id=lead.id,
        attempt_no=1,
        amount_minor=snapshot.amount_minor,
        currency=snapshot.currency,
        livemode=snapshot.livemode,
        state="paid",
        idem_key=f"create:{snapshot.reference}",
        session_expires_at=snapshot.expires_at,
        session_id=snapshot.id,
        pi_id=snapshot.payment_intent_id,
        charge_id=snapshot.charge_id,
        check_after=now,
        created_at=snapshot.created or now,
        updated_at=now,
        paid_at=snapshot.created or now,
    )


def _refund(deposit: DepositRow, found: RefundSnapshot, *, now: datetime) -> RefundRow:
    return RefundRow(
        deposit_id=deposit.id,
        booking_id=deposit.booking_id,
        amount_minor=found.amount_minor,
        currency=found.currency,
        reason="restored",
        state=found.status,
        idem_key=(found.reference or f"restored:{found.id}")[:80],
        refund_id=found.id,
        check_after=now,
        created_at=now,
        updated_at=now,
    )


def _hand_over(session: Session, snapshot: SessionSnapshot, *, now: datetime) -> str:
    """What is left for a person: a payment whose visit is not known, or whose time is somebody else's by now."""
    paid, whom = money(snapshot.amount_minor, snapshot.currency), snapshot.email or "an unknown address"
    name = snapshot.booking_reference or snapshot.reference
    why = "its time is taken by now" if snapshot.visits else "Stripe does not know its time"
    words = f"{name} was paid ({paid}) and {why}. Write to {whom}, then book it or refund it in Stripe."
    add_task(session, f"restore:{snapshot.id}", "restore.by_hand", None, words, now=now)
    return words
