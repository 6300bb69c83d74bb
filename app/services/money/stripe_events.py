"""The inbox of payment events: stored once before they are answered, handled later by reading the object again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.db.queries.upsert import insert_new
from app.db.tables import StripeEventRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.checkout import CheckoutError, CheckoutGateway, CheckoutRejected, EventNotice, KeyRefused
from app.services.money.disputes import follow_dispute
from app.services.money.refunds import follow_refunds
from app.services.money.settlement import apply


@dataclass(frozen=True, slots=True)
class _Waiting:
    id: int
    type: str
    object_id: str
    object_kind: str
    payment_intent_id: str | None
    livemode: bool


def receive_event(notice: EventNotice, *, now: datetime) -> bool:
    """Store a verified event; False when it is known already. Its body is not kept: it may hold names."""
    values = {
        "event_id": notice.id,
        "type": notice.type[:80],
        "object_id": notice.object_id,
        "object_kind": notice.object_kind[:40],
        "payment_intent_id": notice.payment_intent_id,
        "api_version": (notice.api_version or "")[:40] or None,
        "livemode": notice.livemode,
        "created": notice.created,
        "received_at": now,
        "check_after": now,
        "tries": 0,
    }
    with unit_of_work() as session:
        return insert_new(session, StripeEventRow, values, key="event_id")


def process_events(checkout: CheckoutGateway, *, now: datetime, limit: int = 50) -> int:
    """Handle up to `limit` stored events, in no particular order: each one only says what to read again."""
    with reading() as session:
        wanted = (
            select(StripeEventRow)
            .where(StripeEventRow.processed_at.is_(None), StripeEventRow.check_after <= now)
            .order_by(StripeEventRow.check_after)
            .limit(limit)
        )
        waiting = [
            _Waiting(r.id, r.type, r.object_id, r.object_kind, r.payment_intent_id, r.livemode)
            for r in session.scalars(wanted)
        ]
    for event in waiting:
        try:
            outcome = _handle(event, checkout, now=now)
        except CheckoutError:
            _later(event.id, now=now)  # also when our key is refused: a person mends that, and nothing is lost
        else:
            _done(event.id, outcome, now=now)
    return len(waiting)


def _handle(event: _Waiting, checkout: CheckoutGateway, *, now: datetime) -> str:
    if event.livemode != checkout.livemode:
        return "other mode"
    if event.object_kind == "checkout.session":
        try:
            outcome = apply(event.object_id, checkout, now=now)
        except KeyRefused:
            raise
        except CheckoutRejected:
            return "unknown session"
        return outcome.state if outcome else "not ours"
    if event.object_kind == "dispute":
        return follow_dispute(event.object_id, checkout, now=now)
    if event.payment_intent_id is not None and event.object_kind in ("refund", "charge"):
        return follow_refunds(event.payment_intent_id, checkout, now=now)
    return "not of interest"


def _later(event_id: int, *, now: datetime) -> None:
    with unit_of_work() as session:
        row = session.get_one(StripeEventRow, event_id)
        row.tries += 1
        row.check_after = now + timedelta(seconds=min(10 * 2**row.tries, 3600))


def _done(event_id: int, outcome: str, *, now: datetime) -> None:
    with unit_of_work() as session:
        row = session.get_one(StripeEventRow, event_id)
        row.processed_at, row.outcome = now, outcome[:80]
