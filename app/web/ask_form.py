"""What a question and a call ask for alike: the fields, the guards against spam, and the page that goes with them.

Spam is kept out by an empty field that nobody sees, by the time that a form is out (`fill_time`), and by limits.
"""

from __future__ import annotations

import hashlib
from typing import Any, TypeVar

from flask import request
from wtforms import HiddenField, StringField, TelField, TextAreaField
from wtforms.validators import ValidationError

from app.domain.enquiry import OUTCOME_PAGES, Enquiry
from app.publishing.library import Library
from app.web.booking.forms import ContactForm, one_line, phone_line, refuse_hidden_marks, several_lines
from app.web.fill_time import judge_stamp, new_stamp
from app.web.site import site

QUESTION_LENGTH = 2000
TOO_FAST = "That was very quick. Read your question once more, then send it again"
TOO_OLD = "This page was open for too long. Nothing is lost: send it again"
LOOKS_ODD = "We could not tell this from spam. Send it again, or phone us"
TOO_MANY = "That is more than we can take in one go. Wait an hour, or phone us"


Form = TypeVar("Form", bound="AskForm")


class AskForm(ContactForm):
    """The question, and where the answer goes. `website` is seen by programs only and stays empty."""

    question = TextAreaField("Your question", filters=[several_lines])
    name = StringField("Your name", filters=[one_line])
    phone = TelField("Phone number (optional)", filters=[phone_line])
    website = StringField("Leave this empty")
    stamp = HiddenField()
    condition = HiddenField()
    origin = HiddenField(name="from")

    def validate_question(self, field: Any) -> None:
        text = field.data or ""
        if not text:
            raise ValidationError("Write your question")
        if len(text) > QUESTION_LENGTH:
            raise ValidationError(f"Shorten your question to {QUESTION_LENGTH} characters. It has {len(text)}")
        refuse_hidden_marks(text, lines=True)

    def validate_phone(self, field: Any) -> None:
        if field.data:
            super().validate_phone(field)


def empty_form(kind: type[Form]) -> Form:
    """The form as it is handed out, with what the page before knows."""
    form = kind(formdata=None)
    form.stamp.data = new_stamp(site().clock())
    form.condition.data, form.origin.data = request.args.get("condition"), request.args.get("from")
    return form


def sent_form(kind: type[Form]) -> tuple[Form, str, str | None]:
    """The form as it came, the stamp it carried, and what makes it look like spam, in words (None: nothing).

    A stale stamp is replaced in the form, so that sending it again helps.
    """
    form = kind()
    stamp, judged = form.stamp.data or "", judge_stamp(form.stamp.data, now=site().clock())
    if judged == "stale":
        form.stamp.data = new_stamp(site().clock())
    if form.website.data:
        return form, stamp, LOOKS_ODD
    return form, stamp, {"early": TOO_FAST, "stale": TOO_OLD}.get(judged)


def page_facts(form: AskForm, problem: str | None = None) -> dict[str, Any]:
    """What both pages show: the form, with `problem` above it, and what goes with the question."""
    library = site().library()
    about, origin = context_of(form, library)
    form.condition.data, form.origin.data, form.website.data = about or "", origin or "", ""
    form.form_errors = [problem] if problem else form.form_errors
    return {"form": form, "context": context_lines(library, about, origin)}


def enquiry_in(form: AskForm) -> Enquiry:
    """The question in a form that was found right."""
    about, origin = context_of(form, site().library())
    return Enquiry(form.name.data, form.email.data, form.question.data or "", form.phone.data or None, about, origin)


def context_lines(library: Library, about: str | None, origin: str | None) -> list[str]:
    """What goes with the question, in the words of the pages: nothing is kept that the sender does not see."""
    condition = library.conditions.get(about or "")
    lines = [condition.meta.short] if condition is not None else []
    page = library.articles.get(origin or "") or library.conditions.get(origin or "")
    title = OUTCOME_PAGES.get(origin or "") or (page.meta.title if page is not None else None)
    return [*lines, f"You came from “{title}”"] if title else lines


def context_of(form: AskForm, library: Library) -> tuple[str | None, str | None]:
    """The condition and the page as far as we know them; anything else in the address or the form is dropped."""
    about, origin = form.condition.data, form.origin.data
    known = (OUTCOME_PAGES, library.articles, library.conditions)
    return about if about in library.conditions else None, origin if any(origin in some for some in known) else None


def form_key(stamp: str, enquiry: Enquiry) -> str:
    """The same for a form that was sent twice. The stamp's signature keeps anyone from guessing what was asked."""
    return hashlib.sha256(f"{stamp}\0{enquiry.email}\0{enquiry.question}".encode()).hexdigest()
