"""Steps 5 and 6: who comes, then check and pay; and the way back from the payment page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain.booking import Booking, Reason
from app.domain.checkout import CheckoutError
from app.domain.draft import Draft
from app.domain.money import Collected
from app.domain.policy import BookingFacts
from app.domain.policy_page import booking_conditions, cancel_rules
from app.domain.policy_rules import Policy
from app.domain.policy_words import cancel_sentences
from app.domain.refusals import HoldExpired, NoHold
from app.services.booking.bookings import find_booking_of, get_booking, record_details
from app.services.booking.holds import extend_hold, release_hold
from app.services.booking.programmes import held_visits, read_programme
from app.services.manage.letters import read_letter_facts
from app.services.money.credit import plan_payment
from app.services.money.deposits import expire_deposit, find_deposit_state, open_deposit
from app.services.money.settlement import apply
from app.web.booking.choice import after_treatment, take_time
from app.web.booking.details import client_in, complete, details_form, point_out, said, typed_before
from app.web.booking.exchange import fitting_hold, led_to, own_page, times_page
from app.web.booking.forms import CheckForm, DetailsForm, PressForm
from app.web.booking.planning import take_plan
from app.web.booking.visitor import draft, forget, keep, own_hold, private, proof_of, visitor
from app.web.site import site

payment_pages = Blueprint("payment", __name__, url_prefix="/book")
payment_pages.after_request(private)

#: How often the waiting page asks again by itself. Seconds.
ASK_AGAIN_S = 4


def unless_booked(view: Callable[..., Any]) -> Callable[..., Any]:
    """Whoever goes back after booking sees what they booked, not the first questions once more."""

    @wraps(view)
    def guarded(**given: Any) -> Any:
        booked = find_booking_of(visitor(), None, now=site().clock()) if draft() == Draft() else None
        return view(**given) if booked is None or booked.state != "confirmed" else redirect(own_page(booked), 303)

    return guarded


@payment_pages.get("/details")
@unless_booked
@after_treatment
def details(answers: Draft) -> Any:
    """Step 5, with what was typed before."""
    hold = fitting_hold(answers)
    if hold is None:
        return _take_again(answers, "payment.details")
    form = details_form(answers, formdata=None, data=typed_before(answers))
    point_out(form, answers)
    return _details_page(answers, form, hold)


@payment_pages.post("/details")
@unless_booked
@after_treatment
def give_details(answers: Draft) -> Any:
    """Keep who comes with the held time. A time that ran out while they typed is taken again if it is free."""
    form = details_form(answers)
    if request.form.get("do") == "extend":
        return _hold_longer(answers, form)
    read = form.validate_on_submit()
    if read:  # also what the rules refuse: who goes back for another visit types nothing twice
        answers = keep(answers, **said(form))
    valid = read and not point_out(form, answers)
    hold = fitting_hold(answers)
    if not valid:
        return _details_page(answers, form, hold) if hold else _type_on(answers, form)
    if hold is None:
        return _take_again(answers, "payment.check")
    _record(answers)
    return redirect(url_for("payment.check"), 303)


@payment_pages.get("/check")
@unless_booked
@after_treatment
def check(answers: Draft) -> Any:
    """Step 6: everything once more, what is paid when, and the rule for changes beside the button."""
    hold = fitting_hold(answers)
    if hold is None:
        return _take_again(answers, "payment.check")
    if not complete(answers):
        return redirect(url_for("payment.details"), 303)
    if hold.client is None or hold.client.attendee != client_in(answers).attendee:
        hold = _record(answers)  # step 1 may have been answered anew since
    if find_deposit_state(hold.id) == "processing":
        return redirect(url_for("payment.come_back"), 303)  # they were asked not to pay again
    return _check_page(answers, hold, CheckForm(formdata=None))


def _check_page(answers: Draft, hold: Booking, form: CheckForm, *, changed: bool = False) -> str:
    library, policy = site().library(), read_letter_facts(hold.id).policy
    plan = plan_payment(hold.id, proof_of(answers))
    paid = plan.collected
    form.shown.data = _mark(hold, paid)
    facts = BookingFacts(hold.starts_at, paid.card_minor + paid.credit_minor, credit_minor=paid.credit_minor)
    return render_template(
        "booking/check.html",
        form=form,
        plan=plan,
        changed=changed,
        hold=hold,
        visits=held_visits(hold),
        programme=read_programme(hold.programme) if hold.programme else None,
        times_page=times_page(answers),
        answers=answers,
        person=library.catalogue.practitioners.get(hold.practitioner),
        terms=cancel_rules(policy) if hold.programme else _terms(policy, facts),
        conditions=booking_conditions(policy),
        back=url_for("payment.details"),
    )


def _mark(hold: Booking, paid: Collected) -> str:
    """Which time, for whom and for how much, in short: what the page showed must be what the button does."""
    return hashlib.sha256(repr((hold.id, hold.price_minor, hold.client, paid)).encode()).hexdigest()[:16]


def _terms(policy: Policy, facts: BookingFacts) -> tuple[str, ...]:
    return cancel_sentences(policy, facts, site().clock(), site().library().practice.zone)


@payment_pages.post("/check")
@unless_booked
@after_treatment
def pay(answers: Draft) -> Any:
    """Open the payment page for the held time and go there; pressing twice leads to the same page."""
    hold = fitting_hold(answers)
    if hold is None:
        return _take_again(answers, "payment.check")
    if not complete(answers):
        return redirect(url_for("payment.details"), 303)
    here, proof, form = site(), proof_of(answers), CheckForm()
    try:
        hold = _record(answers)  # what is paid for is what was said last, in whichever step
        if form.shown.data and form.shown.data != _mark(hold, plan_payment(hold.id, proof).collected):
            return _check_page(answers, hold, form, changed=True)
        address = open_deposit(hold.id, here.checkout, base_url=here.base_url, now=here.clock(), proof=proof)
    except (HoldExpired, NoHold):
        return _take_again(answers, "payment.check")
    return redirect(address, 303)


@payment_pages.post("/hold")
def change_hold() -> Response:
    """Keep the time longer, or give it back. A payment page that is open is closed first."""
    here, now = site(), site().clock()
    form, hold = PressForm(), own_hold()
    if not form.validate_on_submit():
        abort(400)
    if hold is None:
        return redirect(times_page(draft()), 303)
    if request.form.get("do") == "extend":
        extend_hold(visitor(), now=now)
        return redirect(_came_from(), 303)
    outcome = expire_deposit(hold.id, here.checkout, base_url=here.base_url, now=now)
    if outcome is not None and outcome.state == "paid":
        return redirect(own_page(get_booking(hold.id)), 303)
    if outcome is not None and outcome.state == "processing":
        return redirect(url_for("payment.come_back"), 303)
    release_hold(visitor(), now=now)
    answers = keep(draft(), starts_at=None, plan=None)  # or going back would take the time again
    return redirect(times_page(answers), 303)


@payment_pages.get("/return")
def come_back() -> Any:
    """The way back from the payment page. The address proves nothing: the payment is read again before it counts.

    Only the browser that booked sees the booking; anyone else is told to look at their mail.
    """
    here, session_id = site(), request.args.get("session_id") or None
    booking = find_booking_of(visitor(), session_id, now=here.clock())
    if booking is None:
        return render_template("booking/see_mail.html")
    if booking.state != "confirmed" and session_id is not None:
        try:
            apply(session_id, here.checkout, now=here.clock())
        except CheckoutError:
            return _waiting_page(booking)
        booking = get_booking(booking.id)
    if booking.state == "confirmed":
        if led_to(draft(), booking):  # read again later, it must not cost what is being booked by then
            forget()
        return redirect(own_page(booking), 303)
    if booking.state == "held" and find_deposit_state(booking.id) == "processing":
        return render_template("booking/being_checked.html", booking=booking)
    if booking.state == "held":
        return _waiting_page(booking)
    if booking.state != "released":
        return redirect(own_page(booking), 303)
    return render_template("booking/not_paid.html", booking=booking, times_page=times_page(draft()))


def _hold_longer(answers: Draft, form: DetailsForm) -> Any:
    """Keep the time for someone who is still typing; nothing is checked yet, and nothing typed is lost."""
    if fitting_hold(answers) is None:
        return _type_on(answers, form)
    return _details_page(answers, form, extend_hold(visitor(), now=site().clock()))


def _type_on(answers: Draft, form: DetailsForm) -> Any:
    """The hold ran out while they typed: the same time again with what they typed, or the nearest ones."""
    gone = _take_chosen(answers)
    hold = own_hold()
    return gone if gone or hold is None else _details_page(draft(), form, hold)


def _details_page(answers: Draft, form: DetailsForm, hold: Booking) -> str:
    visits, back = held_visits(hold), times_page(answers)
    return render_template("booking/details.html", form=form, hold=hold, visits=visits, back=back)


def _waiting_page(booking: Booking) -> Response:
    page = Response(render_template("booking/waiting.html", booking=booking), mimetype="text/html")
    page.headers["Refresh"] = str(ASK_AGAIN_S)
    return page


def _record(answers: Draft) -> Booking:
    assert answers.gate_version is not None
    assert answers.gate_passed_at is not None
    return record_details(
        visitor(),
        client_in(answers),
        Reason(answers.condition, answers.aim, answers.note, answers.origin),
        gate_version=answers.gate_version,
        gate_passed_at=answers.gate_passed_at,
        now=site().clock(),
    )


def _take_again(answers: Draft, then: str) -> Any:
    """The hold ran out: the same time again if nobody took it, else the nearest ones. Nothing typed is lost."""
    return _take_chosen(answers) or redirect(url_for(then), 303)


def _take_chosen(answers: Draft) -> Any:
    """Hold what was chosen before; the page to show instead when it cannot be had."""
    if answers.programme is not None:
        return take_plan(answers)
    if answers.starts_at is None:
        return redirect(url_for("choice.time"), 303)
    return take_time(answers, answers.starts_at)


def _came_from() -> str:
    """The step whose button was pressed."""
    steps = {url_for(f"payment.{name}") for name in ("details", "check")}
    asked = request.form.get("then", "")
    return asked if asked in steps else url_for("payment.check")
