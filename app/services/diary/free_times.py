"""Free times, as lists for pages: what can be booked, from the practice's rules and the live diary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.db.queries.diary import read_diary
from app.db.unit_of_work import reading_rows
from app.domain.availability import bookable_window, diary_window, offered_slots
from app.domain.catalogue import Catalogue, Practitioner, Treatment
from app.domain.diary import Diary, Slot
from app.domain.local_time import day_of
from app.domain.refusals import UnknownPractitioner, UnknownTreatment

#: How many days are looked through at a time in search of the next free one.
STRIDE = 14


@dataclass(frozen=True, slots=True)
class DayOfSlots:
    """The free slots of one local date, in order of time. Asked for anyone, each start comes once."""

    day: date
    slots: tuple[Slot, ...]

    def __hash__(self) -> int:
        """Quick: finished parts of pages are looked up by these values. Two lists that share it are still compared."""
        return hash((self.day, len(self.slots)))


def find_free_days(
    catalogue: Catalogue,
    treatment: str,
    practitioner: str | None,
    *,
    first_day: date,
    days: int,
    now: datetime,
    own_booking: int | None = None,
    returning: bool | None = None,
) -> list[DayOfSlots]:
    """The free slots of `days` local dates from `first_day`; a date without any has none, and is in the list.

    With `practitioner` None a slot names the first in order of display who is free; who takes the visit is settled
    when it is held. `own_booking` does not count as taken: for someone who looks for another time.
    Raises UnknownTreatment, UnknownPractitioner.
    """
    sold, people = what_and_who(catalogue, treatment, practitioner)
    last = min(first_day.toordinal() + days, date.max.toordinal())
    dates = [date.fromordinal(number) for number in range(first_day.toordinal(), last)]
    first, end = bookable_days(catalogue, sold, now=now)
    open_dates = [day for day in dates if first <= day <= end]
    diary = read_days(catalogue, open_dates, now=now, own_booking=own_booking)
    free = {day.day: day for day in _days(catalogue, sold, people, open_dates, diary, now=now, returning=returning)}
    return [free.get(day) or DayOfSlots(day, ()) for day in dates]


def find_next_free_days(
    catalogue: Catalogue,
    treatment: str,
    practitioner: str | None,
    *,
    from_day: date | None,
    limit: int,
    now: datetime,
    own_booking: int | None = None,
    returning: bool | None = None,
    fits: Callable[[date], bool] = lambda _day: True,
) -> list[DayOfSlots]:
    """The first `limit` local dates that have free slots, not before `from_day`; fewer when the horizon comes first.

    Dates that do not fit are passed over. The first look is as short as a five-day week allows, the next ones are
    longer, so that an open diary costs little. The rest as `find_free_days`.
    Raises UnknownTreatment, UnknownPractitioner.
    """
    sold, people = what_and_who(catalogue, treatment, practitioner)
    first, last = bookable_days(catalogue, sold, now=now)
    day, found = max(first, from_day or first), list[DayOfSlots]()
    stride = limit + 4
    while day <= last and len(found) < limit:
        dates = _stride(day, last, stride)
        diary = read_days(catalogue, dates, now=now, own_booking=own_booking)
        free = _days(catalogue, sold, people, dates, diary, now=now, returning=returning)
        found += [one for one in free if one.slots and fits(one.day)]
        day = dates[-1] + timedelta(days=1)
        stride *= 2
    return found[:limit]


def find_next_free(
    catalogue: Catalogue,
    treatment: str,
    *,
    now: datetime,
    practitioner: str | None = None,
    from_day: date | None = None,
    returning: bool | None = None,
) -> Slot | None:
    """The earliest free slot, not before the local date `from_day`; None when nothing is free up to the horizon.

    Raises UnknownTreatment, UnknownPractitioner.
    """
    sold, people = what_and_who(catalogue, treatment, practitioner)
    first, last = bookable_days(catalogue, sold, now=now)
    day = max(first, from_day) if from_day else first
    while day <= last:
        dates = _stride(day, last, STRIDE)
        diary = read_days(catalogue, dates, now=now)
        found = _days(catalogue, sold, people, dates, diary, now=now, returning=returning)
        slot = next((slots.slots[0] for slots in found if slots.slots), None)
        if slot is not None:
            return slot
        day = dates[-1] + timedelta(days=1)
    return None


def find_nearest(
    catalogue: Catalogue,
    treatment: str,
    practitioner: str | None,
    wanted: datetime,
    *,
    now: datetime,
    limit: int = 3,
    own_booking: int | None = None,
    returning: bool | None = None,
) -> list[Slot]:
    """Up to `limit` free slots closest to `wanted`, within a week of it, in order of time.

    The practitioner who was asked for comes first; others fill up what is missing.
    Raises UnknownTreatment, UnknownPractitioner.
    """
    sold, people = what_and_who(catalogue, treatment, practitioner)
    middle = day_of(catalogue.rules.zone, wanted)
    first, last = bookable_days(catalogue, sold, now=now)
    dates = [day for day in (middle + timedelta(days=number) for number in range(-7, 8)) if first <= day <= last]
    if not dates:
        return []
    diary = read_days(catalogue, dates, now=now, own_booking=own_booking)
    found: list[Slot] = []
    for group in (people, [one for one in catalogue.offering(treatment) if one not in people]):
        slots = _flat(_days(catalogue, sold, group, dates, diary, now=now, returning=returning))
        known = {slot.starts_at for slot in found}
        fresh = sorted((slot for slot in slots if slot.starts_at not in known), key=lambda s: abs(s.starts_at - wanted))
        found += fresh[: limit - len(found)]
    return sorted(found, key=lambda slot: slot.starts_at)


def bookable_days(catalogue: Catalogue, treatment: Treatment, *, now: datetime) -> tuple[date, date]:
    """The first and the last local date on which the treatment could start, by lead time and horizon."""
    window = bookable_window(catalogue.rules, treatment, now=now)
    zone = catalogue.rules.zone
    return day_of(zone, window.starts_at), day_of(zone, window.ends_at - timedelta(seconds=1))


def what_and_who(
    catalogue: Catalogue, treatment: str, practitioner: str | None
) -> tuple[Treatment, tuple[Practitioner, ...]]:
    """The treatment, and those who give it or the one who was asked for.

    Raises UnknownTreatment, UnknownPractitioner.
    """
    sold = catalogue.treatments.get(treatment)
    if sold is None:
        raise UnknownTreatment(treatment)
    people = tuple(one for one in catalogue.offering(treatment) if practitioner in (None, one.slug))
    if practitioner is not None and not people:
        raise UnknownPractitioner(practitioner)
    return sold, people


def read_days(catalogue: Catalogue, dates: Sequence[date], *, now: datetime, own_booking: int | None = None) -> Diary:
    """The diary that `offered_slots` needs for these local dates, which follow one another."""
    if not dates:
        return Diary()
    window = diary_window(catalogue.rules, dates[0], dates[-1])
    with reading_rows() as connection:
        return read_diary(connection, window, now=now, own_booking=own_booking)


def _stride(day: date, last: date, days: int) -> list[date]:
    """The dates to look through next: so many from `day` on, and not beyond `last`."""
    return [day + timedelta(days=number) for number in range(min(days, (last - day).days + 1))]


def _days(
    catalogue: Catalogue,
    treatment: Treatment,
    people: Sequence[Practitioner],
    dates: Sequence[date],
    diary: Diary,
    *,
    now: datetime,
    returning: bool | None,
) -> list[DayOfSlots]:
    found = offered_slots(catalogue, treatment, people, dates, diary, now=now, returning=returning)
    return [DayOfSlots(day, slots) for day, slots in zip(dates, found, strict=True)]


def _flat(days: Iterable[DayOfSlots]) -> list[Slot]:
    return [slot for day in days for slot in day.slots]
