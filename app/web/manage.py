"""The booking's own page, behind the signed link that the client was sent. Reading changes nothing."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Response, abort, render_template, url_for

from app.domain.booking import Booking
from app.domain.policy import BookingFacts
from app.domain.policy_words import cancel_sentences
from app.services.bookings import read_booking
from app.services.calendar_file import PracticeFacts, calendar_file
from app.services.letters import read_letter_facts
from app.web.booking.visitor import private
from app.web.site import site

manage_pages = Blueprint("manage", __name__, url_prefix="/booking")
manage_pages.after_request(private)


@manage_pages.get("/<token>")
def booking(token: str) -> str:
    """When, where, with whom, what is paid, and the rule for changes. 404 for a link that is wrong, old or revoked."""
    found = _read(token)
    library = site().library()
    letter = read_letter_facts(found.id)
    facts = BookingFacts(found.starts_at, found.paid_minor, letter.facts.moves_made)
    return render_template(
        "booking/manage.html",
        booking=found,
        letter=letter,
        person=library.catalogue.practitioners.get(found.practitioner),
        terms=cancel_sentences(letter.policy, facts, site().clock(), library.practice.zone),
        calendar_url=url_for("manage.calendar", token=token),
    )


@manage_pages.get("/<token>/calendar.ics")
def calendar(token: str) -> Response:
    """The visit for a calendar; its title does not say why someone comes."""
    found = _read(token)
    here = site()
    practice = here.library().practice
    facts = PracticeFacts(
        practice.name,
        practice.address,
        practice.email,
        practice.host,
        practice.phone,
    )
    method: Literal["CANCEL", "PUBLISH"] = "CANCEL" if found.state == "cancelled" else "PUBLISH"
    address = here.base_url + url_for("manage.booking", token=token)
    body = calendar_file(found, facts, method=method, now=here.clock(), manage_url=address)
    answer = Response(body, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return answer


def _read(token: str) -> Booking:
    found = read_booking(*site().links.read(token))
    if found.state in ("held", "released"):
        abort(404)  # nobody was sent a link to it yet
    return found
