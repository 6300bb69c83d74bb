"""Programmes: proposing dates for several visits, holding all of them or none, and reading them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.db.queries.bookings import add_cells, as_booking, holds_of, lock_claim, release_unpayable
from app.db.queries.programmes import visits_of
from app.db.tables import BookingRow, ProgrammeRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import LIVE_STATES, Booking
from app.domain.catalogue import Catalogue
from app.domain.diary import Slot
from app.domain.hold import HoldTerms, within_limits
from app.domain.local_time import day_of
from app.domain.policy import ClientFacts, due_now
from app.domain.policy_snapshot import to_snapshot
from app.domain.programme import Preference, Programme, Spacing, alternatives, move_fault, propose, spacing_fault
from app.domain.refusals import ProgrammeNotKept, SlotNotOffered, SlotTaken, TooManyHolds, VisitsGone
from app.services.booking.holds import count_holds, is_alive, new_hold
from app.services.booking.wishes import Wish, make_wish, settle
from app.services.diary.free_times import bookable_days, find_free_days


@dataclass(frozen=True, slots=True)
class Plan:
    """One proposed time for each visit, in order, and for each the days on which it could be instead.

    `lost` are wished times that could not be had: other ones stand in their place.
    """

    slots: tuple[Slot, ...]
    others: tuple[Mapping[date, tuple[Slot, ...]], ...]
    lost: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class BookedProgramme:
    """The terms of a programme that was booked, and all its visits, in order of time."""

    title: str
    price_minor: int
    currency: str
    spacing: Spacing
    valid_until: date
    visits: tuple[Booking, ...]


@dataclass(frozen=True, slots=True)
class Chooser:
    """Who looks for dates: with one person or (None) anyone. `visitor` is a digest; their own holds are no obstacle."""

    visitor: str
    practitioner: str | None = None
    returning: bool | None = None


def plan_programme(
    catalogue: Catalogue,
    programme: Programme,
    chooser: Chooser,
    wish: Preference,
    *,
    now: datetime,
    from_day: date | None = None,
    wanted: Sequence[datetime] = (),
) -> Plan | None:
    """Dates for every visit, nearest to the wish; None when no run of free days keeps the spacing.

    `wanted` are times chosen before, one for each visit: those that can still be had are kept, the others replaced.
    Raises UnknownTreatment, UnknownPractitioner.
    """
    zone = catalogue.rules.zone
    first, last = bookable_days(catalogue, catalogue.treatments[programme.treatment], now=now)
    first = max(first, from_day) if from_day else first
    until = min(last, programme.valid_until(day_of(zone, now)))
    free = _free(catalogue, programme, chooser, first, (until - first).days + 1, now=now)
    kept = _still_free(free, wanted, zone)
    found = propose(programme, free, wish, zone=zone, until=until, kept=kept)
    if found is None and kept:
        found = propose(programme, free, wish, zone=zone, until=until)
    if found is None:
        return None
    places, starts = range(programme.visits), {slot.starts_at for slot in found}
    lost = tuple(start for start in wanted if start not in starts)
    others = tuple(alternatives(programme, found, place, free, zone=zone, until=until) for place in places)
    return Plan(found, others, lost)


def claim_programme(
    catalogue: Catalogue,
    programme: Programme,
    chooser: Chooser,
    starts: Sequence[datetime],
    *,
    now: datetime,
    hold_minutes: int,
    network: str | None = None,
) -> Booking:
    """Hold every one of `starts` (UTC, in order) for the visitor, or none; the first visit, whose deposit pays for all.

    What the visitor held before is given back in the same transaction. Raises ProgrammeNotKept when the times are not
    what the programme asks for, VisitsGone with those that cannot be had, SlotTaken when one went in this very
    moment, TooManyHolds, UnknownTreatment, UnknownPractitioner.
    """
    _check_dates(catalogue, programme, starts, now=now)
    wishes = [
        make_wish(catalogue, programme.treatment, chooser.practitioner, start, returning=chooser.returning)
        for start in starts
    ]
    terms = _terms(catalogue, programme, chooser, hold_minutes)
    with unit_of_work() as session:
        lock_claim(session, chooser.visitor, wishes[0].candidates)
        own = holds_of(session, chooser.visitor)
        same = _same(session, own, programme, wishes, now=now)
        if same is not None:
            return as_booking(session, same)
        release_unpayable(session, own, now=now)
        if not within_limits(count_holds(session, chooser.visitor, network, now=now), terms[0]):
            raise TooManyHolds
        row = _new_programme(catalogue, programme, terms[0].currency, now=now)
        session.add(row)
        session.flush()
        return as_booking(session, _hold_all(session, catalogue, row, wishes, terms, chooser, network, now=now))


def read_programme(programme_id: int) -> BookedProgramme:
    """The programme with all its visits, whatever became of them. It must exist."""
    with reading() as session:
        row = session.get_one(ProgrammeRow, programme_id)
        return BookedProgramme(
            row.title,
            row.price_minor,
            row.currency,
            Spacing(row.min_days, row.max_days),
            row.valid_until,
            tuple(as_booking(session, visit) for visit in visits_of(session, row.id)),
        )


def fitting_days(booking: Booking, zone: str) -> Callable[[date], bool]:
    """Whether a visit may move to a local date: by the rest between the visits of its programme, and the last day.

    Any day will do for a visit of none.
    """
    if booking.programme is None:
        return lambda _day: True
    programme = read_programme(booking.programme)
    others = [
        day_of(zone, visit.starts_at)
        for visit in programme.visits
        if visit.id != booking.id and visit.state in LIVE_STATES
    ]
    return lambda day: move_fault(programme.spacing, others, day, valid_until=programme.valid_until) is None


def held_visits(hold: Booking) -> tuple[Booking, ...]:
    """The visits that the deposit of this booking pays for, in order of time: itself, or all of its programme."""
    return (hold,) if hold.programme is None else read_programme(hold.programme).visits


def _free(
    catalogue: Catalogue, programme: Programme, chooser: Chooser, first: date, days: int, *, now: datetime
) -> dict[date, tuple[Slot, ...]]:
    """The free times by local date, with those that the visitor holds already."""
    found = find_free_days(
        catalogue,
        programme.treatment,
        chooser.practitioner,
        first_day=first,
        days=max(days, 0),
        now=now,
        returning=chooser.returning,
    )
    free = {day.day: day.slots for day in found}
    with reading() as session:
        held = [Slot(row.starts_at, row.practitioner) for row in holds_of(session, chooser.visitor) if row.programme_id]
    for slot in held:
        day = day_of(catalogue.rules.zone, slot.starts_at)
        if day in free and chooser.practitioner in (None, slot.practitioner):
            free[day] = tuple(sorted({*free[day], slot}, key=lambda one: one.starts_at))
    return free


def _still_free(free: Mapping[date, Sequence[Slot]], wanted: Sequence[datetime], zone: str) -> dict[int, Slot]:
    kept = {}
    for place, start in enumerate(wanted):
        slot = next((one for one in free.get(day_of(zone, start), ()) if one.starts_at == start), None)
        if slot is not None:
            kept[place] = slot
    return kept


def _check_dates(catalogue: Catalogue, programme: Programme, starts: Sequence[datetime], *, now: datetime) -> None:
    zone = catalogue.rules.zone
    days = [day_of(zone, start) for start in starts]
    if len(days) != programme.visits:
        raise ProgrammeNotKept("count")
    if days[-1] > programme.valid_until(day_of(zone, now)):
        raise ProgrammeNotKept("expired")
    if spacing_fault(programme.spacing, days) is not None:
        raise ProgrammeNotKept("spacing")


def _terms(catalogue: Catalogue, programme: Programme, chooser: Chooser, hold_minutes: int) -> list[HoldTerms]:
    """Each visit by the practice's rules, at its part of the price."""
    policy = catalogue.policy_for(programme.treatment)
    client, snapshot = ClientFacts(chooser.returning), to_snapshot(policy)
    return [
        HoldTerms(price, due_now(policy, price, client).amount_minor, policy.currency, snapshot, hold_minutes)
        for price in programme.shares
    ]


