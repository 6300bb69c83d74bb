"""Booking a visit for a client who is on the telephone, at the door or still on the couch: by the practice itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.queries.bookings import add_cells, as_booking, lock_claim, set_state
from app.db.tables import BookingRow
from app.db.unit_of_work import unit_of_work
from app.domain.booking import Booking, ClientDetails
from app.domain.catalogue import Catalogue
from app.domain.hold import HoldTerms
from app.domain.policy_snapshot import to_snapshot
from app.services.booking.bookings import write_client
from app.services.booking.confirming import announce_confirmed
from app.services.booking.holds import new_hold
from app.services.booking.wishes import make_wish, settle

#: Stands before the key of the form in the place of a visitor's digest, and is none.
DESK = "desk:"
#: Stands behind the version of safety lists that somebody of the practice read out.
READ_OUT = "/asked"


@dataclass(frozen=True, slots=True)
class DeskWish:
    """What is to be booked. `practitioner` None: whoever is free. `gate_version`: of the safety lists that the client
    was asked by word of mouth; None when they are to answer them by the link in their confirmation.

    `key` (at most 40 characters) is the same for a form that was sent twice.
    """

    treatment: str
    practitioner: str | None
    starts_at: datetime
    key: str
    gate_version: str | None = None

    @property
    def visitor(self) -> str:
        """What stands with the booking in the place of a browser."""
        return DESK + self.key


def book_at_desk(catalogue: Catalogue, wish: DeskWish, details: ClientDetails, *, now: datetime) -> Booking:
    """Book the visit at once, under the rules of this moment but for the deposit: all of it is paid on the day. Whether
    someone is asked to prepay, or may book by phone only, is for whoever is at the desk to say.

    The client is written to. Sent twice, it is booked once. Raises UnknownTreatment, UnknownPractitioner,
    SlotNotOffered, SlotTaken, and OutOfReach for a home that is not visited.
    """
    wanted = make_wish(catalogue, wish.treatment, wish.practitioner, wish.starts_at, returning=details.returning)
    policy = catalogue.policy_for(wish.treatment)
    terms = HoldTerms(wanted.treatment.price_minor, 0, policy.currency, to_snapshot(policy))
    with unit_of_work(wanted=wish.starts_at) as session:
        lock_claim(session, wish.visitor, wanted.candidates)
        earlier = _booked(session, wish, details)
        if earlier is not None:
            return as_booking(session, earlier)
        row = new_hold(session, wanted, terms, now=now)
        row.visitor = wish.visitor
        row.practitioner, row.room = settle(session, catalogue, wanted, now=now)
        write_client(row, details, now=now)
        if wish.gate_version is not None:
            row.gate_version, row.gate_passed_at = wish.gate_version + READ_OUT, now
        session.add(row)
        session.flush()
        add_cells(session, row)
        set_state(row, "confirmed", now=now)
        announce_confirmed(session, row, now=now)
        return as_booking(session, row)


def _booked(session: Session, wish: DeskWish, details: ClientDetails) -> BookingRow | None:
    """What the same form booked before."""
    mine = (BookingRow.visitor == wish.visitor, BookingRow.starts_at == wish.starts_at)
    wanted = select(BookingRow).where(*mine, BookingRow.client_email == details.email)
    return session.scalars(wanted.order_by(BookingRow.id).limit(1)).first()
