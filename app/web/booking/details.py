"""Between the form of step 5, the draft, and the client of a booking; and what the practice's rules say of it."""

from __future__ import annotations

from typing import Any

from app.domain.attendee import Attendee
from app.domain.booking import ClientDetails
from app.domain.catalogue import Treatment
from app.domain.draft import Draft
from app.domain.home_visits import in_reach
from app.web.booking.forms import DetailsForm
from app.web.site import site

#: Kept as they are typed; the same names in the form and in the draft.
_TYPED = ("name", "email", "phone", "note", "address", "postcode", "attendee_name", "guardian_agrees")


def details_form(answers: Draft, **given: Any) -> DetailsForm:
    """The questions that the chosen visit asks for the person who comes."""
    form = DetailsForm(**given)
    form.ask_only(answers.for_whom or "me", at_home=_chosen(answers).at_home)
    return form


def typed_before(answers: Draft, returning: bool | None) -> dict[str, Any]:
    """What fills the form in: everything said so far."""
    typed = {name: getattr(answers, name) for name in _TYPED}
    age = answers.attendee_age
    return typed | {
        "attendee_age": None if age is None else str(age),
        "returning": None if returning is None else "yes" if returning else "no",
    }


def fits(answers: Draft, form: DetailsForm) -> bool:
    """Whether the practice's rules allow what the form says; if not, its fields say why and what to do."""
    catalogue = site().library().catalogue
    policy, chosen = catalogue.policy_for(answers.treatment or ""), _chosen(answers)
    if "postcode" in form and not in_reach(policy.home_visits, form.postcode.data):
        form.postcode.errors = ["We do not visit this postcode yet. Choose a visit at the practice, or phone us"]
        return False
    if "attendee_age" in form:
        age, rule = int(form.attendee_age.data), policy.age
        if age < rule.minimum:
            form.attendee_age.errors = [f"We see people from {rule.minimum} years of age. Phone us if you are not sure"]
            return False
        if age >= rule.guardian_below:
            form.attendee_age.errors = [f"From {rule.guardian_below} on, choose “Someone else, an adult” on step 1"]
            return False
    if chosen.audience not in ("all", "returning" if form.returning.data == "yes" else "new"):
        form.returning.errors = ["The first visit is for people who are new to us. Choose another visit on step 3"]
        return False
    return True


def said(form: DetailsForm) -> dict[str, Any]:
    """What the draft keeps of a form that fits; what was not asked is nothing."""
    kept = {name: (form[name].data or None) if name in form else None for name in _TYPED}
    age = int(form.attendee_age.data) if "attendee_age" in form else None
    return kept | {"attendee_age": age, "returning": form.returning.data == "yes"}


def client_in(answers: Draft) -> ClientDetails:
    """Who books, and who comes when that is someone else. Only for a draft with details."""
    assert answers.name is not None
    attendee = None
    # whoever changes step 1 back to "me" leaves the other person's name in the draft
    if answers.attendee_name is not None and (answers.for_whom or "me") != "me":
        attendee = Attendee(answers.attendee_name, answers.attendee_age, bool(answers.guardian_agrees))
    return ClientDetails(
        name=answers.name,
        email=answers.email or "",
        phone=answers.phone or "",
        returning=bool(answers.returning),
        address="\n".join(filter(None, (answers.address, answers.postcode))) or None,
        attendee=attendee,
    )


def complete(answers: Draft) -> bool:
    """Whether the details are given, for the person whom the visit is for now."""
    if answers.name is None or (answers.for_whom or "me") == "me":
        return answers.name is not None
    child = answers.for_whom == "child"
    return answers.attendee_name is not None and (answers.attendee_age is not None) == child


def _chosen(answers: Draft) -> Treatment:
    return site().library().catalogue.treatments[answers.treatment or ""]
