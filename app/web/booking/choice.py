"""Steps 3 and 4: which visit with whom, then day and time. Choosing a time holds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from app.domain.booking import Booking
from app.domain.catalogue import Catalogue
from app.domain.diary import Slot
from app.domain.draft import Draft, is_returning
from app.domain.hold import HoldTerms
from app.domain.local_time import day_of
from app.domain.policy import ClientFacts, Due, due_now
from app.domain.policy_snapshot import to_snapshot
from app.domain.refusals import SlotNotOffered, SlotTaken, UnknownPractitioner
from app.services.booking.holds import claim_hold
from app.services.diary.free_times import DayOfSlots, find_nearest, find_next_free_days
from app.services.diary.views import WaysOn, find_ways_on
from app.web.booking.exchange import end_payment
from app.web.booking.forms import TimeForm, TreatmentForm
from app.web.booking.visitor import draft, keep, network, only_reads, passed_gate, private, shown_hold, visitor
from app.web.kept_pages import kept_page
from app.web.site import site

choice_pages = Blueprint("choice", __name__, url_prefix="/book")
choice_pages.after_request(private)

ANYONE = "anyone"
#: How many free days are listed at a time.
DAYS_SHOWN = 6
#: Dates outside them are nobody's wish, and near the calendar's ends they cannot be reckoned with.
YEARS = range(2000, 9000)


def after_gate(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only for visitors who passed the safety lists; others are led to them, and keep what they answered."""

    @wraps(view)
    def guarded(**given: Any) -> Any:
        answers = draft()
        if not passed_gate(answers):
            return redirect(url_for("reason.safety"), 303)
        return view(answers, **given)

    return guarded


