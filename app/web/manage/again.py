"""Booking again: the link of an earlier booking is the only thing that remembers who its client is."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, url_for
from werkzeug.wrappers import Response

from app.domain.booking import Booking
from app.domain.catalogue import Catalogue
from app.domain.draft import Draft
from app.web.booking.forms import PressForm
from app.web.booking.visitor import draft, keep, private
from app.web.limits import guard_links
from app.web.manage.own_booking import read_own
from app.web.site import site

again_pages = Blueprint("again", __name__, url_prefix="/booking")
again_pages.before_request(guard_links)
again_pages.after_request(private)


@again_pages.post("/<token>/again")
def start(token: str) -> Response:
    """Fill the booking form in with who they are and what they had. Why they came is not brought along, and the
    safety lists are asked anew.
    """
    booking = read_own(token).booking
    if not PressForm().validate_on_submit():
        abort(400)
    answers = _as_last_time(site().library().catalogue, booking, draft().origin)
    keep(answers, link=token)  # it opens their credit
    return redirect(url_for("reason.reason"), 303)


def _as_last_time(catalogue: Catalogue, booking: Booking, origin: str | None) -> Draft:
    sold = catalogue.treatments.get(booking.treatment)
    again = sold is not None and sold.audience != "new"
    gives = {one.slug for one in catalogue.offering(booking.treatment)}
    client = booking.client
    if client is None:
        return Draft(origin=origin)
    address, _, postcode = (client.address or "").rpartition("\n")
    return Draft(
        origin=origin,
        treatment=booking.treatment if again else None,
        practitioner=booking.practitioner if again and booking.practitioner in gives else None,
        name=client.name,
        email=client.email,
        phone=client.phone,
        returning=booking.state == "completed" or client.returning,
        address=address or None,
        postcode=postcode or None,
        for_whom=None if client.attendee is None else "other" if client.attendee.age is None else "child",
        attendee_name=client.attendee.name if client.attendee else None,
    )
