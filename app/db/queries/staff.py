"""Finding people of the practice, their links and sittings, and ending them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.db.tables import StaffCodeRow, StaffLinkRow, StaffRow, StaffSittingRow


def staff_by_email(session: Session, email: str) -> StaffRow | None:
    """Who has this address, also someone who left; locked."""
    wanted = select(StaffRow).where(StaffRow.email == email.strip().lower()).with_for_update()
    return session.scalars(wanted).first()


def locked_staff(session: Session, staff_id: int) -> StaffRow | None:
    """The person of this number who is still there; locked."""
    row = session.get(StaffRow, staff_id, with_for_update=True)
    return row if row is not None and row.removed_at is None else None


def usable_link(session: Session, link_id: int, *, now: datetime) -> tuple[StaffLinkRow, StaffRow] | None:
    """An unused link that is not over, and whose it is; locked."""
    link = session.get(StaffLinkRow, link_id, with_for_update=True)
    if link is None or link.used_at is not None or link.ends_at <= now:
        return None
    staff = locked_staff(session, link.staff_id)
    return (link, staff) if staff is not None else None


def count_usable_links(session: Session, staff_id: int, *, now: datetime) -> int:
    """How many mailed links of this person may be used now."""
    usable = (
        select(func.count())
        .select_from(StaffLinkRow)
        .where(StaffLinkRow.staff_id == staff_id, StaffLinkRow.used_at.is_(None), StaffLinkRow.ends_at > now)
    )
    return session.scalar(usable) or 0


def end_links(session: Session, staff_id: int, *, now: datetime) -> None:
    """No link that was mailed to this person works any more."""
    unused = update(StaffLinkRow).where(StaffLinkRow.staff_id == staff_id, StaffLinkRow.used_at.is_(None))
    session.execute(unused.values(used_at=now))


def end_sittings(session: Session, staff_id: int, *, now: datetime, but: int | None = None) -> None:
    """Sign this person out everywhere, `but` in one sitting."""
    going = update(StaffSittingRow).where(StaffSittingRow.staff_id == staff_id, StaffSittingRow.ended_at.is_(None))
    if but is not None:
        going = going.where(StaffSittingRow.id != but)
    session.execute(going.values(ended_at=now, fresh_codes=None))


def sitting_of(session: Session, digest: str) -> tuple[StaffSittingRow, StaffRow] | None:
    """The sitting behind a cookie that nobody ended, of someone who is still there."""
    wanted = (
        select(StaffSittingRow, StaffRow)
        .join(StaffRow, StaffRow.id == StaffSittingRow.staff_id)
        .where(StaffSittingRow.digest == digest, StaffSittingRow.ended_at.is_(None), StaffRow.removed_at.is_(None))
    )
    found = session.execute(wanted).first()
    return None if found is None else (found[0], found[1])


def drop_factor(session: Session, staff: StaffRow) -> None:
    """Take the second factor and its recovery codes off."""
    staff.factor = staff.factor_at = staff.factor_step = staff.new_factor = None
    session.execute(delete(StaffCodeRow).where(StaffCodeRow.staff_id == staff.id))
