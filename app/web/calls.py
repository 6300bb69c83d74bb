"""A short call at a chosen time, for people who are not ready to book: times and questions on one page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, url_for
from wtforms import HiddenField, TextAreaField

from app.domain.call import APART, CALL
from app.domain.catalogue import Catalogue
from app.domain.diary import Slot
from app.domain.refusals import SlotNotOffered, SlotTaken, TooManyHolds
from app.services.asking.calls import book_call
from app.services.diary.free_times import DayOfSlots, find_next_free_days
from app.web.ask_form import TOO_MANY, AskForm, empty_form, enquiry_in, form_key, page_facts, sent_form
from app.web.booking.choice import asked_day, read_instant
from app.web.booking.forms import ContactForm, several_lines
from app.web.booking.visitor import network, private
from app.web.limits import may_ask
from app.web.site import site

call_pages = Blueprint("calls", __name__, url_prefix="/ask/call")
call_pages.after_request(private)

DAYS_SHOWN = 4
GONE = "That time has just gone. Choose another: what you typed is kept"


class CallForm(AskForm):
    """When to call whom, and what about, if they like to say."""

    time = HiddenField()
    question = TextAreaField("What would you like to talk about? (optional)", filters=[several_lines])
    phone = ContactForm.phone

    def validate_question(self, field: Any) -> None:
        if field.data:
            super().validate_question(field)

    def validate_phone(self, field: Any) -> None:
        ContactForm.validate_phone(self, field)


@call_pages.get("")
def choose() -> str:
    """Free times for a call, and the form."""
    return _page(empty_form(CallForm))


@call_pages.post("")
def book() -> Any:
    """Hold the call in the diary; what cannot be is said beside its field, and nothing typed is lost."""
    form, stamp, doubt = sent_form(CallForm)
    starts_at, valid, here = read_instant(form.time.data), form.validate_on_submit(), site()
    if starts_at is None:
        form.time.errors = ["Choose a time"]
    if starts_at is None or not valid:
        return _page(form)
    if doubt is not None:
        return _page(form, doubt)
    if not may_ask(form.email.data):
        return _page(form, TOO_MANY), 429
    enquiry = enquiry_in(form)
    try:
        call = book_call(
            _calls(), enquiry, key=form_key(stamp, enquiry), starts_at=starts_at, now=here.clock(), network=network()
        )
    except (SlotTaken, SlotNotOffered):
        form.time.errors = [GONE]
        return _page(form), 409
    except TooManyHolds:
        return _page(form, TOO_MANY), 429
    return redirect(url_for("manage.booking", token=here.links.token_on_booking(call)), 303)


def _calls() -> Catalogue:
    calls = site().library().calls
    return calls if calls is not None else abort(404)


def _page(form: CallForm, problem: str | None = None) -> str:
    days, later = _free_days()
    return render_template(
        "ask/call.html",
        days=days,
        later=later,
        chosen=read_instant(form.time.data),
        minutes=_calls().treatments[CALL].minutes,
        **page_facts(form, problem),
    )


def _free_days() -> tuple[list[DayOfSlots], str | None]:
    """The next days with free times, a few times each, and from when on there are more."""
    found = find_next_free_days(
        _calls(), CALL, None, from_day=asked_day("day"), limit=DAYS_SHOWN + 1, now=site().clock()
    )
    days = [DayOfSlots(day.day, _thinned(day.slots)) for day in found]
    shown, more = days[:DAYS_SHOWN], days[DAYS_SHOWN:]
    return shown, more[0].day.isoformat() if more else None


def _thinned(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """Starts that are some time apart: a choice over the day, not every quarter of an hour."""
    kept: list[Slot] = []
    for slot in slots:
        if not kept or slot.starts_at - kept[-1].starts_at >= timedelta(minutes=APART):
            kept.append(slot)
    return tuple(kept)
