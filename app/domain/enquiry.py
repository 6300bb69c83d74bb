"""A question of someone who is not ready to book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: Where the safety lists may lead, as the origin of a question.
OUTCOME_PAGES = {"help": "Get medical help first", "call": "Phone us first"}


@dataclass(frozen=True, slots=True)
class Enquiry:
    """Who asks what. `about` is a condition's slug; `origin` the page they came from: both tell of someone's health.

    `call` is the booking reference of the call that was asked for with it.
    """

    name: str
    email: str
    question: str
    phone: str | None = None
    about: str | None = None
    origin: str | None = None
    call: str | None = None


def enquiry_as_answers(enquiry: Enquiry) -> dict[str, Any]:
    """The enquiry as a JSON-ready mapping."""
    return asdict(enquiry)


def enquiry_from_answers(answers: Mapping[str, Any]) -> Enquiry:
    """What `enquiry_as_answers` gave."""
    return Enquiry(**answers)
