"""What somebody wrote into a form for longer than they were signed in.

Kept encrypted with the sitting that is over, for nobody but them, until it is sent after all or a day has passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from app.db.queries.staff import sitting_of
from app.db.tables import StaffSittingRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.staff import UNSENT_KEPT
from app.services.staff.keys import StaffKeys

#: Signs, of all fields together. What is longer no form takes.
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Unsent:
    """A form that was sent too late. `action` is the address it was sent to, `fields` what stood in it."""

    action: str
    fields: Mapping[str, str]


def keep_unsent(keys: StaffKeys, token: str, unsent: Unsent, *, now: datetime) -> bool:
    """Keep it for whoever had the sitting of this token; whether it is kept."""
    if sum(map(len, unsent.fields.values())) > LONGEST:
        return False
    with unit_of_work() as session:
        found = sitting_of(session, keys.digest("sitting", token))
        if found is None or found[0].stage != "full":
            return False
        row, _ = found
        row.unsent = {"action": unsent.action, "fields": dict(unsent.fields)}
        row.unsent_until = now + UNSENT_KEPT
        return True


def find_unsent(staff_id: int, *, now: datetime) -> Unsent | None:
    """What this person sent too late last."""
    wanted = (
        select(StaffSittingRow.unsent)
        .where(StaffSittingRow.staff_id == staff_id, StaffSittingRow.unsent_until > now)
        .order_by(StaffSittingRow.unsent_until.desc())
        .limit(1)
    )
    with reading() as session:
        kept = session.scalar(wanted)
        return Unsent(**kept) if kept else None


def drop_unsent(staff_id: int) -> None:
    """It was sent after all."""
    with unit_of_work() as session:
        mine = update(StaffSittingRow).where(StaffSittingRow.staff_id == staff_id)
        session.execute(mine.where(StaffSittingRow.unsent_until.is_not(None)).values(unsent=None, unsent_until=None))
