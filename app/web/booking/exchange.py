"""Another time, visit or person than the one that is held: chosen later, or in another tab."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, url_for
from werkzeug.wrappers import Response

from app.domain.availability import minutes_of
from app.domain.booking import Booking
from app.domain.draft import Draft, is_returning
from app.services.booking.bookings import find_booked, get_booking
from app.services.booking.programmes import read_programme
from app.services.money.deposits import expire_deposit
from app.web.booking.visitor import forget, own_hold, visitor
from app.web.site import site


def fitting_hold(answers: Draft) -> Booking | None:
    """The visitor's hold, if it is for the visit and person chosen last."""
    hold = own_hold()
    return hold if hold is not None and _fits(hold, answers) else None


def end_payment(answers: Draft, starts_at: datetime) -> Response | None:
    """Whoever wants another time can no longer pay for the old one; was it paid a moment ago, it is their booking.

    So is a time that they wanted, paid, and ask for again, by a page that was open in another tab all the while.
    Raises DepositUncertain when the payment service does not answer; the old time then stays held.
    """
    here, hold = site(), own_hold()
    if hold is not None and hold.starts_at == starts_at and _fits(hold, answers):
        return None
    booked = find_booked(visitor(), starts_at)
    if booked is not None and _by_these_answers(booked, answers):
        forget()
        return redirect(own_page(booked), 303)
    if hold is None:
        return None
    outcome = expire_deposit(hold.id, here.checkout, base_url=here.base_url, now=here.clock())
    if outcome is not None and outcome.state == "processing":
        return redirect(url_for("payment.come_back"), 303)  # the bank decides, and the time stays held
    if outcome is None or outcome.state != "paid":
        return None
    return redirect(own_page(get_booking(hold.id)), 303)


def own_page(booking: Booking) -> str:
    """The address of the client's page of a booking just made; of a programme it is the one with all visits."""
    page = "manage.booking" if booking.programme is None else "own_programme.programme"
    return url_for(page, token=site().links.token_on_booking(booking))


def led_to(answers: Draft, booking: Booking) -> bool:
    """Whether the answers are those that the booking was made with, and not of another one begun since."""
    return booking.starts_at == answers.starts_at or booking.starts_at in (answers.plan or ())


def times_page(answers: Draft) -> str:
    """The address of the step on which this visitor chooses a time, or the dates of a programme."""
    return url_for("planning.plan" if answers.programme else "choice.time")


def _by_these_answers(booked: Booking, answers: Draft) -> bool:
    """Whether the booking came of this form. Who fills it in anew may want the same time again, for someone else."""
    begun, done = answers.gate_passed_at, booked.confirmed_at
    return begun is not None and done is not None and begun <= done


def _fits(hold: Booking, answers: Draft) -> bool:
    if not _long_enough(hold, answers):
        return False
    if answers.programme is not None or hold.programme is not None:
        return _is_planned(hold, answers)
    return hold.treatment == answers.treatment and answers.practitioner in (None, hold.practitioner)


def _is_planned(hold: Booking, answers: Draft) -> bool:
    """Whether the hold is of exactly the dates that the visitor planned last."""
    if answers.programme is None or hold.programme is None or hold.treatment != answers.treatment:
        return False
    visits = read_programme(hold.programme).visits
    people = {None, *(visit.practitioner for visit in visits)}
    return tuple(visit.starts_at for visit in visits) == answers.plan and answers.practitioner in people


def _long_enough(hold: Booking, answers: Draft) -> bool:
    """A new client's visit may be longer, and only step 5 asks: then the time is taken again with its true length."""
    catalogue = site().library().catalogue
    sold = catalogue.treatments.get(hold.treatment)
    return (
        not sold or not sold.first_visit_minutes or hold.minutes == minutes_of(sold, is_returning(catalogue, answers))
    )
