"""Booking states and the values that describe one booking.

A hold is a booking that is not confirmed yet: one table, one life.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.domain.attendee import Attendee
from app.domain.call import CALL

State = Literal["held", "confirmed", "released", "cancelled", "completed", "no_show"]

#: States that keep their time in the diary.
LIVE_STATES: frozenset[State] = frozenset({"held", "confirmed", "completed", "no_show"})

TRANSITIONS: dict[State, frozenset[State]] = {
    "held": frozenset({"confirmed", "released"}),
    "released": frozenset({"confirmed"}),  # only by re-taking the same, still free, time
    "confirmed": frozenset({"cancelled", "completed", "no_show"}),
    "completed": frozenset({"no_show"}),  # staff may correct a mark
    "no_show": frozenset({"completed"}),
    "cancelled": frozenset(),
}

CELL_MINUTES = 5


def may_become(current: State, wanted: State) -> bool:
    """Whether a booking in state `current` may move to `wanted`."""
    return wanted in TRANSITIONS[current]


def cells_between(start: datetime, end: datetime) -> list[datetime]:
    """The starts of the 5-minute cells that cover start..end, ascending.

    Cells lie on the 5-minute marks of UTC, whatever `start` is, so that overlapping times share a cell.
    """
    cell = timedelta(minutes=CELL_MINUTES)
    first = start - timedelta(minutes=start.minute % CELL_MINUTES, seconds=start.second, microseconds=start.microsecond)
    count = -(-(end - first) // cell)
    return [first + n * cell for n in range(count)]


@dataclass(frozen=True, slots=True)
class ClientDetails:
    """Who books. Personal data; no health data belongs here. `address` is where a visit at home goes.

    `attendee` is who comes, when that is someone else; `returning` is said of whoever comes.
    """

    name: str
    email: str
    phone: str
    returning: bool = False
    address: str | None = None
    attendee: Attendee | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why someone comes, and how they found us: health data once tied to a name, stored encrypted and apart.

    `area` is a condition slug, `origin` an article or condition slug.
    """

    area: str | None = None
    aim: str | None = None
    note: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking or hold as read from the diary. Times are UTC; money in minor units.

    `starts_at`..`ends_at` is the visit; `busy_from`..`busy_until` adds its buffers. `programme` is the id of the
    programme it is a visit of; `lead` that of the booking whose deposit pays for it, None when its own does.
    """

    id: int
    reference: str
    state: State
    treatment: str
    treatment_name: str
    minutes: int
    practitioner: str
    starts_at: datetime
    ends_at: datetime
    busy_from: datetime
    busy_until: datetime
    hold_until: datetime | None
    price_minor: int
    deposit_minor: int
    currency: str
    client: ClientDetails | None
    link_version: int = 1
    calendar_sequence: int = 0
    confirmed_at: datetime | None = None
    paid_minor: int = 0
    gate_passed_at: datetime | None = None
    programme: int | None = None
    lead: int | None = None

    @property
    def by_phone(self) -> bool:
        """Whether it is a call (domain.call), not a visit."""
        return self.treatment == CALL

    @property
    def balance_minor(self) -> int:
        """What is left to pay on the day."""
        return self.price_minor - self.paid_minor

    @property
    def for_minor(self) -> bool:
        """Whether a parent or guardian booked it for someone who comes with them."""
        return self.client is not None and self.client.attendee is not None and self.client.attendee.guardian_agrees
