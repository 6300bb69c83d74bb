"""One booking with everything the practice knows of it but the health answers, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.domain.booking import Booking
from app.domain.local_time import day_of
from app.domain.policy import CancelOutcome, WhoCancels, outcomes_at_desk
from app.domain.refusals import BookingNotFound
from app.domain.wording import money
from app.services.booking.bookings import read_reference
from app.services.manage.desk import DeskFacts, read_desk_facts
from app.services.manage.letters import LetterFacts, read_letter_facts
from app.services.money.story import Entry, read_story
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.day import GATE_OPEN, TO_DO
from app.web.staff.gate import current_staff
from app.web.staff.money import PAPERS, REFERENCE
from app.web.staff.people import person_name

#: What a state is called when something cannot be done with it.
STATES = {
    "confirmed": "booked",
    "completed": "marked done",
    "no_show": "marked missed",
    "cancelled": "cancelled",
    "held": "held, not booked",
    "released": "not booked: its time was given up",
}


#: Said beside what goes back to a card, as long as the payment is disputed (`services.money.refunds`).
WAITS_FOR_BANK = (
    "The client’s bank holds this payment: it is disputed. The refund waits, and is sent only if the bank decides for "
    "the practice."
)


@dataclass(frozen=True, slots=True)
class VisitFile:
    """A booking with its rules and money (`letter`), and what the desk knows of it (`facts`)."""

    booking: Booking
    letter: LetterFacts
    facts: DeskFacts

    @property
    def ways_to_cancel(self) -> dict[WhoCancels, CancelOutcome]:
        """What cancelling it at the desk brings now, by who gives it up."""
        return outcomes_at_desk(self.letter.policy, self.letter.facts, site().clock())

    @property
    def booked(self) -> bool:
        """Whether it ever became a booking: a hold may still be given up."""
        return self.booking.state not in ("held", "released")

    def over_at(self, now: datetime) -> bool:
        """Whether it has ended."""
        return self.booking.ends_at <= now


def read_visit(reference: str) -> VisitFile:
    """The booking with that reference, however it was typed. Raises BookingNotFound."""
    wanted = reference.strip().upper()
    if not REFERENCE.fullmatch(wanted):
        raise BookingNotFound
    booking = read_reference(wanted)
    facts = read_desk_facts(booking.reference, now=site().clock())
    return VisitFile(booking, read_letter_facts(booking.id), facts)


@staff_pages.get("/visits/<reference>")
def visit(reference: str) -> Any:
    """Who comes when, where and for how much, what happened so far, and the buttons."""
    try:
        found = read_visit(reference)
    except BookingNotFound:
        return no_such_visit(reference)
    return visit_page(found)


def visit_page(found: VisitFile, **more: Any) -> str:
    """The booking's page; `more` may bring the health `answers`, or why they are `refused`."""
    here, booking = site(), found.booking
    library = here.library()
    token = here.links.token_for(booking)
    return render_template(
        "staff/visit.html",
        visit=found,
        booking=booking,
        letter=found.letter,
        facts=found.facts,
        story=told_to_staff(read_story(booking.reference).entries),
        to_do=to_do_before(found),
        papers=PAPERS,
        day=day_of(library.practice.zone, booking.starts_at),
        person=person_name(booking.practitioner),
        person_name=person_name,
        place=where(found, library.practice.address),
        own_link=here.base_url + url_for("manage.booking", token=token) if found.booked else None,
        sees_health=current_staff().sees_health,
        now=here.clock(),
        **more,
    )


def to_do_before(found: VisitFile) -> tuple[str, ...]:
    """What staff have still to do before it, and whether the safety lists wait for an answer."""
    to_do = tuple(TO_DO.get(task.kind, task.message) for task in found.facts.tasks)
    asked = found.booking.gate_passed_at is not None or found.booking.by_phone
    return to_do if asked else (*to_do, GATE_OPEN)


def no_such_visit(reference: str) -> tuple[str, int]:
    """The page that says so, with what was asked for and the way to look it up."""
    return render_template("staff/no_visit.html", asked=reference.strip()[:40]), 404


def where(found: VisitFile, address: str) -> str:
    """Where it takes place, on one line."""
    client = found.booking.client
    if found.booking.by_phone:
        return "By phone: you call them"
    if found.facts.at_home:
        return ", ".join(client.address.splitlines()) if client and client.address else "At the client’s home"
    room = (found.facts.room or "").replace("-", " ").capitalize()
    return room or ", ".join(address.split("\n"))


def told_to_staff(entries: tuple[Entry, ...]) -> list[Entry]:
    """What happened, without what touches the client's health: that stands with the answers."""
    return [entry for entry in entries if not entry.health]


def goes_back(found: VisitFile, who: WhoCancels = "practice") -> tuple[str, ...]:
    """What cancelling gives back and to whom, and what stays, one sentence for each sum; none when nothing was paid.

    `who` is one of the ways that there are.
    """
    outcome, currency, handed = found.ways_to_cancel[who], found.booking.currency, found.letter.facts.handed
    sentences = []
    if outcome.refund_minor:
        card = "the card of whoever gave the visit away" if handed else "the client’s card"
        sentences.append(f"{money(outcome.refund_minor, currency)} goes back to {card}.")
        if found.letter.disputed:
            sentences.append(WAITS_FOR_BANK)
    as_credit = outcome.credit_minor + outcome.credit_again_minor
    if as_credit:
        whose = "whoever paid with it" if handed else "the client"
        again = "again " if who == "practice" or outcome.credit_again_minor else ""
        sentences.append(f"{money(as_credit, currency)} is credit {again}for {whose}.")
    if outcome.kept_minor + outcome.fee_minor:
        sentences.append(f"{money(outcome.kept_minor + outcome.fee_minor, currency)} stays with the practice.")
    return tuple(sentences)


def to_visit(found: VisitFile) -> Response:
    """Back to the booking's page, where what was flashed is told."""
    return redirect(url_for("staff.visit", reference=found.booking.reference), 303)
