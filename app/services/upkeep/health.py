"""How the site is doing, counted from its own tables, so that every process tells the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.tables import (
    BookingRow,
    DepositRow,
    MoneyAuditRow,
    OutboxRow,
    RefundRow,
    StaffTaskRow,
    StripeEventRow,
    WorkerStepRow,
)
from app.db.unit_of_work import reading
from app.domain.deposit import UNSETTLED
from app.services.money.refunds import UNSETTLED as UNSETTLED_REFUNDS
from app.services.upkeep.worker_steps import TURN


@dataclass(frozen=True, slots=True)
class Health:
    """Counts and ages. `outbox_age_s` is how long the oldest due row has waited, in seconds.

    `worker_age_s` is how long ago the worker last gave a sign of life (None: never); `steps` how long ago each kind
    of its work was last done, `failing` those that fail now. The newest comparison with Stripe was `audit_age_s` ago.
    `lags` tells how long the longest waiting event, deposit and refund has been due to be looked at, in seconds.
    """

    outbox_due: int
    outbox_age_s: float
    outbox_failed: int
    events_waiting: int
    deposits: dict[str, int]
    refunds: dict[str, int]
    bookings: dict[str, int]
    staff_tasks_open: int
    worker_age_s: float | None
    steps: dict[str, float]
    failing: list[str]
    audit_age_s: float | None
    audit_checked: int
    audit_differences: int
    lags: dict[str, float]


def touch_store() -> None:
    """Ask the database for nothing but an answer. Raises StoreUnavailable."""
    with reading() as session:
        session.execute(select(1))


def read_health(*, now: datetime) -> Health:
    """Count what waits and what failed. Raises StoreUnavailable when the database does not answer."""
    waiting = (OutboxRow.done_at.is_(None), OutboxRow.failed_at.is_(None), OutboxRow.run_at <= now)
    with reading() as session:
        due, oldest = session.execute(select(func.count(), func.min(OutboxRow.run_at)).where(*waiting)).one()

        def count_by_state(column: object) -> dict[str, int]:
            return {state: n for state, n in session.execute(select(column, func.count()).group_by(column))}  # type: ignore[call-overload]

        wanted = select(WorkerStepRow).where(~WorkerStepRow.name.endswith(TURN)).order_by(WorkerStepRow.name)
        steps = list(session.scalars(wanted))
        audit = session.scalars(select(MoneyAuditRow).order_by(MoneyAuditRow.id.desc()).limit(1)).first()
        return Health(
            outbox_due=due,
            outbox_age_s=(now - oldest).total_seconds() if oldest else 0.0,
            outbox_failed=session.scalar(select(func.count()).where(OutboxRow.failed_at.is_not(None))) or 0,
            events_waiting=session.scalar(select(func.count()).where(StripeEventRow.processed_at.is_(None))) or 0,
            deposits=count_by_state(DepositRow.state),
            refunds=count_by_state(RefundRow.state),
            bookings=count_by_state(BookingRow.state),
            staff_tasks_open=session.scalar(select(func.count()).where(StaffTaskRow.done_at.is_(None))) or 0,
            worker_age_s=min(((now - step.tried_at).total_seconds() for step in steps), default=None),
            steps={step.name: (now - step.done_at).total_seconds() for step in steps if step.done_at},
            failing=[step.name for step in steps if step.failures],
            audit_age_s=(now - audit.run_at).total_seconds() if audit else None,
            audit_checked=audit.checked if audit else 0,
            audit_differences=audit.differences if audit else 0,
            lags=_lags(session, now=now),
        )


def _lags(session: Session, *, now: datetime) -> dict[str, float]:
    due = {
        "events": (StripeEventRow.check_after, StripeEventRow.processed_at.is_(None)),
        "deposits": (DepositRow.check_after, DepositRow.state.in_(UNSETTLED)),
        "refunds": (RefundRow.check_after, RefundRow.state.in_(UNSETTLED_REFUNDS)),
    }
    oldest = {name: session.scalar(select(func.min(after)).where(waits)) for name, (after, waits) in due.items()}
    return {name: max(0.0, (now - at).total_seconds()) if at else 0.0 for name, at in oldest.items()}
