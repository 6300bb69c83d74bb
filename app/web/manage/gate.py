"""The safety lists for someone who has not answered them: they were given a visit, or it was booked for them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from wtforms import SelectChoice

from app.services.manage.hand_over import record_gate
from app.web.booking.forms import GateForm
from app.web.booking.visitor import private
from app.web.limits import guard_links
from app.web.manage.own_booking import OwnBooking, read_own
from app.web.site import site

gate_pages = Blueprint("gate", __name__, url_prefix="/booking")
gate_pages.before_request(guard_links)
gate_pages.after_request(private)

ANSWERS = (("none", "None of these fit me"), ("some", "One or more fit me, or I am not sure"))


@gate_pages.get("/<token>/safety")
def ask(token: str) -> Any:
    """Both lists, for every region: why they come is not known. Changes nothing."""
    own = read_own(token)
    if not own.gate_open:
        return redirect(url_for("manage.booking", token=token), 303)
    return _page(token, own, GateForm(formdata=None))


@gate_pages.post("/<token>/safety")
def answer(token: str) -> Any:
    """Note that the lists were passed; or say what to do, and keep nothing of the answer."""
    own, form, here = read_own(token), GateForm(), site()
    if not own.gate_open:
        return redirect(url_for("manage.booking", token=token), 303)
    form.answer.choices = [SelectChoice(*one) for one in ANSWERS]
    if not form.validate_on_submit():
        return _page(token, own, form)
    if form.answer.data == "some":
        return render_template("manage/not_safe.html", booking=own.booking, own=own, token=token)
    record_gate(own.booking.id, own.version, version=here.library().safety.version, now=here.clock())
    return redirect(url_for("manage.booking", token=token, done="safe"), 303)


def _page(token: str, own: OwnBooking, form: GateForm) -> str:
    form.answer.choices = [SelectChoice(*one) for one in ANSWERS]
    return render_template("manage/safety.html", booking=own.booking, form=form, token=token)
