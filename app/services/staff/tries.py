"""Wrong tries in a row, and how long the next one waits.

A try is counted before it is looked at, so that many at once are not one. Accounts are counted whether or not they
exist. Networks that an account has signed in from lately have a count of their own with it: nobody elsewhere can keep
its owner waiting there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from app.db.queries.upsert import insert_or_lock
from app.db.tables import StaffRow, StaffSittingRow, StaffTryRow
from app.domain.staff import FREE_TRIES, FREE_TRIES_OF_NETWORK, NETWORK_KNOWN, TRIES_FORGOTTEN, wait_after
from app.services.staff.keys import StaffKeys


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted under `key`, and how many wrong tries nobody waits for."""

    key: str
    free: int = FREE_TRIES


def counters_for(
    session: Session, keys: StaffKeys, email: str, network: str | None, *, now: datetime
) -> tuple[Counter, ...]:
    """What a try with this address from this network counts for."""
    known = network is not None and _knows(session, email, network, now=now)
    counters = [Counter(keys.digest("account", email, network) if known else keys.digest("account", email))]
    if network is not None:
        counters.append(Counter(keys.digest("network", network), free=FREE_TRIES_OF_NETWORK))
    return tuple(counters)


def own_counter(keys: StaffKeys, what: Literal["code", "password"], staff_id: int) -> Counter:
    """What tries of someone count for who has given the password already: only they get so far."""
    return Counter(keys.digest(f"own-{what}", staff_id))


def password_counters(keys: StaffKeys, email: str, network: str | None, staff_id: int) -> tuple[Counter, ...]:
    """Whatever may keep this person waiting with their password here.

    Codes are not of them: else whoever reads somebody's mail could guess on with each new link.
    """
    shared = (keys.digest("account", email), keys.digest("account", email, network), keys.digest("network", network))
    return (*(Counter(key) for key in shared), own_counter(keys, "password", staff_id))


def begin_try(session: Session, counters: Sequence[Counter], *, now: datetime) -> datetime | None:
    """Count a try under each counter, as if it were wrong; None. Or until when to wait: then nothing is counted.

    Of two at once the second waits here until the first has counted.
    """
    found = []
    for counter in sorted(counters, key=lambda one: one.key):  # one order for all, or two would wait for each other
        fresh = {"key": counter.key, "wrong": 0, "last_at": now}
        row = insert_or_lock(session, StaffTryRow, fresh, key="key")
        if now - row.last_at > TRIES_FORGOTTEN:
            row.wrong = 0
        found.append((row, counter))
    until = max(_until(row, counter) for row, counter in found)
    if until > now:
        return until
    for row, _ in found:
        row.wrong += 1
        row.last_at = now
    return None


def forget_tries(session: Session, counters: Sequence[Counter]) -> None:
    """The try was right."""
    for key in sorted(counter.key for counter in counters):
        session.execute(delete(StaffTryRow).where(StaffTryRow.key == key))


def _until(row: StaffTryRow, counter: Counter) -> datetime:
    return row.last_at + wait_after(row.wrong, free=counter.free)


def _knows(session: Session, email: str, network: str, *, now: datetime) -> bool:
    lately = (
        exists()
        .where(StaffSittingRow.staff_id == StaffRow.id, StaffRow.email == email)
        .where(StaffSittingRow.network == network, StaffSittingRow.stage == "full")
        .where(StaffSittingRow.created_at > now - NETWORK_KNOWN)
    )
    return bool(session.scalar(select(lately)))
