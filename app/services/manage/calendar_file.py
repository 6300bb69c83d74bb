"""The calendar file of a booking: neutral words, a stable identity, and a number that grows with every change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from app.domain.booking import Booking

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]


@dataclass(frozen=True, slots=True)
class PracticeFacts:
    """What a calendar entry says of the practice. `host` is the site's host name and makes the identity unique."""

    name: str
    address: str
    email: str
    host: str
    phone: str | None = None


def calendar_file(
    booking: Booking, practice: PracticeFacts, *, method: Method, now: datetime, manage_url: str | None = None
) -> bytes:
    """The booking as an iCalendar object (RFC 5545, iTIP methods of RFC 5546), times in UTC.

    The title is "60 min appointment": a shared calendar must not tell why someone comes. The same booking keeps
    its UID, and its SEQUENCE grows when it is moved or cancelled, so that calendars change the entry they have.
    REQUEST names the client as attendee, as mail programs expect of an invitation; PUBLISH names nobody.
    """
    return _file([_event(booking, practice, method=method, now=now, manage_url=manage_url)], practice, method)


def calendar_of_visits(visits: Sequence[tuple[Booking, str]], practice: PracticeFacts, *, now: datetime) -> bytes:
    """Several bookings, each with the address of its own page, in one file to add to a calendar.

    Each keeps the identity it has alone, so that a later change of one visit changes its entry. An invitation may
    hold one event only (RFC 5546, 3.2), so this is a publication.
    """
    events = [_event(visit, practice, method="PUBLISH", now=now, manage_url=address) for visit, address in visits]
    return _file(events, practice, "PUBLISH")


def _file(events: Sequence[Event], practice: PracticeFacts, method: Method) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", f"-//{practice.name}//Booking//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(
    booking: Booking, practice: PracticeFacts, *, method: Method, now: datetime, manage_url: str | None
) -> Event:
    event = Event()
    event.add("uid", f"{booking.reference}@{practice.host}")
    event.add("sequence", booking.calendar_sequence)
    event.add("dtstamp", now)
    event.add("dtstart", booking.starts_at)
    event.add("dtend", booking.ends_at)
    event.add("summary", f"{booking.minutes} min appointment")
    event.add("location", _where(booking, practice))
    event.add("description", _description(booking, practice, manage_url))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if method == "CANCEL" else "OPAQUE")
    event.add("class", "PRIVATE")
    if manage_url:
        event.add("url", manage_url)
    if method != "PUBLISH":
        _add_people(event, booking, practice)
    if method != "CANCEL":
        event.add_component(_reminder())
    return event


def _where(booking: Booking, practice: PracticeFacts) -> str:
    if booking.by_phone:
        return f"By phone: we call {booking.client.phone}" if booking.client else "By phone"
    if booking.client is not None and booking.client.address:
        return ", ".join(booking.client.address.splitlines())
    return ", ".join([practice.name, *filter(None, map(str.strip, practice.address.splitlines()))])


def _description(booking: Booking, practice: PracticeFacts, manage_url: str | None) -> str:
    lines = [f"Reference {booking.reference}"]
    if practice.phone:
        lines.append(f"Questions: {practice.phone}")
    if manage_url:
        lines.append(f"Change or cancel: {manage_url}")
    return "\n".join(lines)


def _add_people(event: Event, booking: Booking, practice: PracticeFacts) -> None:
    organizer = vCalAddress(f"mailto:{practice.email}")
    organizer.params["cn"] = vText(practice.name)
    event["organizer"] = organizer
    if booking.client is not None:
        attendee = vCalAddress(f"mailto:{booking.client.email}")
        attendee.params["cn"] = vText(booking.client.name)
        attendee.params["partstat"] = vText("ACCEPTED")
        attendee.params["rsvp"] = vText("FALSE")
        event.add("attendee", attendee, encode=False)


def _reminder() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "Appointment")
    alarm.add("trigger", timedelta(hours=-24))
    return alarm
