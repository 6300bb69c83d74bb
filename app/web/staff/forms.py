"""The forms of signing in and of one's own account: shapes, and what a password must be."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import ValidationError

from app.domain.staff import password_fault
from app.web.booking.forms import check_email, one_line, refuse_hidden_marks
from app.web.site import site


class SignInForm(FlaskForm):
    """Address and password; `next` is the page that was asked for."""

    email = EmailField("Email", filters=[one_line])
    password = PasswordField("Password")
    next = HiddenField()

    def validate_email(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter your email address")
        refuse_hidden_marks(field.data)

    def validate_password(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter your password")


class CodeForm(FlaskForm):
    """A code of the app, or a recovery code; `next` is the page that was asked for."""

    code = StringField("Code", filters=[one_line])
    next = HiddenField()

    def validate_code(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter the code")


class ForgotForm(FlaskForm):
    """Whose password it is."""

    email = EmailField("Email", filters=[one_line], validators=[check_email])


class NewPasswordForm(FlaskForm):
    """A password of one's own choice, twice: what is typed cannot be seen. `of` is the address it belongs to."""

    password = PasswordField("New password")
    again = PasswordField("The new password again")

    def __init__(self, of: str, **given: Any) -> None:
        super().__init__(**given)
        self.of = of

    def validate_password(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter a new password")
        fault = password_fault(field.data, email=self.of, practice=site().library().practice.name)
        if fault is not None:
            raise ValidationError(fault)

    def validate_again(self, field: Any) -> None:
        if self.password.data and not self.password.errors and field.data != self.password.data:
            raise ValidationError("The two passwords are not the same. Enter it again")


class PasswordForm(FlaskForm):
    """The password of who is signed in, asked for once more."""

    old = PasswordField("Your password")

    def validate_old(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Enter your password")


class ChangePasswordForm(NewPasswordForm, PasswordForm):
    """The password of before, and the new one."""

    old = PasswordField("Your present password")


def refuse(field: Any, words: str) -> None:
    """Say beside a field what only its check could tell."""
    field.errors = [*field.errors, words]


def wait_words(until: datetime) -> str:
    """How long to wait, in words for people: rounded up, so that trying then works."""
    left = max(until - site().clock(), timedelta(seconds=1))
    if left <= timedelta(minutes=1):
        return "There were too many wrong tries. Try again in a minute"
    minutes = -(-int(left.total_seconds()) // 60)
    return f"There were too many wrong tries. Try again in {minutes} minutes"
