"""The starts a local date could have, and sets of them as the bits of one integer.

Bit i stands for the i-th start of the date. Sets this small are combined faster as integers than in any other way.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import compress
from typing import TypeVar

from app.domain.local_time import end_of_day, minute_of_day, start_of_day

Item = TypeVar("Item")

_ONE_MINUTE = timedelta(minutes=1)
_BITS = bytes.maketrans(b"01", b"\0\1")


@dataclass(frozen=True, slots=True, eq=False)
class StartGrid:
    """All instants (UTC, sorted) of one local date at which the wall clock shows a multiple of the step.

    The date itself lasts from `begins_at` up to, and not including, `ends_at`.
    """

    starts: tuple[datetime, ...]
    begins_at: datetime
    ends_at: datetime

    def between(self, first: datetime, end: datetime) -> int:
        """The starts from `first` up to, and not including, `end`."""
        if first <= self.begins_at and self.ends_at <= end:
            return _ones(0, len(self.starts))
        return _ones(bisect_left(self.starts, first), bisect_left(self.starts, end))

    def through(self, first: datetime, last: datetime) -> int:
        """The starts from `first` to `last`, both included."""
        return _ones(bisect_left(self.starts, first), bisect_right(self.starts, last))

    def strictly_between(self, before: datetime, after: datetime) -> int:
        """The starts later than `before` and earlier than `after`."""
        return _ones(bisect_right(self.starts, before), bisect_left(self.starts, after))

    def only(self, start: datetime) -> int:
        """The set of this one start; empty when it is not on the grid."""
        return self.through(start, start)


@lru_cache(maxsize=512)
def grid_of(zone: str, step_minutes: int, day: date) -> StartGrid:
    """The grid of a local date. A skipped hour has no starts, a repeated hour has them twice."""
    begins_at, ends_at = start_of_day(zone, day), end_of_day(zone, day)
    starts, at = [], begins_at
    while at < ends_at:
        minute = minute_of_day(zone, at)
        if minute is not None and minute % step_minutes == 0:
            starts.append(at)
        at += _ONE_MINUTE
    return StartGrid(tuple(starts), begins_at, ends_at)


def pick(items: Sequence[Item], chosen: int) -> tuple[Item, ...]:
    """Those of `items` whose bit is set in `chosen`, in order."""
    return tuple(compress(items, f"{chosen:b}"[::-1].encode().translate(_BITS)))


def _ones(first: int, end: int) -> int:
    return (1 << end) - (1 << first) if first < end else 0
