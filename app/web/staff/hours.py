"""Time off and extra hours: what is planned for whom, which visits stand in it, adding and taking back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import DateInput, TextInput, TimeInput

from app.domain.local_time import day_of, end_of_day, instant_of, start_of_day
from app.domain.refusals import DiaryChangeNotFound
from app.domain.spans import Span
from app.domain.wording import counted, span_in_words
from app.services.diary.hours import (
    Visit,
    add_extra_hours,
    add_time_off,
    find_visits_in,
    list_changes,
    remove_change,
)
from app.services.diary.outside import find_outside
from app.services.staff.unsent import drop_unsent
from app.web.booking.forms import PressForm, one_line, refuse_hidden_marks
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.gate import current_staff, unsent_form
from app.web.staff.lists import NUMBER
from app.web.staff.people import person_name

EVERYBODY = "everybody"
#: Further ahead is a slip of the pen, and so is more in one go. Days.
FARTHEST, LONGEST = 3 * 366, 366
NOTE_LENGTH = 120
KINDS = (SelectChoice("off", "Time off, or closed"), SelectChoice("extra", "Extra hours"))


class HoursForm(PressForm):
    """From a day and time to a day and time, on the practice's clock. Without times whole days are meant."""

    kind = RadioField("What is it?", choices=list(KINDS), default="off", validate_choice=False)
    who = RadioField("For whom?", validate_choice=False)
    first_day = StringField("First day", filters=[one_line], widget=DateInput())
    first_time = StringField("From (optional)", filters=[one_line], widget=TimeInput())
    last_day = StringField("Last day (optional)", filters=[one_line], widget=DateInput())
    last_time = StringField("Until (optional)", filters=[one_line], widget=TimeInput())
    note = StringField("Note for the practice (optional)", filters=[one_line])

    def validate_kind(self, field: Any) -> None:
        if field.data not in {choice.value for choice in KINDS}:
            raise ValidationError("Choose one of the two")

    def validate_who(self, field: Any) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError("Choose a person, or everybody")
        if field.data == EVERYBODY and self.kind.data == "extra":
            raise ValidationError("Extra hours are for one person: choose who")

    def validate_first_day(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter the first day")
        _check_day(field)

    def validate_last_day(self, field: Any) -> None:
        if field.data:
            _check_day(field)

    def validate_first_time(self, field: Any) -> None:
        _check_time(field)

    def validate_last_time(self, field: Any) -> None:
        _check_time(field)

    def validate_note(self, field: Any) -> None:
        if len(field.data or "") > NOTE_LENGTH:
            raise ValidationError(f"Shorten the note to {NOTE_LENGTH} characters. It has {len(field.data)}")
        refuse_hidden_marks(field.data or "")

    @property
    def times_unread(self) -> bool:
        """Whether one of the days and times is none."""
        return any(field.errors for field in (self.first_day, self.first_time, self.last_day, self.last_time))

    def span(self, zone: str, now: datetime) -> Span | None:
        """The span (UTC) that the fields mean; None, with the fault at its field, when they do not fit together."""
        first, last = read_day(self.first_day.data), read_day(self.last_day.data or self.first_day.data)
        assert first is not None
        assert last is not None
        begin, end = read_time(self.first_time.data), read_time(self.last_time.data)
        starts_at = start_of_day(zone, first) if begin is None else instant_of(zone, first, begin)
        ends_at = end_of_day(zone, last) if end is None else instant_of(zone, last, end)
        if last < first:
            self.last_day.errors = ["That is before the first day"]
        elif first == last and begin is not None and end is not None and end <= begin:
            self.last_time.errors = ["That is not after the time in “From”"]
        elif ends_at <= starts_at:
            self.last_time.errors = ["The clocks change that night, and nothing is left between these times"]
        elif ends_at <= now:
            self.last_day.errors = ["That is over already"]
        elif (first - day_of(zone, now)).days > FARTHEST:
            self.first_day.errors = ["That is more than three years ahead. Is the year right?"]
        elif (last - first).days > LONGEST:
            self.last_day.errors = ["That is more than a year. Is the year right?"]
        else:
            return Span(starts_at, ends_at)
        return None


@dataclass(frozen=True, slots=True)
class Line:
    """One planned change in words, with the visits that stand in it."""

    id: int
    extra: bool
    words: str
    note: str | None
    visits: Sequence[Visit]


@staff_pages.get("/hours")
def hours() -> str:
    """What is planned from today on, for everybody and person by person; and the form to add to it.

    Who comes from a free time of the diary finds it filled in: `who`, `day`, `from`, `until`.
    """
    if kept := unsent_form(url_for("staff.add_hours")):
        return _page(_form(MultiDict(kept.fields)), again=True)
    form, given = _form(), request.args
    if given.get("who") in {choice.value for choice in form.who.choices}:
        form.who.data = given["who"]
    if day := read_day(given.get("day")):
        form.first_day.data = day.isoformat()
    for field, name in ((form.first_time, "from"), (form.last_time, "until")):
        if clock := read_time(given.get(name)):
            field.data = f"{clock:%H:%M}"
    return _page(form)


@staff_pages.post("/hours")
def add_hours() -> Any:
    """Add time off or extra hours. Sent twice it is added once; what is booked in it stays, and is named."""
    form, here = _form(), site()
    zone, now = here.library().practice.zone, here.clock()
    valid = form.validate_on_submit()
    span = None if form.times_unread else form.span(zone, now)
    if not valid or span is None:
        return _page(form)
    person = None if form.who.data == EVERYBODY else form.who.data
    found = 0
    if form.kind.data == "extra":
        assert person is not None
        add_extra_hours(person, span.starts_at, span.ends_at, note=form.note.data or None, now=now, once=True)
    else:
        note, name = form.note.data or None, None if person is None else _name(person)
        off = add_time_off(person, span.starts_at, span.ends_at, name=name, note=note, now=now, once=True)
        found = len(off.clashes)
    drop_unsent(current_staff().id)
    flash(f"Added: {_name(person)}, {span_in_words(span, zone)}.")
    if found:
        stay = counted(found, "visit in it stays booked", "visits in it stay booked")
        flash(f"{stay} until you move or cancel with the client: see below.")
    return redirect(url_for("staff.hours"), 303)


@staff_pages.post(f"/hours/<{NUMBER}:number>/remove")
def remove_hours(number: int) -> Any:
    """Take a change back: the weekly hours count again."""
    try:
        planned = remove_change(number, now=site().clock(), by=current_staff().id)
    except DiaryChangeNotFound:
        flash("That was removed already.")
    else:
        words = span_in_words(planned.change.span, site().library().practice.zone)
        flash(f"Removed: {_name(planned.change.practitioner)}, {words}.")
    return redirect(url_for("staff.hours"), 303)


def read_day(text: str | None) -> date | None:
    """A date of this millennium as browsers send it, or as people write it: 2026-12-24, 24/12/2026. None for others."""
    found = re.fullmatch(r"(2\d{3})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.](\d{1,2})[/.](2\d{3})", text or "", re.ASCII)
    if found is None:
        return None
    year, month, day = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def read_time(text: str | None) -> time | None:
    """A time of day as browsers send it, or as people write it: 09:30, 9.30, 9. None when it is none."""
    found = re.fullmatch(r"(\d{1,2})(?:[:.](\d\d))?(?::00(?:\.0+)?)?", text or "", re.ASCII)
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        return None
    return time(int(found[1]), int(found[2] or 0))


def _check_day(field: Any) -> None:
    if read_day(field.data) is None:
        field.widget = TextInput()  # a field of dates would not show what was typed
        raise ValidationError("There is no such day. Write it like 24/12/2026")


def _check_time(field: Any) -> None:
    if field.data and read_time(field.data) is None:
        field.widget = TextInput()
        raise ValidationError("There is no such time. Write it like 09:30")


def _form(filled: MultiDict[str, str] | None = None) -> HoursForm:
    form = HoursForm(formdata=filled) if filled is not None else HoursForm()
    form.who.choices = [SelectChoice(EVERYBODY, "Everybody"), *(SelectChoice(*one) for one in _people().items())]
    return form


def _people() -> dict[str, str]:
    return {slug: one.name for slug, one in site().library().catalogue.practitioners.items()}


def _name(slug: str | None) -> str:
    return "everybody" if slug is None else _people().get(slug, slug)


def _page(form: HoursForm, *, again: bool = False) -> str:
    here = site()
    zone, now = here.library().practice.zone, here.clock()
    begin = start_of_day(zone, day_of(zone, now))
    planned = list_changes(Span(begin, begin + timedelta(days=10 * FARTHEST)))
    visits = find_visits_in(planned, now=now)
    groups: dict[str | None, list[Line]] = {}
    for one in planned:
        words = span_in_words(one.change.span, zone)
        line = Line(one.id, one.change.kind == "extra", words, one.note, visits.get(one.id, ()))
        groups.setdefault(one.change.practitioner, []).append(line)
    order = [None, *_people(), *sorted(slug for slug in groups if slug not in _people() and slug)]
    shown = [(_name(slug)[:1].upper() + _name(slug)[1:], groups[slug]) for slug in order if slug in groups]
    outside = find_outside(here.library().catalogue, now=now)
    names = {one.practitioner: person_name(one.practitioner) for one in outside} | _people()
    return render_template("staff/hours.html", form=form, again=again, groups=shown, people=names, outside=outside)
