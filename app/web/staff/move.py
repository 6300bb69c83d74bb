"""Moving a visit for a client who is on the telephone: free times, old and new side by side, then the button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField

from app.domain.booking import Booking
from app.domain.catalogue import Catalogue, Practitioner, at_the_desk
from app.domain.local_time import day_of
from app.domain.refusals import (
    NotMovable,
    ProgrammeNotKept,
    SlotNotOffered,
    SlotTaken,
    UnknownPractitioner,
    UnknownTreatment,
)
from app.services.asking.waitlist import pass_freed_on
from app.services.booking.programmes import fitting_days
from app.services.diary.free_times import DayOfSlots, find_next_free_days
from app.services.manage.changes import move_by_practice
from app.web.booking.choice import DAYS_SHOWN, read_instant
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.calendar_days import read_day
from app.web.staff.visit import STATES, VisitFile, read_visit, to_visit


class MoveForm(FlaskForm):
    """The new time, an instant in UTC as the page offered it, and with whom; `offered` is what the page was about."""

    time = HiddenField()
    who = HiddenField()
    offered = HiddenField()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A visit to be moved, the catalogue its times are looked up in, who could give it and who is asked for."""

    found: VisitFile
    catalogue: Catalogue
    people: tuple[Practitioner, ...]
    person: Practitioner

    @property
    def booking(self) -> Booking:
        """The booking itself."""
        return self.found.booking


@staff_pages.get("/visits/<reference>/move")
def choose_move(reference: str) -> Any:
    """Free days and times for the same visit. Changes nothing."""
    wanted = _wanted(reference, request.args.get("who"))
    if isinstance(wanted, Response):
        return wanted
    days = _free_days(wanted, read_day(request.args.get("from")))
    asked = read_day(request.args.get("day"))
    return render_template(
        "staff/move.html",
        booking=wanted.booking,
        people=wanted.people,
        person=wanted.person,
        days=days,
        chosen=next((day for day in days if day.day == asked), days[0] if days else None),
        later=days[-1].day + timedelta(days=1) if len(days) == DAYS_SHOWN else None,
        missing=request.args.get("time") == "",
    )


@staff_pages.get("/visits/<reference>/move/check")
def check_move(reference: str) -> Any:
    """Old and new time. Changes nothing."""
    wanted, starts_at = _wanted(reference, request.args.get("who")), read_instant(request.args.get("time"))
    if isinstance(wanted, Response):
        return wanted
    if starts_at is None:
        return _choose_again(wanted, time="")
    if _there(wanted, starts_at):
        flash("It has that time already. Choose another.")
        return _choose_again(wanted, near=starts_at)
    return _check_page(wanted, MoveForm(formdata=None, time=request.args["time"]), starts_at)


@staff_pages.post("/visits/<reference>/move")
def move(reference: str) -> Any:
    """Free the old time and take the new one, together or not at all. When the visit has changed since the page was
    read, ask once more.
    """
    form, here = MoveForm(), site()
    wanted, starts_at = _wanted(reference, form.who.data), read_instant(form.time.data)
    if isinstance(wanted, Response):
        return wanted
    if starts_at is None:
        return _choose_again(wanted, time="")
    if wanted.person.slug != form.who.data:
        flash("Not moved: whom you chose does not give this visit any more. Choose again.")
        return _choose_again(wanted)
    booking, now = wanted.booking, here.clock()
    there = _there(wanted, starts_at)  # pressed twice, or two people moved it alike
    if not there and form.offered.data != _offer(booking):
        return _check_page(wanted, form, starts_at, changed=True), 409
    try:
        move_by_practice(wanted.catalogue, booking.id, starts_at=starts_at, practitioner=wanted.person.slug, now=now)
    except (SlotTaken, SlotNotOffered):
        flash("Not moved: that time has just gone. Choose another.")
        return _choose_again(wanted, near=starts_at)
    except ProgrammeNotKept:
        flash("Not moved: the visits of a programme keep their days of rest, and its last day.")
        return _choose_again(wanted, near=starts_at)
    except (NotMovable, UnknownTreatment, UnknownPractitioner):
        return _not_movable(read_visit(reference))
    pass_freed_on(here.library().catalogue, now=now)
    flash("It is moved, and the client is being written to.")
    return to_visit(wanted.found)


def _wanted(reference: str, who: str | None) -> Wanted | Response:
    """The visit and with whom it could be; the way back to it when it cannot be moved. Raises BookingNotFound."""
    found, here = read_visit(reference), site()
    catalogue = at_the_desk(here.library().catalogue_for(found.booking))
    people = catalogue.offering(found.booking.treatment)
    ahead = found.booking.state == "confirmed" and found.booking.starts_at > here.clock()
    if not ahead or not people or found.booking.treatment not in catalogue.treatments:
        return _not_movable(found)
    asked = who or found.booking.practitioner
    return Wanted(found, catalogue, people, next((one for one in people if one.slug == asked), people[0]))


def _free_days(wanted: Wanted, first: date | None) -> list[DayOfSlots]:
    return find_next_free_days(
        wanted.catalogue,
        wanted.booking.treatment,
        wanted.person.slug,
        from_day=first,
        limit=DAYS_SHOWN,
        now=site().clock(),
        own_booking=wanted.booking.id,
        fits=fitting_days(wanted.booking, wanted.catalogue.rules.zone),
    )


def _there(wanted: Wanted, starts_at: datetime) -> bool:
    """Whether it has that time with that person already."""
    return (wanted.booking.starts_at, wanted.booking.practitioner) == (starts_at, wanted.person.slug)


def _offer(booking: Booking) -> str:
    """Which time the visit had, and whose it was: what the page was about must be what is moved."""
    return f"{booking.calendar_sequence}-{booking.link_version}"


def _check_page(wanted: Wanted, form: MoveForm, starts_at: datetime, *, changed: bool = False) -> str:
    form.offered.data, form.who.data = _offer(wanted.booking), wanted.person.slug
    return render_template(
        "staff/move_check.html",
        booking=wanted.booking,
        person=wanted.person,
        new=starts_at,
        new_end=starts_at + timedelta(minutes=wanted.booking.minutes),
        changed=changed,
        form=form,
    )


def _choose_again(wanted: Wanted, *, time: str | None = None, near: datetime | None = None) -> Response:
    """Back to the free times, those of the day that was looked at first."""
    day = None if near is None else day_of(wanted.catalogue.rules.zone, near).isoformat()
    asked: dict[str, Any] = {"who": wanted.person.slug, "time": time, "day": day, "from": day}
    return redirect(url_for("staff.choose_move", reference=wanted.booking.reference, **asked), 303)


def _not_movable(found: VisitFile) -> Response:
    booking = found.booking
    if booking.state != "confirmed":
        flash(f"It cannot be moved: it is {STATES[booking.state]}.")
    elif booking.starts_at <= site().clock():
        flash("It cannot be moved: it has begun.")
    else:
        flash("It cannot be moved here: nobody gives this visit any more. Cancel it, and book anew.")
    return to_visit(found)
