"""The e-mails, one function each: from a piece of work to a finished message, or None when it is no longer needed.

Subjects and calendar titles are neutral: a mail on a locked screen must not tell why someone comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from app.domain.booking import Booking
from app.domain.local_time import zone_named
from app.domain.mail import Attachment, MailError, Message
from app.domain.policy_page import cancel_rules, move_rules
from app.domain.policy_words import before_sentences, cancel_sentences, move_sentences
from app.domain.wording import NBSP, counted, day_in_words
from app.jobs.enquiry_mails import call_note, enquiry_answer, enquiry_note, enquiry_received
from app.jobs.rendering import render
from app.jobs.staff_mails import staff_changed, staff_link
from app.jobs.tools import Tools
from app.services.asking.waitlist import find_entry
from app.services.booking.holds import find_hold
from app.services.booking.programmes import read_programme
from app.services.manage.calendar_file import Method, PracticeFacts, calendar_file, calendar_of_visits
from app.services.manage.letters import LetterFacts, read_letter_facts
from app.services.upkeep.outbox import Work

Compose = Callable[[Tools, Work, datetime], Message | None]


def confirmed(tools: Tools, work: Work, now: datetime) -> Message | None:
    """The booking stands: when, where, with whom, what was paid, what is left to pay, and how to change it."""
    letter = _read(work)
    if letter.booking.programme is not None:
        return _programme(tools, work, letter, letter.booking.programme, now)
    return _standing(tools, work, now, "Booked", "call" if letter.booking.by_phone else "confirmed")


def moved(tools: Tools, work: Work, now: datetime) -> Message | None:
    """The booking has another time or practitioner; the calendar entry moves with it."""
    return _standing(tools, work, now, "Moved", "call" if _read(work).booking.by_phone else "moved")


def reminder(tools: Tools, work: Work, now: datetime) -> Message | None:
    """The visit is near: when and where, and until when it may still be moved. None once it was moved or has begun."""
    starts_at = _read(work).booking.starts_at
    if starts_at <= now or starts_at.isoformat() != work.payload["starts_at"]:
        return None
    return _standing(tools, work, now, "Reminder", "reminder", calendar=False)  # theirs stands as it was


def restored(tools: Tools, work: Work, now: datetime) -> Message | None:
    """Our diary was lost, and this visit was put back from the payment: they check it, and get a new link."""
    return _standing(tools, work, now, "Please check", "restored")


def cancelled(tools: Tools, work: Work, now: datetime) -> Message | None:
    """The booking is off, and where its money goes; the calendar entry goes too."""
    letter = _read(work)
    if letter.booking.state != "cancelled":
        return None
    calendar = _calendar(tools, letter.booking, "CANCEL", now)
    subject = f"Cancelled: {_when(tools, letter.booking)}"
    return _message(tools, work, letter, subject, "cancelled", {"again_url": _again_url(tools, letter)}, calendar)


def payment_conflict(tools: Tools, work: Work, now: datetime) -> Message | None:
    """Paid, but the time had gone to someone else: all of it goes back, and other times are a link away."""
    letter = _read(work)
    facts = {
        "again_url": _again_url(tools, letter),
        "returning_minor": letter.returning_minor or letter.booking.deposit_minor,
    }
    return _message(tools, work, letter, "We are sending your payment back", "payment_conflict", facts)


def payment_failed(tools: Tools, work: Work, now: datetime) -> Message | None:
    """A payment that took days did not arrive: there is no booking, and nothing was paid."""
    letter = _read(work)
    if letter.booking.state != "released":
        return None  # paid another way in the meantime
    facts = {"again_url": _again_url(tools, letter)}
    return _message(tools, work, letter, "Your payment did not arrive", "payment_failed", facts)


def credit(tools: Tools, work: Work, now: datetime) -> Message | None:
    """They asked for their links, have no visit ahead, and have credit: the page that opens it."""
    letter = _read(work)
    if letter.credit_left_minor <= 0:
        return None
    return _message(tools, work, letter, "Your credit with us", "credit", {})


def waitlist_joined(tools: Tools, work: Work, _now: datetime) -> Message | None:
    """They are on the list: what happens next, and the link to leave it."""
    return _waiting(tools, work, "You are on our list", "waitlist_joined", {})


def waitlist_offer(tools: Tools, work: Work, now: datetime) -> Message | None:
    """A time is held for them alone: which, until when, and the link to take it or pass it on."""
    entry = find_entry(work.payload["entry"])
    hold = find_hold(entry.visitor, now=now) if entry is not None else None
    if hold is None or hold.id != work.payload["booking"]:
        return None  # too late: it is on offer to the next by now
    return _waiting(tools, work, "A time is held for you", "waitlist_offer", {"hold": hold})


#: What the outbox may ask for.
MAILS: Mapping[str, Compose] = {
    "mail.confirmed": confirmed,
    "mail.moved": moved,
    "mail.reminder": reminder,
    "mail.restored": restored,
    "mail.cancelled": cancelled,
    "mail.payment_conflict": payment_conflict,
    "mail.payment_failed": payment_failed,
    "mail.credit": credit,
    "mail.enquiry_received": enquiry_received,
    "mail.enquiry_note": enquiry_note,
    "mail.enquiry_answer": enquiry_answer,
    "mail.call_note": call_note,
    "mail.waitlist_joined": waitlist_joined,
    "mail.waitlist_offer": waitlist_offer,
    "mail.staff_link": staff_link,
    "mail.staff_changed": staff_changed,
}


def _waiting(tools: Tools, work: Work, subject: str, template: str, facts: Mapping[str, Any]) -> Message | None:
    entry, practice = find_entry(work.payload["entry"]), tools.library().practice
    if entry is None or entry.answers.email is None:
        return None  # they left
    link = f"{tools.base_url}/waitlist/{tools.links.waitlist_token(entry.key)}"
    known = {"entry": entry, "practice": practice, "link": link, "subject": subject, **facts}
    text, html = render(template, known)
    return Message(work.key, entry.answers.email, subject, text=text, html=html, reply_to=practice.email)


def _read(work: Work) -> LetterFacts:
    return read_letter_facts(work.payload["booking"])


def _standing(
    tools: Tools, work: Work, now: datetime, word: str, template: str, *, calendar: bool = True
) -> Message | None:
    letter = _read(work)
    if letter.booking.state != "confirmed":
        return None  # cancelled in the meantime: that mail says what counts
    zone = tools.library().practice.zone
    facts = {
        "cancel_rules": cancel_sentences(letter.policy, letter.facts, now, zone),
        "move_rules": move_sentences(letter.policy, letter.facts, now, zone),
        "before": before_sentences(
            letter.policy,
            letter.booking.starts_at,
            now,
            zone,
            guardian=letter.booking.for_minor,
            gate_open=letter.booking.gate_passed_at is None,
        ),
    }
    files = [_calendar(tools, letter.booking, "REQUEST", now)] if calendar else []
    return _message(tools, work, letter, f"{word}: {_when(tools, letter.booking)}", template, facts, *files)


def _programme(tools: Tools, work: Work, letter: LetterFacts, programme_id: int, now: datetime) -> Message | None:
    """All visits of a programme that stand, with one calendar file for them, and a link to each."""
    programme = read_programme(programme_id)
    standing = [visit for visit in programme.visits if visit.state == "confirmed"]
    if not standing:
        return None
    links = [(visit, _manage_url(tools, visit)) for visit in standing]
    body = calendar_of_visits(links, _practice_facts(tools), now=now)
    facts = {
        "programme": programme,
        "links": links,
        "people": tools.library().catalogue.practitioners,
        "cancel_rules": cancel_rules(letter.policy),
        "move_rules": move_rules(letter.policy),
        "all_url": f"{_manage_url(tools, letter.booking)}/programme",
    }
    subject = f"Booked: {counted(len(standing), 'visit')}, the first on {_when(tools, standing[0])}"
    calendar = Attachment("appointments.ics", "text/calendar; method=PUBLISH", body)
    return _message(tools, work, letter, subject, "programme", facts, calendar)


def _message(
    tools: Tools,
    work: Work,
    letter: LetterFacts,
    subject: str,
    template: str,
    facts: Mapping[str, Any],
    *attachments: Attachment,
) -> Message:
    booking, library = letter.booking, tools.library()
    if booking.client is None:
        raise MailError("the booking has no address to write to", permanent=True)
    text, html = render(
        template,
        {
            "booking": booking,
            "client": booking.client,
            "letter": letter,
            "practice": library.practice,
            "practitioner": library.catalogue.practitioners.get(booking.practitioner),
            "manage_url": _manage_url(tools, booking),
            "safety_url": f"{tools.base_url}/safety",
            "subject": subject,
            **facts,
        },
    )
    return Message(
        key=work.key,
        to=booking.client.email,
        subject=subject.replace(NBSP, " "),
        text=text,
        html=html,
        attachments=attachments,
        reply_to=library.practice.email,
    )


def _when(tools: Tools, booking: Booking) -> str:
    local = booking.starts_at.astimezone(zone_named(tools.library().practice.zone))
    return f"{day_in_words(local.date())}, {local:%H:%M}"


def _manage_url(tools: Tools, booking: Booking) -> str:
    return f"{tools.base_url}/booking/{tools.links.token_for(booking)}"


def _again_url(tools: Tools, letter: LetterFacts) -> str:
    if letter.booking.by_phone:
        return f"{tools.base_url}/ask/call"
    wish = {"treatment": letter.booking.treatment, "practitioner": letter.booking.practitioner}
    return f"{tools.base_url}/book?{urlencode(wish)}"


def _calendar(tools: Tools, booking: Booking, method: Method, now: datetime) -> Attachment:
    address = _manage_url(tools, booking)
    body = calendar_file(booking, _practice_facts(tools), method=method, now=now, manage_url=address)
    return Attachment("appointment.ics", f"text/calendar; method={method}", body)


def _practice_facts(tools: Tools) -> PracticeFacts:
    practice = tools.library().practice
    return PracticeFacts(practice.name, practice.address, practice.email, practice.host, practice.phone)
