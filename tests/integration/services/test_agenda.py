"""The practice's own days, and looking a booking up, on real tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.db.queries.bookings import get_locked
from app.db.unit_of_work import unit_of_work
from app.domain.attendee import Attendee
from app.domain.booking import Booking
from app.domain.refusals import NotMarkable
from app.domain.spans import Span
from app.services.booking import finding
from app.services.booking.finding import find_bookings
from app.services.diary.agenda import AgendaEntry, read_agenda
from app.services.manage.changes import cancel_by_practice, mark_visit
from app.services.manage.desk import read_desk_facts
from app.services.upkeep.staff_tasks import add_task
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed, make_deposit_row, make_hold
from tests.factories.programme import hold_programme

TEN = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
THURSDAY = Span(TEN - 10 * HOUR, TEN + 14 * HOUR)

pytestmark = pytest.mark.usefixtures("app")


def named(booking: Booking, name: str, phone: str = "07700 900 123", attendee: Attendee | None = None) -> Booking:
    """Whose booking it is."""
    with unit_of_work() as session:
        row = get_locked(session, booking.id)
        row.client_name, row.client_phone = name, phone
        row.client_email = f"{name.split()[0]}@client.example"
        row.attendee_name, row.guardian_agreed_at = (attendee.name, row.created_at) if attendee else (None, None)
    return booking


def shown(entries: tuple[AgendaEntry, ...]) -> list[tuple[str, str | None]]:
    return [(entry.state, entry.name) for entry in entries]


def test_a_day_holds_visits_and_live_holds_but_nothing_that_is_off(clock: MovableClock) -> None:
    late = named(
        make_confirmed(now=clock(), starts_at=TEN + 5 * HOUR, visitor="a"), "Pat", attendee=Attendee("Kim", 15, True)
    )
    off = make_confirmed(now=clock(), starts_at=TEN + 2 * HOUR, visitor="b")
    cancel_by_practice(off.id, now=clock())
    make_confirmed(now=clock(), starts_at=TEN + 24 * HOUR, visitor="c")
    first = named(make_confirmed(now=clock(), starts_at=TEN, visitor="d"), "Robin")
    hold = make_hold(now=clock(), starts_at=TEN + 6.5 * HOUR, visitor="e")
    with unit_of_work() as session:
        add_task(session, "t1", "diary.clash", late.id, "In the way", now=clock())
    found = read_agenda(THURSDAY, now=clock())
    assert shown(found) == [("confirmed", "Robin"), ("confirmed", "Kim"), ("held", None)]
    assert (found[1].booked_by, found[1].with_guardian, found[1].tasks) == ("Pat", True, ("diary.clash",))
    assert (found[0].reference, found[0].booked_by, found[0].tasks) == (first.reference, None, ())
    # a hold that ran out is gone, unless its payment is on its way
    clock.advance(hours=1)
    assert len(read_agenda(THURSDAY, now=clock())) == 2
    make_deposit_row(hold, now=clock(), state="processing")
    assert read_agenda(THURSDAY, now=clock())[2].paying
    # what begins the day before and keeps time into this one is there too
    assert shown(read_agenda(Span(TEN + HOUR, TEN + 2 * HOUR), now=clock())) == [("confirmed", "Robin")]
    assert read_agenda(Span(TEN + HOUR * 1.25, TEN + 2 * HOUR), now=clock()) == ()


def test_visits_of_a_programme_are_counted_without_those_that_are_off(clock: MovableClock) -> None:
    lead = hold_programme(now=clock(), starts=[TEN + timedelta(days=7 * number) for number in range(3)])
    whole = Span(clock(), clock() + timedelta(days=60))
    assert {entry.place for entry in read_agenda(whole, now=clock())} == {None}
    confirm_all(whole, clock)
    entries = read_agenda(whole, now=clock())
    assert [entry.place for entry in entries] == [(1, 3), (2, 3), (3, 3)]
    assert [entry.first_visit for entry in entries] == [True, False, False]
    cancel_by_practice(lead.id, now=clock())
    assert [entry.place for entry in read_agenda(whole, now=clock())] == [(1, 2), (2, 2)]
    assert read_desk_facts(entries[1].reference, now=clock()).place == (1, 2)


def confirm_all(window: Span, clock: MovableClock) -> None:
    from_diary = [find_bookings(entry.reference).bookings[0] for entry in read_agenda(window, now=clock())]
    with unit_of_work() as session:
        for booking in from_diary:
            row = get_locked(session, booking.id)
            row.state = "confirmed"


def test_a_booking_is_found_by_what_people_say(clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    def at(hours: int, visitor: str) -> Booking:
        return make_confirmed(now=clock(), starts_at=TEN + hours * HOUR, visitor=visitor)

    zoe = named(at(0, "a"), "Zoë Example", "+44 7700 900123", Attendee("Finn 100% O'Neill"))
    ann = named(at(2, "b"), "Ann_Marie Sample", "(07700) 900-456")
    hold = make_hold(now=clock(), starts_at=TEN + 5 * HOUR, visitor="c")

    def found(words: str) -> list[str]:
        return [one.reference for one in find_bookings(words).bookings]

    both = [ann.reference, zoe.reference]
    for words in ("zoë", "ZOË EX", " 100% o'n ", "Zoë@client.EX", "07700 900123", "900123", "+447700900123"):
        assert found(words) == [zoe.reference], words
    for words in ("ann_m", "07700900456", "0 900 456"[2:]):
        assert found(words) == [ann.reference], words
    assert found("@client.example") == found("7700 900") == both
    assert found(hold.reference.lower()) == [hold.reference]
    # signs of patterns are only signs, and what is too short or too odd finds nothing
    for words in ("%%%", "___", "ab", "  ", "", "\\\\\\", "' OR 1=1", "x" * 5000, "nobody"):
        assert found(words) == [], words
    monkeypatch.setattr(finding, "MOST", 1)
    limited = find_bookings("client.example")
    assert (len(limited.bookings), limited.more) == (1, True)
    monkeypatch.setattr(finding, "LOOKED_THROUGH", 2)  # the hold and Ann's are the newest
    assert found("Zoë") == []
    assert found("ZOË@client.example") == [zoe.reference], "a whole address has no end"
    assert found(zoe.reference) == [zoe.reference]


def test_a_mark_that_somebody_else_has_made_is_not_overruled_unseen(clock: MovableClock) -> None:
    booking = make_confirmed(now=clock(), starts_at=TEN)
    clock.now = TEN + HOUR
    mark_visit(booking.id, "completed", now=clock(), seen="confirmed")
    with pytest.raises(NotMarkable):
        mark_visit(booking.id, "no_show", now=clock(), seen="confirmed")
    assert mark_visit(booking.id, "completed", now=clock(), seen="confirmed").state == "completed"
    assert mark_visit(booking.id, "no_show", now=clock(), seen="completed").state == "no_show"
    other = make_confirmed(now=clock(), starts_at=TEN + 24 * HOUR, visitor="other")
    facts = [read_desk_facts(one.reference, now=clock()) for one in (booking, other)]
    assert [one.missed_others for one in facts] == [0, 1]
    assert (facts[0].missed_from, facts[0].answered) == (TEN + timedelta(minutes=15), True)
