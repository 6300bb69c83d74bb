"""Drafts survive storage, whatever was answered."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.domain.draft import Draft, draft_as_answers, draft_from_answers

WORDS = st.none() | st.text(max_size=60)
INSTANTS = st.none() | st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
DRAFTS = st.builds(
    Draft,
    **dict.fromkeys(["condition", "aim", "origin", "gate_version", "treatment", "practitioner"], WORDS),
    **dict.fromkeys(["name", "email", "phone", "note"], WORDS),
    gate_passed_at=INSTANTS,
    starts_at=INSTANTS,
    day=st.none() | st.dates(),
    returning=st.none() | st.booleans(),
)


@given(DRAFTS)
def test_a_draft_comes_back_as_it_was(draft: Draft) -> None:
    stored = json.loads(json.dumps(draft_as_answers(draft)))
    assert draft_from_answers(stored) == draft


def test_answers_of_another_version_are_left_out() -> None:
    stored = {"condition": "neck", "shoe_size": 43, "day": "2026-11-24"}
    assert draft_from_answers(stored) == Draft(condition="neck", day=date(2026, 11, 24))
