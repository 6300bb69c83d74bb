"""The worker's sign of life: what it did last, kept where every process can read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.db.queries.upsert import insert_new, insert_or_update
from app.db.tables import WorkerStepRow
from app.db.unit_of_work import reading, unit_of_work

#: The row of a turn is not a sign of life.
TURN = ": turn"


@dataclass(frozen=True, slots=True)
class StepState:
    """One kind of work as it stands. `failures` counts those since it was last done; `error` holds no personal data."""

    name: str
    tried_at: datetime
    done_at: datetime | None
    failures: int
    error: str | None


def note_step(name: str, *, now: datetime, failures: int = 0, error: str | None = None) -> None:
    """Write down that a step was tried; without `error` it was done."""
    values = {"name": name, "tried_at": now, "failures": failures, "error": error[:200] if error else None}
    if error is None:
        values["done_at"] = now
    with unit_of_work() as session:
        insert_or_update(session, WorkerStepRow, values, key="name")


def claim_turn(name: str, *, every: timedelta, now: datetime) -> bool:
    """Whether it is this caller's turn to do what is done once in `every`, however many workers run.

    The turn is taken in one statement: of several that ask at once, one gets it.
    """
    with unit_of_work() as session:
        fresh = {"name": name + TURN, "tried_at": now, "failures": 0}
        if insert_new(session, WorkerStepRow, fresh, key="name"):
            return True
        due = WorkerStepRow.tried_at <= now - every
        taken = update(WorkerStepRow).where(WorkerStepRow.name == name + TURN, due).values(tried_at=now)
        return bool(session.execute(taken).rowcount)  # type: ignore[attr-defined]


def give_turn_back(name: str, *, every: timedelta, now: datetime) -> None:
    """The turn came to nothing: someone may try again in ten minutes."""
    with unit_of_work() as session:
        again = now - every + timedelta(minutes=10)
        session.execute(update(WorkerStepRow).where(WorkerStepRow.name == name + TURN).values(tried_at=again))


def read_steps() -> list[StepState]:
    """Every step that was ever tried, by name."""
    with reading() as session:
        wanted = select(WorkerStepRow).where(~WorkerStepRow.name.endswith(TURN)).order_by(WorkerStepRow.name)
        rows = session.scalars(wanted)
        return [StepState(row.name, row.tried_at, row.done_at, row.failures, row.error) for row in rows]
