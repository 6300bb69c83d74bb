"""What has happened to the diary, as far as it limits what can be offered: values read from the database."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Literal

from app.domain.spans import Span


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Time that one live booking keeps of its practitioner and room: its visit with buffers. `minutes` hands-on.

    Compared by identity, which makes a day of them a cheap key.
    """

    practitioner: str
    busy: Span
    minutes: int
    room: str | None = None


@dataclass(frozen=True, slots=True)
class DiaryChange:
    """A change of the weekly hours: extra hours, or time off. `practitioner` None means everybody."""

    kind: Literal["extra", "off"]
    span: Span
    practitioner: str | None = None


_BEGINS = attrgetter("busy.starts_at")


@dataclass(frozen=True, slots=True)
class Diary:
    """All bookings that begin to keep time in some window, in that order, and all changes that touch it."""

    taken: tuple[Taken, ...] = ()
    changes: tuple[DiaryChange, ...] = ()

    def begun_between(self, first: datetime, end: datetime) -> tuple[Taken, ...]:
        """The bookings that begin to keep time from `first` up to, and not including, `end`."""
        return self.taken[bisect_left(self.taken, first, key=_BEGINS) : bisect_left(self.taken, end, key=_BEGINS)]

    def changes_between(self, first: datetime, end: datetime) -> tuple[DiaryChange, ...]:
        """The changes that touch the time from `first` up to `end`."""
        if not self.changes:
            return ()
        return tuple(c for c in self.changes if c.span.starts_at < end and first < c.span.ends_at)


@dataclass(frozen=True, slots=True)
class Visit:
    """When a visit happens (`at`) and what it keeps in the diary (`busy`, with its buffers). `minutes` hands-on."""

    at: Span
    busy: Span
    minutes: int

    @property
    def starts_at(self) -> datetime:
        return self.at.starts_at


@dataclass(frozen=True, slots=True)
class Slot:
    """A start (UTC) that can be booked with one practitioner (slug)."""

    starts_at: datetime
    practitioner: str
