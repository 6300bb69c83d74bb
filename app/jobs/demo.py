"""Fills the diary with example bookings, made exactly as clients make them: hold, details, deposit, confirmation.

Deposits are paid on the sandbox's own payment page. Where Stripe itself is used nothing is charged: those bookings
are made without a deposit.
"""

from __future__ import annotations

import hashlib
import random
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus

from app.domain.booking import ClientDetails, Reason
from app.domain.catalogue import Treatment
from app.domain.diary import Slot
from app.domain.hold import HoldTerms
from app.domain.local_time import day_of
from app.domain.policy import ClientFacts, due_now
from app.domain.policy_rules import DepositRule
from app.domain.policy_snapshot import to_snapshot
from app.domain.refusals import SlotNotOffered, SlotTaken, TooManyHolds
from app.jobs.tools import Tools
from app.services.booking.bookings import record_details
from app.services.booking.holds import claim_hold
from app.services.diary.free_times import find_free_days
from app.services.money.deposits import open_deposit
from app.services.money.settlement import apply
from app.services.upkeep.example_diary import EXAMPLE_DOMAIN, count_example_bookings

BOOKINGS = 24
DAYS = 28
#: Tries for one booking before the diary counts as full.
TRIES = 12
TIMEOUT_S = 20


class NotHere(Exception):
    """Example data is refused: real clients are served, or real money is near."""


@dataclass(frozen=True, slots=True)
class ExampleClient:
    """An invented client. The number makes them, always the same."""

    number: int
    returning: bool

    @property
    def visitor(self) -> str:
        """What stands for their cookie."""
        return hashlib.sha256(f"example client {self.number}".encode()).hexdigest()

    @property
    def details(self) -> ClientDetails:
        """Plainly invented; the telephone numbers are of those kept free for fiction."""
        return ClientDetails(
            name=f"Example client {self.number}",
            email=f"client-{self.number}@{EXAMPLE_DOMAIN}",
            phone=f"07700 900{self.number % 1000:03}",
            returning=self.returning,
        )


def seed_diary(tools: Tools, now: datetime, chance: random.Random) -> int:
    """Book example visits until BOOKINGS of them lie ahead; returns how many were added.

    Raises NotHere in production and with live keys; DepositUncertain, DepositNotPossible or CheckoutError when the
    payment provider does not do its part.
    """
    if tools.environment == "production" or tools.checkout.livemode:
        raise NotHere("example data has no place where real clients are served")
    added = 0
    for _ in range(BOOKINGS - count_example_bookings(now=now)):
        if not _book_one(tools, now, chance):
            break
        added += 1
    return added


def _book_one(tools: Tools, now: datetime, chance: random.Random) -> bool:
    for _ in range(TRIES):
        client = ExampleClient(chance.randrange(1, 1000), returning=chance.random() < 0.6)
        treatment, slot = _wish(tools, client, now, chance)
        if slot is None:
            continue
        try:
            _book(tools, client, treatment, slot, now, chance)
        except (SlotTaken, SlotNotOffered, TooManyHolds):  # somebody was quicker, or this client holds a time already
            continue
        return True
    return False


def _wish(tools: Tools, client: ExampleClient, now: datetime, chance: random.Random) -> tuple[Treatment, Slot | None]:
    catalogue = tools.library().catalogue
    kept = "new" if client.returning else "returning"
    # invented clients have no address to come to, and what nobody gives cannot be booked
    sold = [
        one
        for one in catalogue.treatments.values()
        if one.audience != kept and not one.at_home and catalogue.offering(one.slug)
    ]
    treatment = chance.choice(sold)
    today = day_of(catalogue.rules.zone, now)
    practitioner = chance.choice(catalogue.offering(treatment.slug)).slug
    days = find_free_days(
        catalogue,
        treatment.slug,
        practitioner,
        first_day=today + timedelta(days=1 + chance.randrange(DAYS)),
        days=3,
        now=now,
        returning=client.returning,
    )
    slots = [slot for day in days for slot in day.slots]
    return treatment, chance.choice(slots) if slots else None


def _book(
    tools: Tools, client: ExampleClient, treatment: Treatment, slot: Slot, now: datetime, chance: random.Random
) -> None:
    library = tools.library()
    held = claim_hold(
        library.catalogue,
        _terms(tools, treatment, client),
        visitor=client.visitor,
        treatment=treatment.slug,
        practitioner=slot.practitioner,
        starts_at=slot.starts_at,
        now=now,
        returning=client.returning,
    )
    reason = Reason(area=chance.choice([*library.conditions, None]))
    record_details(
        client.visitor, client.details, reason, gate_version=library.safety.version, gate_passed_at=now, now=now
    )
    url = open_deposit(held.id, tools.checkout, base_url=tools.base_url, now=now)
    if tools.sandbox_url and url.startswith(f"{tools.sandbox_url}/"):
        _press_pay(url)
        apply(urllib.parse.urlsplit(url).path.rsplit("/", 1)[1], tools.checkout, now=now)


def _terms(tools: Tools, treatment: Treatment, client: ExampleClient) -> HoldTerms:
    policy = tools.library().catalogue.policy_for(treatment.slug)
    if not tools.sandbox_url:  # nobody to pay to
        policy = replace(policy, deposit=DepositRule("none"))
    due = due_now(policy, treatment.price_minor, ClientFacts(returning=client.returning))
    return HoldTerms(
        price_minor=treatment.price_minor,
        deposit_minor=due.amount_minor,
        currency=policy.currency,
        policy=to_snapshot(policy),
    )


def _press_pay(url: str) -> None:
    """Press the pay button of the sandbox's page, and go no further than its answer."""
    request = urllib.request.Request(url, data=b"choice=pay", method="POST")  # noqa: S310 - the sandbox's own address
    try:
        _WITHOUT_REDIRECTS.open(request, timeout=TIMEOUT_S).close()
    except urllib.error.HTTPError as answer:
        answer.close()
        if answer.code != HTTPStatus.SEE_OTHER:
            raise


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Stay: the site need not be there yet."""


_WITHOUT_REDIRECTS = urllib.request.build_opener(_NoRedirect)
