"""Steps 1 and 2: where it is and what brings you, then the safety lists.

The lists are fixed words with one choice. Nothing is scored, and of a visitor whom they send elsewhere nothing is kept.
"""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from app.domain.attendee import takes_children
from app.domain.draft import Draft
from app.domain.policy_page import when_paid
from app.domain.refusals import DepositUncertain
from app.publishing.library import Library
from app.publishing.schema.practice import SafetyRow
from app.services.booking.holds import release_hold
from app.services.money.deposits import expire_deposit
from app.services.upkeep.retention import forget_reasons_of
from app.web.booking.forms import AIMS, GateForm, ReasonForm
from app.web.booking.visitor import draft, forget, keep, own_hold, passed_gate, private, visitor
from app.web.next_free import due_for
from app.web.site import site

reason_pages = Blueprint("reason", __name__, url_prefix="/book")
reason_pages.after_request(private)

ELSEWHERE = "elsewhere"
SAFETY_ANSWERS = (("none", "None of these fit me"), ("some", "One or more fit me, or I am not sure"))
CAUTION_ANSWERS = (("none", "None of these fit me"), ("some", "One or more fit me: I would like to phone first"))
#: In this order, the gravest first.
FLAG_OUTCOMES = ("EMERGENCY", "URGENT", "GP")
CAUTION_OUTCOMES = ("URGENT", "CALL", "POSTPONE")


class FirstAnswers(NamedTuple):
    """What step 1 shows filled in: from the address, which names what we publish, and from the visitor's draft."""

    condition: str | None
    aim: str | None
    for_whom: str
    origin: str
    treatment: str
    practitioner: str
    programme: str

    def form(self) -> ReasonForm:
        """The form with these answers in it."""
        form = _reason_form(site().library())
        for name, value in self._asdict().items():
            form[name].data = value
        return form


@reason_pages.get("")
def reason() -> str:
    """Step 1. What an article or a condition page already knows is filled in."""
    library, answers, asked = site().library(), draft(), request.args
    condition = _known(asked.get("condition"), library.conditions) or answers.condition
    programme = _known(asked.get("programme"), library.catalogue.programmes) or ""
    given = FirstAnswers(
        condition=condition or (ELSEWHERE if answers.gate_version else None),
        aim=answers.aim,
        for_whom=answers.for_whom or "me",
        origin=_known_origin(library, asked.get("from")) or answers.origin or "",
        treatment=_known(asked.get("treatment"), library.catalogue.treatments) or "",
        practitioner=_known(asked.get("practitioner"), library.catalogue.practitioners) or "",
        # on the way back, not from a page that asks for something else
        programme=programme if asked else answers.programme or "",
    )
    paid = _when_paid(library)
    return render_template("booking/reason.html", given=given, has_answered=answers != Draft(), paid=paid)


def _when_paid(library: Library) -> str:
    """When someone new pays, whichever visit they choose."""
    return when_paid(due_for(library.catalogue, treatment) for treatment in library.catalogue.treatments.values())


@reason_pages.post("")
def choose_reason() -> Response:
    """Keep the answers of step 1. Both are optional, so nothing here can be wrong enough to stop anyone."""
    library, answers = site().library(), draft()
    form = _reason_form(library)
    condition = _known(form.condition.data, library.conditions)
    treatment = _known(form.treatment.data, library.catalogue.treatments) or answers.treatment
    practitioner = _known(form.practitioner.data, library.catalogue.practitioners) or answers.practitioner
    for_whom = _known(form.for_whom.data, {choice.value for choice in form.for_whom.choices}) or "me"
    same_person = for_whom == (answers.for_whom or "me")
    same_lists = same_person and condition == answers.condition
    programme = _known(form.programme.data, library.catalogue.programmes)
    keep(
        answers,
        condition=condition,
        aim=_known(form.aim.data, dict(AIMS)),
        origin=_known_origin(library, form.origin.data) or answers.origin,
        treatment=treatment,
        practitioner=practitioner,
        programme=programme,
        plan=answers.plan if programme == answers.programme else None,
        for_whom=for_whom,
        # the lists differ by area and are answered for one person: another area or person asks again
        gate_version=answers.gate_version if same_lists else None,
        gate_passed_at=answers.gate_passed_at if same_lists else None,
        # so are these: nobody agrees for a person, or has been here before, because another one did or has
        returning=answers.returning if same_person else None,
        guardian_agrees=answers.guardian_agrees if same_person else None,
    )
    return redirect(url_for("reason.safety"), 303)


@reason_pages.get("/safety")
def safety() -> str:
    """Step 2: signs that need a doctor first."""
    return _safety_page(draft(), _gate_form(SAFETY_ANSWERS))


