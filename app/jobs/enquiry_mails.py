"""The e-mails about questions and calls of people who have not booked: to them, and to the practice."""

from __future__ import annotations

from datetime import datetime

from app.domain.booking import Booking
from app.domain.enquiry import OUTCOME_PAGES, Enquiry
from app.domain.local_time import zone_named
from app.domain.mail import Message
from app.domain.refusals import BookingNotFound
from app.domain.wording import NBSP, day_in_words
from app.jobs.rendering import render
from app.jobs.tools import Tools
from app.services.asking.enquiries import find_answer, find_enquiry
from app.services.booking.bookings import get_booking, read_reference
from app.services.upkeep.outbox import Work


def enquiry_received(tools: Tools, work: Work, now: datetime) -> Message | None:
    """Their question arrived. Nothing they typed stands here: the address may not be theirs."""
    enquiry, practice = find_enquiry(work.payload["enquiry"]), tools.library().practice
    if enquiry is None:
        return None
    subject = f"We have your question (Q{work.payload['enquiry']})"
    text, html = render("enquiry_received", {"practice": practice, "subject": subject})
    return Message(work.key, enquiry.email, subject, text, html, reply_to=practice.email)


def enquiry_note(tools: Tools, work: Work, now: datetime) -> Message | None:
    """The question, for the practice; a reply goes to who asked. The subject says nothing of it."""
    enquiry, library = find_enquiry(work.payload["enquiry"]), tools.library()
    if enquiry is None:
        return None
    call = _call_of(enquiry)
    what = "Question from the website" if call is None else f"Call booked for {_when(tools, call)}"
    subject = f"{what} (Q{work.payload['enquiry']})"
    facts = {"practice": library.practice, "subject": subject, "enquiry": enquiry, "call": call}
    facts["person"] = library.catalogue.practitioners.get(call.practitioner) if call else None
    about, origin = library.conditions.get(enquiry.about or ""), enquiry.origin or ""
    page = library.articles.get(origin) or library.conditions.get(origin)
    facts |= {
        "about": about.meta.short if about else enquiry.about,
        "origin": OUTCOME_PAGES.get(origin) or (page.meta.title if page else origin),
    }
    text, html = render("enquiry_note", facts)
    return Message(work.key, library.practice.email, subject, text, html, reply_to=enquiry.email)


def enquiry_answer(tools: Tools, work: Work, now: datetime) -> Message | None:
    """What the practice answers. The question itself is not repeated: it may hold more than a mail should."""
    number, practice = work.payload["enquiry"], tools.library().practice
    enquiry, words = find_enquiry(number), find_answer(work.payload["message"])
    if enquiry is None or words is None:
        return None
    subject = f"Our answer to your question (Q{number})"
    text, html = render(
        "enquiry_answer", {"practice": practice, "subject": subject, "words": words, "enquiry": enquiry}
    )
    return Message(work.key, enquiry.email, subject, text, html, reply_to=practice.email)


def call_note(tools: Tools, work: Work, now: datetime) -> Message | None:
    """A call was moved or cancelled: the practice must know, as nobody comes whom it could miss."""
    call, library = get_booking(work.payload["booking"]), tools.library()
    if call.client is None:
        return None
    done = "cancelled" if call.state == "cancelled" else "moved"
    subject = f"Call {done}: {_when(tools, call)}"
    person = library.catalogue.practitioners.get(call.practitioner)
    facts = {"practice": library.practice, "subject": subject, "call": call, "person": person, "done": done}
    text, html = render("call_note", facts)
    return Message(work.key, library.practice.email, subject, text, html, reply_to=call.client.email)


def _call_of(enquiry: Enquiry) -> Booking | None:
    try:
        return read_reference(enquiry.call) if enquiry.call else None
    except BookingNotFound:
        return None


def _when(tools: Tools, call: Booking) -> str:
    local = call.starts_at.astimezone(zone_named(tools.library().practice.zone))
    return f"{day_in_words(local.date())}, {local:%H:%M}".replace(NBSP, " ")
