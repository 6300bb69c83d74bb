"""Many people at the same moment: exactly one gets a time, and everybody gets an answer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Flask

from app.domain.booking import Booking
from app.domain.refusals import SlotTaken
from app.services.booking.holds import extend_hold, find_hold, release_expired_holds, release_hold
from tests.conftest import MovableClock
from tests.diary_checks import diary_faults
from tests.factories.booking import make_hold, visitor_digest
from tests.factories.catalogue import make_catalogue, make_practitioner

TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def at_once(app: Flask, count: int, act: Callable[[int], object]) -> Counter[str]:
    """Run `act(0)`..`act(count - 1)` in as many threads, all let go at the same moment; count the outcomes."""
    gate = threading.Barrier(count)
    outcomes: Counter[str] = Counter()

    def run(n: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                result = act(n)
                outcomes[type(result).__name__] += 1
            except BaseException as fault:
                outcomes[type(fault).__name__] += 1

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_fifty_want_one_time_and_one_gets_it(app: Flask, clock: MovableClock) -> None:
    outcomes = at_once(app, 50, lambda n: make_hold(now=clock.now, starts_at=TEN, visitor=f"v{n}"))
    assert outcomes == {"Booking": 1, "SlotTaken": 49}
    assert diary_faults() == []


def test_fifty_want_anyone_and_as_many_get_a_time_as_there_are_people(app: Flask, clock: MovableClock) -> None:
    outcomes = at_once(app, 50, lambda n: make_hold(now=clock.now, starts_at=TEN, visitor=f"v{n}", practitioner=None))
    assert outcomes == {"Booking": 2, "SlotTaken": 48}
    assert diary_faults() == []


def test_an_expired_time_goes_to_one_of_many(app: Flask, clock: MovableClock) -> None:
    make_hold(now=clock.now, starts_at=TEN)
    clock.advance(minutes=10)

    def act(n: int) -> object:
        if n % 5 == 0:
            return release_expired_holds(now=clock.now)
        return make_hold(now=clock.now, starts_at=TEN, visitor=f"v{n}")

    outcomes = at_once(app, 30, act)
    assert outcomes == {"Booking": 1, "SlotTaken": 23, "int": 6}
    assert diary_faults() == []


def test_an_impatient_visitor_gets_one_hold(app: Flask, clock: MovableClock) -> None:
    held: list[Booking] = []

    def act(n: int) -> Booking:
        held.append(make_hold(now=clock.now, starts_at=TEN, practitioner=("sam", None)[n % 2]))
        return held[-1]

    assert at_once(app, 20, act) == {"Booking": 20}
    assert len({booking.id for booking in held}) == 1
    assert diary_faults() == []


def test_two_who_swap_their_times_do_not_wait_for_each_other_for_ever(app: Flask, clock: MovableClock) -> None:
    times = (TEN, TEN + timedelta(hours=4))
    for turn in range(10):
        make_hold(now=clock.now, starts_at=times[turn % 2], visitor="a")
        make_hold(now=clock.now, starts_at=times[1 - turn % 2], visitor="b", practitioner="alex")
        clock.advance(hours=1)

        def swap(n: int, turn: int = turn) -> Booking:
            wanted, person = (times[1 - turn % 2], "alex") if n == 0 else (times[turn % 2], "sam")
            return make_hold(now=clock.now, starts_at=wanted, visitor="ab"[n], practitioner=person)

        outcomes = at_once(app, 2, swap)
        assert set(outcomes) <= {"Booking", "SlotTaken"}
        assert diary_faults() == []


def test_extending_releasing_and_taking_at_once_leave_one_owner(app: Flask, clock: MovableClock) -> None:
    for turn in range(10):
        starts_at = TEN + timedelta(days=7 + turn % 3)
        make_hold(now=clock.now, starts_at=starts_at, visitor="owner")
        clock.advance(minutes=10)

        def act(n: int, starts_at: datetime = starts_at) -> object:
            if n == 0:
                return extend_hold(visitor_digest("owner"), now=clock.now)
            if n == 1:
                return release_expired_holds(now=clock.now)
            if n == 2:
                return release_hold(visitor_digest("owner"), now=clock.now)
            return make_hold(now=clock.now, starts_at=starts_at, visitor=f"thief {n}")

        outcomes = at_once(app, 5, act)
        assert set(outcomes) <= {"Booking", "SlotTaken", "HoldExpired", "NoHold", "int", "bool"}, outcomes
        assert diary_faults() == []
        clock.advance(hours=2)
        release_expired_holds(now=clock.now)


def test_one_shared_room_is_given_once(app: Flask, clock: MovableClock) -> None:
    people = [make_practitioner(f"p{n}", rooms=("one", "two")) for n in range(6)]
    catalogue = make_catalogue(*people)

    def act(n: int) -> Booking:
        return make_hold(now=clock.now, starts_at=TEN, visitor=f"v{n}", practitioner=f"p{n % 6}", catalogue=catalogue)

    outcomes = at_once(app, 18, act)
    assert outcomes == {"Booking": 2, "SlotTaken": 16}
    assert diary_faults() == []


def test_a_refused_visitor_keeps_what_they_had(app: Flask, clock: MovableClock) -> None:
    for n in range(8):
        make_hold(
            now=clock.now, starts_at=TEN + timedelta(days=(1, 2, 3, 6)[n % 4], minutes=75 * (n // 4)), visitor=f"v{n}"
        )
    outcomes = at_once(app, 8, lambda n: make_hold(now=clock.now, starts_at=TEN, visitor=f"v{n}"))
    assert outcomes == {"Booking": 1, "SlotTaken": 7}
    assert all(find_hold(visitor_digest(f"v{n}"), now=clock.now) for n in range(8))
    assert diary_faults() == []


def test_the_refusal_names_the_time_on_both_engines(app: Flask, clock: MovableClock) -> None:
    refused: list[SlotTaken] = []

    def act(n: int) -> object:
        try:
            return make_hold(now=clock.now, starts_at=TEN, visitor=f"v{n}")
        except SlotTaken as refusal:
            refused.append(refusal)
            return None

    at_once(app, 10, act)
    assert [refusal.starts_at for refusal in refused] == [TEN] * 9
