"""Waiting for a time: asking, one exclusive offer after another, taking it or passing it on.

An offer is a hold like any other, of the visitor that the link of the entry stands for. So the diary's own
guarantee keeps an offered time from everybody else, and its end is the end of the hold.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db.queries.upsert import insert_new
from app.db.tables import WaitlistEntryRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import Booking
from app.domain.catalogue import Catalogue
from app.domain.diary import Slot
from app.domain.draft import Draft, draft_as_answers, draft_from_answers
from app.domain.hold import HoldTerms
from app.domain.local_time import day_of
from app.domain.policy import ClientFacts, due_now
from app.domain.policy_snapshot import to_snapshot
from app.domain.refusals import NoHold, Refusal, StoreUnavailable
from app.domain.waitlist import MOST_OFFERS, WaitWish, first_suiting, offer_until
from app.services.booking.drafts import read_draft, save_draft
from app.services.booking.holds import claim_hold, extend_hold, find_hold, release_hold
from app.services.diary.free_times import find_free_days
from app.services.manage.booking_links import BookingLinks
from app.services.upkeep.outbox import enqueue


@dataclass(frozen=True, slots=True)
class WaitlistEntry:
    """One person's place in the line, with the answers they gave. `visitor` is whose holds the offers are."""

    key: str
    visitor: str
    wish: WaitWish
    answers: Draft
    offered: bool
    taken: bool


def join_waitlist(links: BookingLinks, asker: str, wish: WaitWish, answers: Draft, *, now: datetime) -> str:
    """Put the visitor `asker` in the line and have the link mailed; the key of the entry.

    Asking again changes the wish and keeps the place; while a time is offered, the entry stays as it is.
    """
    with unit_of_work() as session:
        row = _locked(session, WaitlistEntryRow.asker == asker)
        if row is not None and row.taken_at is not None:
            session.delete(row)
            session.flush()
            row = None
        if row is None:
            key = secrets.token_hex(12)
            visitor = visitor_behind(links.waitlist_token(key))
            fresh = {"key": key, "visitor": visitor, "asker": asker, "asked_at": now, **_wish_values(wish, answers)}
            insert_new(session, WaitlistEntryRow, fresh, key="asker")
            row = session.scalars(select(WaitlistEntryRow).where(WaitlistEntryRow.asker == asker)).one()
        elif row.offered_start is None:
            for name, value in _wish_values(wish, answers).items():
                setattr(row, name, value)
        mail = f"mail:waitlist-joined:{row.key}:{now:%Y%m%d%H%M}"
        enqueue(session, mail, "mail.waitlist_joined", {"entry": row.key}, now)
        return row.key


def visitor_behind(token: str) -> str:
    """The digest of the visitor that the link with `token` stands for."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_entry(key: str) -> WaitlistEntry | None:
    """The entry; None when it was left, or its last day is over."""
    with reading() as session:
        row = session.scalars(select(WaitlistEntryRow).where(WaitlistEntryRow.key == key)).one_or_none()
        return None if row is None else _as_entry(row)


def take_offer(entry: WaitlistEntry, zone: str, *, now: datetime) -> Booking:
    """The offered time, held on for its booking, with the answers the person gave when they asked.

    Raises NoHold or HoldExpired when the offer is over.
    """
    hold = find_hold(entry.visitor, now=now)
    if hold is None:
        raise NoHold
    hold = extend_hold(entry.visitor, now=now, anew=not entry.taken)
    if read_draft(entry.visitor).treatment is None:
        chosen = replace(entry.answers, starts_at=hold.starts_at, day=day_of(zone, hold.starts_at))
        save_draft(entry.visitor, chosen, now=now)
    with unit_of_work() as session:
        row = _locked(session, WaitlistEntryRow.key == entry.key)
        if row is not None:
            row.taken_at = row.taken_at or now
    return hold


def decline_offer(entry: WaitlistEntry, *, now: datetime) -> None:
    """Give the offered time back, for the next in line; the person waits on unless it was their last offer."""
    if entry.offered and not entry.taken:
        release_hold(entry.visitor, now=now)
        _pass_on(entry.key)


def leave_waitlist(entry: WaitlistEntry, *, now: datetime) -> None:
    """Forget the person's wish and answers; a time offered to them is free again."""
    with unit_of_work() as session:
        session.execute(delete(WaitlistEntryRow).where(WaitlistEntryRow.key == entry.key))
    if not entry.taken:
        release_hold(entry.visitor, now=now)


