"""Pages for printing, each in one self-contained file: the evidence for a dispute, and a receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from flask import current_app

from app.jobs.tools import Tools
from app.services.money.evidence import Evidence, read_evidence

Paper = Literal["evidence", "receipt"]

LETTERS = {
    "confirmed": "Confirmation, with the rules for cancelling and moving",
    "moved": "The new time, with the rules for cancelling and moving",
    "cancelled": "That the visit is cancelled, and where the money goes",
    "payment_conflict": "That the payment is sent back",
    "payment_failed": "That the payment did not arrive",
}


def make_paper(tools: Tools, reference: str, paper: Paper, *, now: datetime) -> str:
    """The page about the booking with that reference, as HTML. Raises BookingNotFound."""
    evidence = read_evidence(reference)
    library = tools.library()
    facts: dict[str, Any] = {
        "evidence": evidence,
        "booking": evidence.booking,
        "practice": library.practice,
        "practitioner": library.catalogue.practitioners.get(evidence.booking.practitioner),
        "attendance": _attendance(evidence, now),
        "letter_words": LETTERS,
        "now": now,
    }
    # not render_template: its context is made of the request, and there is none here
    environment = current_app.jinja_env
    css = environment.get_template("paper/paper.css").render()
    return _with_styles(environment.get_template(f"paper/{paper}.html").render(facts), css)


def _with_styles(html: str, css: str) -> str:
    import css_inline  # lazy: a native library that only mails and papers need

    return css_inline.CSSInliner(extra_css=css, load_remote_stylesheets=False).inline(html)


def _attendance(evidence: Evidence, now: datetime) -> str:
    booking = evidence.booking
    if booking.state == "completed":
        return "The client came."
    if booking.state == "no_show":
        return "The client did not come and did not cancel."
    if booking.state == "cancelled":
        return "The visit was cancelled before it began."
    return "The visit is ahead." if booking.starts_at > now else "Not marked yet."
