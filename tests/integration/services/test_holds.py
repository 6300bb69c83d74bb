"""Holding a time: whose it is, how long, what it gives back, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.db.tables import BookingCellRow, BookingRow, RoomCellRow
from app.db.unit_of_work import reading
from app.domain.refusals import (
    HoldExpired,
    NoHold,
    SlotNotOffered,
    SlotTaken,
    TooManyHolds,
    UnknownPractitioner,
    UnknownTreatment,
)
from app.services.booking.bookings import get_booking
from app.services.booking.holds import (
    REFERENCE_LETTERS,
    claim_hold,
    extend_hold,
    find_hold,
    forget_old_networks,
    release_expired_holds,
    release_hold,
)
from tests.conftest import MovableClock
from tests.factories.booking import (
    make_confirmed,
    make_deposit_row,
    make_detailed_hold,
    make_hold,
    make_terms,
    visitor_digest,
)
from tests.factories.catalogue import make_catalogue, make_practitioner

pytestmark = pytest.mark.usefixtures("app")

TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ELEVEN_THIRTY = TEN + timedelta(minutes=90)


def cells_of(booking_id: int) -> tuple[int, int]:
    with reading() as session:
        mine = select(func.count()).where(BookingCellRow.booking_id == booking_id)
        room = select(func.count()).where(RoomCellRow.booking_id == booking_id)
        return session.scalar(mine) or 0, session.scalar(room) or 0


def count_rows() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(BookingRow)) or 0


def test_a_hold_keeps_the_visit_with_its_buffers(clock: MovableClock) -> None:
    hold = make_hold(now=clock.now, starts_at=TEN)
    assert (hold.state, hold.practitioner, hold.hold_until) == ("held", "sam", clock.now + timedelta(minutes=10))
    assert (hold.starts_at, hold.ends_at) == (TEN, TEN + timedelta(minutes=60))
    assert (hold.busy_from, hold.busy_until) == (TEN, TEN + timedelta(minutes=75))
    assert cells_of(hold.id) == (15, 15)
    assert (hold.price_minor, hold.deposit_minor, hold.currency) == (6000, 1200, "GBP")


def test_a_reference_can_be_read_out(clock: MovableClock) -> None:
    reference = make_hold(now=clock.now, starts_at=TEN).reference
    assert len(reference) == 8
    assert set(reference) <= set(REFERENCE_LETTERS)
    assert not set(REFERENCE_LETTERS) & set("0O1IL2Z5S68BAEU")


def test_the_same_wish_finds_the_same_hold(clock: MovableClock) -> None:
    first = make_hold(now=clock.now, starts_at=TEN)
    again = make_hold(now=clock.advance(minutes=3), starts_at=TEN)
    anyone = make_hold(now=clock.now, starts_at=TEN, practitioner=None)
    assert first.id == again.id == anyone.id
    assert again.hold_until == first.hold_until, "asking again is no way to keep a time for ever"
    assert count_rows() == 1


def test_another_time_gives_the_old_one_back(clock: MovableClock) -> None:
    old = make_hold(now=clock.now, starts_at=TEN)
    make_hold(now=clock.now, starts_at=ELEVEN_THIRTY)
    assert get_booking(old.id).state == "released"
    assert cells_of(old.id) == (0, 0)
    assert make_hold(now=clock.now, starts_at=TEN, visitor="someone else").state == "held"


def test_a_longer_visit_at_the_same_time_replaces_the_hold(clock: MovableClock) -> None:
    short = make_hold(now=clock.now, starts_at=TEN, treatment="30-minute-visit")
    long = make_hold(now=clock.now, starts_at=TEN, treatment="90-minute-visit")
    assert get_booking(short.id).state == "released"
    assert cells_of(long.id) == (21, 21)


def test_a_taken_time_is_refused_and_the_old_hold_stays(clock: MovableClock) -> None:
    make_hold(now=clock.now, starts_at=TEN, visitor="first")
    mine = make_hold(now=clock.now, starts_at=ELEVEN_THIRTY, visitor="second")
    with pytest.raises(SlotTaken) as refused:
        make_hold(now=clock.now, starts_at=TEN, visitor="second")
    assert refused.value.starts_at == TEN
    kept = find_hold(visitor_digest("second"), now=clock.now)
    assert kept is not None
    assert kept.id == mine.id
    assert cells_of(mine.id) == (15, 15)


@pytest.mark.parametrize("minutes", [-75, -60, -15, 15, 60])
def test_every_overlap_with_buffers_is_refused(clock: MovableClock, minutes: int) -> None:
    held = TEN + timedelta(minutes=30)
    make_hold(now=clock.now, starts_at=held, visitor="first")
    wanted = held + timedelta(minutes=minutes)
    if minutes == -75:
        assert make_hold(now=clock.now, starts_at=wanted, visitor="second").busy_until == held
        return
    with pytest.raises(SlotTaken):
        make_hold(now=clock.now, starts_at=wanted, visitor="second")


@pytest.mark.parametrize(
    "starts_at",
    [
        TEN - timedelta(days=3),  # past
        TEN + timedelta(minutes=7),  # off the grid
        TEN.replace(hour=13, minute=15),  # in the break
        TEN.replace(hour=12, minute=30),  # ends in the break
        TEN.replace(hour=3),  # at night
        datetime(2026, 11, 29, 10, 0, tzinfo=UTC),  # a Sunday
        datetime(2026, 11, 23, 10, 0, tzinfo=UTC),  # too soon
        datetime(2027, 11, 23, 10, 0, tzinfo=UTC),  # too far
    ],
)
def test_a_time_that_is_not_offered_is_refused(clock: MovableClock, starts_at: datetime) -> None:
    with pytest.raises(SlotNotOffered):
        make_hold(now=clock.now, starts_at=starts_at)
    assert count_rows() == 0


def test_unknown_treatment_and_practitioner(clock: MovableClock) -> None:
    with pytest.raises(UnknownTreatment):
        make_hold(now=clock.now, starts_at=TEN, treatment="hot-stones")
    with pytest.raises(UnknownPractitioner):
        make_hold(now=clock.now, starts_at=TEN, practitioner="nobody")
    short_only = make_catalogue(make_practitioner("sam", treatments=frozenset({"30-minute-visit"})))
    with pytest.raises(UnknownPractitioner):
        make_hold(now=clock.now, starts_at=TEN, catalogue=short_only)


def test_anyone_means_the_least_booked_of_that_week_and_then_whoever_is_free(clock: MovableClock) -> None:
    make_confirmed(now=clock.now, starts_at=TEN + timedelta(days=1), visitor="earlier")
    first = make_hold(now=clock.now, starts_at=TEN, visitor="a", practitioner=None)
    second = make_hold(now=clock.now, starts_at=TEN, visitor="b", practitioner=None)
    assert (first.practitioner, second.practitioner) == ("alex", "sam")
    with pytest.raises(SlotTaken):
        make_hold(now=clock.now, starts_at=TEN, visitor="c", practitioner=None)


def test_a_shared_room_is_enough_to_be_in_the_way(clock: MovableClock) -> None:
    shared = make_catalogue(make_practitioner("sam", rooms=("one",)), make_practitioner("alex", rooms=("one",)))
    make_hold(now=clock.now, starts_at=TEN, visitor="a", practitioner="sam", catalogue=shared)
    with pytest.raises(SlotTaken):
        make_hold(now=clock.now, starts_at=TEN, visitor="b", practitioner="alex", catalogue=shared)
    after = make_hold(
        now=clock.now, starts_at=TEN + timedelta(minutes=75), visitor="b", practitioner="alex", catalogue=shared
    )
    assert cells_of(after.id) == (15, 15)


def test_the_second_room_is_taken_when_the_first_is_full(clock: MovableClock) -> None:
    rooms = make_catalogue(
        make_practitioner("sam", rooms=("one", "two")), make_practitioner("alex", rooms=("one", "two"))
    )
    first = make_hold(now=clock.now, starts_at=TEN, visitor="a", practitioner="sam", catalogue=rooms)
    second = make_hold(now=clock.now, starts_at=TEN, visitor="b", practitioner="alex", catalogue=rooms)
    with reading() as session:
        used = {row.id: row.room for row in session.scalars(select(BookingRow))}
    assert used == {first.id: "one", second.id: "two"}


def test_the_next_claimant_takes_over_an_expired_hold(clock: MovableClock) -> None:
    old = make_hold(now=clock.now, starts_at=TEN, visitor="first")
    new = make_hold(now=clock.advance(minutes=10), starts_at=TEN, visitor="second")
    assert get_booking(old.id).state == "released"
    assert (cells_of(old.id), cells_of(new.id)) == ((0, 0), (15, 15))


def test_an_expired_hold_in_the_shared_room_is_taken_over_too(clock: MovableClock) -> None:
    shared = make_catalogue(make_practitioner("sam", rooms=("one",)), make_practitioner("alex", rooms=("one",)))
    old = make_hold(now=clock.now, starts_at=TEN, visitor="first", practitioner="sam", catalogue=shared)
    make_hold(now=clock.advance(minutes=10), starts_at=TEN, visitor="second", practitioner="alex", catalogue=shared)
    assert cells_of(old.id) == (0, 0)


@pytest.mark.parametrize("state", ["creating", "open", "processing", "paid"])
def test_time_alone_never_releases_what_can_be_paid(clock: MovableClock, state: str) -> None:
    hold = make_detailed_hold(now=clock.now, starts_at=TEN, visitor="payer")
    make_deposit_row(hold, now=clock.now, state=state)
    clock.advance(hours=3)
    assert release_expired_holds(now=clock.now, limit=10) == 0
    assert release_hold(visitor_digest("payer"), now=clock.now) is False
    with pytest.raises(SlotTaken):
        make_hold(now=clock.now, starts_at=TEN, visitor="second")
    found = find_hold(visitor_digest("payer"), now=clock.now)
    assert found is not None
    assert found.id == hold.id
    assert make_hold(now=clock.now, starts_at=TEN, visitor="payer").id == hold.id


@pytest.mark.parametrize("state", ["failed", "expired"])
def test_a_proven_unpayable_hold_is_released(clock: MovableClock, state: str) -> None:
    hold = make_detailed_hold(now=clock.now, starts_at=TEN, visitor="payer")
    make_deposit_row(hold, now=clock.now, state=state)
    assert release_expired_holds(now=clock.advance(minutes=20), limit=10) == 1
    assert cells_of(hold.id) == (0, 0)


def test_choosing_again_while_a_payment_page_is_open_keeps_the_first_time(clock: MovableClock) -> None:
    paying = make_detailed_hold(now=clock.now, starts_at=TEN)
    make_deposit_row(paying, now=clock.now)
    make_hold(now=clock.now, starts_at=ELEVEN_THIRTY)
    assert get_booking(paying.id).state == "held"
    make_deposit_row(make_detailed_hold(now=clock.now, starts_at=ELEVEN_THIRTY), now=clock.now)
    with pytest.raises(TooManyHolds):
        make_hold(now=clock.now, starts_at=TEN + timedelta(days=1))


def test_a_hold_ends_and_is_found_no_more(clock: MovableClock) -> None:
    visitor = visitor_digest()
    assert find_hold(visitor, now=clock.now) is None
    make_hold(now=clock.now, starts_at=TEN)
    assert find_hold(visitor, now=clock.advance(minutes=9, seconds=59)) is not None
    assert find_hold(visitor, now=clock.advance(seconds=1)) is None


def test_a_hold_can_be_extended_for_two_hours_at_most(clock: MovableClock) -> None:
    made = clock.now
    make_hold(now=clock.now, starts_at=TEN)
    for _ in range(11):
        hold = extend_hold(visitor_digest(), now=clock.advance(minutes=9))
        assert hold.hold_until == clock.now + timedelta(minutes=10)
    hold = extend_hold(visitor_digest(), now=clock.advance(minutes=9, seconds=30), minutes=600)
    assert hold.hold_until == made + timedelta(hours=2)


def test_an_expired_hold_nobody_took_can_still_be_extended(clock: MovableClock) -> None:
    make_hold(now=clock.now, starts_at=TEN)
    hold = extend_hold(visitor_digest(), now=clock.advance(minutes=15))
    assert hold.hold_until == clock.now + timedelta(minutes=10)


def test_extending_what_is_gone_says_so(clock: MovableClock) -> None:
    with pytest.raises(NoHold):
        extend_hold(visitor_digest(), now=clock.now)
    make_hold(now=clock.now, starts_at=TEN)
    clock.advance(minutes=11)
    assert release_expired_holds(now=clock.now, limit=10) == 1
    with pytest.raises(HoldExpired):
        extend_hold(visitor_digest(), now=clock.now)
    make_hold(now=clock.now, starts_at=TEN)
    with pytest.raises(HoldExpired):
        extend_hold(visitor_digest(), now=clock.advance(hours=3))


def test_releasing_gives_the_time_back_once(clock: MovableClock) -> None:
    hold = make_hold(now=clock.now, starts_at=TEN)
    assert release_hold(visitor_digest(), now=clock.now) is True
    assert release_hold(visitor_digest(), now=clock.now) is False
    assert cells_of(hold.id) == (0, 0)


def test_expired_holds_are_released_in_portions(clock: MovableClock) -> None:
    for n in range(5):
        make_hold(now=clock.now, starts_at=TEN + timedelta(days=n % 4, minutes=75 * (n // 4)), visitor=f"v{n}")
    clock.advance(minutes=10)
    assert [release_expired_holds(now=clock.now, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_visitor_may_not_try_the_whole_diary(clock: MovableClock) -> None:
    terms = make_terms(hourly_per_visitor=3)
    for n in range(3):
        make_hold(
            now=clock.advance(minutes=1), starts_at=TEN + timedelta(days=n % 2, minutes=90 * (n % 2)), terms=terms
        )
    kept = find_hold(visitor_digest(), now=clock.now)
    with pytest.raises(TooManyHolds):
        make_hold(now=clock.now, starts_at=TEN + timedelta(days=2), terms=terms)
    assert find_hold(visitor_digest(), now=clock.now) == kept, "a refusal takes nothing away"
    make_hold(now=clock.advance(hours=1), starts_at=TEN + timedelta(days=2), terms=terms)


def test_a_network_may_not_hold_the_whole_diary(clock: MovableClock) -> None:
    terms = make_terms(live_per_network=2)
    for n in range(2):
        make_hold(now=clock.now, starts_at=TEN + timedelta(days=n), visitor=f"v{n}", terms=terms, network="n" * 64)
    with pytest.raises(TooManyHolds):
        make_hold(now=clock.now, starts_at=TEN + timedelta(days=2), visitor="v2", terms=terms, network="n" * 64)
    make_hold(now=clock.now, starts_at=TEN + timedelta(days=2), visitor="v3", terms=terms, network="m" * 64)
    make_hold(now=clock.advance(minutes=10), starts_at=TEN, visitor="v2", terms=terms, network="n" * 64)


def test_network_digests_are_forgotten(clock: MovableClock) -> None:
    make_hold(now=clock.now, starts_at=TEN, network="n" * 64)
    assert forget_old_networks(now=clock.advance(hours=24)) == 0
    assert forget_old_networks(now=clock.advance(seconds=1)) == 1


def test_the_price_of_the_terms_is_the_price_of_the_hold(clock: MovableClock) -> None:
    terms = make_terms(price_minor=7000, deposit_minor=0, policy={"cancel": [[48, 0]]})
    hold = make_hold(now=clock.now, starts_at=TEN, terms=terms)
    with reading() as session:
        row = session.get(BookingRow, hold.id)
        assert row is not None
        assert (row.price_minor, row.deposit_minor, row.policy) == (7000, 0, {"cancel": [[48, 0]]})


def test_a_wish_needs_an_instant(clock: MovableClock) -> None:
    with pytest.raises((ValueError, TypeError)):
        claim_hold(
            make_catalogue(),
            make_terms(),
            visitor=visitor_digest(),
            treatment="60-minute-visit",
            practitioner="sam",
            starts_at=TEN.replace(tzinfo=None),
            now=clock.now,
        )
