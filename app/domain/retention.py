"""How long personal answers are kept.

Norms of the field, not law: unfinished bookings go within 30 days; records of treatment stay seven years
after the visit, which is what insurers usually ask for; questions of people who did not book go after a year. Who
opened which client's health answers is kept for six years: so long a claim about it may be brought in England and Wales
(Limitation Act 1980). That a mail about a booking was sent is told to a bank in a dispute: Visa and Mastercard take
none later than 540 days after the payment.
"""

from __future__ import annotations

from datetime import datetime, timedelta

UNFINISHED_DAYS = 30
RECORD_YEARS = 7
ENQUIRY_YEARS = 1
ACCESS_YEARS = 6
LETTER_YEARS = 2
#: That any other mail was sent: only the work of sending it asks for that.
OTHER_LETTER_DAYS = 30
#: Where staff signed in, and their used links: long enough to look into something odd.
SITTING_DAYS = 90
#: The digest of a visitor's network only serves the limits of the last hour.
NETWORK_HOURS = 24


def unfinished_until(now: datetime) -> datetime:
    """Until when answers of a booking that was never finished are kept."""
    return now + timedelta(days=UNFINISHED_DAYS)


def record_until(ends_at: datetime) -> datetime:
    """Until when the reason for a visit is kept. A visit on 29 February counts as the 28th."""
    return _years_after(ends_at, RECORD_YEARS)


def enquiry_until(now: datetime) -> datetime:
    """Until when a question that was asked `now` is kept. One of 29 February counts as the 28th."""
    return _years_after(now, ENQUIRY_YEARS)


def accesses_since(now: datetime) -> datetime:
    """From when on records of who opened health answers are kept."""
    return _years_after(now, -ACCESS_YEARS)


def letters_since(now: datetime) -> datetime:
    """From when on it is kept which mails about bookings were sent."""
    return _years_after(now, -LETTER_YEARS)


def _years_after(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)
