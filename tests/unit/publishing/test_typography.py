"""Small typography of what front matter and texts say."""

from __future__ import annotations

import pytest

from app.publishing.markdown import render
from app.publishing.schema.fields import typographic


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("therapist's name", "therapist’s name"),
        ("runners' knees", "runners’ knees"),
        ("the '90s", "the ’90s"),
        ("'no' he said, \"well, 'yes'\"", "‘no’ he said, “well, ‘yes’”"),
        ("wait... - then", "wait… – then"),
        ("a two-day rest", "a two-day rest"),
        ("36 hours, about 1 in 10 people", "36\N{NO-BREAK SPACE}hours, about 1 in 10\N{NO-BREAK SPACE}people"),
        ("already ‘curly’", "already ‘curly’"),
        ("", ""),
    ],
)
def test_marks_are_those_of_edited_text(typed: str, shown: str) -> None:
    assert typographic(typed) == shown
    assert typographic(shown) == shown


def test_a_number_stays_with_its_unit_in_running_text_too() -> None:
    body = render("## Take 45 minutes\n\nOr *60 minutes*, see [33 studies](/safety).")
    assert "Or <em>60\N{NO-BREAK SPACE}minutes</em>" in body.html
    assert ">33\N{NO-BREAK SPACE}studies</a>" in body.html
    assert body.sections[0].title == "Take 45 minutes"
    assert "60 minutes" in body.text
