"""Dates in the addresses of the staff area: read strictly, and none that no diary can hold."""

from __future__ import annotations

import re
from datetime import date

from app.domain.local_time import day_of
from app.web.site import site

#: No diary of ours begins before, or reaches beyond.
FIRST, LAST = date(2000, 1, 1), date(2199, 12, 31)
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_day(words: str | None) -> date | None:
    """The date written 2026-11-25; None for anything else, for a date that never was, and for one out of reach."""
    words = (words or "").strip()
    if not _WRITTEN.fullmatch(words):
        return None
    try:
        day = date.fromisoformat(words)
    except ValueError:
        return None
    return day if FIRST <= day <= LAST else None


def today() -> date:
    """The practice's own date now."""
    here = site()
    return day_of(here.library().practice.zone, here.clock())
