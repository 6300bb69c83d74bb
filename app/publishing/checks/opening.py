"""Hours of the team beside those of the practice: the first can be booked, the second is what the site says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time

from app.domain.wording import DAYS
from app.publishing.checks.crosscheck import lines_of
from app.publishing.library import Document, Shelf
from app.publishing.schema.problems import Problem

#: Midnight as the end of a day, in minutes.
DAY_ENDS = 24 * 60


def hours_while_closed(document: Document, shelf: Shelf, today: date) -> Iterator[Problem]:
    """A remark for each of a person's hours that can be booked at the practice while it says that it is closed."""
    meta = document.meta
    if document.kind != "team" or meta.status != "ready" or not meta.rooms:
        return
    lines = lines_of(document)
    for place, span in enumerate(meta.hours):
        if span.valid_until is not None and span.valid_until < today:
            continue
        closed = [day for day in span.days if not _open(shelf, day, span.from_, span.until)]
        if closed:
            days = ", ".join(DAYS[day] for day in closed)
            said = (
                f"can be booked on {days} from {span.from_:%H:%M} to {span.until:%H:%M}, when practice.yml says closed"
            )
            mend = "change these hours, or those in practice.yml"
            line = lines.get(("hours", place), lines.get(("hours",), 1))
            yield Problem(document.path, line, "hours", said, mend, "warning")


def _open(shelf: Shelf, day: int, begin: time, end: time) -> bool:
    """Whether the practice says that it is open on that weekday all the time; spans that touch count as one."""
    told = sorted(
        (_minutes(opens), _minutes(closes) or DAY_ENDS)
        for opening in shelf.practice.hours
        if day in opening.days
        for opens, closes in opening.spans
    )
    reached = _minutes(begin)
    for opens, closes in told:
        if opens <= reached:
            reached = max(reached, closes)
    return reached >= (_minutes(end) or DAY_ENDS)


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
