"""Any order of holds, payments, expiries, moves, cancellations and time off leaves the diary whole.

A model in plain Python says what must be free; after every step the rows and cells are compared with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select, update

from app.db.base import db
from app.db.queries.bookings import get_locked, set_state
from app.db.queries.retaking import retake
from app.db.tables import BookingRow, DepositRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import LIVE_STATES
from app.domain.policy_rules import CancelBand, CancelRule, MoveBand, MoveRule, Policy
from app.domain.policy_snapshot import to_snapshot
from app.domain.refusals import HoldExpired, NoHold, SlotNotOffered, SlotTaken
from app.services.booking.holds import extend_hold, find_hold, release_expired_holds, release_hold
from app.services.diary.hours import add_time_off, remove_change
from app.services.manage.changes import cancel_booking, mark_visit, move_booking
from tests.conftest import START
from tests.diary_checks import diary_faults
from tests.factories.booking import make_deposit_row, make_hold, make_terms, visitor_digest
from tests.factories.catalogue import make_catalogue, make_practitioner

CATALOGUE = make_catalogue(make_practitioner("sam", rooms=("one",)), make_practitioner("alex", rooms=("one", "two")))
NINE = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
SLOTS = [NINE + timedelta(minutes=15 * n) for n in range(7)]
VISITORS = st.sampled_from(["v1", "v2", "v3"])
PEOPLE = st.sampled_from(["sam", "alex"])
EASY = Policy(cancel=CancelRule(bands=(CancelBand(0, "kept"),)), move=MoveRule(bands=(MoveBand(0, "carried"),)))
TERMS = make_terms(
    policy=to_snapshot(EASY), live_per_visitor=99, live_per_network=99, hourly_per_visitor=999, hourly_per_network=999
)


@dataclass
class Kept:
    """What the model knows of one booking."""

    id: int
    visitor: str
    treatment: str
    practitioner: str
    room: str
    start: datetime
    until: datetime
    busy_until: datetime
    created: datetime
    state: str = "held"
    hold_until: datetime = START
    payable: bool = False

    def live(self) -> bool:
        return self.state in LIVE_STATES

    def stale(self, now: datetime) -> bool:
        return self.state == "held" and self.hold_until <= now and not self.payable

    def overlaps(self, start: datetime, busy_until: datetime) -> bool:
        return self.start < busy_until and start < self.busy_until


class DiaryMachine(RuleBasedStateMachine):
    """Drives the services and the model side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.kept: dict[int, Kept] = {}
        self.off: dict[int, tuple[str | None, datetime, datetime]] = {}

    @initialize()
    def empty_diary(self) -> None:
        with unit_of_work() as session:
            for table in reversed(db.metadata.sorted_tables):
                session.execute(delete(table))

    def rooms_of(self, person: str) -> tuple[str, ...]:
        return CATALOGUE.practitioners[person].rooms

    def is_off(self, person: str, start: datetime, until: datetime) -> bool:
        return any(who in (None, person) and a < until and start < b for who, a, b in self.off.values())

    def is_free(self, person: str, start: datetime, busy_until: datetime, without: set[int]) -> bool:
        there = [
            one
            for one in self.kept.values()
            if one.live() and not one.stale(self.now) and one.id not in without and one.overlaps(start, busy_until)
        ]
        full = {one.room for one in there}
        return person not in {one.practitioner for one in there} and any(r not in full for r in self.rooms_of(person))

    def own_held(self, visitor: str) -> list[Kept]:
        mine = [one for one in self.kept.values() if one.visitor == visitor and one.state == "held"]
        return sorted(mine, key=lambda one: -one.id)

    def pick(self, state: str, number: int, *, payable: bool | None = None) -> Kept | None:
        found = [k for k in self.kept.values() if k.state == state and payable in (None, k.payable)]
        return found[number % len(found)] if found else None

    def take_over_stale(self, taker: Kept) -> None:
        for one in self.kept.values():
            place = one.practitioner == taker.practitioner or one.room == taker.room
            if one.id != taker.id and place and one.stale(self.now) and one.overlaps(taker.start, taker.busy_until):
                one.state = "released"

    @rule(
        visitor=VISITORS,
        slot=st.sampled_from(SLOTS),
        minutes=st.sampled_from([30, 60]),
        person=st.none() | PEOPLE,
    )
    def claim(self, visitor: str, slot: datetime, minutes: int, person: str | None) -> None:
        treatment, until = f"{minutes}-minute-visit", slot + timedelta(minutes=minutes)
        busy_until = until + timedelta(minutes=15)
        people = [person] if person else ["sam", "alex"]
        own = self.own_held(visitor)
        same = [
            one
            for one in own
            if (one.treatment, one.start) == (treatment, slot)
            and one.practitioner in people
            and not one.stale(self.now)
        ]
        given_back = {one.id for one in own if not one.payable}
        willing = [one for one in people if not self.is_off(one, slot, until)]
        free = [one for one in willing if self.is_free(one, slot, busy_until, given_back)]
        try:
            hold = make_hold(
                now=self.now, starts_at=slot, visitor=visitor, treatment=treatment, practitioner=person,
                catalogue=CATALOGUE, terms=TERMS,
            )  # fmt: skip
        except SlotNotOffered:
            assert not same
            assert not willing
            return
        except SlotTaken:
            assert not same
            assert willing
            assert not free
            return
        if same:
            assert hold.id == same[0].id
            return
        assert hold.practitioner in free
        for one in own:
            if one.id in given_back:
                one.state = "released"
        room = self.room_of(hold.id)
        new = Kept(hold.id, visitor, treatment, hold.practitioner, room, slot, until, busy_until, self.now)
        assert hold.hold_until is not None
        new.hold_until = hold.hold_until
        self.kept[hold.id] = new
        self.take_over_stale(new)

    def room_of(self, booking_id: int) -> str:
        with reading() as session:
            return session.scalars(select(BookingRow.room).where(BookingRow.id == booking_id)).one() or ""

    @rule(visitor=VISITORS)
    def extend(self, visitor: str) -> None:
        own = self.own_held(visitor)
        try:
            hold = extend_hold(visitor_digest(visitor), now=self.now)
        except (NoHold, HoldExpired):
            assert not own or (own[0].stale(self.now) and self.now >= own[0].created + timedelta(hours=2))
            return
        assert hold.id == own[0].id
        assert hold.hold_until is not None
        assert hold.hold_until >= own[0].hold_until
        own[0].hold_until = hold.hold_until

    @rule(visitor=VISITORS)
    def release(self, visitor: str) -> None:
        mine = [one for one in self.own_held(visitor) if not one.payable]
        assert release_hold(visitor_digest(visitor), now=self.now) is bool(mine)
        for one in mine:
            one.state = "released"

    @rule(limit=st.integers(1, 4))
    def worker_releases(self, limit: int) -> None:
        stale = sorted((k for k in self.kept.values() if k.stale(self.now)), key=lambda k: k.hold_until)
        assert release_expired_holds(now=self.now, limit=limit) == min(limit, len(stale))
        with reading() as session:
            for one in stale:
                one.state = session.get_one(BookingRow, one.id).state

    @rule(minutes=st.sampled_from([1, 5, 10, 35]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(visitor=VISITORS)
    def open_payment(self, visitor: str) -> None:
        own = self.own_held(visitor)
        if not own or own[0].payable:
            return
        hold = find_hold(visitor_digest(visitor), now=self.now)
        if hold is None or hold.id != own[0].id:
            return
        with reading() as session:
            earlier = session.scalars(select(DepositRow.id).where(DepositRow.booking_id == hold.id)).all()
        make_deposit_row(hold, now=self.now, attempt_no=len(earlier) + 1)
        own[0].payable = True
        own[0].hold_until = self.now + timedelta(minutes=35)
        with unit_of_work() as session:
            session.execute(update(BookingRow).where(BookingRow.id == hold.id).values(hold_until=own[0].hold_until))

    @rule(number=st.integers(0, 9), paid=st.booleans())
    def payment_ends(self, number: int, paid: bool) -> None:
        one = self.pick("held", number, payable=True)
        if one is None:
            return
        with unit_of_work() as session:
            row = get_locked(session, one.id)
            assert row is not None
            open_deposit = (DepositRow.booking_id == one.id, DepositRow.state == "open")
            session.execute(update(DepositRow).where(*open_deposit).values(state="paid" if paid else "expired"))
            if paid:
                set_state(row, "confirmed", now=self.now)
        one.payable = False
        one.state = "confirmed" if paid else "held"

    @rule(number=st.integers(0, 9))
    def late_payment(self, number: int) -> None:
        one = self.pick("released", number)
        if one is None:
            return
        free = self.is_free_for_retake(one)
        with unit_of_work() as session:
            row = get_locked(session, one.id)
            assert row is not None
            assert retake(session, [row], now=self.now) is free
        if free:
            one.state = "confirmed"
            self.take_over_stale(one)

    def is_free_for_retake(self, one: Kept) -> bool:
        return not any(
            other.live() and not other.stale(self.now) and other.overlaps(one.start, one.busy_until)
            for other in self.kept.values()
            if other.practitioner == one.practitioner or other.room == one.room
        )

    @rule(number=st.integers(0, 9))
    def cancel(self, number: int) -> None:
        one = self.pick("confirmed", number)
        if one is not None:
            cancel_booking(one.id, 1, now=self.now)
            one.state = "cancelled"

    @rule(number=st.integers(0, 9), slot=st.sampled_from(SLOTS), person=PEOPLE)
    def move(self, number: int, slot: datetime, person: str) -> None:
        one = self.pick("confirmed", number)
        if one is None:
            return
        until = slot + (one.until - one.start)
        busy_until = slot + (one.busy_until - one.start)
        stays = (one.start, one.practitioner) == (slot, person)
        may = not self.is_off(person, slot, until)
        free = self.is_free(person, slot, busy_until, {one.id})
        try:
            move_booking(CATALOGUE, one.id, 1, starts_at=slot, practitioner=person, now=self.now)
        except SlotNotOffered:
            assert not stays
            assert not may
        except SlotTaken:
            assert not stays
            assert may
            assert not free
        else:
            assert stays or (may and free)
            one.start, one.until, one.busy_until, one.practitioner = slot, until, busy_until, person
            one.room = self.room_of(one.id)
            if not stays:
                self.take_over_stale(one)

    @rule(number=st.integers(0, 9), mark=st.sampled_from(["completed", "no_show"]))
    def visit_ends(self, number: int, mark: str) -> None:
        one = self.pick("confirmed", number)
        if one is not None:
            mark_visit(one.id, mark, now=one.until)  # type: ignore[arg-type]
            one.state = mark

    @rule(person=st.none() | PEOPLE, slot=st.sampled_from(SLOTS), minutes=st.sampled_from([15, 60]))
    def take_time_off(self, person: str | None, slot: datetime, minutes: int) -> None:
        end = slot + timedelta(minutes=minutes)
        off = add_time_off(person, slot, end, now=self.now)
        self.off[off.planned.id] = (person, slot, end)
        wanted = {
            one.id
            for one in self.kept.values()
            if one.state in ("held", "confirmed")
            and person in (None, one.practitioner)
            and one.start < end
            and slot < one.until
        }
        assert {booking.id for booking in off.clashes} == wanted

    @rule(number=st.integers(0, 9))
    def come_back(self, number: int) -> None:
        if self.off:
            change_id = sorted(self.off)[number % len(self.off)]
            remove_change(change_id, now=self.now)
            del self.off[change_id]

    @invariant()
    def the_diary_is_whole(self) -> None:
        assert diary_faults() == []

    @invariant()
    def rows_and_model_agree(self) -> None:
        with reading() as session:
            rows = {row.id: (row.state, row.practitioner, row.starts_at) for row in session.scalars(select(BookingRow))}
        assert rows == {one.id: (one.state, one.practitioner, one.start) for one in self.kept.values()}

    @invariant()
    def a_visitor_finds_their_hold(self) -> None:
        for visitor in ("v1", "v2", "v3"):
            mine = [one.id for one in self.own_held(visitor) if not one.stale(self.now)]
            found = find_hold(visitor_digest(visitor), now=self.now)
            assert (found.id if found else None) == (mine[0] if mine else None)


@pytest.mark.slow
def test_the_diary_stays_whole_whatever_happens(app: Flask) -> None:
    run_state_machine_as_test(
        DiaryMachine,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
