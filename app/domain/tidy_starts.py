"""Which of several free starts leave a day in usable pieces.

A crumb is free working time in which no visit would fit any more. Of two starts the one that leaves fewer minutes of
crumbs comes first; so a day fills from its edges and along its bookings, and the longer gaps stay whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from app.domain.availability import LONGEST_BUSY, visit_at
from app.domain.catalogue import Catalogue, Practitioner, Treatment
from app.domain.diary import Diary, Taken
from app.domain.free_sets import Asked, free_sets
from app.domain.spans import Span, subtract, union
from app.domain.start_grid import grid_of, pick
from app.domain.working_time import working_time


def rank_starts(
    catalogue: Catalogue,
    treatment: Treatment,
    practitioner: Practitioner,
    day: date,
    starts: Iterable[datetime],
    diary: Diary,
    *,
    returning: bool | None = None,
) -> list[datetime]:
    """`starts` (UTC, offered on that local date) with those first that leave the fewest minutes of crumbs; then by
    time. `diary` must hold `diary_window` of the date.
    """

    def crumbs(start: datetime) -> tuple[timedelta, datetime]:
        visit = visit_at(treatment, start, returning=returning)
        taken = Taken(practitioner.slug, visit.busy, visit.minutes)
        return crumbs_of(catalogue, practitioner, day, diary, taken), start

    return sorted(starts, key=crumbs)


def crumbs_of(catalogue: Catalogue, practitioner: Practitioner, day: date, diary: Diary, one_more: Taken) -> timedelta:
    """The free working time of a date that no visit could use any more, once `one_more` is taken as well."""
    rules = catalogue.rules
    grid = grid_of(rules.zone, rules.step_minutes, day)
    taken = (*diary.begun_between(grid.begins_at - LONGEST_BUSY, grid.ends_at + LONGEST_BUSY), one_more)
    changes = diary.changes_between(grid.begins_at, grid.ends_at)
    own = [other.busy for other in taken if other.practitioner == practitioner.slug]
    free = subtract(working_time(rules, practitioner, day, changes), own)
    usable: list[Span] = []
    for sold in (catalogue.treatments[slug] for slug in sorted(practitioner.treatments & catalogue.treatments.keys())):
        asked = Asked(
            rules.zone,
            rules.step_minutes,
            day,
            day not in rules.closed_days,
            sold.minutes,
            sold.buffer_before,
            sold.buffer_after,
            sold.needs_room,
        )
        (starts,) = free_sets.__wrapped__(asked, (practitioner,), taken, changes)
        usable += (visit_at(sold, start).busy for start in pick(grid.starts, starts))
    return sum((span.ends_at - span.starts_at for span in subtract(free, union(usable))), timedelta())
