"""Cancelling: first what it brings, to the penny, then the button."""

from __future__ import annotations

from typing import Any, Literal

from flask import Blueprint, redirect, render_template, url_for
from wtforms import SelectChoice

from app.domain.policy_words import cancel_words, card_of
from app.domain.refusals import NotCancellable
from app.services.asking.waitlist import pass_freed_on
from app.services.manage.changes import cancel_booking
from app.web.booking.visitor import private
from app.web.limits import guard_links
from app.web.manage.forms import CancelForm
from app.web.manage.own_booking import OwnBooking, read_own
from app.web.site import site

cancel_pages = Blueprint("cancelling", __name__, url_prefix="/booking")
cancel_pages.before_request(guard_links)
cancel_pages.after_request(private)


@cancel_pages.get("/<token>/cancel")
def ask(token: str) -> Any:
    """What cancelling brings now. Changes nothing."""
    own = read_own(token)
    if own.booking.state == "cancelled":
        return redirect(url_for("manage.booking", token=token), 303)
    return _page(token, own, CancelForm(formdata=None, offered=offer_mark(own)))


@cancel_pages.post("/<token>/cancel")
def do(token: str) -> Any:
    """Cancel, and send money or credit on its way. When the offer changed since the page was read, ask once more."""
    own, form = read_own(token), CancelForm()
    if own.booking.state == "cancelled":
        return redirect(url_for("manage.booking", token=token), 303)
    if not own.changeable or not own.cancel.allowed:
        return _page(token, own, form), 409
    if not form.validate_on_submit() or form.offered.data != offer_mark(own):
        return _page(token, own, form, changed=not form.errors)
    if own.cancel.choice and form.back_as.data not in ("money", "credit"):
        form.back_as.errors = ["Choose how you want it back"]
        return _page(token, own, form)
    choice: Literal["money", "credit"] = "credit" if form.back_as.data == "credit" else "money"
    try:
        cancel_booking(own.booking.id, own.version, now=site().clock(), choice=choice)
    except NotCancellable:
        return _page(token, read_own(token), form), 409
    pass_freed_on(site().library().catalogue, now=site().clock())
    return redirect(url_for("manage.booking", token=token, done="cancelled"), 303)


def offer_mark(own: OwnBooking) -> str:
    """The offer in short, whether its refund waits, and which time the visit had: what the page showed must be what
    the button does.
    """
    outcome = own.cancel
    amounts = (outcome.refund_minor, outcome.credit_minor, outcome.credit_again_minor, outcome.kept_minor)
    return "-".join([outcome.returned, *map(str, (*amounts, int(own.refund_waits), own.booking.calendar_sequence))])


def _page(token: str, own: OwnBooking, form: CancelForm, *, changed: bool = False) -> str:
    form.offered.data = offer_mark(own)
    form.back_as.choices = [SelectChoice("money", f"To {card_of(own.facts.handed)}"), *form.back_as.choices[1:]]
    return render_template(
        "manage/cancel.html",
        booking=own.booking,
        own=own,
        form=form,
        changed=changed,
        words=cancel_words(own.policy, own.cancel),
        token=token,
    )
