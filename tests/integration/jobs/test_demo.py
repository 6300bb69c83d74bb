"""The example diary: made the way clients make bookings, the same twice, and never where it could hurt."""

from __future__ import annotations

import random
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from app.db.tables import BookingRow, DepositRow, OutboxRow
from app.db.unit_of_work import reading
from app.gateways.stripe_checkout import StripeCheckout
from app.jobs.demo import BOOKINGS, NotHere, seed_diary
from app.jobs.tools import Tools
from tests.conftest import MovableClock
from tests.integration.jobs.conftest import Desk
from tests.stripe_bench import StripeBench


@pytest.fixture
def tools(desk: Desk, stripe_sandbox: StripeBench) -> Tools:
    checkout = StripeCheckout("sk_test_sandbox", ("whsec_sandbox",), stripe_sandbox.url)
    return replace(desk.tools, checkout=checkout, sandbox_url=stripe_sandbox.url)


def count(table: Any, *conditions: Any) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def test_every_booking_is_paid_for_and_confirmed(
    tools: Tools, clock: MovableClock, stripe_sandbox: StripeBench
) -> None:
    assert seed_diary(tools, clock(), random.Random(7)) == BOOKINGS
    assert count(BookingRow, BookingRow.state == "confirmed") == BOOKINGS
    assert count(DepositRow, DepositRow.state == "paid") == BOOKINGS
    assert count(OutboxRow, OutboxRow.kind == "mail.confirmed") == BOOKINGS
    sessions = stripe_sandbox.world.store.newest_first("checkout.session")
    assert {one["payment_status"] for one in sessions} == {"paid"}
    with reading() as session:
        rows = list(session.scalars(select(BookingRow)))
    assert all(row.client_name.startswith("Example client ") for row in rows if row.client_name)
    assert all((row.client_email or "").endswith("@client.example") for row in rows)
    assert len({row.practitioner for row in rows}) == 2
    assert len({row.treatment for row in rows}) >= 4
    assert len({row.starts_at.date() for row in rows}) >= 8


def test_a_practice_that_also_comes_home_has_its_example_diary(tools: Tools, clock: MovableClock) -> None:
    library = tools.library()
    visits = dict(library.catalogue.treatments)
    first, second, *_ = visits
    visits[first] = replace(visits[first], at_home=True)
    people = {
        slug: replace(person, treatments=person.treatments - {second})
        for slug, person in library.catalogue.practitioners.items()
    }
    both = replace(library, catalogue=replace(library.catalogue, treatments=visits, practitioners=people))
    assert seed_diary(replace(tools, library=lambda: both), clock(), random.Random(7)) == BOOKINGS
    with reading() as session:
        assert not set(session.scalars(select(BookingRow.treatment))) & {first, second}


def test_again_it_adds_only_what_has_gone_by(tools: Tools, clock: MovableClock) -> None:
    seed_diary(tools, clock(), random.Random(7))
    assert seed_diary(tools, clock(), random.Random(7)) == 0
    clock.advance(days=14)
    added = seed_diary(tools, clock(), random.Random(8))
    assert 0 < added < BOOKINGS
    assert count(BookingRow, BookingRow.state == "confirmed", BookingRow.starts_at > clock()) == BOOKINGS


def test_with_stripe_itself_nothing_is_charged(tools: Tools, clock: MovableClock, stripe_sandbox: StripeBench) -> None:
    assert seed_diary(replace(tools, sandbox_url=None), clock(), random.Random(7)) == BOOKINGS
    assert count(DepositRow) == 0
    assert stripe_sandbox.world.store.newest_first("checkout.session") == []


@pytest.mark.parametrize(
    "changes", [{"environment": "production"}, {"checkout": cast(Any, SimpleNamespace(livemode=True))}], ids=str
)
def test_it_refuses_where_real_clients_are_served(changes: dict[str, Any], tools: Tools, clock: MovableClock) -> None:
    with pytest.raises(NotHere):
        seed_diary(replace(tools, **changes), clock(), random.Random(7))
    assert count(BookingRow) == 0
