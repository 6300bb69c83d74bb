"""A slow, obviously right answer to "which starts are offered": every minute of a date is judged by itself.

It walks the local clock minute by minute and reads the rules as a person would; it shares no code with the product
beyond the values themselves.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from app.domain.catalogue import Catalogue, Practitioner, Treatment, WeeklySpan
from app.domain.diary import Diary

MINUTE = timedelta(minutes=1)


@cache
def minutes_of(zone: str, day: date) -> tuple[datetime, ...]:
    """Every full minute (UTC) at which the local calendar shows `day`."""
    place = ZoneInfo(zone)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    return tuple(
        minute
        for minute in (at + number * MINUTE for number in range(54 * 60))
        if minute.astimezone(place).date() == day
    )


def working_minutes(catalogue: Catalogue, one: Practitioner, day: date, diary: Diary) -> set[datetime]:
    """The minutes of a date in which this person may have a visit."""
    place, minutes = ZoneInfo(catalogue.rules.zone), minutes_of(catalogue.rules.zone, day)
    working: set[datetime] = set()
    if day not in catalogue.rules.closed_days:
        working |= {m for span in one.hours for m in _span_minutes(span, day, minutes, place)}
        working -= {m for span in one.breaks for m in _span_minutes(span, day, minutes, place)}
    for change in diary.changes:
        if change.kind == "extra" and change.practitioner in (None, one.slug):
            working |= {m for m in minutes if change.span.starts_at <= m < change.span.ends_at}
    for change in diary.changes:
        if change.kind == "off" and change.practitioner in (None, one.slug):
            working -= {m for m in minutes if change.span.starts_at < m + MINUTE and m < change.span.ends_at}
    return working


def _span_minutes(span: WeeklySpan, day: date, minutes: tuple[datetime, ...], place: ZoneInfo) -> list[datetime]:
    """From the first minute whose clock shows `opens` or later, up to the first that shows `closes` or later."""
    if span.weekday != day.weekday():
        return []
    if (span.valid_from and day < span.valid_from) or (span.valid_until and day > span.valid_until):
        return []
    found, opened = [], False
    for minute in minutes:
        shown = minute.astimezone(place).time()
        if span.closes != time(0) and shown >= span.closes:
            break
        opened = opened or shown >= span.opens
        if opened:
            found.append(minute)
    return found


def slow_starts(
    catalogue: Catalogue,
    treatment: Treatment,
    one: Practitioner,
    day: date,
    diary: Diary,
    *,
    now: datetime,
    returning: bool | None = None,
) -> list[datetime]:
    """Every start on `day` that breaks no rule."""
    working = working_minutes(catalogue, one, day, diary)
    return [
        minute
        for minute in minutes_of(catalogue.rules.zone, day)
        if _allowed(catalogue, treatment, one, day, diary, minute, working, now=now, returning=returning)
    ]


def _allowed(
    catalogue: Catalogue,
    treatment: Treatment,
    one: Practitioner,
    day: date,
    diary: Diary,
    start: datetime,
    working: set[datetime],
    *,
    now: datetime,
    returning: bool | None,
) -> bool:
    rules, place = catalogue.rules, ZoneInfo(catalogue.rules.zone)
    shown = start.astimezone(place)
    if treatment.slug not in one.treatments or (shown.hour * 60 + shown.minute) % rules.step_minutes:
        return False
    if (treatment.audience == "new" and returning is True) or (
        treatment.audience == "returning" and returning is False
    ):
        return False
    lead = rules.lead_minutes if treatment.lead_minutes is None else treatment.lead_minutes
    horizon = rules.horizon_days if treatment.horizon_days is None else treatment.horizon_days
    if start < now + timedelta(minutes=lead) or (day - now.astimezone(place).date()).days > horizon:
        return False
    length = treatment.minutes + (treatment.first_visit_minutes if returning is False else 0)
    visit = [start + number * MINUTE for number in range(length)]
    if not working.issuperset(visit):
        return False
    busy_from = start - treatment.buffer_before * MINUTE
    busy_until = start + (length + treatment.buffer_after) * MINUTE
    touched = [t for t in diary.taken if t.busy.starts_at < busy_until and busy_from < t.busy.ends_at]
    if any(t.practitioner == one.slug for t in touched):
        return False
    if not treatment.at_home and all(room in {t.room for t in touched} for room in one.rooms):
        return False
    hands_on = sum(
        t.minutes
        for t in diary.taken
        if t.practitioner == one.slug and t.busy.starts_at.astimezone(place).date() == day
    )
    return one.daily_cap_minutes is None or hands_on + length <= one.daily_cap_minutes
