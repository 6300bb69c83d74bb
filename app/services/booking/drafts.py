"""The answers a visitor has given so far, kept encrypted under the digest of their cookie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select

from app.db.queries.prepared import Prepared
from app.db.queries.upsert import insert_or_update
from app.db.tables import DraftRow
from app.db.unit_of_work import read_together, reading_rows, unit_of_work
from app.domain.draft import Draft, draft_as_answers, draft_from_answers
from app.domain.retention import UNFINISHED_DAYS
from app.services.booking.holds import HAS_HOLDS

#: Written once and without an object for the row: every step of booking asks this.
SITTING = Prepared(select(DraftRow.answers, HAS_HOLDS).where(DraftRow.visitor == bindparam("visitor")))


#: For a page that writes nothing: what it reads of the visitor and of the diary is read on one connection.
reading_together = read_together


@dataclass(frozen=True, slots=True)
class Sitting:
    """What a visitor has answered so far, and whether there is anything for `find_hold` to find: most hold no time."""

    draft: Draft
    may_hold: bool


def read_sitting(visitor: str) -> Sitting:
    """The visitor's answers so far, an empty draft when there are none, and whether they may hold a time."""
    with reading_rows() as connection:
        found = SITTING.rows(connection, {"visitor": visitor})
    return Sitting(draft_from_answers(found[0][0]), found[0][1]) if found else Sitting(Draft(), may_hold=True)


def read_draft(visitor: str) -> Draft:
    """The visitor's answers so far; an empty draft when there are none."""
    return read_sitting(visitor).draft


def save_draft(visitor: str, draft: Draft, *, now: datetime) -> None:
    """Keep `draft` in place of what was there."""
    values = {"visitor": visitor, "answers": draft_as_answers(draft), "updated_at": now}
    with unit_of_work() as session:
        insert_or_update(session, DraftRow, values, key="visitor")


def discard_draft(visitor: str) -> None:
    """Forget the visitor's answers, if any."""
    with unit_of_work() as session:
        session.execute(delete(DraftRow).where(DraftRow.visitor == visitor))


def discard_old_drafts(*, now: datetime) -> int:
    """Forget answers untouched for 30 days (domain.retention); returns how many."""
    with unit_of_work() as session:
        old = delete(DraftRow).where(DraftRow.updated_at < now - timedelta(days=UNFINISHED_DAYS))
        return int(session.execute(old).rowcount)  # type: ignore[attr-defined]
