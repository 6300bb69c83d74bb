"""A calendar file as the answer to a request, and what it says of the practice."""

from __future__ import annotations

from flask import Response

from app.services.manage.calendar_file import PracticeFacts
from app.web.site import site


def practice_facts() -> PracticeFacts:
    """What calendar entries say of the practice now."""
    practice = site().library().practice
    return PracticeFacts(practice.name, practice.address, practice.email, practice.host, practice.phone)


def calendar_answer(body: bytes, name: str) -> Response:
    """The file `body`, to be saved as `name`."""
    answer = Response(body, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