def after_treatment(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only once a visit is chosen that is still sold, with someone who still gives it."""

    @wraps(view)
    def guarded(answers: Draft, **given: Any) -> Any:
        if not _still_given(site().library().catalogue, answers):
            return redirect(url_for("choice.treatment"), 303)
        return view(answers, **given)

    return after_gate(guarded)


def _still_given(catalogue: Catalogue, answers: Draft) -> bool:
    """Whether the chosen visit is sold, with the chosen person or with anyone."""
    people = {p.slug for p in catalogue.offering(answers.treatment or "")}
    return bool(people) and answers.practitioner in {None, *people}


def due_for(catalogue: Catalogue, answers: Draft) -> Due:
    """What the chosen visit costs now and on the day."""
    assert answers.treatment is not None
    price = catalogue.treatments[answers.treatment].price_minor
    return due_now(catalogue.policy_for(answers.treatment), price, ClientFacts(answers.returning))


@choice_pages.get("/treatment")
@after_gate
def treatment(answers: Draft) -> str:
    """Step 3. The first visit is preselected for whoever has not chosen."""
    form = _treatment_form()
    first = next((t.slug for t in site().library().catalogue.treatments.values() if t.audience == "new"), None)
    form.treatment.data = answers.treatment or first
    form.practitioner.data = answers.practitioner or ANYONE
    withdrawn = answers.treatment is not None and not _still_given(site().library().catalogue, answers)
    return _treatment_page(form, withdrawn=withdrawn)


@choice_pages.post("/treatment")
@after_gate
def choose_treatment(answers: Draft) -> str | Response:
    """Keep visit and person; a pair that does not exist is told at the field."""
    form, catalogue = _treatment_form(), site().library().catalogue
    if not form.validate_on_submit():
        return _treatment_page(form)
    person = None if form.practitioner.data == ANYONE else form.practitioner.data
    if person is not None and person not in {p.slug for p in catalogue.offering(form.treatment.data)}:
        name = catalogue.practitioners[person].name
        form.practitioner.errors = [f"{name} does not give this visit. Choose another person, or anyone"]
        return _treatment_page(form)
    keep(answers, treatment=form.treatment.data, practitioner=person, programme=None, plan=None)
    return redirect(url_for("choice.time"), 303)


@choice_pages.get("/time")
@only_reads
@after_treatment
def time(answers: Draft) -> str | bytes:
    """Step 4: the next free days, and the times of one of them."""
    return _time_page(answers)


@choice_pages.post("/time")
@after_treatment
def choose_time(answers: Draft) -> Any:
    """Hold the time and go on; a time that is gone or was never offered leads to the nearest free ones."""
    form = TimeForm()
    starts_at = read_instant(form.time.data)
    if not form.validate_on_submit() or starts_at is None:
        return _time_page(answers, problem="Choose a time")
    return take_time(answers, starts_at) or redirect(url_for("payment.details"), 303)


def take_time(answers: Draft, starts_at: datetime) -> Response | tuple[str, int] | None:
    """Hold `starts_at` for the visitor and keep it in the draft; the page to show instead when it cannot be had."""
    here = site()
    catalogue, now = here.library().catalogue, here.clock()
    if (paid := end_payment(answers, starts_at)) is not None:
        return paid
    try:
        hold = _claim(catalogue, answers, starts_at, now)
    except (SlotTaken, SlotNotOffered) as refusal:
        return _gone_page(answers, starts_at, now, taken=isinstance(refusal, SlotTaken)), 409
    day = day_of(catalogue.rules.zone, hold.starts_at)
    keep(answers, starts_at=hold.starts_at, day=day, programme=None, plan=None)
    return None


def read_instant(text: str | None) -> datetime | None:
    """An instant as our own pages write it, in UTC; None for anything else, and for years no calendar has."""
    try:
        moment = datetime.strptime(text or "", "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if moment.year in YEARS else None


def _claim(catalogue: Catalogue, answers: Draft, starts_at: datetime, now: datetime) -> Booking:
    assert answers.treatment is not None
    due, policy = due_for(catalogue, answers), catalogue.policy_for(answers.treatment)
    terms = HoldTerms(
        price_minor=catalogue.treatments[answers.treatment].price_minor,
        deposit_minor=due.amount_minor,
        currency=policy.currency,
        policy=to_snapshot(policy),
        hold_minutes=site().library().practice.diary.hold_minutes,
    )
    return claim_hold(
        catalogue,
        terms,
        visitor=visitor(),
        treatment=answers.treatment,
        practitioner=answers.practitioner,
        starts_at=starts_at,
        now=now,
        returning=is_returning(catalogue, answers),
        network=network(),
    )


def _treatment_form() -> TreatmentForm:
    form, catalogue = TreatmentForm(), site().library().catalogue
    sold = [treatment for treatment in catalogue.treatments.values() if catalogue.offering(treatment.slug)]
    form.treatment.choices = [SelectChoice(treatment.slug, treatment.name) for treatment in sold]
    form.practitioner.choices = [SelectChoice(ANYONE, "Anyone who is free")]
    form.practitioner.choices += [SelectChoice(p.slug, p.name) for p in catalogue.practitioners.values()]
    return form


def _treatment_page(form: TreatmentForm, *, withdrawn: bool = False) -> str:
    library = site().library()
    dues = {slug: due_for(library.catalogue, Draft(treatment=slug)) for slug in library.catalogue.treatments}
    return render_template(
        "booking/treatment.html",
        form=form,
        treatments=library.treatments,
        team=library.team,
        dues=dues,
        withdrawn=withdrawn,
        back=url_for("reason.cautions"),
    )


def _time_page(answers: Draft, *, problem: str | None = None) -> str | bytes:
    here = site()
    catalogue, now = here.library().catalogue, here.clock()
    hold, today = shown_hold(), day_of(catalogue.rules.zone, now)
    first, days = _listed_days(catalogue, answers, hold, today, now)
    asked = asked_day("day")
    wanted = asked or answers.day or first
    sold = {
        "treatment": catalogue.treatments[answers.treatment or ""],
        "due": due_for(catalogue, answers),
        "person": catalogue.practitioners.get(answers.practitioner or ""),
        "currency": catalogue.policy.currency,
    }
    if not days:
        names, ways = _names(catalogue), _ways_on(catalogue, answers, first, now)
        return render_template("booking/nothing_free.html", names=names, ways=ways, **sold)
    chosen = next((d for d in days if wanted <= d.day), days[0])
    return kept_page(
        "booking/time.html",
        problem=problem,
        days=tuple(days),
        chosen=chosen,
        instead_of=asked if asked and asked >= today and asked != chosen.day else None,
        begun=days[0].day if first > today else None,
        held=hold.starts_at if hold else None,
        later=days[-1].day + timedelta(days=1) if len(days) == DAYS_SHOWN else None,
        **sold,
    )


def _listed_days(
    catalogue: Catalogue, answers: Draft, hold: Booking | None, today: date, now: datetime
) -> tuple[date, list[DayOfSlots]]:
    """The date from which free days are listed, and the days. A day that is asked for by name and lies beyond them
    begins a list of its own, if anything is free from then on."""
    wanted, first = asked_day("day"), max(asked_day("from") or today, today)
    days = _free_days(catalogue, answers, hold, first, now)
    if wanted and days and days[-1].day < wanted:
        onward = _free_days(catalogue, answers, hold, wanted, now)
        return (wanted, onward) if onward else (first, days)
    return first, days


def _free_days(
    catalogue: Catalogue, answers: Draft, hold: Booking | None, first: date, now: datetime
) -> list[DayOfSlots]:
    """The next free days from `first` on. `hold`: the visitor's own, which is no obstacle to them."""
    return find_next_free_days(
        catalogue,
        answers.treatment or "",
        answers.practitioner,
        from_day=first,
        limit=DAYS_SHOWN,
        now=now,
        own_booking=hold.id if hold else None,
        returning=is_returning(catalogue, answers),
    )


def _names(catalogue: Catalogue) -> dict[str, str]:
    visits = {slug: sold.name for slug, sold in catalogue.treatments.items()}
    return visits | {slug: person.name for slug, person in catalogue.practitioners.items()}


def _ways_on(catalogue: Catalogue, answers: Draft, first: date, now: datetime) -> WaysOn:
    """When nothing is free: other people, other lengths."""
    return find_ways_on(
        catalogue,
        answers.treatment or "",
        answers.practitioner,
        from_day=first,
        now=now,
        returning=is_returning(catalogue, answers),
    )


def _gone_page(answers: Draft, starts_at: datetime, now: datetime, *, taken: bool) -> str:
    catalogue = site().library().catalogue
    nearest: Sequence[Slot] = ()
    try:
        nearest = find_nearest(
            catalogue,
            answers.treatment or "",
            answers.practitioner,
            starts_at,
            now=now,
            limit=4,
            returning=is_returning(catalogue, answers),
        )
    except UnknownPractitioner:
        nearest = ()
    return render_template("booking/gone.html", nearest=nearest, taken=taken, wanted=starts_at)


def asked_day(name: str) -> date | None:
    """The date that the address asks for under `name`; None for anything else."""
    if name not in request.args:  # asked first: `get` makes and catches an exception for what is missing
        return None
    try:
        day = date.fromisoformat(request.args[name])
    except ValueError:
        return None
    return day if day.year in YEARS else None
