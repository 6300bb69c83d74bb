"""The waitlist's pages: asking for a time that comes free, and the link on which an offer is taken or passed on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, session, url_for
from wtforms import DateField, SelectChoice, SelectMultipleField
from wtforms.validators import ValidationError

from app.domain.catalogue import Catalogue
from app.domain.draft import Draft, is_returning
from app.domain.local_time import day_of
from app.domain.refusals import HoldExpired, NoHold
from app.domain.waitlist import MOST_OFFERS, OFFER_MINUTES, PARTS, WaitWish
from app.domain.wording import DAYS
from app.services.asking.waitlist import (
    WaitlistEntry,
    decline_offer,
    find_entry,
    join_waitlist,
    leave_waitlist,
    pass_freed_on,
    take_offer,
)
from app.services.booking.holds import find_hold
from app.web.booking.choice import after_treatment
from app.web.booking.forms import ContactForm, PressForm
from app.web.booking.visitor import KEY, private, visitor
from app.web.limits import guard_links, guard_writing
from app.web.site import site

waitlist_pages = Blueprint("waitlist", __name__)
waitlist_pages.after_request(private)

HOURS = {"morning": "Morning, before 12:00", "afternoon": "Afternoon, 12:00 to 17:00", "evening": "Evening, from 17:00"}
#: The last day that is proposed. Days from today.
PROPOSED_DAYS = 28


class WaitForm(ContactForm):
    """Which times suit, and where to write to."""

    phone = None
    weekdays = SelectMultipleField("Which days suit you?", choices=[], validate_choice=False)
    parts = SelectMultipleField(
        "Which times of day?", choices=[SelectChoice(part, HOURS[part]) for part in PARTS], validate_choice=False
    )
    until = DateField("Until which date?")

    def validate_weekdays(self, field: Any) -> None:
        if not field.data or not set(field.data) <= {str(number) for number in range(7)}:
            raise ValidationError("Choose at least one day")

    def validate_parts(self, field: Any) -> None:
        if not field.data or not set(field.data) <= set(PARTS):
            raise ValidationError("Choose at least one time of day")

    def validate_until(self, field: Any) -> None:
        first, last = _dates()
        if field.data is None or not first <= field.data <= last:
            field.errors = []  # the field's own words about formats help nobody
            raise ValidationError(f"Enter a date from {first:%d/%m/%Y} to {last:%d/%m/%Y}")


@waitlist_pages.get("/book/waitlist")
@after_treatment
def ask(answers: Draft) -> str:
    """Which times would suit, for someone whom none of the free ones do."""
    first, last = _dates()
    until = min(first + timedelta(days=PROPOSED_DAYS), last)
    form = WaitForm(formdata=None, name=answers.name, email=answers.email, until=until)
    return _ask_page(answers, form)


@waitlist_pages.post("/book/waitlist")
@after_treatment
def join(answers: Draft) -> Any:
    """Keep the wish and mail the link."""
    form, here = WaitForm(), site()
    if not form.validate_on_submit():
        return _ask_page(answers, form)
    guard_writing(form.email.data)
    assert answers.treatment is not None
    known = is_returning(here.library().catalogue, answers)
    contact = {"name": form.name.data, "email": form.email.data, "returning": known}
    # what waits is one visit: the dates of a programme, or a time that was chosen before, would be booked instead
    said = replace(answers, **contact, day=None, starts_at=None, programme=None, plan=None)
    weekdays = frozenset(map(int, form.weekdays.data))
    wish = WaitWish(answers.treatment, answers.practitioner, weekdays, frozenset(form.parts.data), form.until.data)
    key = join_waitlist(here.links, visitor(), wish, said, now=here.clock())
    return redirect(url_for("waitlist.entry", token=here.links.waitlist_token(key)), 303)


@waitlist_pages.get("/waitlist/<token>")
def entry(token: str) -> Any:
    """The offer, or the place in the line. Changes nothing, so that whatever opens links in mails does no harm."""
    return _page(token, _read(token))


@waitlist_pages.post("/waitlist/<token>/take")
def take(token: str) -> Any:
    """Go on to book the offered time, in this browser."""
    found, here = _pressed(token), site()
    if found is None:
        return _page(token, None)
    try:
        take_offer(found, here.library().catalogue.rules.zone, now=here.clock())
    except (NoHold, HoldExpired):
        return _page(token, found, late=True)
    session[KEY] = token
    return redirect(url_for("payment.details"), 303)


@waitlist_pages.post("/waitlist/<token>/decline")
def decline(token: str) -> Any:
    """The offered time goes to the next in line."""
    found = _pressed(token)
    if found is not None:
        decline_offer(found, now=site().clock())
        pass_freed_on(site().library().catalogue, now=site().clock(), but=found.key)
    return redirect(url_for("waitlist.entry", token=token), 303)


@waitlist_pages.post("/waitlist/<token>/leave")
def leave(token: str) -> Any:
    """Off the list, and nothing of it is kept."""
    found = _pressed(token)
    if found is not None:
        leave_waitlist(found, now=site().clock())
        pass_freed_on(site().library().catalogue, now=site().clock())
    return render_template("waitlist/left.html")


def _read(token: str) -> WaitlistEntry | None:
    """The entry behind the link; answers 404 for links this site did not make."""
    guard_links()
    return find_entry(site().links.read_waitlist(token))


def _pressed(token: str) -> WaitlistEntry | None:
    found = _read(token)
    if not PressForm().validate_on_submit():
        abort(400)
    return found


def _page(token: str, found: WaitlistEntry | None, *, late: bool = False) -> Any:
    here = site()
    hold = find_hold(found.visitor, now=here.clock()) if found else None
    facts: dict[str, Any] = {"most": MOST_OFFERS, "offer_minutes": OFFER_MINUTES}
    if found is None or (hold is None and found.taken):
        return render_template("waitlist/over.html", **facts), 410
    if hold is not None:
        facts |= {"hold": hold, "person": here.library().catalogue.practitioners.get(hold.practitioner)}
        return render_template("waitlist/offer.html", token=token, entry=found, **facts)
    names = [DAYS[number] for number in sorted(found.wish.weekdays)]
    ended = late or found.offered or bool(found.wish.passed)
    words = {"weekdays": names, "parts": [HOURS[part] for part in PARTS if part in found.wish.parts]}
    page = render_template("waitlist/waiting.html", token=token, entry=found, ended=ended, **words, **facts)
    return page, 409 if late else 200


def _ask_page(answers: Draft, form: WaitForm) -> str:
    catalogue = site().library().catalogue
    form.weekdays.choices = _worked_days(catalogue, answers)
    return render_template(
        "waitlist/ask.html",
        form=form,
        in_order=(form.weekdays, form.parts, form.until, form.name, form.email),
        treatment=catalogue.treatments[answers.treatment or ""],
        person=catalogue.practitioners.get(answers.practitioner or ""),
        offer_minutes=OFFER_MINUTES,
        most=MOST_OFFERS,
        back=url_for("choice.time"),
    )


def _worked_days(catalogue: Catalogue, answers: Draft) -> list[SelectChoice]:
    """The days of the week on which whoever was asked for works: to wait for any other would be in vain."""
    people = [one for one in catalogue.offering(answers.treatment or "") if answers.practitioner in (None, one.slug)]
    worked = {span.weekday for one in people for span in one.hours}
    return [SelectChoice(str(number), name) for number, name in enumerate(DAYS) if number in worked]


def _dates() -> tuple[date, date]:
    """The first and the last date until which someone may wait."""
    here = site()
    rules = here.library().catalogue.rules
    today = day_of(rules.zone, here.clock())
    return today, today + timedelta(days=rules.horizon_days)
