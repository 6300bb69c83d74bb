"""Between the form of step 5, the draft, and the client of a booking; and what the practice's rules say of it."""

from __future__ import annotations

from typing import Any

from app.domain.attendee import Attendee
from app.domain.booking import ClientDetails
from app.domain.catalogue import Treatment
from app.domain.draft import Draft, is_returning
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


def typed_before(answers: Draft) -> dict[str, Any]:
    """What fills the form in: everything said so far, and what the chosen visit implies of those who said nothing."""
    typed = {name: getattr(answers, name) for name in _TYPED}
    age, returning = answers.attendee_age, answers.returning
    if returning is None:
        returning = is_returning(site().library().catalogue, answers)
    return typed | {
        "attendee_age": None if age is None else str(age),
        "returning": None if returning is None else "yes" if returning else "no",
    }


def point_out(form: DetailsForm, answers: Draft) -> bool:
    """Say beside the field what the rules do not allow of details that were given; whether there is such a thing."""
    refused = _refused(answers) if _given(answers) else {}
    for name, words in refused.items():
        form[name].errors = [words]
    return bool(refused)


def _refused(answers: Draft) -> dict[str, str]:
    """What the rules do not allow: words and way on, by the name of the field. Only for a draft with all details."""
    catalogue = site().library().catalogue
    policy, chosen = catalogue.policy_for(answers.treatment or ""), _chosen(answers)
    if chosen.at_home and not in_reach(policy.home_visits, answers.postcode or ""):
        return {"postcode": "We do not visit this postcode yet. Choose a visit at the practice, or phone us"}
    if answers.for_whom == "child":
        age, rule = answers.attendee_age or 0, policy.age
        if age < rule.minimum:
            return {"attendee_age": f"We see people from {rule.minimum} years of age. Phone us if you are not sure"}
        if age >= rule.guardian_below:
            return {"attendee_age": f"From {rule.guardian_below} on, choose “Someone else, an adult” on step 1"}
    if chosen.audience == "new" and answers.returning:
        return {"returning": "The first visit is for people who are new to us. Choose another visit on step 3"}
    if chosen.audience == "returning" and not answers.returning:
        return {"returning": "This visit is for people who have been to us before. Choose another visit on step 3"}
    return {}


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
    """Whether everything is said that the visit and the person chosen last ask for, and the rules allow it."""
    return _given(answers) and not _refused(answers)


def _given(answers: Draft) -> bool:
    needed = {"name", "email", "phone", "returning"}
    if (answers.for_whom or "me") != "me":
        needed.add("attendee_name")
    if answers.for_whom == "child":
        needed |= {"attendee_age", "guardian_agrees"}
    if _chosen(answers).at_home:
        needed |= {"address", "postcode"}
    return all(getattr(answers, name) not in (None, "") for name in needed)


def _chosen(answers: Draft) -> Treatment:
    return site().library().catalogue.treatments[answers.treatment or ""]
