"""Another time, visit or person than the one that is held: chosen later, or in another tab."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, url_for
from werkzeug.wrappers import Response

from app.domain.booking import Booking
from app.domain.draft import Draft
from app.services.bookings import get_booking
from app.services.deposits import expire_deposit
from app.services.programmes import read_programme
from app.web.booking.visitor import own_hold
from app.web.site import site


def fitting_hold(answers: Draft) -> Booking | None:
    """The visitor's hold, if it is for the visit and person chosen last."""
    hold = own_hold()
    return hold if hold is not None and _fits(hold, answers) else None


def end_payment(answers: Draft, starts_at: datetime) -> Response | None:
    """Whoever wants another time can no longer pay for the old one; was it paid a moment ago, it is their booking.

    Raises DepositUncertain when the payment service does not answer; the old time then stays held.
    """
    here, hold = site(), own_hold()
    if hold is None or (hold.starts_at == starts_at and _fits(hold, answers)):
        return None
    outcome = expire_deposit(hold.id, here.checkout, base_url=here.base_url, now=here.clock())
    if outcome is not None and outcome.state == "processing":
        return redirect(url_for("payment.come_back"), 303)  # the bank decides, and the time stays held
    if outcome is None or outcome.state != "paid":
        return None
    return redirect(url_for("manage.booking", token=here.links.token_for(get_booking(hold.id))), 303)


def times_page(answers: Draft) -> str:
    """The address of the step on which this visitor chooses a time, or the dates of a programme."""
    return url_for("planning.plan" if answers.programme else "choice.time")


def _fits(hold: Booking, answers: Draft) -> bool:
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
