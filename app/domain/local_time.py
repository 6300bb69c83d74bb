"""Wall clocks and instants: what the practice's clock shows, and when.

Two rules settle every clock change. A wall time that comes twice means its first coming. A wall time that never
comes means the moment the clock jumps over it. Both follow from one sentence: a wall time stands for the first
instant at which the local clock shows that time or later.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_ONE_DAY = timedelta(days=1)
_MIDNIGHT = time(0)
#: A hand-made request may name any year; arithmetic stays far from where datetime overflows.
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """The IANA time zone `name`. Raises ZoneInfoNotFoundError (a KeyError) when there is none."""
    return ZoneInfo(name)


@lru_cache(maxsize=16384)
def instant_of(zone: str, day: date, clock: time) -> datetime:
    """The first instant (UTC) at which the clock in `zone` shows `clock` on `day`, or later."""
    wall = datetime.combine(day, clock, tzinfo=zone_named(zone))
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if first <= second:
        return first
    return _jump_between(zone_named(zone), second, first)  # the clock skips this wall time


def _jump_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset changes between two instants (UTC) on either side of one clock change."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def day_of(zone: str, at: datetime) -> date:
    """The local date of an instant; instants outside the calendar's sane range count as its first or last date."""
    if not _FIRST <= at <= _LAST:
        return (_FIRST if at < _FIRST else _LAST).date()
    return at.astimezone(zone_named(zone)).date()


def start_of_day(zone: str, day: date) -> datetime:
    """The first instant (UTC) of a local date."""
    return instant_of(zone, min(max(day, _FIRST.date()), _LAST.date()), _MIDNIGHT)


def end_of_day(zone: str, day: date) -> datetime:
    """The first instant (UTC) after a local date: days last 23 to 25 hours."""
    return start_of_day(zone, min(day, _LAST.date()) + _ONE_DAY)


def month_of(zone: str, day: date) -> tuple[datetime, datetime]:
    """The first instant (UTC) of the local month that `day` lies in, and of the next one."""
    first = day.replace(day=1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return start_of_day(zone, first), start_of_day(zone, following)


def minute_of_day(zone: str, at: datetime) -> int | None:
    """Minutes since midnight shown by the local clock, or None when it does not show a full minute."""
    local = at.astimezone(zone_named(zone))
    return None if local.second or local.microsecond else local.hour * 60 + local.minute
