"""Bookings as plain values, for tests without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.booking import Booking, ClientDetails

TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def make_booking(**changes: Any) -> Booking:
    """A confirmed 60-minute visit on Tuesday 24 November 2026, 10:00 in London."""
    plain: dict[str, Any] = {
        "id": 7,
        "reference": "K3MN7PQX",
        "state": "confirmed",
        "treatment": "60-minute-visit",
        "treatment_name": "60-minute visit",
        "minutes": 60,
        "practitioner": "sam",
        "starts_at": TEN,
        "ends_at": TEN + timedelta(minutes=60),
        "busy_from": TEN,
        "busy_until": TEN + timedelta(minutes=75),
        "hold_until": None,
        "price_minor": 6000,
        "deposit_minor": 1200,
        "currency": "GBP",
        "client": ClientDetails("Robin Example", "robin@example.org", "+44 20 7946 0000"),
        "confirmed_at": TEN - timedelta(days=3),
        "paid_minor": 1200,
    }
    return Booking(**{**plain, **changes})
