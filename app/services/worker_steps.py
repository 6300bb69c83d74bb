"""The worker's sign of life: what it did last, kept where every process can read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.db.queries.upsert import insert_or_update
from app.db.tables import WorkerStepRow
from app.db.unit_of_work import reading, unit_of_work


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


def read_steps() -> list[StepState]:
    """Every step that was ever tried, by name."""
    with reading() as session:
        rows = session.scalars(select(WorkerStepRow).order_by(WorkerStepRow.name))
        return [StepState(row.name, row.tried_at, row.done_at, row.failures, row.error) for row in rows]
