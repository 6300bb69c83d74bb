"""Giving the visit to someone else: who they are, that they agree, then the button."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from app.domain.booking import Booking, ClientDetails
from app.domain.refusals import BookingNotFound, NotTransferable, PhoneOnly
from app.services.manage.hand_over import find_handed, hand_over
from app.web.booking.visitor import private
from app.web.limits import guard_links
from app.web.manage.forms import HandOverForm
from app.web.manage.own_booking import OwnBooking, read_own
from app.web.site import site

hand_pages = Blueprint("handing", __name__, url_prefix="/booking")
hand_pages.before_request(guard_links)
hand_pages.after_request(private)


@hand_pages.get("/<token>/give")
def ask(token: str) -> Any:
    """Who comes instead. Changes nothing."""
    own = read_own(token)
    return _page(token, own, HandOverForm(formdata=None)), 200 if own.transferable else 409


@hand_pages.post("/<token>/give")
def do(token: str) -> Any:
    """Change who comes; the link that was used here leads nowhere afterwards."""
    form, here = HandOverForm(), site()
    if (done := _done_before(token, form)) is not None:
        return _given_page(done, form)
    own = read_own(token)
    if not own.transferable:
        return _page(token, own, form), 409
    if not form.validate_on_submit():
        return _page(token, own, form)
    treatment = here.library().catalogue.treatments.get(own.booking.treatment)
    returning = form.returning.data == "yes"
    if not returning and treatment is not None and treatment.audience == "returning":
        form.returning.errors = ["A first visit takes longer than this one. Move or cancel it, or phone us"]
        return _page(token, own, form)
    try:
        hand_over(own.booking.id, own.version, _details(form), now=here.clock())
    except PhoneOnly:
        form.email.errors = ["We cannot change this online. Please phone us"]
        return _page(token, own, form)
    except NotTransferable:
        return _page(token, read_own(token), form), 409
    except BookingNotFound:  # the other press of a double click was faster
        if _done_before(token, form) is None:
            raise
    return _given_page(own.booking, form)


def _done_before(token: str, form: HandOverForm) -> Booking | None:
    """The visit, when the same press has given it away already: the link is useless by now, and nothing is wrong."""
    booking_id, version = site().links.read(token)
    return find_handed(booking_id, version, _details(form)) if form.validate_on_submit() else None


def _details(form: HandOverForm) -> ClientDetails:
    return ClientDetails(form.name.data, form.email.data, form.phone.data, form.returning.data == "yes")


def _given_page(booking: Booking, form: HandOverForm) -> str:
    return render_template("manage/given.html", booking=booking, details=_details(form))


def _page(token: str, own: OwnBooking, form: HandOverForm) -> str:
    return render_template("manage/give.html", booking=own.booking, own=own, form=form, token=token)
