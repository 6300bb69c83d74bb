"""The forms of the booking's own pages: shapes only."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, RadioField, SelectChoice

from app.web.booking.forms import check_email, one_line


class CancelForm(FlaskForm):
    """How the money comes back where the client may choose; `offered` is what the page promised."""

    back_as = RadioField(
        "How do you want it back?",
        choices=[SelectChoice("money", "To my card"), SelectChoice("credit", "As credit for my next visit")],
        validate_choice=False,
    )
    offered = HiddenField()


class MoveForm(FlaskForm):
    """The new time, an instant in UTC as the page offered it."""

    time = HiddenField()


class FindForm(FlaskForm):
    """Whose booking it is."""

    email = EmailField("Email", filters=[one_line], validators=[check_email])
