"""The forms of the booking's own pages: shapes only."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, HiddenField, RadioField, SelectChoice, StringField, TelField
from wtforms.validators import ValidationError

from app.web.booking.forms import ContactForm, check_email, one_line, phone_line


class CancelForm(FlaskForm):
    """How the money comes back where the client may choose; `offered` is what the page promised."""

    back_as = RadioField(
        "How do you want it back?",
        choices=[SelectChoice("money", "To my card"), SelectChoice("credit", "As credit for my next visit")],
        validate_choice=False,
    )
    offered = HiddenField()


class MoveForm(FlaskForm):
    """The new time, an instant in UTC as the page offered it; `offered` is what the page promised."""

    time = HiddenField()
    offered = HiddenField()


class FindForm(FlaskForm):
    """Whose booking it is."""

    email = EmailField("Email", filters=[one_line], validators=[check_email])


def check_their_email(form: FlaskForm, field: Any) -> None:
    """A validator: `check_email` for somebody else's address."""
    if not field.data:
        raise ValidationError("Enter their email address")
    check_email(form, field)


class HandOverForm(ContactForm):
    """Who comes instead, and that they know."""

    name = StringField("Their full name", filters=[one_line])
    email = EmailField("Their email", filters=[one_line], validators=[check_their_email])
    phone = TelField("Their mobile number", filters=[phone_line])
    returning = RadioField(
        "Have they been to us before?",
        choices=[SelectChoice("no", "No, it is their first visit"), SelectChoice("yes", "Yes")],
        validate_choice=False,
    )
    agreed = BooleanField("They agree that I give you their details")

    def validate_name(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter their full name")
        super().validate_name(field)

    def validate_phone(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter their mobile number")
        super().validate_phone(field)

    def validate_returning(self, field: Any) -> None:
        if field.data not in ("yes", "no"):
            raise ValidationError("Say whether they have been to us before")

    def validate_agreed(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Ask them first, then tick the box")
