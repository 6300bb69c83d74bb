"""How long personal answers are kept.

Norms of the field, not law: unfinished bookings go within 30 days; records of treatment stay seven years
after the visit, which is what insurers usually ask for.
"""

from __future__ import annotations

from datetime import datetime, timedelta

UNFINISHED_DAYS = 30
RECORD_YEARS = 7
#: The digest of a visitor's network only serves the limits of the last hour.
NETWORK_HOURS = 24


def unfinished_until(now: datetime) -> datetime:
    """Until when answers of a booking that was never finished are kept."""
    return now + timedelta(days=UNFINISHED_DAYS)


def record_until(ends_at: datetime) -> datetime:
    """Until when the reason for a visit is kept. A visit on 29 February counts as the 28th."""
    try:
        return ends_at.replace(year=ends_at.year + RECORD_YEARS)
    except ValueError:
        return ends_at.replace(year=ends_at.year + RECORD_YEARS, day=28)
