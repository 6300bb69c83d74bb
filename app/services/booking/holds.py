"""Holding a time for a visitor while they fill in details and pay."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, func, select, text
from sqlalchemy.orm import Session

from app.db.queries.bookings import (
    add_cells,
    as_booking,
    forget_networks,
    get_own_hold,
    holds_of,
    lock_claim,
    lock_due_holds,
    payable_ids,
    release_unpayable,
)
from app.db.tables import BookingRow
from app.db.tables.booking import HELD
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import Booking
from app.domain.catalogue import Catalogue
from app.domain.hold import HOLD_MINUTES, HoldCounts, HoldTerms, extended_until, within_limits
from app.domain.refusals import TooManyHolds
from app.domain.retention import NETWORK_HOURS
from app.services.booking.wishes import Wish, make_wish, settle

#: No vowels and no look-alikes (0/O, 1/I/L, 2/Z, 5/S, 6/G, 8/B): read out on the telephone without a mistake.
REFERENCE_LETTERS = "3479CDFGHJKMNPQRTVWXY"
REFERENCE_LENGTH = 8
#: Written once: every step of booking asks this.
_OWN = (BookingRow.visitor == bindparam("visitor"), text(HELD), BookingRow.lead_id.is_(None))
HAS_HOLDS = exists().where(*_OWN)
OWN_HOLDS = select(BookingRow).where(*_OWN).order_by(BookingRow.id.desc())


def claim_hold(
    catalogue: Catalogue,
    terms: HoldTerms,
    *,
    visitor: str,
    treatment: str,
    practitioner: str | None,
    starts_at: datetime,
    now: datetime,
    returning: bool | None = None,
    network: str | None = None,
) -> Booking:
    """Hold `starts_at` for the visitor, with `practitioner` or (None) whoever is free and least booked that week.

    Asking again for the same time returns the same hold; another time gives the old one back in the same
    transaction, unless it is being paid for. `visitor` and `network` are digests (see domain.hold).
    Raises UnknownTreatment, UnknownPractitioner, SlotNotOffered, SlotTaken, TooManyHolds; the visitor then keeps
    what they held before.
    """
    wish = make_wish(catalogue, treatment, practitioner, starts_at, returning=returning)
    with unit_of_work(wanted=starts_at) as session:
        lock_claim(session, visitor, wish.candidates)
        own = holds_of(session, visitor)
        same = _same_hold(session, own, wish, now=now)
        if same is not None:
            return as_booking(session, same)
        release_unpayable(session, own, now=now)
        if not within_limits(count_holds(session, visitor, network, now=now), terms):
            raise TooManyHolds
        row = new_hold(session, wish, terms, now=now)
        row.practitioner, row.room = settle(session, catalogue, wish, now=now)
        row.visitor = visitor
        row.network = network
        session.add(row)
        session.flush()
        add_cells(session, row)
        return as_booking(session, row)


def find_hold(visitor: str, *, now: datetime) -> Booking | None:
    """The visitor's newest hold that still runs or is being paid for; None when there is none.

    Of a programme it is the first visit: its deposit pays for the others.
    """
    with reading() as session:
        for row in session.scalars(OWN_HOLDS, {"visitor": visitor}):
            if is_alive(session, row, now=now):
                return as_booking(session, row)
        return None


def extend_hold(visitor: str, *, now: datetime, minutes: int = HOLD_MINUTES, anew: bool = False) -> Booking:
    """Keep the visitor's time for `minutes` from now, two hours from the first choice at most.

    `anew`: they choose it only now, and it was kept for them so far (services.asking.waitlist).
    Raises NoHold, or HoldExpired when the time was given up.
    """
    with unit_of_work() as session:
        rows = get_own_hold(session, visitor, now=now)
        for row in rows:
            assert row.hold_until is not None
            row.created_at = now if anew else row.created_at
            row.hold_until = extended_until(row.created_at, row.hold_until, now, minutes)
            row.updated_at = now
        return as_booking(session, rows[0])


def release_hold(visitor: str, *, now: datetime) -> bool:
    """Give the visitor's held times back; whether there was one.

    A time that is being paid for stays held: end its payment session first (services.money.deposits).
    """
    with unit_of_work() as session:
        return bool(release_unpayable(session, holds_of(session, visitor), now=now))


def release_expired_holds(*, now: datetime, limit: int = 200) -> int:
    """Give back up to `limit` times whose hold ran out and that nobody can pay for any more; returns how many."""
    with unit_of_work() as session:
        return len(release_unpayable(session, lock_due_holds(session, now=now, limit=limit), now=now))


def forget_old_networks(*, now: datetime) -> int:
    """Clear the network digests that no limit needs any more; returns how many."""
    with unit_of_work() as session:
        return forget_networks(session, before=now - timedelta(hours=NETWORK_HOURS))


def is_alive(session: Session, row: BookingRow, *, now: datetime) -> bool:
    """Whether a held booking still runs, or is being paid for."""
    return (row.hold_until is not None and row.hold_until > now) or bool(payable_ids(session, [row.id]))


def _same_hold(session: Session, own: list[BookingRow], wish: Wish, *, now: datetime) -> BookingRow | None:
    slugs = {one.slug for one in wish.candidates}
    for row in own:
        same = (row.treatment, row.starts_at, row.ends_at) == (
            wish.treatment.slug,
            wish.starts_at,
            wish.visit.at.ends_at,
        )
        if same and row.programme_id is None and row.practitioner in slugs and is_alive(session, row, now=now):
            return row
    return None


def count_holds(session: Session, visitor: str, network: str | None, *, now: datetime) -> HoldCounts:
    """What the limits are judged by. Every time that is kept counts; of those made, a programme counts once."""

    def count(*conditions: object) -> int:
        return session.scalar(select(func.count()).select_from(BookingRow).where(*conditions)) or 0  # type: ignore[arg-type]

    alive = (BookingRow.state == "held", BookingRow.hold_until > now)
    lately = (BookingRow.created_at > now - timedelta(hours=1), BookingRow.lead_id.is_(None))
    mine = (BookingRow.visitor == visitor,)
    counts = HoldCounts(live_visitor=count(*mine, *alive), hourly_visitor=count(*mine, *lately))
    if network is None:
        return counts
    ours = (BookingRow.network == network, BookingRow.created_at > now - timedelta(hours=NETWORK_HOURS))
    return HoldCounts(counts.live_visitor, count(*ours, *alive), counts.hourly_visitor, count(*ours, *lately))


def new_hold(session: Session, wish: Wish, terms: HoldTerms, *, now: datetime) -> BookingRow:
    """A row for the wish, without visitor, practitioner and room."""
    visit = wish.visit
    return BookingRow(
        reference=_new_reference(session),
        state="held",
        treatment=wish.treatment.slug,
        treatment_name=wish.treatment.name,
        minutes=visit.minutes,
        starts_at=visit.at.starts_at,
        ends_at=visit.at.ends_at,
        busy_from=visit.busy.starts_at,
        busy_until=visit.busy.ends_at,
        hold_until=now + timedelta(minutes=terms.hold_minutes),
        price_minor=terms.price_minor,
        deposit_minor=terms.deposit_minor,
        currency=terms.currency,
        policy=dict(terms.policy),
        client_returning=bool(wish.returning),
        at_home=wish.treatment.at_home,
        created_at=now,
        updated_at=now,
    )


def _new_reference(session: Session) -> str:
    while True:
        reference = "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(REFERENCE_LENGTH))
        if session.scalar(select(BookingRow.id).where(BookingRow.reference == reference)) is None:
            return reference
