"""The e-mails to people of the practice about their own account: a link to choose a password, and that it changed."""

from __future__ import annotations

from datetime import datetime

from app.domain.mail import Message
from app.domain.refusals import StaffLinkGone
from app.jobs.rendering import render
from app.jobs.tools import Tools
from app.services.staff.links import find_link
from app.services.staff.notes import find_person
from app.services.upkeep.outbox import Work


def staff_link(tools: Tools, work: Work, now: datetime) -> Message | None:
    """The link with which someone chooses a password. Nothing is sent that would not work any more."""
    try:
        found = find_link(work.payload["link"], now=now)
    except StaffLinkGone:
        return None
    practice = tools.library().practice
    welcome = found.purpose == "welcome"
    subject = f"Your way into {practice.name}" if welcome else "Choose a new password"
    link = f"{tools.base_url}/staff/welcome/{tools.staff_keys.link_token(work.payload['link'], found.made_at)}"
    facts = {"practice": practice, "subject": subject, "found": found, "link": link}
    text, html = render("staff_link", facts)
    return Message(work.key, found.staff.email, subject, text, html, reply_to=practice.email)


def staff_changed(tools: Tools, work: Work, _now: datetime) -> Message | None:
    """Their password, or their second factor, has changed: whoever did not do it must know at once."""
    staff, practice = find_person(work.payload["staff"]), tools.library().practice
    if staff is None:
        return None
    phone = work.payload["what"] == "phone"
    subject = "Another phone was connected" if phone else "Your password was changed"
    facts = {
        "practice": practice,
        "subject": subject,
        "staff": staff,
        "phone": phone,
        "forgot_url": f"{tools.base_url}/staff/forgot",
    }
    text, html = render("staff_changed", facts)
    return Message(work.key, staff.email, subject, text, html, reply_to=practice.email)
