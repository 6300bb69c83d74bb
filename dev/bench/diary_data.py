"""Bookings for the benchmark of free times: five people, sixty full days ahead, and history as long as wanted."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, insert

from app.db.tables import BookingRow
from app.domain.catalogue import Catalogue, DiaryRules, Practitioner, Treatment, WeeklySpan

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
FIRST_DAY = date(2026, 11, 23)
DAYS, PEOPLE = 14, 5
OPENS, CLOSES = time(9), time(18)
STEP, LENGTH, BUFFER = 15, 60, 15
#: How much of each day is booked, history and future alike.
FILL = 0.6
TREATMENT = "60-minute-visit"


def make_catalogue() -> Catalogue:
    """Five people with a room each, nine to six on every day, in London in winter: local time is UTC."""
    hours = tuple(WeeklySpan(weekday, OPENS, CLOSES) for weekday in range(7))
    people = [
        Practitioner(f"person-{number}", f"Person {number}", frozenset({TREATMENT}), hours, (f"room-{number}",))
        for number in range(PEOPLE)
    ]
    visit = Treatment(TREATMENT, "60-minute visit", LENGTH, 6000, buffer_after=BUFFER, lead_minutes=0)
    return Catalogue(DiaryRules("Europe/London", STEP), {TREATMENT: visit}, {person.slug: person for person in people})


def fill(connection: Connection, rows: int) -> None:
    """Insert `rows` confirmed bookings: sixty days ahead first, then back in time."""
    batch: list[dict[str, object]] = []
    for booking in _bookings(rows):
        batch.append(booking)
        if len(batch) == 20_000:
            connection.execute(insert(BookingRow.__table__), batch)  # type: ignore[arg-type]
            batch = []
    if batch:
        connection.execute(insert(BookingRow.__table__), batch)  # type: ignore[arg-type]


def _bookings(rows: int) -> Iterator[dict[str, object]]:
    made = 0
    ahead = [FIRST_DAY + timedelta(days=number) for number in range(60)]
    behind = (FIRST_DAY - timedelta(days=number) for number in range(1, 10**6))
    for day in (*ahead, None):
        for booking in _of_day(day) if day else (b for past in behind for b in _of_day(past)):
            if made == rows:
                return
            made += 1
            yield {**booking, "reference": f"B{made}"}


def _of_day(day: date) -> Iterator[dict[str, object]]:
    dice = random.Random(day.toordinal())
    for number in range(PEOPLE):
        at = datetime.combine(day, OPENS, tzinfo=UTC)
        closes = datetime.combine(day, CLOSES, tzinfo=UTC)
        while at + timedelta(minutes=LENGTH) <= closes:
            if dice.random() < FILL:
                minutes = dice.choice((30, 45, 60))
                yield _row(f"person-{number}", f"room-{number}", at, minutes)
                at += timedelta(minutes=minutes + BUFFER)
            else:
                at += timedelta(minutes=STEP * dice.randint(1, 4))


def _row(person: str, room: str, at: datetime, minutes: int) -> dict[str, object]:
    return {
        "state": "confirmed",
        "practitioner": person,
        "room": room,
        "treatment": TREATMENT,
        "treatment_name": "60-minute visit",
        "minutes": minutes,
        "starts_at": at,
        "ends_at": at + timedelta(minutes=minutes),
        "busy_from": at,
        "busy_until": at + timedelta(minutes=minutes + BUFFER),
        "price_minor": 6000,
        "deposit_minor": 1200,
        "currency": "GBP",
        "policy": {},
        "created_at": NOW,
        "updated_at": NOW,
    }
