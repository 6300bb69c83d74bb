"""A programme of three visits a week apart, and the catalogue that sells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app.domain.booking import Booking
from app.domain.catalogue import Catalogue
from app.domain.programme import Programme, Spacing
from app.services.booking.bookings import record_details
from app.services.booking.programmes import Chooser, claim_programme
from tests.factories.booking import CLIENT, REASON, visitor_digest
from tests.factories.catalogue import make_catalogue

WEEK = timedelta(days=7)


def make_programme(**changes: Any) -> Programme:
    """Three 60-minute visits, 5 to 9 days apart, for 162 pounds together: 54 each, with 10.80 deposit each."""
    return replace(Programme("three-visits", "Three visits", "60-minute-visit", 3, Spacing(5, 9), 16200, 60), **changes)


def make_programme_catalogue(programme: Programme | None = None, **rules: Any) -> Catalogue:
    """Both example practitioners, and the programme."""
    sold = programme or make_programme()
    return replace(make_catalogue(**rules), programmes={sold.slug: sold})


def make_chooser(visitor: str = "visitor", practitioner: str | None = "sam") -> Chooser:
    return Chooser(visitor_digest(visitor), practitioner)


def hold_programme(
    *, now: datetime, starts: list[datetime], visitor: str = "visitor", details: bool = True, **how: Any
) -> Booking:
    """The visitor's hold on `starts`, with their details unless told otherwise; the first visit."""
    catalogue = how.get("catalogue") or make_programme_catalogue()
    programme = next(iter(catalogue.programmes.values()))
    chooser = make_chooser(visitor, how.get("practitioner", "sam"))
    lead = claim_programme(catalogue, programme, chooser, starts, now=now, hold_minutes=10)
    if details:
        passed = now - timedelta(minutes=5)
        return record_details(chooser.visitor, CLIENT, REASON, gate_version="1", gate_passed_at=passed, now=now)
    return lead
