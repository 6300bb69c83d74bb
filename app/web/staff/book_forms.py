"""The two forms of booking a visit at the desk: which visit with whom, and for whom."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, RadioField, SelectChoice, StringField, TelField, TextAreaField
from wtforms.validators import ValidationError

from app.domain.catalogue import Catalogue
from app.domain.home_visits import in_reach
from app.web.booking.choice import ANYONE
from app.web.booking.forms import ContactForm, DetailsForm, check_email, check_name, one_line, phone_line, several_lines

BEEN = (SelectChoice("yes", "Yes"), SelectChoice("no", "No, it is their first visit"))
SAFETY = (
    SelectChoice("asked", "I asked them just now, and this visit suits what they said"),
    SelectChoice("link", "They answer them by the link in their confirmation, before they come"),
)


class WhatForm(FlaskForm):
    """Which visit, with whom. It changes nothing, and is sent in the address; `client` is the reference of a booking
    whose client books again, `day` the date that was looked at.
    """

    visit = RadioField("Which visit?", validate_choice=False)
    who = RadioField("With whom?", validate_choice=False)
    been = RadioField("Have they been here before?", choices=list(BEEN), validate_choice=False)
    client = HiddenField(name="for")
    day = HiddenField()

    class Meta:
        csrf = False

    def offer(self, catalogue: Catalogue) -> None:
        """Fill in what is given, and by whom."""
        sold = [one for one in catalogue.treatments.values() if catalogue.offering(one.slug)]
        self.visit.choices = [SelectChoice(one.slug, one.name) for one in sold]
        people = catalogue.practitioners.values()
        self.who.choices = [SelectChoice(ANYONE, "Whoever is free"), *(SelectChoice(p.slug, p.name) for p in people)]

    def fits(self, catalogue: Catalogue) -> bool:
        """Whether all is chosen, and goes together; if not, its fields say why."""
        for field, words in ((self.visit, "Choose a visit"), (self.who, "Choose a person, or whoever is free")):
            if field.data not in {choice.value for choice in field.choices}:
                field.errors = [words]
        if self.been.data not in {choice.value for choice in BEEN}:
            self.been.errors = ["Say whether they have been here before"]
        if self.errors:
            return False
        if self.person not in (None, *(one.slug for one in catalogue.offering(self.visit.data))):
            self.who.errors = ["They do not give this visit. Choose somebody else"]
        audience = catalogue.treatments[self.visit.data].audience
        if audience == ("new" if self.returning else "returning"):
            here = "new to us" if audience == "new" else "not new to us"
            self.visit.errors = [f"This visit is for people who are {here}. Choose another"]
        return not self.errors

    @property
    def person(self) -> str | None:
        """The slug of who was chosen; None for anyone."""
        return None if self.who.data == ANYONE else str(self.who.data)

    @property
    def returning(self) -> bool:
        """Whether the client has been here before: a first visit may be longer."""
        return bool(self.been.data == "yes")

    @property
    def chosen(self) -> dict[str, str]:
        """What the address of the next step says."""
        given = {"visit": self.visit.data, "who": self.who.data, "been": self.been.data, "for": self.client.data}
        return {name: value for name, value in given.items() if value}


class ClientForm(FlaskForm):
    """Who comes, and whether they were asked the safety questions. `key` is of this form: sent twice, it books once."""

    name = StringField("Their full name", filters=[one_line])
    phone = TelField("Their mobile number", filters=[phone_line])
    email = EmailField("Their email", filters=[one_line])
    address = TextAreaField("Address of their home, without the postcode", filters=[several_lines])
    postcode = StringField("Postcode", filters=[one_line])
    safety = RadioField("The safety questions", choices=list(SAFETY), validate_choice=False)
    time = HiddenField()
    key = HiddenField()

    def ask_only(self, *, at_home: bool) -> None:
        """Leave out where to, unless the visit goes there."""
        for name in () if at_home else ("address", "postcode"):
            del self[name]

    def validate_name(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter their full name")
        check_name(field.data)

    def validate_phone(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter their mobile number")
        ContactForm.validate_phone(self, field)

    def validate_email(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter their email: the confirmation, and the link to change it, go there")
        check_email(self, field)

    def validate_address(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter the address that the visit goes to")
        DetailsForm.validate_address(self, field)

    def validate_postcode(self, field: Any) -> None:
        DetailsForm.validate_postcode(self, field)

    def validate_safety(self, field: Any) -> None:
        if field.data not in {choice.value for choice in SAFETY}:
            raise ValidationError("Say how the safety questions are asked")

    def within_reach(self, catalogue: Catalogue, treatment: str) -> bool:
        """Whether the practice goes to this home; if not, its field says so."""
        if "postcode" not in self or in_reach(catalogue.policy_for(treatment).home_visits, self.postcode.data or ""):
            return True
        self.postcode.errors = ["It is not among the districts that you visit (home_visits in practice.yml)"]
        return False
