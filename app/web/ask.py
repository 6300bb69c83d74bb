"""Ask first: a question for people who are not ready to book, with the page they came from kept beside it."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from wtforms import HiddenField, StringField, TelField, TextAreaField
from wtforms.validators import ValidationError

from app.domain.enquiry import OUTCOME_PAGES, Enquiry
from app.publishing.library import Library
from app.services.enquiries import ask
from app.web.booking.forms import ContactForm, one_line, phone_line, refuse_hidden_marks, several_lines
from app.web.booking.visitor import private
from app.web.fill_time import judge_stamp, new_stamp
from app.web.limits import may_ask
from app.web.site import site

ask_pages = Blueprint("ask", __name__, url_prefix="/ask")
ask_pages.after_request(private)

QUESTION_LENGTH = 2000
TOO_FAST = "That was very quick. Read your question once more, then send it again"
TOO_OLD = "This page was open for too long. Nothing is lost: send it again"
LOOKS_ODD = "We could not tell this from spam. Send it again, or phone us"
TOO_MANY = "That is more than we can take in one go. Wait an hour, or phone us"


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


@ask_pages.get("")
def question() -> str:
    """The empty form, with what the page before knows."""
    form = AskForm(formdata=None)
    form.stamp.data = new_stamp(site().clock())
    form.condition.data, form.origin.data = request.args.get("condition"), request.args.get("from")
    return _page(form)


@ask_pages.post("")
def send() -> Any:
    """Keep the question and have it answered; what looks like spam is asked to try again, with nothing lost."""
    form, here = AskForm(), site()
    sent_stamp, judged = form.stamp.data or "", judge_stamp(form.stamp.data, now=here.clock())
    if judged == "stale":
        form.stamp.data = new_stamp(here.clock())
    if not form.validate_on_submit():
        return _page(form)
    if form.website.data:
        return _page(form, LOOKS_ODD)
    if judged != "good":
        return _page(form, TOO_FAST if judged == "early" else TOO_OLD)
    if not may_ask(form.email.data):
        return _page(form, TOO_MANY), 429
    about, origin = context_of(form, here.library())
    enquiry = Enquiry(form.name.data, form.email.data, form.question.data, form.phone.data or None, about, origin)
    ask(enquiry, key=form_key(sent_stamp, enquiry), now=here.clock())
    return redirect(url_for("ask.sent"), 303)


@ask_pages.get("/sent")
def sent() -> str:
    """What happens now."""
    return render_template("ask/sent.html")


def _page(form: AskForm, problem: str | None = None) -> str:
    library = site().library()
    about, origin = context_of(form, library)
    form.condition.data, form.origin.data, form.website.data = about or "", origin or "", ""
    form.form_errors = [problem] if problem else form.form_errors
    return render_template("ask/ask.html", form=form, context=context_lines(library, about, origin))


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
