"""How long a hold lasts, how many there may be, and what is kept of a network."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.hold import HoldCounts, HoldTerms, extended_until, network_digest, within_limits

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TERMS = HoldTerms(
    6000, 1200, "GBP", live_per_visitor=2, live_per_network=5, hourly_per_visitor=10, hourly_per_network=20
)
JUST_BELOW = HoldCounts(live_visitor=1, live_network=4, hourly_visitor=9, hourly_network=19)


def minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


def test_every_limit_counts() -> None:
    assert within_limits(JUST_BELOW, TERMS)
    for name in ("live_visitor", "live_network", "hourly_visitor", "hourly_network"):
        at_limit = replace(JUST_BELOW, **{name: getattr(JUST_BELOW, name) + 1})
        assert not within_limits(at_limit, TERMS), name


@pytest.mark.parametrize(
    ("hold_until", "now", "wanted"),
    [
        (NOON + minutes(10), NOON + minutes(5), NOON + minutes(15)),
        (NOON + minutes(60), NOON + minutes(5), NOON + minutes(60)),  # a payment session runs longer: never shortened
        (NOON + minutes(115), NOON + minutes(114), NOON + minutes(120)),  # the longest hold
        (NOON + minutes(180), NOON + minutes(170), NOON + minutes(180)),
    ],
)
def test_extending(hold_until: datetime, now: datetime, wanted: datetime) -> None:
    assert extended_until(NOON, hold_until, now, 10) == wanted


def test_neighbours_share_a_network_and_nothing_readable_is_kept() -> None:
    one, two = network_digest("203.0.113.7", "secret"), network_digest(" 203.0.113.250 ", "secret")
    assert one == two
    assert one is not None
    assert len(one) == 64
    assert network_digest("203.0.114.7", "secret") != one
    assert network_digest("203.0.113.7", "another secret") != one
    assert network_digest("2001:db8:0:ff00::1", "s") == network_digest("2001:db8:0:ff99::2", "s")
    assert network_digest("2001:db8:0:fe00::1", "s") != network_digest("2001:db8:0:ff00::1", "s")


def test_old_addresses_in_new_clothes_are_not_one_network() -> None:
    """As a server that listens on both kinds sees them: all of ::ffff:0:0/96 is one network of the new kind."""
    assert network_digest("::ffff:203.0.113.7", "s") == network_digest("203.0.113.7", "s")
    assert network_digest("::ffff:203.0.113.7", "s") != network_digest("::ffff:198.51.100.7", "s")


@pytest.mark.parametrize("address", [None, "", "unix:", "999.1.1.1", "203.0.113.7, 10.0.0.1"])
def test_an_address_that_is_none_has_no_network(address: str | None) -> None:
    assert network_digest(address, "secret") is None
