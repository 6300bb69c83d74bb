"""What a visitor has answered so far in the booking form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

from app.domain.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Draft:
    """Answers so far; every one may be missing. `starts_at` and `gate_passed_at` are UTC, `day` is local.

    `practitioner` None means any. `origin` is the article or condition the visitor came from. `for_whom` is a
    domain.attendee.ForWhom; None counts as "me". `attendee_age` in years on the day. `link` is the token of the booking
    whose mailed link they came by: it opens their credit. `programme` is the one that is being booked, `plan` its
    chosen times.
    """

    condition: str | None = None
    aim: str | None = None
    origin: str | None = None
    gate_version: str | None = None
    gate_passed_at: datetime | None = None
    treatment: str | None = None
    practitioner: str | None = None
    day: date | None = None
    starts_at: datetime | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    returning: bool | None = None
    note: str | None = None
    address: str | None = None
    postcode: str | None = None
    for_whom: str | None = None
    attendee_name: str | None = None
    attendee_age: int | None = None
    guardian_agrees: bool | None = None
    link: str | None = None
    programme: str | None = None
    plan: tuple[datetime, ...] | None = None


def is_returning(catalogue: Catalogue, draft: Draft) -> bool | None:
    """Whether who comes has been here: what a visit for some clients only implies, else what they said."""
    chosen = catalogue.treatments.get(draft.treatment or "")
    if chosen is not None and chosen.audience != "all":
        return chosen.audience == "returning"
    return draft.returning


_NAMES = tuple(entry.name for entry in fields(Draft))
_TIMES = ("gate_passed_at", "starts_at")


def draft_as_answers(draft: Draft) -> dict[str, Any]:
    """The draft as a JSON-ready mapping of the answers that were given."""
    answers: dict[str, Any] = {}
    for name in _NAMES:
        value = getattr(draft, name)
        if value is None:
            continue
        answers[name] = value.isoformat() if isinstance(value, date | datetime) else value
    if draft.plan is not None:
        answers["plan"] = [start.isoformat() for start in draft.plan]
    return answers


def draft_from_answers(answers: Mapping[str, Any]) -> Draft:
    """The draft that was stored as `answers`. Answers this version does not know are left out."""
    known = {name: answers[name] for name in _NAMES if answers.get(name) is not None}
    for name in _TIMES:
        if name in known:
            known[name] = datetime.fromisoformat(known[name]).astimezone(UTC)
    if "plan" in known:
        known["plan"] = tuple(datetime.fromisoformat(start).astimezone(UTC) for start in known["plan"])
    if "day" in known:
        known["day"] = date.fromisoformat(known["day"])
    return Draft(**known)