def make_offers(catalogue: Catalogue, *, now: datetime, but: str | None = None) -> int:
    """Pass on offers that ran out, then offer free times to those who wait, in order of asking; how many were made.

    The entry with the key `but` has just let a time go by, and is not asked again at once.
    Each step is a unit of work of its own: whoever dies in between leaves a hold that is told on the next turn.
    """
    today = day_of(catalogue.rules.zone, now)
    with unit_of_work() as session:
        session.execute(delete(WaitlistEntryRow).where(WaitlistEntryRow.until < today))
    for entry in _waiting(offered=True):
        if find_hold(entry.visitor, now=now) is None:
            decline_offer(entry, now=now)
    made, free = 0, {}
    waiting = [entry for entry in _waiting(offered=False) if entry.key != but]
    days = max((entry.wish.until - today).days + 1 for entry in waiting) if waiting else 0
    for entry in waiting:
        with suppress(Refusal):  # just taken, or no longer sold: the next turn or the last day will tell
            wanted = (entry.wish.treatment, entry.wish.practitioner, entry.answers.returning)
            if wanted not in free:
                free[wanted] = _free_slots(catalogue, entry, days, now=now)
            if _offer(catalogue, entry, free[wanted], now=now):
                made += 1
                free.clear()  # a time less for everybody
    return made


def pass_freed_on(catalogue: Catalogue, *, now: datetime, but: str | None = None) -> None:
    """A time has just come free: offer it to those who wait, now and not with the worker's next turn.

    So hardly anybody comes between. When the database is too busy for it, the worker's turn makes up for it: the change
    that freed the time is done and stays.
    """
    with suppress(StoreUnavailable):
        make_offers(catalogue, now=now, but=but)


def _offer(catalogue: Catalogue, entry: WaitlistEntry, slots: Sequence[Slot], *, now: datetime) -> bool:
    hold = find_hold(entry.visitor, now=now)
    if hold is None:
        slot = first_suiting(entry.wish, slots, zone=catalogue.rules.zone, now=now)
        if slot is None:
            return False
        hold = claim_hold(
            catalogue,
            _terms(catalogue, entry, now=now),
            visitor=entry.visitor,
            treatment=entry.wish.treatment,
            practitioner=entry.wish.practitioner,
            starts_at=slot.starts_at,
            now=now,
            returning=entry.answers.returning,
        )
    with unit_of_work() as session:
        row = _locked(session, WaitlistEntryRow.key == entry.key)
        if row is not None:
            row.offered_start = hold.starts_at
            work = {"entry": row.key, "booking": hold.id}
            enqueue(session, f"mail:waitlist-offer:{hold.id}", "mail.waitlist_offer", work, now)
            return True
    release_hold(entry.visitor, now=now)  # they left a moment ago
    return False


def _free_slots(catalogue: Catalogue, entry: WaitlistEntry, days: int, *, now: datetime) -> list[Slot]:
    found = find_free_days(
        catalogue,
        entry.wish.treatment,
        entry.wish.practitioner,
        first_day=day_of(catalogue.rules.zone, now),
        days=days,
        now=now,
        returning=entry.answers.returning,
    )
    return [slot for day in found for slot in day.slots]


def _terms(catalogue: Catalogue, entry: WaitlistEntry, *, now: datetime) -> HoldTerms:
    policy, price = catalogue.policy_for(entry.wish.treatment), catalogue.treatments[entry.wish.treatment].price_minor
    due = due_now(policy, price, ClientFacts(entry.answers.returning))
    minutes = -((now - offer_until(now, catalogue.rules.zone)) // timedelta(minutes=1))
    return HoldTerms(price, due.amount_minor, policy.currency, to_snapshot(policy), hold_minutes=minutes)


def _waiting(*, offered: bool) -> list[WaitlistEntry]:
    """Those with, or without, an offer that they have not taken; in order of asking."""
    has_offer = WaitlistEntryRow.offered_start.is_not(None)
    with reading() as session:
        wanted = select(WaitlistEntryRow).where(
            WaitlistEntryRow.taken_at.is_(None), has_offer if offered else ~has_offer
        )
        return [_as_entry(row) for row in session.scalars(wanted.order_by(WaitlistEntryRow.id))]


def _pass_on(key: str) -> None:
    with unit_of_work() as session:
        row = _locked(session, WaitlistEntryRow.key == key)
        if row is None or row.offered_start is None or row.taken_at is not None:
            return
        row.passed = [*row.passed, row.offered_start.isoformat()]
        row.offered_start = None
        if len(row.passed) >= MOST_OFFERS:
            session.delete(row)


def _locked(session: Session, condition: object) -> WaitlistEntryRow | None:
    wanted = select(WaitlistEntryRow).where(condition).with_for_update()  # type: ignore[arg-type]
    return session.scalars(wanted, execution_options={"populate_existing": True}).one_or_none()


def _wish_values(wish: WaitWish, answers: Draft) -> dict[str, object]:
    return {
        "treatment": wish.treatment,
        "practitioner": wish.practitioner,
        "weekdays": sorted(wish.weekdays),
        "parts": sorted(wish.parts),
        "until": wish.until,
        "answers": draft_as_answers(answers),
        "passed": [],
    }


def _as_entry(row: WaitlistEntryRow) -> WaitlistEntry:
    passed = frozenset(datetime.fromisoformat(start) for start in row.passed)
    weekdays, parts = frozenset(row.weekdays), frozenset(row.parts)
    wish = WaitWish(row.treatment, row.practitioner, weekdays, parts, row.until, passed)
    answers = draft_from_answers(row.answers)
    return WaitlistEntry(row.key, row.visitor, wish, answers, row.offered_start is not None, row.taken_at is not None)
