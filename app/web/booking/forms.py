"""The forms of the six steps: shapes only. What the practice's rules say is asked of the services."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    RadioField,
    SelectChoice,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import ValidationError

from app.domain.home_visits import read_postcode

NAME_LENGTH, EMAIL_LENGTH, NOTE_LENGTH, ADDRESS_LENGTH = 100, 254, 300, 250
#: Letters of longer lines are not composed: marks without a letter between them take the time of their number's square,
#: and one form full of them would hold up everybody else for seconds.
LONGEST_LINE = 500
#: Marks that turn text around on the page, and marks that cannot be seen.
DECEPTIVE = re.compile(r"[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
AIMS = (
    ("ease", "Something is sore or stiff"),
    ("training", "I train hard and want to look after it"),
    ("relax", "I want to relax"),
    ("unsure", "I am not sure"),
)


def one_line(value: str | None) -> str | None:
    """Outer spaces off, runs of spaces as one, letters composed: how people expect a name to be kept."""
    if value is None:
        return None
    composed = unicodedata.normalize("NFC", value) if len(value) <= LONGEST_LINE else value
    return re.sub(r"[ \t\u00a0]+", " ", composed).strip()


def phone_line(value: str | None) -> str | None:
    """As `one_line`, with what copying a number from a contact list or a page brings along put right."""
    text = re.sub(r"\s+", " ", DECEPTIVE.sub("", value or ""))
    return None if value is None else one_line(re.sub("[\u2010-\u2015\u2212]", "-", text))


def several_lines(value: str | None) -> str | None:
    """As `one_line`, with line ends kept."""
    return None if value is None else "\n".join(one_line(part) or "" for part in value.splitlines()).strip()


def refuse_hidden_marks(text: str, *, lines: bool = False) -> None:
    """Raise ValidationError when `text` holds marks that cannot be seen. `lines`: it may have several."""
    allowed = "\n" if lines else ""
    if DECEPTIVE.search(text) or any(
        unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") and c not in allowed for c in text
    ):
        raise ValidationError("Remove hidden characters, for example by typing it again instead of pasting")


def check_name(text: str) -> None:
    """Raise ValidationError for what cannot be a person's name."""
    if len(text) > NAME_LENGTH:
        raise ValidationError(f"Shorten the name to {NAME_LENGTH} characters")
    refuse_hidden_marks(text)
    if not any(c.isalpha() for c in text):
        raise ValidationError("Enter a name with at least one letter")
    if re.search(r"[<>]|https?:|www\.", text, re.IGNORECASE):
        raise ValidationError("Enter a name without links or the signs < and >")


def check_email(_form: FlaskForm, field: Any) -> None:
    """A validator: an address that mail could reach, written the usual way afterwards."""
    text = field.data or ""
    if not text:
        raise ValidationError("Enter your email address")
    if len(text) > EMAIL_LENGTH:
        raise ValidationError(f"Shorten your email address to {EMAIL_LENGTH} characters")
    try:
        read = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        raise ValidationError("Enter an email address like name@post.example") from None
    if read.smtputf8:  # few mail servers pass it on, and a booking without its mail is half a booking
        raise ValidationError("Enter an email address without accents or special letters before the @")
    field.data = read.normalized


class ReasonForm(FlaskForm):
    """Step 1. Every answer may be left out."""

    condition = RadioField("Where is it?", validate_choice=False)
    aim = RadioField("What brings you?", choices=[SelectChoice(*aim) for aim in AIMS], validate_choice=False)
    for_whom = RadioField("Who is the visit for?", validate_choice=False)
    origin = HiddenField(name="from")
    treatment = HiddenField()
    practitioner = HiddenField()
    programme = HiddenField()


class GateForm(FlaskForm):
    """Step 2, twice: a fixed list, then one choice."""

    answer = RadioField("Does any of this fit you?", validate_choice=False)

    def validate_answer(self, field: Any) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError("Choose one of the two answers")


