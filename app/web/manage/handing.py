"""Giving the visit to someone else: who they are, that they agree, then the button."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from app.domain.booking import ClientDetails
from app.domain.refusals import NotTransferable, PhoneOnly
from app.services.hand_over import hand_over
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
    own, form, here = read_own(token), HandOverForm(), site()
    if not own.transferable:
        return _page(token, own, form), 409
    if not form.validate_on_submit():
        return _page(token, own, form)
    treatment = here.library().catalogue.treatments.get(own.booking.treatment)
    returning = form.returning.data == "yes"
    if not returning and treatment is not None and treatment.audience == "returning":
        form.returning.errors = ["A first visit takes longer than this one. Move or cancel it, or call us"]
        return _page(token, own, form)
    details = ClientDetails(form.name.data, form.email.data, form.phone.data, returning)
    try:
        hand_over(own.booking.id, own.version, details, now=here.clock())
    except PhoneOnly:
        form.email.errors = ["We cannot change this online. Please call us"]
        return _page(token, own, form)
    except NotTransferable:
        return _page(token, read_own(token), form), 409
    return render_template("manage/given.html", booking=own.booking, details=details)


def _page(token: str, own: OwnBooking, form: HandOverForm) -> str:
    return render_template("manage/give.html", booking=own.booking, own=own, form=form, token=token)
