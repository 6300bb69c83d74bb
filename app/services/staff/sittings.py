"""Sittings: one a browser, from signing in to signing out. The cookie's token is random; only its digest is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.queries.staff import sitting_of
from app.db.tables import StaffRow, StaffSittingRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.staff import EXAMPLE_EMAIL, LONGEST_IDLE, Role, Staff, Stage, sitting_ends, still_sits
from app.services.staff.keys import StaffKeys, new_token

#: That a sitting goes on is written down no more often than this.
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody signs in: the keyed digest of their network, if it can be told, and their browser in words."""

    network: str | None
    device: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A sitting that has just begun. `token` goes into the cookie and is never seen again."""

    token: str
    stage: Stage
    staff_id: int

    def __repr__(self) -> str:
        return f"Opened(stage={self.stage!r}, staff_id={self.staff_id})"


@dataclass(frozen=True, slots=True)
class Sitting:
    """The sitting behind a cookie. `fresh_codes`: new recovery codes wait to be written down."""

    id: int
    staff: Staff
    stage: Stage
    fresh_codes: bool


@dataclass(frozen=True, slots=True)
class ListedSitting:
    """A sitting as its owner sees it."""

    id: int
    device: str
    created_at: datetime
    seen_at: datetime


def as_staff(row: StaffRow) -> Staff:
    """The person of a row."""
    return Staff(row.id, row.email, row.name, cast(Role, row.role))


def open_sitting(
    session: Session, keys: StaffKeys, staff: StaffRow, stage: Stage, place: Place, *, now: datetime
) -> Opened:
    """Begin a sitting inside the caller's unit of work, with a token nobody had before."""
    token = new_token()
    session.add(
        StaffSittingRow(
            staff_id=staff.id,
            digest=keys.digest("sitting", token),
            stage=stage,
            network=place.network,
            device=place.device,
            created_at=now,
            seen_at=now,
            ends_at=sitting_ends(stage, since=now),
        )
    )
    return Opened(token, stage, staff.id)


def find_sitting(keys: StaffKeys, token: str, *, examples: bool, now: datetime) -> Sitting | None:
    """The sitting of a cookie's token, if it goes on, and note that it does. `examples`: see sign_in.check_password."""
    digest = keys.digest("sitting", token)
    with reading() as session:
        found = sitting_of(session, digest)
        if found is None or not _goes_on(found[0], now=now):
            return None
        row, staff = found
        if staff.email == EXAMPLE_EMAIL and not examples:
            return None
        sitting = Sitting(row.id, as_staff(staff), cast(Stage, row.stage), row.fresh_codes is not None)
        noted = now - row.seen_at < NOTED_EVERY
    if not noted:
        with unit_of_work() as session:
            again = session.get(StaffSittingRow, sitting.id)
            if again is not None and again.ended_at is None:
                again.seen_at = max(again.seen_at, now)
    return sitting


def list_sittings(staff_id: int, *, now: datetime) -> list[ListedSitting]:
    """Where this person is signed in now, the latest first."""
    wanted = (
        select(StaffSittingRow)
        .where(
            StaffSittingRow.staff_id == staff_id,
            StaffSittingRow.stage == "full",
            StaffSittingRow.ended_at.is_(None),
            StaffSittingRow.ends_at > now,
            StaffSittingRow.seen_at > now - LONGEST_IDLE,
        )
        .order_by(StaffSittingRow.seen_at.desc(), StaffSittingRow.id.desc())
    )
    with reading() as session:
        return [ListedSitting(row.id, row.device, row.created_at, row.seen_at) for row in session.scalars(wanted)]


def end_sitting(staff_id: int, sitting_id: int, *, now: datetime) -> bool:
    """Sign this person out in one place; whether they were signed in there. Again, it changes nothing."""
    with unit_of_work() as session:
        row = session.get(StaffSittingRow, sitting_id, with_for_update=True)
        if row is None or row.staff_id != staff_id or row.ended_at is not None:
            return False
        row.ended_at, row.fresh_codes = now, None
        return True


def read_fresh_codes(sitting_id: int) -> list[str]:
    """New recovery codes that were not written down yet; none after that."""
    with reading() as session:
        row = session.get_one(StaffSittingRow, sitting_id)
        return list(row.fresh_codes or ())


def drop_fresh_codes(sitting_id: int) -> None:
    """They are written down: from now on nobody can read them here."""
    with unit_of_work() as session:
        session.get_one(StaffSittingRow, sitting_id, with_for_update=True).fresh_codes = None


def _goes_on(row: StaffSittingRow, *, now: datetime) -> bool:
    return still_sits(now=now, ends_at=row.ends_at, seen_at=row.seen_at)
