"""Moving: the same free times as for booking, then old and new side by side, then the button."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from app.domain.local_time import day_of
from app.domain.policy_words import move_words
from app.domain.refusals import (
    NotMovable,
    ProgrammeNotKept,
    SlotNotOffered,
    SlotTaken,
    UnknownPractitioner,
    UnknownTreatment,
)
from app.services.asking.waitlist import pass_freed_on
from app.services.booking.programmes import fitting_days, read_programme
from app.services.diary.free_times import DayOfSlots, find_nearest, find_next_free_days
from app.services.manage.changes import move_booking
from app.web.booking.choice import DAYS_SHOWN, asked_day, read_instant
from app.web.booking.visitor import private
from app.web.limits import guard_links
from app.web.manage.forms import MoveForm
from app.web.manage.own_booking import OwnBooking, read_own
from app.web.site import site

#: What to say above the times again, by why they are shown again.
CHOOSE_AGAIN = {"": "Choose a time", "same": "Choose a time other than the one you have"}

move_pages = Blueprint("moving", __name__, url_prefix="/booking")
move_pages.before_request(guard_links)
move_pages.after_request(private)


@move_pages.get("/<token>/move")
def choose(token: str) -> Any:
    """Free days and times for the same visit with the same person. Changes nothing."""
    own = read_own(token)
    if not own.changeable or not own.move.allowed:
        return _refused(token, own), 409
    days = _free_days(own, asked_day("from"))
    if days is None:
        return _refused(token, own), 409
    wanted = asked_day("day")
    return render_template(
        "manage/move.html",
        booking=own.booking,
        person=site().library().catalogue_for(own.booking).practitioners.get(own.booking.practitioner),
        days=days,
        chosen=next((day for day in days if day.day == wanted), days[0] if days else None),
        later=days[-1].day + timedelta(days=1) if len(days) == DAYS_SHOWN else None,
        wrong=CHOOSE_AGAIN.get(request.args.get("time", "none")),
        token=token,
    )


@move_pages.get("/<token>/move/check")
def check(token: str) -> Any:
    """Old and new time, and what happens to the deposit. Changes nothing; the time that it has already is no move."""
    own, starts_at = read_own(token), read_instant(request.args.get("time"))
    if not own.changeable or not own.move.allowed:
        return _refused(token, own), 409
    if starts_at is None:
        return redirect(url_for("moving.choose", token=token, time=""), 303)
    if starts_at == own.booking.starts_at:  # the time list marks it, and after a move "Back" leads here
        return redirect(url_for("moving.choose", token=token, time="same"), 303)
    return _check_page(token, own, MoveForm(formdata=None, time=request.args["time"]), starts_at)


@move_pages.post("/<token>/move")
def do(token: str) -> Any:
    """Free the old time and take the new one, together or not at all. When the visit or what moving brings changed
    since the page was read, ask once more.
    """
    own, form, here = read_own(token), MoveForm(), site()
    starts_at = read_instant(form.time.data)
    if not own.changeable or not own.move.allowed:
        return _refused(token, own), 409
    if not form.validate_on_submit() or starts_at is None:
        return redirect(url_for("moving.choose", token=token, time=""), 303)
    if starts_at != own.booking.starts_at and form.offered.data != _offer_mark(own):
        return _check_page(token, own, form, starts_at, changed=True), 409
    try:
        move_booking(
            here.library().catalogue_for(own.booking),
            own.booking.id,
            own.version,
            starts_at=starts_at,
            now=here.clock(),
        )
    except (SlotTaken, SlotNotOffered):
        return _gone(token, own, starts_at), 409
    except ProgrammeNotKept as refusal:
        return _not_kept(token, own, refusal.why), 409
    except (NotMovable, UnknownTreatment, UnknownPractitioner):
        return _refused(token, read_own(token)), 409
    pass_freed_on(here.library().catalogue, now=here.clock())
    return redirect(url_for("manage.booking", token=token, done="moved"), 303)


def _offer_mark(own: OwnBooking) -> str:
    """What moving brings, and which time the visit had: what the page showed must be what the button does."""
    return f"{own.move.deposit}-{own.move.due_again_minor}-{own.booking.calendar_sequence}"


def _check_page(token: str, own: OwnBooking, form: MoveForm, starts_at: datetime, *, changed: bool = False) -> str:
    form.offered.data = _offer_mark(own)
    return render_template(
        "manage/move_check.html",
        booking=own.booking,
        new=starts_at,
        new_end=starts_at + timedelta(minutes=own.booking.minutes),
        words=move_words(own.policy, own.move),
        changed=changed,
        form=form,
        token=token,
    )


def _free_days(own: OwnBooking, first: date | None) -> list[DayOfSlots] | None:
    """The next free days; None when this visit or person is no longer in the books."""
    here, booking = site(), own.booking
    catalogue, now = here.library().catalogue_for(booking), here.clock()
    try:
        return find_next_free_days(
            catalogue,
            booking.treatment,
            booking.practitioner,
            from_day=first,
            limit=DAYS_SHOWN,
            now=now,
            own_booking=booking.id,
            fits=fitting_days(booking, catalogue.rules.zone),
        )
    except (UnknownTreatment, UnknownPractitioner):
        return None


def _not_kept(token: str, own: OwnBooking, why: str) -> str:
    assert own.booking.programme is not None
    programme = read_programme(own.booking.programme)
    return render_template("manage/not_kept.html", booking=own.booking, programme=programme, why=why, token=token)


def _gone(token: str, own: OwnBooking, wanted: datetime) -> str:
    here, booking = site(), own.booking
    nearest = find_nearest(
        here.library().catalogue_for(booking),
        booking.treatment,
        booking.practitioner,
        wanted,
        now=here.clock(),
        limit=4,
        own_booking=booking.id,
    )
    zone = here.library().catalogue.rules.zone
    fits = fitting_days(booking, zone)
    mine = [
        slot for slot in nearest if slot.practitioner == booking.practitioner and fits(day_of(zone, slot.starts_at))
    ]
    return render_template("manage/move_gone.html", booking=booking, nearest=mine, token=token)


def _refused(token: str, own: OwnBooking) -> str:
    words = move_words(own.policy, own.move)
    return render_template("manage/not_movable.html", booking=own.booking, own=own, words=words, token=token)