def _same(
    session: Session, own: Sequence[BookingRow], programme: Programme, wishes: Sequence[Wish], *, now: datetime
) -> BookingRow | None:
    """The visitor's running hold of exactly these times of this programme, if any: a form that was sent twice."""
    lead = next((row for row in own if row.programme_id is not None and row.lead_id is None), None)
    if lead is None or lead.programme_id is None:
        return None
    rows = sorted((row for row in own if row.programme_id == lead.programme_id), key=lambda row: row.starts_at)
    people = {one.slug for one in wishes[0].candidates}
    same = (
        session.get_one(ProgrammeRow, lead.programme_id).slug == programme.slug
        and [(row.starts_at, row.ends_at) for row in rows] == [(w.starts_at, w.visit.at.ends_at) for w in wishes]
        and all(row.practitioner in people for row in rows)
    )
    return lead if same and is_alive(session, lead, now=now) else None


def _new_programme(catalogue: Catalogue, programme: Programme, currency: str, *, now: datetime) -> ProgrammeRow:
    return ProgrammeRow(
        slug=programme.slug,
        title=programme.title,
        visits=programme.visits,
        price_minor=programme.price_minor,
        currency=currency,
        min_days=programme.spacing.min_days,
        max_days=programme.spacing.max_days,
        valid_until=programme.valid_until(day_of(catalogue.rules.zone, now)),
        created_at=now,
    )


def _hold_all(
    session: Session,
    catalogue: Catalogue,
    programme: ProgrammeRow,
    wishes: Sequence[Wish],
    terms: Sequence[HoldTerms],
    chooser: Chooser,
    network: str | None,
    *,
    now: datetime,
) -> BookingRow:
    """One held row for each wish, in order of time; raises VisitsGone with all that are in the way."""
    lead: BookingRow | None = None
    gone: list[datetime] = []
    for wish, own_terms in zip(wishes, terms, strict=True):
        row = new_hold(session, wish, own_terms, now=now)
        try:
            row.practitioner, row.room = settle(session, catalogue, wish, now=now)
        except (SlotTaken, SlotNotOffered):
            gone.append(wish.starts_at)
            continue
        row.visitor, row.network = chooser.visitor, network
        row.programme_id, row.lead_id = programme.id, lead.id if lead else None
        session.add(row)
        session.flush()
        add_cells(session, row)
        lead = lead or row
    if gone or lead is None:
        raise VisitsGone(tuple(gone))
    return lead
