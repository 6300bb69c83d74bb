"""The booking as its client sees it: when, where, what is paid, what can be done; and its calendar file."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Response, render_template, request, url_for

from app.domain.policy_words import before_sentences, cancel_sentences, move_sentences
from app.services.manage.calendar_file import calendar_file
from app.web.booking.forms import PressForm
from app.web.booking.visitor import private
from app.web.limits import guard_links
from app.web.manage.calendar_answer import calendar_answer, practice_facts
from app.web.manage.own_booking import read_own
from app.web.site import site

manage_pages = Blueprint("manage", __name__, url_prefix="/booking")
manage_pages.before_request(guard_links)
manage_pages.after_request(private)

#: What the page says after something was done; the address only names which.
DONE = {
    "moved": "Your visit is moved. We are sending you the new time.",
    "cancelled": "Your visit is cancelled. We are sending you an email about it.",
    "safe": "Thank you. Please tell us if anything about your health changes before your visit.",
    "sent": "We are sending your confirmation again. It takes a minute at most.",
}


@manage_pages.get("/<token>")
def booking(token: str) -> str:
    """When, where, with whom, what is paid, and the rules for changes."""
    own = read_own(token)
    library, now = site().library(), site().clock()
    zone = library.practice.zone
    done = DONE.get(request.args.get("done", ""))
    return render_template(
        "manage/call.html" if own.booking.by_phone else "manage/booking.html",
        booking=own.booking,
        letter=own.letter,
        own=own,
        form=PressForm(formdata=None),
        person=library.catalogue.practitioners.get(own.booking.practitioner),
        cancel_rules=cancel_sentences(own.policy, own.facts, now, zone),
        move_rules=move_sentences(own.policy, own.facts, now, zone),
        before=before_sentences(own.policy, own.booking.starts_at, now, zone, guardian=own.booking.for_minor),
        done=done.replace("visit", "call") if done and own.booking.by_phone else done,
        token=token,
    )


@manage_pages.get("/<token>/calendar.ics")
def calendar(token: str) -> Response:
    """The visit for a calendar; its title does not say why someone comes."""
    found = read_own(token).booking
    here = site()
    method: Literal["CANCEL", "PUBLISH"] = "CANCEL" if found.state == "cancelled" else "PUBLISH"
    address = here.base_url + url_for("manage.booking", token=token)
    body = calendar_file(found, practice_facts(), method=method, now=here.clock(), manage_url=address)
    return calendar_answer(body, "appointment.ics")
