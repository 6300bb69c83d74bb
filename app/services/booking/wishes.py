"""Settling a wish for a time: who takes it and in which room. A step inside the unit of work of holds and changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.queries.bookings import release_stale
from app.db.queries.diary import read_diary
from app.domain.availability import diary_window, free_room, is_offered, rank_practitioners, visit_at, week_window
from app.domain.catalogue import Catalogue, Practitioner, Treatment
from app.domain.diary import Diary, Visit
from app.domain.local_time import day_of
from app.domain.refusals import SlotNotOffered, SlotTaken, UnknownPractitioner, UnknownTreatment


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: a treatment at a time (UTC), with one of the candidates."""

    treatment: Treatment
    candidates: tuple[Practitioner, ...]
    starts_at: datetime
    returning: bool | None = None

    @property
    def visit(self) -> Visit:
        """The visit and the time it keeps."""
        return visit_at(self.treatment, self.starts_at, returning=self.returning)


def make_wish(
    catalogue: Catalogue,
    treatment: str,
    practitioner: str | None,
    starts_at: datetime,
    *,
    returning: bool | None = None,
) -> Wish:
    """The wish behind these slugs; `practitioner` None means anyone. Raises UnknownTreatment, UnknownPractitioner."""
    sold = catalogue.treatments.get(treatment)
    if sold is None:
        raise UnknownTreatment(treatment)
    candidates = tuple(one for one in catalogue.offering(treatment) if practitioner in (None, one.slug))
    if not candidates:
        raise UnknownPractitioner(practitioner)
    return Wish(sold, candidates, starts_at, returning)


def settle(
    session: Session, catalogue: Catalogue, wish: Wish, *, now: datetime, own_booking: int | None = None
) -> tuple[str, str | None]:
    """The practitioner and room that take the wish, with their time freed of holds that ran out. A visit at home
    takes no room.

    `own_booking` is the one that moves: its own time is no obstacle.
    Raises SlotNotOffered when the rules alone forbid it, SlotTaken when someone else is in the way.
    """
    rules = catalogue.rules
    day = day_of(rules.zone, wish.starts_at)
    window = diary_window(rules, day, day) if len(wish.candidates) == 1 else week_window(rules, day)
    diary = read_diary(session.connection(), window, now=now, own_booking=own_booking)

    def offered(one: Practitioner, seen: Diary) -> bool:
        return is_offered(catalogue, wish.treatment, one, wish.starts_at, seen, now=now, returning=wish.returning)

    willing = [one for one in wish.candidates if offered(one, Diary(changes=diary.changes))]
    if not willing:
        raise SlotNotOffered(wish.starts_at)
    busy = wish.visit.busy
    for one in rank_practitioners(rules, willing, day, diary):
        if not offered(one, diary):
            continue
        room = free_room(one, wish.visit, diary) if wish.treatment.needs_room else None
        if room is None and wish.treatment.needs_room:
            continue
        in_the_way = release_stale(session, one.slug, room, busy.starts_at, busy.ends_at, now=now)
        if not in_the_way - {own_booking}:
            return one.slug, room
    raise SlotTaken(wish.starts_at)
