"""Steps 3 and 4 of a programme: dates for all visits on one page, one of them changed, then all held or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice

from app.domain.draft import Draft
from app.domain.local_time import day_of
from app.domain.programme import Preference, Programme
from app.domain.refusals import ProgrammeNotKept, SlotTaken, VisitsGone
from app.domain.waitlist import PARTS
from app.domain.wording import DAYS
from app.services.booking.programmes import Chooser, Plan, claim_programme, plan_programme
from app.web.booking.choice import ANYONE, after_gate, asked_day, read_instant
from app.web.booking.exchange import end_payment
from app.web.booking.forms import PressForm, TimeForm
from app.web.booking.visitor import keep, network, own_hold, private, visitor
from app.web.site import site

planning_pages = Blueprint("planning", __name__, url_prefix="/book/programme")
planning_pages.after_request(private)

HOURS = {"morning": "Morning", "afternoon": "Afternoon", "evening": "Evening, from 17:00"}
#: What stands in the address for "no preference".
ANY = "any"
#: Why dates were not taken, by `ProgrammeNotKept.why`.
NOT_KEPT = {
    "count": "Look at the dates once more",
    "spacing": "Those dates are too close together, or too far apart",
    "expired": "Those dates go beyond the last day of the programme",
}


class WishForm(PressForm):
    """Which dates to look for. Sent with GET: it changes nothing."""

    practitioner = RadioField("With whom?", name="with", validate_choice=False)
    weekday = RadioField("Which day of the week suits you best?", validate_choice=False)
    part = RadioField("Which time of day?", validate_choice=False)


@dataclass(frozen=True, slots=True)
class Search:
    """What the visitor is looking for: the programme, with whom, and what they would like."""

    programme: Programme
    chooser: Chooser
    wish: Preference


def after_programme(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only after the safety lists, for a programme that is still sold; others choose a visit."""

    @wraps(view)
    def guarded(answers: Draft, **given: Any) -> Any:
        catalogue = site().library().catalogue
        programme = catalogue.programmes.get(answers.programme or "")
        if programme is None or not catalogue.offering(programme.treatment):
            return redirect(url_for("choice.treatment"), 303)
        return view(answers, programme, **given)

    return after_gate(guarded)


@planning_pages.get("")
@after_programme
def plan(answers: Draft, programme: Programme) -> str:
    """A date for each visit: those chosen before, else new ones near to what is wished for."""
    search = _search(answers, programme)
    anew = any(name in request.args for name in ("with", "weekday", "part", "from"))
    return _plan_page(search, _find(search, () if anew else answers.plan or ()))


@planning_pages.post("")
@after_programme
def choose(answers: Draft, programme: Programme) -> Any:
    """Keep the dates as they stand on the page; then hold them all, or go on to change one."""
    search = _search(answers, programme)
    starts = [read_instant(text) for text in request.form.getlist("visit")]
    if not PressForm().validate_on_submit() or None in starts or len(starts) != programme.visits:
        return _plan_page(search, _find(search, answers.plan or ()), problem="Look at the dates once more"), 409
    chosen = tuple(start for start in starts if start is not None)
    answers = keep(answers, plan=chosen, treatment=programme.treatment, practitioner=search.chooser.practitioner)
    place = request.form.get("change", "")
    if place.isascii() and place.isdigit() and 1 <= int(place) <= programme.visits:
        return redirect(url_for("planning.visit", place=int(place)), 303)
    return take_plan(answers) or redirect(url_for("payment.details"), 303)


@planning_pages.get("/visit/<int:place>")
@after_programme
def visit(answers: Draft, programme: Programme, place: int) -> Any:
    """The days and times on which one visit could be while all others stay."""
    return _visit_page(answers, programme, place, TimeForm(formdata=None))


@planning_pages.post("/visit/<int:place>")
@after_programme
def change(answers: Draft, programme: Programme, place: int) -> Any:
    """Put another time in the plan. Nothing is held yet."""
    form = TimeForm()
    start = read_instant(form.time.data)
    if not form.validate_on_submit() or start is None:
        form.time.errors = ["Choose a time"]
        return _visit_page(answers, programme, place, form)
    if answers.plan and 1 <= place <= len(answers.plan):
        keep(answers, plan=(*answers.plan[: place - 1], start, *answers.plan[place:]))
    return redirect(url_for("planning.plan"), 303)


