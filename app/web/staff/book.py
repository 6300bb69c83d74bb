"""Booking a visit for a client at the desk: which visit and with whom, a free time, then who comes."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.wrappers import Response

from app.domain.booking import Booking, ClientDetails
from app.domain.catalogue import Catalogue, at_the_desk
from app.domain.diary import Slot
from app.domain.local_time import day_of
from app.domain.refusals import BookingNotFound, SlotNotOffered, SlotTaken
from app.services.booking.at_desk import DeskWish, book_at_desk
from app.services.booking.bookings import read_reference
from app.services.diary.free_times import DayOfSlots, find_nearest, find_next_free_days
from app.services.staff.unsent import drop_unsent
from app.web.booking.choice import DAYS_SHOWN, read_instant
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.book_forms import ClientForm, WhatForm
from app.web.staff.calendar_days import read_day
from app.web.staff.gate import current_staff, unsent_form
from app.web.staff.money import REFERENCE

#: How many other times are shown beside one that has gone.
OTHERS = 6
KEY_LENGTH = 40


@staff_pages.get("/book")
def book() -> str:
    """Which visit, with whom, for somebody new or not. Who comes from a client's booking finds it filled in."""
    form = WhatForm(request.args)
    form.offer(_catalogue())
    before = _client_before(form.client.data)
    if before is not None:
        form.visit.data = form.visit.data or before.treatment
        form.who.data = form.who.data or before.practitioner
        form.been.data = form.been.data or "yes"
    return _what_page(form, before)


@staff_pages.get("/book/time")
def book_time() -> Any:
    """Free days and times for it. Changes nothing."""
    form, catalogue = _what(request.args), _catalogue()
    if not form.fits(catalogue):
        return _what_page(form, _client_before(form.client.data))
    wanted = read_day(form.day.data)
    days = _free_days(catalogue, form, read_day(request.args.get("from")) or wanted)
    return render_template(
        "staff/book_time.html",
        what=form,
        treatment=catalogue.treatments[form.visit.data],
        person=catalogue.practitioners.get(form.person or ""),
        before=_client_before(form.client.data),
        days=days,
        chosen=next((one for one in days if one.day == wanted), days[0] if days else None),
        later=days[-1].day + timedelta(days=1) if len(days) == DAYS_SHOWN else None,
        missing=request.args.get("time") == "",
    )


@staff_pages.get("/book/client")
def book_client() -> Any:
    """Who comes, and the button. Changes nothing."""
    kept = unsent_form(url_for("staff.book_for_client")) if not request.args else None
    given = MultiDict(kept.fields) if kept is not None else request.args
    what, starts_at = _what(given), read_instant(given.get("time"))
    if not what.fits(_catalogue()) or starts_at is None:
        return _choose_again(what, time="" if starts_at is None else None)
    if kept is not None:
        return _client_page(what, _client_form(what, given), starts_at, again=True)
    before = _client_before(what.client.data)
    client = before.client if before is not None else None
    typed = {"name": client.name, "phone": client.phone, "email": client.email} if client else {}
    form = _client_form(what, None, **typed, key=secrets.token_hex(KEY_LENGTH // 2))
    return _client_page(what, form, starts_at)


@staff_pages.post("/book/client")
def book_for_client() -> Any:
    """Book it: confirmed at once, and the client is written to. A time that has gone keeps what was typed."""
    catalogue, here = _catalogue(), site()
    what = _what(request.form)
    if not what.fits(catalogue):
        return _choose_again(what)
    form, starts_at = _client_form(what, request.form), read_instant(request.form.get("time"))
    if starts_at is None:
        near = read_instant(request.form.get("near"))  # other times were offered, and none was chosen
        return _choose_again(what, time="") if near is None else (_client_page(what, form, near, gone=True), 409)
    if not form.validate_on_submit() or not form.within_reach(catalogue, what.visit.data):
        return _client_page(what, form, starts_at)
    asked = form.safety.data == "asked"
    wish = DeskWish(
        treatment=what.visit.data,
        practitioner=what.person,
        starts_at=starts_at,
        key=(form.key.data or "")[:KEY_LENGTH],
        gate_version=here.library().safety.version if asked else None,
    )
    try:
        booking = book_at_desk(catalogue, wish, _details(what, form), now=here.clock())
    except (SlotTaken, SlotNotOffered):
        return _client_page(what, form, starts_at, gone=True), 409
    drop_unsent(current_staff().id)
    flash(f"Booked. The confirmation goes to {form.email.data}.")
    return redirect(url_for("staff.visit", reference=booking.reference), 303)


def _catalogue() -> Catalogue:
    return at_the_desk(site().library().catalogue)


def _what(given: ImmutableMultiDict[str, str] | MultiDict[str, str]) -> WhatForm:
    form = WhatForm(given)
    form.offer(_catalogue())
    return form


def _client_form(what: WhatForm, filled: Any, **typed: Any) -> ClientForm:
    form = ClientForm(filled, **typed)
    form.ask_only(at_home=_catalogue().treatments[what.visit.data].at_home)
    return form


def _details(what: WhatForm, form: ClientForm) -> ClientDetails:
    home = "\n".join((form.address.data, form.postcode.data)) if "address" in form else None
    return ClientDetails(form.name.data, form.email.data, form.phone.data, what.returning, home)


def _client_before(reference: str | None) -> Booking | None:
    """The booking whose client books again, as far as its details are kept, and they come themselves."""
    if not REFERENCE.fullmatch(reference or ""):
        return None
    try:
        found = read_reference(reference or "")
    except BookingNotFound:
        return None
    return found if found.client is not None and found.client.attendee is None else None


def _free_days(catalogue: Catalogue, form: WhatForm, first: date | None) -> list[DayOfSlots]:
    return find_next_free_days(
        catalogue,
        form.visit.data,
        form.person,
        from_day=first,
        limit=DAYS_SHOWN,
        now=site().clock(),
        returning=form.returning,
    )


def _others(what: WhatForm, starts_at: datetime) -> list[Slot]:
    return find_nearest(
        _catalogue(),
        what.visit.data,
        what.person,
        starts_at,
        now=site().clock(),
        limit=OTHERS,
        returning=what.returning,
    )


def _what_page(form: WhatForm, before: Booking | None) -> str:
    return render_template("staff/book.html", form=form, before=before, age=_catalogue().policy.age)


def _client_page(
    what: WhatForm, form: ClientForm, starts_at: datetime, *, gone: bool = False, again: bool = False
) -> str:
    catalogue = _catalogue()
    treatment = catalogue.treatments[what.visit.data]
    return render_template(
        "staff/book_client.html",
        what=what,
        form=form,
        starts_at=starts_at,
        treatment=treatment,
        person=catalogue.practitioners.get(what.person or ""),
        currency=catalogue.policy.currency,
        others=_others(what, starts_at) if gone else None,
        gone=gone,
        again=again,
        day=day_of(catalogue.rules.zone, starts_at),
    )


def _choose_again(what: WhatForm, *, time: str | None = None) -> Response:
    """Back to the free times, or to what is to be booked when that is not known."""
    asked: dict[str, Any] = {**what.chosen, "time": time}
    return redirect(url_for("staff.book_time", **asked), 303)
