"""Accounts of the people of the practice: added, listed, begun anew, taken away. Done by whoever has the machine."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, or_, select, update

from app.db.queries.staff import drop_factor, end_links, end_sittings, staff_by_email
from app.db.tables import StaffAccessRow, StaffLinkRow, StaffRow, StaffSittingRow, StaffTryRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.refusals import StaffNotFound, StaffThere
from app.domain.retention import SITTING_DAYS, accesses_since
from app.domain.staff import EXAMPLE_EMAIL, EXAMPLE_PASSWORD, LONGEST_IDLE, TRIES_FORGOTTEN, Role, Staff
from app.services.staff.links import mail_link
from app.services.staff.passwords import hash_password
from app.services.staff.sittings import as_staff

log = structlog.get_logger("staff")

#: What is left of the name of someone who left long ago.
NOBODY = "Somebody who left"


def add_staff(email: str, name: str, role: Role, *, now: datetime) -> datetime:
    """Add someone, also someone who had left, and have a link sent to them. Returns when the link ends.

    Raises StaffThere when the address is somebody's already.
    """
    with unit_of_work() as session:
        row = staff_by_email(session, email)
        if row is not None and row.removed_at is None:
            raise StaffThere
        if row is None:
            row = StaffRow(email=email.strip().lower(), created_at=now)
            session.add(row)
        row.name, row.role, row.removed_at = name, role, None
        session.flush()
        ends_at = mail_link(session, row, "welcome", now=now)
        staff_id = row.id
    log.info("staff added", staff=staff_id, role=role)
    return ends_at


def list_staff() -> list[tuple[Staff, str]]:
    """Everyone, those who left last, each with "invited", "without second factor", "ready" or "removed"."""
    with reading() as session:
        rows = session.scalars(select(StaffRow).order_by(StaffRow.removed_at.is_not(None), StaffRow.name, StaffRow.id))
        return [(as_staff(row), _state(row)) for row in rows]


def read_staff(email: str) -> Staff:
    """Whoever works here with this address. Raises StaffNotFound."""
    with reading() as session:
        return as_staff(_present(staff_by_email(session, email)))


def remove_staff(email: str, *, now: datetime) -> Staff:
    """Sign someone out everywhere at once, and let them in no more. Their row stays for the access record.

    Raises StaffNotFound.
    """
    with unit_of_work() as session:
        row = _present(staff_by_email(session, email))
        row.removed_at, row.password = now, None
        drop_factor(session, row)
        end_links(session, row.id, now=now)
        end_sittings(session, row.id, now=now)
        staff = as_staff(row)
    log.info("staff removed", staff=staff.id)
    return staff


def reset_staff(email: str, *, now: datetime) -> datetime:
    """Begin anew for someone who lost phone and paper: no password, no second factor, and a new link.

    Returns when the link ends. Raises StaffNotFound.
    """
    with unit_of_work() as session:
        row = _present(staff_by_email(session, email))
        row.password = None
        drop_factor(session, row)
        end_links(session, row.id, now=now)
        end_sittings(session, row.id, now=now)
        ends_at = mail_link(session, row, "welcome", now=now)
        staff_id = row.id
    log.info("staff begun anew", staff=staff_id)
    return ends_at


def change_role(email: str, role: Role) -> Staff:
    """Give someone another role; it counts with their next page. Raises StaffNotFound."""
    with unit_of_work() as session:
        row = _present(staff_by_email(session, email))
        row.role = role
        staff = as_staff(row)
    log.info("role changed", staff=staff.id, role=role)
    return staff


def add_example(*, now: datetime) -> None:
    """The example therapist, if they are not there. Never in production."""
    with reading() as session:
        if session.scalar(select(StaffRow.id).where(StaffRow.email == EXAMPLE_EMAIL)) is not None:
            return
    kept = hash_password(EXAMPLE_PASSWORD)
    with unit_of_work() as session:
        if staff_by_email(session, EXAMPLE_EMAIL) is None:
            example = StaffRow(email=EXAMPLE_EMAIL, name="Example therapist", role="therapist", created_at=now)
            example.password = kept
            session.add(example)


def forget_old_traces(*, now: datetime) -> None:
    """Delete what is past its last day: sittings and links of 90 days ago, wrong tries of yesterday, access records of
    six years ago, forms that were sent too late a day ago. People who left then stay as a number without a name.
    Recovery codes that nobody wrote down go with their sitting.
    """
    old, last_access = now - timedelta(days=SITTING_DAYS), accesses_since(now)
    with unit_of_work() as session:
        over = or_(StaffSittingRow.ends_at <= now, StaffSittingRow.seen_at <= now - LONGEST_IDLE)
        session.execute(update(StaffSittingRow).where(over).values(fresh_codes=None))
        unsent = update(StaffSittingRow).where(StaffSittingRow.unsent_until <= now)
        session.execute(unsent.values(unsent=None, unsent_until=None))
        session.execute(delete(StaffSittingRow).where(StaffSittingRow.seen_at < old))
        session.execute(delete(StaffLinkRow).where(StaffLinkRow.ends_at < old))
        session.execute(delete(StaffTryRow).where(StaffTryRow.last_at < now - TRIES_FORGOTTEN))
        session.execute(delete(StaffAccessRow).where(StaffAccessRow.at < last_access))
        gone = select(StaffRow).where(StaffRow.removed_at < last_access, StaffRow.name != NOBODY)
        for row in session.scalars(gone):
            row.name, row.email = NOBODY, f"staff-{row.id}@forgotten.invalid"


def _present(row: StaffRow | None) -> StaffRow:
    if row is None or row.removed_at is not None:
        raise StaffNotFound
    return row


def _state(row: StaffRow) -> str:
    if row.removed_at is not None:
        return "removed"
    if row.password is None:
        return "invited"
    return "ready" if row.factor_at is not None else "without second factor"