def take_plan(answers: Draft) -> Response | tuple[str, int] | None:
    """Hold every date of the visitor's plan; the page to show instead when one cannot be had."""
    here = site()
    library, now = here.library(), here.clock()
    programme = library.catalogue.programmes.get(answers.programme or "")
    if programme is None or not answers.plan:
        return redirect(url_for("planning.plan"), 303)
    if (paid := end_payment(answers, answers.plan[0])) is not None:
        return paid
    search = Search(programme, Chooser(visitor(), answers.practitioner, answers.returning), Preference())
    try:
        claim_programme(
            library.catalogue,
            programme,
            search.chooser,
            answers.plan,
            now=now,
            hold_minutes=library.practice.diary.hold_minutes,
            network=network(),
        )
    except (VisitsGone, SlotTaken):
        return _plan_page(search, _find(search, answers.plan)), 409
    except ProgrammeNotKept as refusal:
        return _plan_page(search, _find(search, answers.plan), problem=NOT_KEPT.get(refusal.why)), 409
    return None


def _search(answers: Draft, programme: Programme) -> Search:
    """From the address, and from the form; else with whom they chose before. Unknown words count as no preference."""
    people = {person.slug for person in site().library().catalogue.offering(programme.treatment)}
    asked = request.values.get("with", answers.practitioner or ANYONE)
    weekday, part = request.args.get("weekday", ANY), request.args.get("part", ANY)
    return Search(
        programme,
        Chooser(visitor(), asked if asked in people else None, answers.returning),
        Preference(int(weekday) if weekday in set("0123456") else None, part if part in PARTS else None),
    )


def _find(search: Search, wanted: Sequence[datetime]) -> Plan | None:
    here = site()
    return plan_programme(
        here.library().catalogue,
        search.programme,
        search.chooser,
        search.wish,
        now=here.clock(),
        from_day=asked_day("from"),
        wanted=wanted[: search.programme.visits],
    )


def _plan_page(search: Search, found: Plan | None, *, problem: str | None = None) -> str:
    here = site()
    catalogue = here.library().catalogue
    programme, hold = search.programme, own_hold()
    return render_template(
        "booking/plan.html",
        programme=programme,
        treatment=catalogue.treatments[programme.treatment],
        policy=catalogue.policy_for(programme.treatment),
        found=found,
        problem=problem,
        chosen_with=search.chooser.practitioner or ANYONE,
        form=_wish_form(search),
        until=programme.valid_until(day_of(catalogue.rules.zone, here.clock())),
        held=hold is not None and hold.programme is not None,
    )


def _wish_form(search: Search) -> WishForm:
    form, catalogue = WishForm(formdata=None), site().library().catalogue
    people = catalogue.offering(search.programme.treatment)
    form.practitioner.choices = [SelectChoice(ANYONE, "Anyone who is free")]
    form.practitioner.choices += [SelectChoice(person.slug, person.name) for person in people]
    open_on = sorted({span.weekday for person in people for span in person.hours})
    form.weekday.choices = [SelectChoice(ANY, "No preference")]
    form.weekday.choices += [SelectChoice(str(number), DAYS[number]) for number in open_on]
    form.part.choices = [SelectChoice(ANY, "No preference"), *(SelectChoice(part, HOURS[part]) for part in PARTS)]
    form.practitioner.data = search.chooser.practitioner or ANYONE
    form.weekday.data = ANY if search.wish.weekday is None else str(search.wish.weekday)
    form.part.data = search.wish.part or ANY
    return form


def _visit_page(answers: Draft, programme: Programme, place: int, form: TimeForm) -> Any:
    found = _find(_search(answers, programme), answers.plan or ())
    if found is None or not answers.plan or not 1 <= place <= programme.visits:
        return redirect(url_for("planning.plan"), 303)
    zone = site().library().catalogue.rules.zone
    days, now_on = found.others[place - 1], day_of(zone, found.slots[place - 1].starts_at)
    wanted = asked_day("day")
    chosen = wanted if wanted in days else now_on if now_on in days else next(iter(days), None)
    return render_template(
        "booking/plan_visit.html",
        programme=programme,
        place=place,
        days=days,
        chosen=chosen,
        found=found,
        form=form,
    )
