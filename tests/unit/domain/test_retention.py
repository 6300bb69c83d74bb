"""How long answers are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.domain.retention import enquiry_until, record_until, unfinished_until

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_unfinished_answers_go_within_thirty_days() -> None:
    assert unfinished_until(NOON) - NOON == timedelta(days=30)


def test_records_are_kept_seven_years_after_the_visit() -> None:
    assert record_until(NOON) == NOON.replace(year=2033)
    assert record_until(datetime(2028, 2, 29, 9, tzinfo=UTC)) == datetime(2035, 2, 28, 9, tzinfo=UTC)


def test_questions_are_kept_a_year() -> None:
    assert enquiry_until(NOON) == NOON.replace(year=2027)
    assert enquiry_until(datetime(2028, 2, 29, 9, tzinfo=UTC)) == datetime(2029, 2, 28, 9, tzinfo=UTC)
