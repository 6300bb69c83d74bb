"""What a practitioner's day holds between the visits: free time, time off and breaks, as instants.

A day is the local date's own 23 to 25 hours. Visits come from the diary; nothing here knows who they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.domain.catalogue import DiaryRules, Practitioner
from app.domain.diary import DiaryChange
from app.domain.local_time import end_of_day, start_of_day
from app.domain.spans import Span, subtract, union
from app.domain.working_time import working_time

Kind = Literal["free", "off", "break"]
#: What is shorter is no room for anything, and would only make the list longer.
SHORTEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Gap:
    """Time without a visit. `free` can be booked as far as the hours go; a `break` lies between two spans of hours."""

    kind: Kind
    span: Span

    @property
    def minutes(self) -> int:
        """How long it is."""
        return (self.span.ends_at - self.span.starts_at) // timedelta(minutes=1)


def gaps_of(
    rules: DiaryRules, practitioner: Practitioner, day: date, busy: Iterable[Span], changes: Sequence[DiaryChange] = ()
) -> tuple[Gap, ...]:
    """The gaps of a local date in order of time. `busy` are the visits and holds of that person, buffers included.

    Time off is told only where there would have been hours: a holiday of two weeks says nothing of its Sundays.
    """
    taken, today = union(busy), Span(start_of_day(rules.zone, day), end_of_day(rules.zone, day))
    hours = working_time(rules, practitioner, day, [change for change in changes if change.kind == "extra"])
    working = working_time(rules, practitioner, day, changes)
    off = subtract(hours, working)
    shown = [("free", span) for span in subtract(working, taken)] + [("off", span) for span in subtract(off, taken)]
    if hours:
        whole = Span(max(hours[0].starts_at, today.starts_at), min(hours[-1].ends_at, today.ends_at))
        shown += [("break", span) for span in subtract([whole], [*hours, *taken])]
    found = [Gap(kind, span) for kind, span in shown if span.ends_at - span.starts_at >= SHORTEST]  # type: ignore[arg-type]
    return tuple(sorted(found, key=lambda gap: gap.span))
