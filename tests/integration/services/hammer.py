"""One process of the hammer: random holds, payments, moves, cancellations and time off on a tiny, crowded diary."""

from __future__ import annotations

import random
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier

from flask import Flask
from sqlalchemy import select, update

from app import create_app
from app.db.base import db
from app.db.queries.bookings import get_locked, set_state
from app.db.queries.retaking import retake
from app.db.tables import BookingRow, DepositRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.policy_rules import CancelBand, CancelRule, MoveBand, MoveRule, Policy
from app.domain.policy_snapshot import to_snapshot
from app.domain.refusals import Refusal
from app.services.booking.holds import extend_hold, release_expired_holds, release_hold
from app.services.diary.hours import add_time_off, remove_change
from app.services.manage.changes import cancel_booking, move_booking
from config import Settings
from tests.conftest import START
from tests.factories.booking import make_detailed_hold, make_hold, make_terms, visitor_digest
from tests.factories.catalogue import make_catalogue, make_practitioner

PEOPLE = ("sam", "alex", "kim")
CATALOGUE = make_catalogue(*(make_practitioner(slug, rooms=("one", "two")) for slug in PEOPLE))
SLOTS = [
    datetime(2026, 11, day, 9, 0, tzinfo=UTC) + timedelta(minutes=15 * n) for day in (26, 27, 28) for n in range(9)
]
EASY = Policy(cancel=CancelRule(bands=(CancelBand(0, "money"),)), move=MoveRule(bands=(MoveBand(0, "carried"),)))
TERMS = make_terms(
    policy=to_snapshot(EASY), hold_minutes=1, live_per_visitor=9, hourly_per_visitor=10**6, hourly_per_network=10**6
)
#: Seconds of the diary's clock per real second: a hold of one minute runs out in one second.
HASTE = 60


@dataclass
class Report:
    """What one process saw: how often each thing ended in which way, and every error that is no refusal."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Hammer:
    """Random acts of one process. Visitors are shared between processes, as tabs and devices share a person."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.started = time.monotonic()
        self.acts: list[tuple[int, Callable[[], object]]] = [
            (40, self.claim), (8, self.details), (10, self.extend), (8, self.release), (6, self.confirm),
            (8, self.open_payment), (8, self.end_payment), (6, self.pay_late), (12, self.cancel), (10, self.move),
            (8, self.sweep), (2, self.time_off),
        ]  # fmt: skip

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=(time.monotonic() - self.started) * HASTE)

    @property
    def visitor(self) -> str:
        return f"v{self.random.randrange(12)}"

    def act(self) -> tuple[str, str]:
        weights, acts = zip(*self.acts, strict=True)
        act = self.random.choices(acts, weights)[0]
        try:
            done = act()
        except Refusal as refusal:
            return act.__name__, type(refusal).__name__
        return act.__name__, "done" if done is not None else "nothing to do"

    def wish(self) -> dict[str, object]:
        person = self.random.choice((*PEOPLE, None))
        minutes = self.random.choice((30, 60))
        return {"treatment": f"{minutes}-minute-visit", "practitioner": person, "catalogue": CATALOGUE, "terms": TERMS}

    def claim(self) -> object:
        return make_hold(now=self.now, starts_at=self.random.choice(SLOTS), visitor=self.visitor, **self.wish())

    def details(self) -> object:
        return make_detailed_hold(
            now=self.now, starts_at=self.random.choice(SLOTS), visitor=self.visitor, **self.wish()
        )

    def extend(self) -> object:
        return extend_hold(visitor_digest(self.visitor), now=self.now, minutes=1)

    def release(self) -> object:
        return release_hold(visitor_digest(self.visitor), now=self.now) or None

    def sweep(self) -> object:
        return release_expired_holds(now=self.now, limit=5) or None

    def any_id(self, *states: str) -> int | None:
        with reading() as session:
            ids = session.scalars(select(BookingRow.id).where(BookingRow.state.in_(states))).all()
        return self.random.choice(ids) if ids else None

    def locked(self, booking_id: int | None, act: Callable[[object, BookingRow], object]) -> object:
        if booking_id is None:
            return None
        with unit_of_work() as session:
            row = get_locked(session, booking_id)
            assert row is not None
            return act(session, row)

    def confirm(self) -> object:
        def act(session: object, row: BookingRow) -> object:
            if row.state != "held":
                return None
            set_state(row, "confirmed", now=self.now)
            return row.id

        return self.locked(self.any_id("held"), act)

    def open_payment(self) -> object:
        booking_id = self.any_id("held")

        def act(session: object, row: BookingRow) -> object:
            live = select(DepositRow.id).where(DepositRow.booking_id == row.id)
            if row.state != "held" or db.session.scalars(live).first() is not None:
                return None
            row.hold_until = self.now + timedelta(minutes=2)
            db.session.add(self.deposit(row))
            return row.id

        return self.locked(booking_id, act)

    def deposit(self, row: BookingRow) -> DepositRow:
        now = self.now
        return DepositRow(
            reference=f"dep-{row.id}", booking_id=row.id, attempt_no=1, amount_minor=1200, currency="GBP",
            livemode=False, state="open", idem_key=f"dep:{row.id}", session_expires_at=now, check_after=now,
            created_at=now, updated_at=now,
        )  # fmt: skip

    def end_payment(self) -> object:
        paid = self.random.random() < 0.5

        def act(session: object, row: BookingRow) -> object:
            mine = (DepositRow.booking_id == row.id, DepositRow.state == "open")
            state = "paid" if paid else "expired"
            if (
                row.state != "held"
                or not db.session.execute(update(DepositRow).where(*mine).values(state=state)).rowcount
            ):
                return None
            if paid:
                set_state(row, "confirmed", now=self.now)
            return row.id

        return self.locked(self.any_id("held"), act)

    def pay_late(self) -> object:
        def act(session: object, row: BookingRow) -> object:
            return (retake(db.session(), [row], now=self.now) or None) if row.state == "released" else None

        return self.locked(self.any_id("released"), act)

    def cancel(self) -> object:
        booking_id = self.any_id("confirmed")
        return booking_id and cancel_booking(booking_id, 1, now=self.now)

    def move(self) -> object:
        booking_id = self.any_id("confirmed")
        wanted, person = self.random.choice(SLOTS), self.random.choice(PEOPLE)
        return booking_id and move_booking(
            CATALOGUE, booking_id, 1, starts_at=wanted, practitioner=person, now=self.now
        )

    def time_off(self) -> object:
        start = self.random.choice(SLOTS)
        off = add_time_off(self.random.choice((*PEOPLE, None)), start, start + timedelta(minutes=15), now=self.now)
        return remove_change(off.planned.id, now=self.now)


def run(settings: Settings, seed: int, seconds: float, gate: Barrier, reports: SimpleQueue[Report]) -> None:
    """Wait at the gate for the other processes, hammer the database for `seconds`, and report."""
    report = Report()
    try:
        app: Flask = create_app(settings)
        gate.wait(timeout=300)
        hammer = Hammer(seed)
        with app.app_context():
            while time.monotonic() < hammer.started + seconds:
                act, outcome = hammer.act()
                report.outcomes[f"{act}: {outcome}"] += 1
    except BaseException:
        report.faults.append(traceback.format_exc())
    reports.put(report)
