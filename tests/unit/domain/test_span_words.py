"""Spans of time in words, on the practice's clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.domain.spans import Span
from app.domain.wording import NBSP, span_in_words

LONDON = "Europe/London"


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (at(2026, 12, 24), at(2026, 12, 25), "Thursday 24 December 2026, all day"),
        (at(2026, 12, 24), at(2026, 12, 27), "Thursday 24 December to Saturday 26 December 2026"),
        (at(2026, 12, 31), at(2027, 1, 2), "Thursday 31 December 2026 to Friday 1 January 2027"),
        (at(2026, 7, 1, 8), at(2026, 7, 1, 11, 30), "Wednesday 1 July 2026, 09:00 to 12:30"),
        (at(2026, 12, 24, 9), at(2026, 12, 25), "09:00 on Thursday 24 December to 00:00 on Friday 25 December 2026"),
        (at(2027, 3, 28), at(2027, 3, 28, 23), "Sunday 28 March 2027, all day"),
    ],
)
def test_spans(start: datetime, end: datetime, words: str) -> None:
    assert span_in_words(Span(start, end), LONDON).replace(NBSP, " ") == words
