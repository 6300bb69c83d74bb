"""The booking that a link leads to, with what its rules say now."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort

from app.domain.booking import Booking
from app.domain.policy import BookingFacts, CancelOutcome, MoveOutcome
from app.domain.policy_rules import Policy
from app.domain.refusals import UnknownPractitioner, UnknownTreatment
from app.services.booking.bookings import read_booking
from app.services.diary.free_times import what_and_who
from app.services.manage.changes import read_offer
from app.services.manage.letters import LetterFacts, read_letter_facts
from app.web.site import site


@dataclass(frozen=True, slots=True)
class OwnBooking:
    """A booking, its link, its money, and what cancelling or moving would bring at this moment.

    `mailed`: whoever is here came by a link that was mailed to the client.
    """

    booking: Booking
    version: int
    mailed: bool
    letter: LetterFacts
    cancel: CancelOutcome
    move: MoveOutcome

    @property
    def policy(self) -> Policy:
        """The rules it was made under."""
        return self.letter.policy

    @property
    def facts(self) -> BookingFacts:
        """What those rules ask."""
        return self.letter.facts

    @property
    def changeable(self) -> bool:
        """Whether there is a visit ahead."""
        return self.booking.state == "confirmed" and self.booking.starts_at > site().clock()

    @property
    def in_the_books(self) -> bool:
        """Whether this visit is still given by this person: if not, it cannot be moved online."""
        booking = self.booking
        try:
            what_and_who(site().library().catalogue_for(booking), booking.treatment, booking.practitioner)
        except (UnknownTreatment, UnknownPractitioner):
            return False
        return True

    @property
    def refund_waits(self) -> bool:
        """Whether what cancelling sends back to a card waits, because a bank holds the payment now."""
        return self.letter.disputed and self.cancel.refund_minor > 0

    @property
    def gate_open(self) -> bool:
        """Whether whoever comes has still to answer the safety lists: they were given the visit, or the practice
        booked it for them.
        """
        return self.changeable and self.booking.gate_passed_at is None

    @property
    def transferable(self) -> bool:
        """Whether it may be given to someone else. A visit at home stays there, a programme with its client."""
        if self.booking.programme is not None or self.booking.by_phone:
            return False
        return self.changeable and not (self.booking.client is not None and self.booking.client.address)


def read_own(token: str) -> OwnBooking:
    """What the link leads to. Answers 404 for a link that is wrong, old, revoked, or to no booking yet."""
    here = site()
    booking_id, version = here.links.read(token)
    booking = read_booking(booking_id, version)
    if booking.state in ("held", "released"):
        abort(404)  # nobody was sent a link to it yet
    offer = read_offer(booking_id, version, now=here.clock())
    mailed = here.links.was_mailed(token)
    return OwnBooking(booking, version, mailed, read_letter_facts(booking_id), offer.cancel, offer.move)
