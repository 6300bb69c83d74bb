"""All visits of one programme, behind the link of any of them: each leads to its own page, where it can be changed."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, url_for

from app.domain.booking import Booking
from app.services.calendar_file import PracticeFacts, calendar_of_visits
from app.services.letters import read_letter_facts
from app.services.programmes import BookedProgramme, read_programme
from app.web.booking.visitor import private
from app.web.limits import guard_links
from app.web.manage.own_booking import OwnBooking, read_own
from app.web.site import site

own_programme_pages = Blueprint("own_programme", __name__, url_prefix="/booking")
own_programme_pages.before_request(guard_links)
own_programme_pages.after_request(private)


@own_programme_pages.get("/<token>/programme")
def programme(token: str) -> str:
    """Every visit with what became of it and its money. Changes nothing."""
    own, booked = _read(token)
    here = site()
    letters = {visit.id: read_letter_facts(visit.id) for visit in booked.visits}
    return render_template(
        "manage/programme.html",
        own=own,
        programme=booked,
        letters=letters,
        returning=sum(letter.returning_minor for letter in letters.values()),
        links={visit.id: here.links.token_for(visit) for visit in booked.visits},
        people=here.library().catalogue.practitioners,
        now=here.clock(),
        token=token,
    )


@own_programme_pages.get("/<token>/programme/calendar.ics")
def calendar(token: str) -> Response:
    """All visits that stand, in one calendar file."""
    _, booked = _read(token)
    here = site()
    practice = here.library().practice
    facts = PracticeFacts(practice.name, practice.address, practice.email, practice.host, practice.phone)

    def address(visit: Booking) -> str:
        return here.base_url + url_for("manage.booking", token=here.links.token_for(visit))

    standing = [(visit, address(visit)) for visit in booked.visits if visit.state == "confirmed"]
    answer = Response(calendar_of_visits(standing, facts, now=here.clock()), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'attachment; filename="appointments.ics"'
    return answer


def _read(token: str) -> tuple[OwnBooking, BookedProgramme]:
    own = read_own(token)
    if own.booking.programme is None:
        abort(404)
    return own, read_programme(own.booking.programme)
