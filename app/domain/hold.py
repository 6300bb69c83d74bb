"""Holds: how long a chosen time is kept, and how many one visitor or one network may have.

A hold keeps a time while its visitor fills in details (10 minutes, to be extended), then for as long as the
payment session can be paid. Limits keep a visitor or a program from draining the diary.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

HOLD_MINUTES = 10
#: From first choice to the last extension. WCAG 2.2.1 asks for at least ten extensions; this leaves room for them.
LONGEST_HOLD_MINUTES = 120
#: How long one sitting before a browser may last: what was answered and booked in it is its visitor's to see again.
SITTING = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """What a hold is made with: the money and policy of this moment, and the limits that apply.

    Money in minor units. `policy` is the snapshot that later decides moving, cancelling and refunds.
    `live_*` count holds that still keep a time; `hourly_*` count every hold made in the last 60 minutes.
    A network is an IPv4 /24 or an IPv6 /56: an office or a mobile cell, hence the wider limits.
    """

    price_minor: int
    deposit_minor: int
    currency: str
    policy: Mapping[str, Any] = field(default_factory=dict)
    hold_minutes: int = HOLD_MINUTES
    live_per_visitor: int = 2
    live_per_network: int = 10
    hourly_per_visitor: int = 15
    hourly_per_network: int = 45


@dataclass(frozen=True, slots=True)
class HoldCounts:
    """Holds of one visitor and of one network: those alive, and those made in the last hour."""

    live_visitor: int = 0
    live_network: int = 0
    hourly_visitor: int = 0
    hourly_network: int = 0


def within_limits(counts: HoldCounts, terms: HoldTerms) -> bool:
    """Whether one more hold is allowed beside those counted."""
    return (
        counts.live_visitor < terms.live_per_visitor
        and counts.live_network < terms.live_per_network
        and counts.hourly_visitor < terms.hourly_per_visitor
        and counts.hourly_network < terms.hourly_per_network
    )


def extended_until(created_at: datetime, hold_until: datetime, now: datetime, minutes: int) -> datetime:
    """The new end of a hold: `minutes` from `now`, never shorter than before, never beyond the longest hold."""
    return max(hold_until, min(now + timedelta(minutes=minutes), longest_until(created_at)))


def longest_until(created_at: datetime) -> datetime:
    """When a hold made at `created_at` ends at the very latest, unless a payment is under way."""
    return created_at + timedelta(minutes=LONGEST_HOLD_MINUTES)


def read_address(text: str | None) -> IPv4Address | IPv6Address | None:
    """An internet address; None for what is none. One of the old kind in the new kind's clothes (::ffff:192.0.2.1, as
    a server that listens on both sees it) is the old one: all of them are in one network of the new kind.
    """
    try:
        host = ip_address((text or "").strip())
    except ValueError:
        return None
    return (host.ipv4_mapped or host) if isinstance(host, IPv6Address) else host


def network_digest(address: str | None, secret: str) -> str | None:
    """A keyed digest of the network of `address`, so that no address is stored; None when there is none to read."""
    host = read_address(address)
    if host is None:
        return None
    prefix = 24 if host.version == 4 else 56
    network = ip_network(f"{host}/{prefix}", strict=False)
    return hmac.new(secret.encode(), f"hold-network:{network}".encode(), hashlib.sha256).hexdigest()
