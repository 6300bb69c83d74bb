"""The steps of a booking can be read by anyone who has been to primary school."""

from __future__ import annotations

import re

import pytest

from app.publishing.checks.review import reading_grade
from tests.booking_visitor import DETAILS, BookingVisitor
from tests.integration.web.test_for_someone_else import pay
from tests.stripe_bench import StripeBench

#: A school grade by Flesch and Kincaid; fewer than 30 words have none.
HIGHEST = 6


@pytest.fixture
def steps(booker: BookingVisitor, stripe_sandbox: StripeBench) -> dict[str, str]:
    """What each page of a booking says in whole sentences, by its name."""
    said: dict[str, str] = {}

    def read(path: str, name: str = "") -> None:
        booker.get(path)
        assert booker.status == 200, path
        sentences = [" ".join(e.text.split()) for e in booker.page.elements if e.tag in ("p", "li", "dd", "legend")]
        said[name or path] = " ".join(dict.fromkeys(s for s in sentences if re.search(r"[.?!]$", s)))

    read("/book")
    booker.pass_reason()
    read("/book/safety")
    booker.send("/book/safety", answer="none")
    read("/book/cautions")
    booker.send("/book/cautions", answer="none")
    read("/book/treatment")
    booker.send("/book/treatment", treatment="60-minute-visit", practitioner="anyone")
    read("/book/time")
    booker.send("/book/time", time=booker.times()[0])
    read("/book/details")
    booker.send("/book/details", **DETAILS)
    read("/book/check")
    own = pay(booker, stripe_sandbox)
    for page in ("", "/move", "/cancel"):
        read(own + page, f"/booking/…{page}")
    return said


def test_every_step_is_written_in_plain_words(steps: dict[str, str]) -> None:
    assert {path: grade for path, text in steps.items() if (grade := reading_grade(text)) > HIGHEST} == {}
    assert reading_grade(" ".join(steps.values())) > 0
    assert len(steps["/book/safety"].split()) > 150