class TreatmentForm(FlaskForm):
    """Step 3. Choices come from the library."""

    treatment = RadioField("Which visit?", validate_choice=False)
    practitioner = RadioField("With whom?", validate_choice=False)

    def validate_treatment(self, field: Any) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError("Choose a visit")

    def validate_practitioner(self, field: Any) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError("Choose a person, or choose anyone")


class TimeForm(FlaskForm):
    """Step 4: an instant in UTC, as the page offered it."""

    time = HiddenField("Time")


class ContactForm(FlaskForm):
    """Whom we write to and phone."""

    name = StringField("Full name", filters=[one_line])
    email = EmailField("Email", filters=[one_line], validators=[check_email])
    phone = TelField("Mobile number", filters=[phone_line])

    def validate_name(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter your full name")
        check_name(field.data)

    def validate_phone(self, field: Any) -> None:
        text = field.data or ""
        if not text:
            raise ValidationError("Enter your mobile number")
        digits = re.sub(r"[ ().\-/]", "", text)
        if not re.fullmatch(r"\+?\d{7,15}", digits) or not digits.isascii():
            raise ValidationError("Enter a mobile number like 07700 900123 or +44 7700 900123")
        field.data = text[:32]


class DetailsForm(ContactForm):
    """Step 5: who books, who comes when that is someone else, and where to for a visit at home."""

    attendee_name = StringField("Their full name", filters=[one_line])
    attendee_age = StringField("How old will they be on the day?", filters=[one_line])
    guardian_agrees = BooleanField("I am their parent or guardian. I agree to this visit and come along")
    returning = RadioField(
        "Have you been to us before?",
        choices=[SelectChoice("no", "No, this is my first visit"), SelectChoice("yes", "Yes")],
        validate_choice=False,
    )
    address = TextAreaField("Address we come to, without the postcode", filters=[several_lines])
    postcode = StringField("Postcode", filters=[one_line])
    note = TextAreaField("Anything we should know to find you or greet you (optional)", filters=[several_lines])

    def ask_only(self, for_whom: str, *, at_home: bool) -> None:
        """Leave out the questions that this visit does not need (`for_whom`: a domain.attendee.ForWhom)."""
        needless = {
            "me": ("attendee_name", "attendee_age", "guardian_agrees"),
            "other": ("attendee_age", "guardian_agrees"),
        }
        for name in (*needless.get(for_whom, ()), *(() if at_home else ("address", "postcode"))):
            del self[name]
        if for_whom != "me":
            self.returning.label.text = "Have they been to us before?"
            self.returning.choices = [SelectChoice("no", "No, it is their first visit"), SelectChoice("yes", "Yes")]

    def validate_attendee_name(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter the full name of the person who comes")
        check_name(field.data)

    def validate_attendee_age(self, field: Any) -> None:
        if not re.fullmatch(r"[0-9]{1,3}", field.data or ""):
            raise ValidationError("Enter their age as a number, like 15")

    def validate_guardian_agrees(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("A parent or guardian must book and come along. Tick the box if that is you")

    def validate_returning(self, field: Any) -> None:
        if field.data not in ("yes", "no"):
            raise ValidationError("Say whether it is a first visit")

    def validate_address(self, field: Any) -> None:
        text = field.data or ""
        if not text:
            raise ValidationError("Enter the address")
        if len(text) > ADDRESS_LENGTH:
            raise ValidationError(f"Shorten the address to {ADDRESS_LENGTH} characters")
        refuse_hidden_marks(text, lines=True)

    def validate_postcode(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter the postcode")
        postcode = read_postcode(field.data)
        if postcode is None:
            raise ValidationError("Enter a full postcode like BS1 4DJ")
        field.data = postcode

    def validate_note(self, field: Any) -> None:
        text = field.data or ""
        if len(text) > NOTE_LENGTH:
            raise ValidationError(f"Shorten your note to {NOTE_LENGTH} characters. It has {len(text)}")
        refuse_hidden_marks(text, lines=True)


class PressForm(FlaskForm):
    """A button: nothing but the proof that it was pressed on our page."""


class CheckForm(PressForm):
    """The pay button; `shown` stands for what the page named: the time, for whom, and the amount."""

    shown = HiddenField()
