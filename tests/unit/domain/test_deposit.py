"""The life of a deposit: every state met with every reading, and what may never happen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.checkout import PaymentStatus, SessionSnapshot, SessionStatus
from app.domain.deposit import (
    LIVE_STATES,
    SETTLED,
    SHORTEST_SESSION,
    Effect,
    Expected,
    Reading,
    State,
    Step,
    mismatch,
    next_look,
    next_step,
    read,
    session_end,
)

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
STATES: tuple[State, ...] = get_args(State)
READINGS: tuple[Reading, ...] = get_args(Reading)
EXPECTED = Expected("dep_1", 1200, "GBP", livemode=False, session_id="cs_1")
SNAPSHOT = SessionSnapshot(
    id="cs_1",
    status="complete",
    payment_status="paid",
    amount_minor=1200,
    currency="GBP",
    reference="dep_1",
    livemode=False,
    expires_at=NOON,
)

#: The whole table for a time that is still ours, written out apart from the code: state -> reading -> next.
TABLE: dict[State, dict[Reading, tuple[State, Effect]]] = {
    "creating": {
        "open": ("open", "none"),
        "expired": ("expired", "release"),
        "processing": ("processing", "none"),
        "failed": ("failed", "release"),
        "paid": ("paid", "confirm"),
    },
    "open": {
        "open": ("open", "none"),
        "expired": ("expired", "release"),
        "processing": ("processing", "none"),
        "failed": ("failed", "release"),
        "paid": ("paid", "confirm"),
    },
    "processing": {
        "open": ("processing", "none"),
        "expired": ("processing", "none"),
        "processing": ("processing", "none"),
        "failed": ("failed", "release"),
        "paid": ("paid", "confirm"),
    },
    "failed": {**{r: ("failed", "none") for r in READINGS}, "paid": ("paid", "confirm")},
    "expired": {**{r: ("expired", "none") for r in READINGS}, "paid": ("paid", "confirm")},
    "paid": {r: ("paid", "none") for r in READINGS},
    "paid_conflict": {r: ("paid_conflict", "none") for r in READINGS},
}

states = st.sampled_from(STATES)
readings = st.sampled_from(READINGS)
looks = st.lists(st.tuples(readings, st.booleans()), max_size=12)


@pytest.mark.parametrize(("state", "reading"), list(product(STATES, READINGS)))
def test_every_state_meets_every_reading(state: State, reading: Reading) -> None:
    assert next_step(state, reading, slot_free=True) == Step(*TABLE[state][reading])


@pytest.mark.parametrize("state", [state for state in STATES if state not in SETTLED])
def test_paid_without_a_time_is_a_state_of_its_own(state: State) -> None:
    assert next_step(state, "paid", slot_free=False) == Step("paid_conflict", "none")


@given(states, readings, st.booleans())
def test_no_confirmation_without_money_and_no_release_with_it(state: State, reading: Reading, slot_free: bool) -> None:
    step = next_step(state, reading, slot_free=slot_free)
    if step.effect == "confirm":
        assert reading == "paid"
        assert slot_free
        assert step.state == "paid"
    if step.effect == "release":
        assert reading in ("expired", "failed")
        assert step.state not in LIVE_STATES


@given(states, looks)
def test_money_that_arrived_stays_arrived(state: State, seen: list[tuple[Reading, bool]]) -> None:
    settled: State | None = None
    confirmed = 0
    for reading, slot_free in seen:
        step = next_step(state, reading, slot_free=slot_free)
        state = step.state
        confirmed += step.effect == "confirm"
        if settled is not None:
            assert step == Step(settled)
        elif state in SETTLED:
            settled = state
    assert confirmed <= 1


@given(states, readings, st.booleans())
def test_looking_twice_is_looking_once(state: State, reading: Reading, slot_free: bool) -> None:
    once = next_step(state, reading, slot_free=slot_free).state
    assert next_step(once, reading, slot_free=slot_free) == Step(once)


@given(st.permutations(["open", "processing", "paid", "paid", "open"]))
def test_the_order_of_messages_does_not_matter(order: list[Reading]) -> None:
    state: State = "creating"
    for reading in order:
        state = next_step(state, reading, slot_free=True).state
    assert state == "paid"


@pytest.mark.parametrize(
    ("status", "payment_status", "failed"),
    list(product(get_args(SessionStatus), get_args(PaymentStatus), (False, True))),
)
def test_every_session_can_be_read(status: SessionStatus, payment_status: PaymentStatus, failed: bool) -> None:
    seen = read(replace(SNAPSHOT, status=status, payment_status=payment_status, payment_failed=failed))
    if status != "complete":
        assert seen == status  # an open or ended page is no payment, whatever else it says
    elif payment_status == "paid":
        assert seen == "paid"
    else:  # complete is not paid; a deposit that needs no payment was never asked for
        assert seen == ("failed" if failed else "processing")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"id": "cs_2"}, "session"),
        ({"reference": "dep_2"}, "reference"),
        ({"amount_minor": 1199}, "amount"),
        ({"amount_minor": 120000}, "amount"),
        ({"currency": "EUR"}, "currency"),
        ({"livemode": True}, "mode"),
    ],
)
def test_a_session_that_is_not_ours_is_named(change: dict[str, object], name: str) -> None:
    assert mismatch(EXPECTED, SNAPSHOT) is None
    assert mismatch(EXPECTED, replace(SNAPSHOT, **change)) == name  # type: ignore[arg-type]


def test_a_lost_answer_is_known_by_its_reference() -> None:
    unknown = replace(EXPECTED, session_id=None)
    assert mismatch(unknown, SNAPSHOT) is None
    assert mismatch(unknown, replace(SNAPSHOT, reference="dep_2")) == "reference"
    assert mismatch(EXPECTED, replace(SNAPSHOT, currency="gbp")) is None


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3650)))
def test_a_session_is_long_enough_for_the_provider_and_whole_seconds(later: timedelta) -> None:
    now = NOON + later
    end = session_end(now)
    assert SHORTEST_SESSION + timedelta(seconds=60) < end - now < timedelta(hours=24)
    assert end.microsecond == 0


def test_looking_slows_down() -> None:
    assert next_look(NOON, NOON + timedelta(minutes=14)) == NOON + timedelta(minutes=15)
    assert next_look(NOON, NOON + timedelta(minutes=15)) == NOON + timedelta(minutes=20)