@reason_pages.post("/safety")
def answer_safety() -> str | Response:
    """On to the second list, or to the page that helps."""
    answers, form = draft(), _gate_form(SAFETY_ANSWERS)
    if not form.validate_on_submit():
        return _safety_page(answers, form)
    if form.answer.data == "some":
        return _send_elsewhere("reason.get_help")
    keep(answers, gate_version=_half_passed(), gate_passed_at=None)
    return redirect(url_for("reason.cautions"), 303)


@reason_pages.get("/cautions")
def cautions() -> str | Response:
    """Step 2, second list: reasons to phone before booking."""
    answers = draft()
    if not _first_list_passed(answers):
        return redirect(url_for("reason.safety"), 303)
    return _cautions_page(answers, _gate_form(CAUTION_ANSWERS))


@reason_pages.post("/cautions")
def answer_cautions() -> str | Response:
    """Note that both lists were passed, with their version, or lead to the phone."""
    answers = draft()
    if not _first_list_passed(answers):
        return redirect(url_for("reason.safety"), 303)
    form = _gate_form(CAUTION_ANSWERS)
    if not form.validate_on_submit():
        return _cautions_page(answers, form)
    if form.answer.data == "some":
        return _send_elsewhere("reason.call_us")
    here = site()
    answers = keep(answers, gate_version=here.library().safety.version, gate_passed_at=here.clock())
    return redirect(url_for("planning.plan" if answers.programme else "choice.treatment"), 303)


@reason_pages.get("/help")
def get_help() -> str:
    """Where a sign on the first list leads: what to do now, and a phone route."""
    return render_template("booking/help.html", help=site().library().safety.help, outcomes=FLAG_OUTCOMES)


@reason_pages.get("/call")
def call_us() -> str:
    """Where a line of the second list leads."""
    return render_template("booking/call.html", help=site().library().safety.help, outcomes=CAUTION_OUTCOMES)


def _half_passed() -> str:
    """The mark of the first list: nobody gets past the second one without it."""
    return f"{site().library().safety.version}/1"


def _first_list_passed(answers: Draft) -> bool:
    return passed_gate(answers) or answers.gate_version == _half_passed()


def _reason_form(library: Library) -> ReasonForm:
    form = ReasonForm()
    form.condition.choices = [SelectChoice(slug, c.meta.short) for slug, c in library.conditions.items()]
    form.condition.choices.append(SelectChoice(ELSEWHERE, "Somewhere else, or more than one place"))
    age = library.catalogue.policy.age
    form.for_whom.choices = [SelectChoice("me", "Me"), SelectChoice("other", "Someone else, an adult")]
    if takes_children(age):
        form.for_whom.choices.append(SelectChoice("child", f"Someone under {age.guardian_below}"))
    return form


def _gate_form(answers: tuple[tuple[str, str], ...]) -> GateForm:
    form = GateForm()
    form.answer.choices = [SelectChoice(*answer) for answer in answers]
    return form


def _safety_page(answers: Draft, form: GateForm) -> str:
    library = site().library()
    condition = library.conditions.get(answers.condition or "")
    rows = library.safety.flags_for(condition.meta.region if condition else None)
    # passed before, and no longer: whoever was further on is told why they are here again
    again = answers.gate_passed_at is not None and not passed_gate(answers)
    return _list_page("booking/safety.html", answers, form, _grouped(rows, FLAG_OUTCOMES), again=again)


def _cautions_page(answers: Draft, form: GateForm) -> str:
    library = site().library()
    rows = _grouped(library.safety.cautions, CAUTION_OUTCOMES)
    return _list_page("booking/cautions.html", answers, form, rows)


def _list_page(
    template: str, answers: Draft, form: GateForm, groups: list[tuple[str, list[SafetyRow]]], *, again: bool = False
) -> str:
    """One of the two lists. Whoever books for someone else is asked to answer for them."""
    for_other = (answers.for_whom or "me") != "me"
    facts = {"groups": groups, "help": site().library().safety.help, "for_other": for_other, "again": again}
    return render_template(template, form=form, **facts)


def _grouped(rows: tuple[SafetyRow, ...], outcomes: tuple[str, ...]) -> list[tuple[str, list[SafetyRow]]]:
    groups = [(outcome, [row for row in rows if row.outcome == outcome]) for outcome in outcomes]
    return [group for group in groups if group[1]]


def _send_elsewhere(page: str) -> Response:
    """To the page that helps, with nothing kept: no answers, no time, no payment page left open."""
    here, hold = site(), own_hold()
    if hold is not None:
        with suppress(DepositUncertain):  # the worker closes the payment page later; help does not wait for it
            expire_deposit(hold.id, here.checkout, base_url=here.base_url, now=here.clock())
        release_hold(visitor(), now=here.clock())
    forget_reasons_of(visitor())
    forget()
    return redirect(url_for(page), 303)


def _known(slug: str | None, among: object) -> str | None:
    return slug if slug and slug in among else None  # type: ignore[operator]


def _known_origin(library: Library, slug: str | None) -> str | None:
    return _known(slug, library.articles) or _known(slug, library.conditions)
