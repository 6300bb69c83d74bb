"""A freed time goes to one person after the other, in order of asking, and to nobody else meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.db.tables import OutboxRow, WaitlistEntryRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.catalogue import WeeklySpan
from app.domain.draft import Draft
from app.domain.refusals import NoHold, SlotTaken
from app.domain.waitlist import MOST_OFFERS, WaitWish
from app.services.asking.waitlist import (
    WaitlistEntry,
    decline_offer,
    find_entry,
    join_waitlist,
    leave_waitlist,
    make_offers,
    take_offer,
)
from app.services.booking.drafts import read_draft
from app.services.booking.holds import find_hold, release_hold
from app.services.manage.booking_links import BookingLinks
from tests.conftest import MovableClock
from tests.factories.booking import make_hold, make_terms, visitor_digest
from tests.factories.catalogue import make_catalogue, make_practitioner

pytestmark = pytest.mark.usefixtures("app")

LINKS = BookingLinks("test-secret-key-of-32-characters!")
#: Sam's only hour of the week: Tuesday at ten.
TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ONE_HOUR = make_catalogue(
    make_practitioner("sam", hours=(WeeklySpan(1, time(10), time(11), valid_until=date(2026, 11, 24)),))
)


def join(name: str, clock: MovableClock, **wish: Any) -> WaitlistEntry:
    wanted = {
        "treatment": "60-minute-visit",
        "practitioner": None,
        "weekdays": frozenset(range(7)),
        "parts": frozenset({"morning"}),
        "until": date(2026, 12, 20),
        **wish,
    }
    said = Draft(treatment="60-minute-visit", name=name, email=f"{name}@client.example", returning=True)
    return entry_of(join_waitlist(LINKS, visitor_digest(name), WaitWish(**wanted), said, now=clock.now))


def entry_of(key: str) -> WaitlistEntry:
    found = find_entry(key)
    assert found is not None
    return found


def offers(*entries: WaitlistEntry, clock: MovableClock) -> list[bool]:
    return [find_hold(entry.visitor, now=clock.now) is not None for entry in entries]


def mails(kind: str = "mail.waitlist_offer") -> int:
    with reading() as session:
        return len(session.scalars(select(OutboxRow.id).where(OutboxRow.kind == kind)).all())


def test_who_asked_first_is_offered_the_time_and_nobody_else_gets_it(clock: MovableClock) -> None:
    first, second = join("first", clock), join("second", clock)
    assert make_offers(ONE_HOUR, now=clock.now) == 1
    assert make_offers(ONE_HOUR, now=clock.advance(minutes=1)) == 0
    assert offers(first, second, clock=clock) == [True, False]
    assert mails() == 1
    with pytest.raises(SlotTaken):
        make_hold(now=clock.now, starts_at=TEN, visitor="passer-by", catalogue=ONE_HOUR)


def test_a_full_diary_offers_nothing_until_a_time_is_freed(clock: MovableClock) -> None:
    terms = make_terms(hold_minutes=300)
    make_hold(now=clock.now, starts_at=TEN, visitor="client", catalogue=ONE_HOUR, terms=terms)
    entry = join("first", clock)
    assert make_offers(ONE_HOUR, now=clock.now) == 0
    release_hold(visitor_digest("client"), now=clock.now)
    assert make_offers(ONE_HOUR, now=clock.now) == 1
    assert offers(entry, clock=clock) == [True]


def test_an_offer_that_ran_out_goes_to_the_next_and_not_back(clock: MovableClock) -> None:
    first, second = join("first", clock), join("second", clock)
    make_offers(ONE_HOUR, now=clock.now)
    make_offers(ONE_HOUR, now=clock.advance(minutes=61))
    assert offers(first, second, clock=clock) == [False, True]
    with pytest.raises(NoHold):
        take_offer(entry_of(first.key), "Europe/London", now=clock.now)
    make_offers(ONE_HOUR, now=clock.advance(minutes=61))
    assert offers(first, second, clock=clock) == [False, False], "nobody is offered the same time twice"
    assert mails() == 2


def test_declining_passes_it_on_at_once_and_leaving_forgets(clock: MovableClock) -> None:
    first, second, third = (join(name, clock) for name in ("first", "second", "third"))
    make_offers(ONE_HOUR, now=clock.now)
    decline_offer(entry_of(first.key), now=clock.now)
    make_offers(ONE_HOUR, now=clock.now)
    assert offers(first, second, third, clock=clock) == [False, True, False]
    leave_waitlist(entry_of(second.key), now=clock.now)
    assert find_entry(second.key) is None
    make_offers(ONE_HOUR, now=clock.now)
    assert offers(first, second, third, clock=clock) == [False, False, True]


def test_a_taken_offer_stays_with_its_person_and_ends_their_waiting(clock: MovableClock) -> None:
    first, second = join("first", clock), join("second", clock)
    make_offers(ONE_HOUR, now=clock.now)
    clock.advance(minutes=55)
    hold = take_offer(entry_of(first.key), "Europe/London", now=clock.now)
    assert hold.starts_at == TEN
    assert read_draft(first.visitor).starts_at == TEN
    make_offers(ONE_HOUR, now=clock.advance(minutes=7))
    assert offers(first, second, clock=clock) == [True, False], "ten minutes from taking it"
    make_offers(ONE_HOUR, now=clock.advance(minutes=5))
    assert offers(first, second, clock=clock) == [False, True]


def test_a_hold_whose_worker_died_is_told_on_the_next_turn(clock: MovableClock) -> None:
    entry = join("first", clock)
    make_offers(ONE_HOUR, now=clock.now)
    with_hold = find_hold(entry.visitor, now=clock.now)
    _forget_that_it_was_told(entry)
    make_offers(ONE_HOUR, now=clock.advance(minutes=1))
    assert find_hold(entry.visitor, now=clock.now) == with_hold
    assert entry_of(entry.key).offered
    assert mails() == 1


def test_asking_again_changes_the_wish_and_keeps_the_place(clock: MovableClock) -> None:
    first, second = join("first", clock, weekdays=frozenset({5})), join("second", clock)
    again = join("first", clock)
    assert again.key == first.key
    make_offers(ONE_HOUR, now=clock.now)
    assert offers(first, second, clock=clock) == [True, False]


def test_days_times_and_dates_are_respected(clock: MovableClock) -> None:
    late = join("late", clock, parts=frozenset({"afternoon", "evening"}))
    monday = join("monday", clock, weekdays=frozenset({0}))
    soon = join("soon", clock, until=date(2026, 11, 23))
    make_offers(ONE_HOUR, now=clock.now)
    assert offers(late, monday, soon, clock=clock) == [False, False, False]
    make_offers(ONE_HOUR, now=clock.advance(days=1))
    assert find_entry(soon.key) is None, "their last day is over"


def test_after_the_last_offer_nobody_is_asked_again(clock: MovableClock) -> None:
    entry, catalogue = join("first", clock), make_catalogue(make_practitioner("sam"))
    for _ in range(MOST_OFFERS):
        assert make_offers(catalogue, now=clock.now) == 1
        decline_offer(entry_of(entry.key), now=clock.now)
    assert find_entry(entry.key) is None
    assert make_offers(catalogue, now=clock.now + timedelta(minutes=1)) == 0


def test_a_treatment_that_is_no_longer_sold_stops_nobody_else(clock: MovableClock) -> None:
    join("first", clock, treatment="gone")
    second = join("second", clock)
    assert make_offers(ONE_HOUR, now=clock.now) == 1
    assert offers(second, clock=clock) == [True]


def _forget_that_it_was_told(entry: WaitlistEntry) -> None:
    with unit_of_work() as session:
        row = session.scalars(select(WaitlistEntryRow).where(WaitlistEntryRow.key == entry.key)).one()
        row.offered_start = None
