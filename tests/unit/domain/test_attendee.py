"""Who may come: the age rule, judged for the person on the table and not for whoever books."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.attendee import Attendee, check_attendee, takes_children
from app.domain.policy import missed_from
from app.domain.policy_rules import AgeRule, LateRule, Policy
from app.domain.policy_words import before_sentences
from app.domain.refusals import GuardianMissing, TooYoung

NINE = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
LONDON = "Europe/London"


@given(minimum=st.integers(0, 21), below=st.integers(0, 21), age=st.integers(0, 120), agrees=st.booleans())
def test_nobody_below_the_minimum_and_no_minor_without_a_guardian(
    minimum: int, below: int, age: int, agrees: bool
) -> None:
    rule, person = AgeRule(minimum, below), Attendee("Kim Example", age, agrees)
    if age < minimum:
        with pytest.raises(TooYoung):
            check_attendee(rule, person)
    elif age < below and not agrees:
        with pytest.raises(GuardianMissing):
            check_attendee(rule, person)
    else:
        check_attendee(rule, person)


def test_adults_are_not_asked_for_their_age() -> None:
    check_attendee(AgeRule(16, 18), None)
    check_attendee(AgeRule(16, 18), Attendee("Kim Example"))


@pytest.mark.parametrize(("minimum", "below", "some"), [(0, 18, True), (17, 18, True), (18, 18, False), (18, 0, False)])
def test_whether_minors_come_at_all(minimum: int, below: int, some: bool) -> None:
    assert takes_children(AgeRule(minimum, below)) is some


@pytest.mark.parametrize(("minutes", "after"), [(15, 15), (5, 5), (None, 60), (90, 60)])
def test_when_a_visit_counts_as_missed(minutes: int | None, after: int) -> None:
    policy = Policy(late=LateRule(minutes))
    assert missed_from(policy, NINE, NINE + timedelta(hours=1)) == NINE + timedelta(minutes=after)


class TestBeforeTheVisit:
    def test_nothing_is_asked_where_no_rule_asks(self) -> None:
        assert before_sentences(Policy(), NINE, NINE - timedelta(days=1), LONDON, guardian=False) == ()

    def test_the_health_questions_have_a_time_until_it_is_over(self) -> None:
        policy, due = Policy(intake_hours=24), NINE - timedelta(hours=24)
        (early,) = before_sentences(policy, NINE, due - timedelta(seconds=1), LONDON, guardian=False)
        assert early.replace("\u00a0", " ").endswith("answer them by 09:00 on Wednesday 25 November.")
        (late,) = before_sentences(policy, NINE, due, LONDON, guardian=False)
        assert late.endswith("answer them before the visit.")
        assert before_sentences(policy, NINE, NINE, LONDON, guardian=False) == ()

    def test_a_guardian_is_phoned_and_is_there(self) -> None:
        (line,) = before_sentences(Policy(), NINE, NINE - timedelta(days=1), LONDON, guardian=True)
        assert "phone you" in line
        assert "you are there" in line
