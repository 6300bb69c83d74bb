"""The waitlist: which free time suits whom. Offers go out one at a time, in the order of asking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from app.domain.diary import Slot
from app.domain.local_time import day_of, instant_of, zone_named

#: Parts of a day by the hour in which a visit starts, local time; the end is exclusive.
PARTS = {"morning": range(12), "afternoon": range(12, 17), "evening": range(17, 24)}
#: How long an offered time is held for one person alone.
OFFER_MINUTES = 60
#: Local times between which the minutes of an offer run: at night nobody reads a mail.
AWAKE_FROM, AWAKE_UNTIL = time(7), time(21)
#: After this many offers that were not taken, nobody is asked again.
MOST_OFFERS = 3


@dataclass(frozen=True, slots=True)
class WaitWish:
    """What someone waits for. `weekdays` count from 0 for Monday, `until` is the last local date that suits.

    `practitioner` None means anyone. `passed` are the starts (UTC) that were offered and not taken.
    """

    treatment: str
    practitioner: str | None
    weekdays: frozenset[int]
    parts: frozenset[str]
    until: date
    passed: frozenset[datetime] = field(default_factory=frozenset)


def offer_until(now: datetime, zone: str) -> datetime:
    """Until when an offer that is made `now` (UTC) holds: what the night leaves of its minutes runs in the morning.

    Otherwise one time that came free at midnight would pass through a whole list of people asleep.
    """
    day, minutes = day_of(zone, now), timedelta(minutes=OFFER_MINUTES)
    morning, night = instant_of(zone, day, AWAKE_FROM), instant_of(zone, day, AWAKE_UNTIL)
    if now < morning:
        return morning + minutes
    if now + minutes <= night:
        return now + minutes
    begun = max(night - now, timedelta(0))
    return instant_of(zone, day + timedelta(days=1), AWAKE_FROM) + minutes - begun


def suits(wish: WaitWish, starts_at: datetime, *, zone: str, now: datetime) -> bool:
    """Whether a visit at `starts_at` (UTC) may be offered: as wished, not offered before, not before the offer ends."""
    local = starts_at.astimezone(zone_named(zone))
    return (
        local.weekday() in wish.weekdays
        and any(local.hour in PARTS[part] for part in wish.parts)
        and local.date() <= wish.until
        and starts_at not in wish.passed
        and starts_at >= offer_until(now, zone)
    )


def first_suiting(wish: WaitWish, slots: Iterable[Slot], *, zone: str, now: datetime) -> Slot | None:
    """The first of `slots` that suits, None when none does."""
    return next((slot for slot in slots if suits(wish, slot.starts_at, zone=zone, now=now)), None)
