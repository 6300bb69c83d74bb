"""Ask first: a question for people who are not ready to book, with the page they came from kept beside it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from app.services.asking.enquiries import ask
from app.web.ask_form import TOO_MANY, AskForm, empty_form, enquiry_in, form_key, page_facts, sent_form
from app.web.booking.visitor import private
from app.web.limits import may_ask
from app.web.site import site

ask_pages = Blueprint("ask", __name__, url_prefix="/ask")
ask_pages.after_request(private)


@ask_pages.get("")
def question() -> str:
    """The empty form, with what the page before knows."""
    return _page(empty_form(AskForm))


@ask_pages.post("")
def send() -> Any:
    """Keep the question and have it answered; what looks like spam is asked to try again, with nothing lost."""
    form, stamp, doubt = sent_form(AskForm)
    if not form.validate_on_submit():
        return _page(form)
    if doubt is not None:
        return _page(form, doubt)
    if not may_ask(form.email.data):
        return _page(form, TOO_MANY), 429
    enquiry = enquiry_in(form)
    ask(enquiry, key=form_key(stamp, enquiry), now=site().clock())
    return redirect(url_for("ask.sent"), 303)


@ask_pages.get("/sent")
def sent() -> str:
    """What happens now."""
    return render_template("ask/sent.html")


def _page(form: AskForm, problem: str | None = None) -> str:
    return render_template("ask/ask.html", **page_facts(form, problem))
