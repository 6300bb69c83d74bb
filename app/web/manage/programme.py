"""All visits of one programme, behind the link of any of them: each leads to its own page, where it can be changed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, url_for

from app.domain.booking import Booking
from app.domain.policy_words import cancel_words
from app.domain.refusals import NotCancellable
from app.services.asking.waitlist import pass_freed_on
from app.services.booking.programmes import BookedProgramme, read_programme
from app.services.manage.calendar_file import calendar_of_visits
from app.services.manage.changes import Choice, cancel_booking
from app.services.manage.letters import read_letter_facts
from app.web.booking.visitor import private
from app.web.limits import guard_links
from app.web.manage.calendar_answer import calendar_answer, practice_facts
from app.web.manage.cancelling import offer_mark
from app.web.manage.forms import CancelForm
from app.web.manage.own_booking import OwnBooking, read_own
from app.web.site import site

own_programme_pages = Blueprint("own_programme", __name__, url_prefix="/booking")
own_programme_pages.before_request(guard_links)
own_programme_pages.after_request(private)


@own_programme_pages.get("/<token>/programme")
def programme(token: str) -> str:
    """Every visit with what became of it and its money. Changes nothing."""
    own, booked = _read(token)
    here = site()
    letters = {visit.id: read_letter_facts(visit.id) for visit in booked.visits}
    return render_template(
        "manage/programme.html",
        own=own,
        programme=booked,
        letters=letters,
        returning=sum(letter.returning_minor for letter in letters.values()),
        links={visit.id: here.links.token_beside(token, visit) for visit in booked.visits},
        people=here.library().catalogue.practitioners,
        several=len(_rest(booked)) > 1,
        now=here.clock(),
        token=token,
    )


@own_programme_pages.get("/<token>/programme/calendar.ics")
def calendar(token: str) -> Response:
    """All visits that stand, in one calendar file."""
    _, booked = _read(token)
    here = site()

    def address(visit: Booking) -> str:
        return here.base_url + url_for("manage.booking", token=here.links.token_beside(token, visit))

    standing = [(visit, address(visit)) for visit in booked.visits if visit.state == "confirmed"]
    return calendar_answer(calendar_of_visits(standing, practice_facts(), now=here.clock()), "appointments.ics")


@own_programme_pages.get("/<token>/programme/cancel")
def ask_rest(token: str) -> Any:
    """What cancelling every visit ahead brings now, one by one. Changes nothing."""
    _, booked = _read(token)
    rest = _rest(booked)
    if not rest:
        return redirect(url_for("own_programme.programme", token=token), 303)
    return _rest_page(token, rest, CancelForm(formdata=None))


@own_programme_pages.post("/<token>/programme/cancel")
def cancel_rest(token: str) -> Any:
    """Cancel every visit ahead, each by its own notice. When an offer changed meanwhile, ask once more."""
    _, booked = _read(token)
    rest, form, here = _rest(booked), CancelForm(), site()
    if not rest:
        return redirect(url_for("own_programme.programme", token=token), 303)
    if not form.validate_on_submit() or form.offered.data != _mark(rest):
        return _rest_page(token, rest, form, changed=not form.errors), 409
    if any(own.cancel.choice for own in rest) and form.back_as.data not in ("money", "credit"):
        form.back_as.errors = ["Choose how you want it back"]
        return _rest_page(token, rest, form)
    choice: Choice = "credit" if form.back_as.data == "credit" else "money"
    for own in rest:
        with suppress(NotCancellable):  # its page says why
            cancel_booking(own.booking.id, own.version, now=here.clock(), choice=choice)
    pass_freed_on(here.library().catalogue, now=here.clock())
    return redirect(url_for("own_programme.programme", token=token), 303)


def _rest(booked: BookedProgramme) -> list[OwnBooking]:
    """The visits ahead that may be cancelled online, with what that brings now."""
    links = site().links
    owned = [read_own(links.token_for(visit)) for visit in booked.visits if visit.state == "confirmed"]
    return [own for own in owned if own.changeable and own.cancel.allowed]


def _mark(rest: Sequence[OwnBooking]) -> str:
    """What the page showed must be what the button does."""
    return " ".join(offer_mark(own) for own in rest)


def _rest_page(token: str, rest: Sequence[OwnBooking], form: CancelForm, *, changed: bool = False) -> str:
    form.offered.data = _mark(rest)
    lines = [(own.booking, cancel_words(own.policy, own.cancel)) for own in rest]
    choice = any(own.cancel.choice for own in rest)
    return render_template(
        "manage/programme_cancel.html",
        lines=lines,
        choice=choice,
        waits=any(own.refund_waits for own in rest),
        form=form,
        changed=changed,
        token=token,
    )


def _read(token: str) -> tuple[OwnBooking, BookedProgramme]:
    own = read_own(token)
    if own.booking.programme is None:
        abort(404)
    return own, read_programme(own.booking.programme)
