"""Work for later: written with its cause, claimed under a lease, tried again, and handed to a person in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.db.queries.upsert import insert_new
from app.db.tables import BookingRow, OutboxRow
from app.db.unit_of_work import unit_of_work
from app.services.upkeep.staff_tasks import WORK, put_task

MOST_ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Work:
    """One claimed piece of work. `attempt` counts from 1 and tells this claim from an earlier, lost one."""

    id: int
    key: str
    kind: str
    payload: Mapping[str, Any]
    attempt: int
    run_at: datetime


def enqueue(
    session: Session, key: str, kind: str, payload: Mapping[str, Any], run_at: datetime, *, now: datetime | None = None
) -> bool:
    """Add work inside the caller's unit of work; a key that was used before adds nothing and returns False."""
    values = {
        "key": key,
        "kind": kind,
        "payload": dict(payload),
        "booking_id": payload.get("booking"),
        "run_at": run_at,
        "created_at": now or run_at,
        "attempts": 0,
    }
    return insert_new(session, OutboxRow, values, key="key")


def claim_due(*, now: datetime, limit: int, lease: timedelta) -> list[Work]:
    """Take up to `limit` due pieces for `lease`; nobody else gets them until it ends. Each claim counts as an attempt.

    Works side by side: PostgreSQL skips rows that others are taking, SQLite lets one in after the other.
    """
    with unit_of_work() as session:
        due = (
            select(OutboxRow)
            .where(
                OutboxRow.done_at.is_(None),
                OutboxRow.failed_at.is_(None),
                OutboxRow.run_at <= now,
                or_(OutboxRow.locked_until.is_(None), OutboxRow.locked_until <= now),
            )
            .order_by(OutboxRow.run_at, OutboxRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = []
        for row in session.scalars(due):
            if row.attempts >= MOST_ATTEMPTS:  # the worker died in the middle, again and again
                _give_up(session, row, row.error or "stopped without an answer", now=now)
                continue
            row.attempts += 1
            row.locked_until = now + lease
            claimed.append(Work(row.id, row.key, row.kind, row.payload, row.attempts, row.run_at))
        return claimed


def mark_done(work: Work, *, now: datetime) -> None:
    """The work is finished and will never run again."""
    with unit_of_work() as session:
        row = session.get(OutboxRow, work.id, with_for_update=True)
        if row is not None and row.done_at is None:
            row.done_at = now
            row.locked_until = None
            row.error = None


def mark_failed(work: Work, reason: str, *, now: datetime, permanent: bool = False) -> None:
    """Try again later (30 s, doubling, at most 6 h); hand it to a person after ten attempts, or at once if `permanent`.

    A claim whose lease ran out and was taken over changes nothing. `reason` must hold no personal data.
    """
    with unit_of_work() as session:
        row = session.get(OutboxRow, work.id, with_for_update=True)
        if row is None or row.done_at is not None or row.attempts != work.attempt:
            return
        row.error = reason[:200]
        row.locked_until = None
        if permanent or row.attempts >= MOST_ATTEMPTS:
            _give_up(session, row, reason, now=now)
        else:
            row.run_at = now + pause_after(row.attempts)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after that many attempts."""
    return min(FIRST_PAUSE * int(2 ** (attempts - 1)), LONGEST_PAUSE)


def _give_up(session: Session, row: OutboxRow, reason: str, *, now: datetime) -> None:
    row.failed_at = now
    row.locked_until = None
    booking_id = row.payload.get("booking")
    known = isinstance(booking_id, int) and session.get(BookingRow, booking_id) is not None
    words = f"{row.kind} was given up after {row.attempts} attempts: {reason}"
    # what was tried again and failed again is told again
    about = booking_id if known else None
    put_task(session, WORK + row.key, "outbox.failed", words, now=now, booking_id=about)
