"""Step 4 as a week: every free time of seven days at a glance."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from app.domain.draft import Draft, is_returning
from app.domain.local_time import day_of
from app.services.diary.views import find_week
from app.web.booking.choice import after_treatment, asked_day, due_for
from app.web.booking.visitor import only_reads, private, shown_hold
from app.web.kept_pages import kept_page
from app.web.site import site

week_pages = Blueprint("week", __name__, url_prefix="/book")
week_pages.after_request(private)


@week_pages.get("/week")
@only_reads
@after_treatment
def week(answers: Draft) -> Any:
    """The week of a day; without one, that of the visitor's chosen day, else this week. Choosing posts to step 4."""
    here, hold = site(), shown_hold()
    catalogue, now = here.library().catalogue, here.clock()
    shown = find_week(
        catalogue,
        answers.treatment or "",
        answers.practitioner,
        day=asked_day("day") or answers.day or day_of(catalogue.rules.zone, now),
        now=now,
        own_booking=hold.id if hold else None,
        returning=is_returning(catalogue, answers),
    )
    return kept_page(
        "booking/week.html",
        week=shown,
        held=hold.starts_at if hold else None,
        treatment=catalogue.treatments[answers.treatment or ""],
        due=due_for(catalogue, answers),
        person=catalogue.practitioners.get(answers.practitioner or ""),
        currency=catalogue.policy.currency,
    )
