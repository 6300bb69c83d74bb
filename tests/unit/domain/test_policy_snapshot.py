"""A policy survives being stored with its booking, and contradictions are found before anyone books under them."""

from __future__ import annotations

import json

import pytest

from app.domain.policy_problems import policy_problems
from app.domain.policy_rules import (
    AgeRule,
    CancelBand,
    CancelRule,
    DepositRule,
    HomeVisitRule,
    LateRule,
    MoveBand,
    MoveRule,
    NoShowRule,
    Policy,
)
from app.domain.policy_snapshot import from_snapshot, to_snapshot

FULL = Policy(
    currency="EUR",
    deposit=DepositRule("fixed", 2500, above_minor=3000, asked_of="new"),
    cancel=CancelRule((CancelBand(48, "choice"), CancelBand(24, "credit"), CancelBand(0, "kept")), 200, "phone"),
    move=MoveRule((MoveBand(12, "carried"), MoveBand(0, "kept")), 2),
    no_show=NoShowRule(1, 6, "phone"),
    late=LateRule(None),
    age=AgeRule(16, 18),
    intake_hours=4,
    home_visits=HomeVisitRule(("BS1", "BS2")),
    vouchers=True,
)


@pytest.mark.parametrize("policy", [Policy(), FULL])
def test_a_policy_comes_back_from_json_as_it_was(policy: Policy) -> None:
    assert from_snapshot(json.loads(json.dumps(to_snapshot(policy)))) == policy


def test_a_snapshot_from_before_a_rule_existed_has_its_default() -> None:
    older = to_snapshot(FULL)
    del older["late"], older["home_visits"], older["version"]
    policy = from_snapshot(older)
    assert policy.late == LateRule()
    assert policy.home_visits is None
    assert policy.cancel == FULL.cancel


def test_a_snapshot_of_another_version_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="version"):
        from_snapshot({"version": 99})


def test_the_shipped_and_a_rich_policy_have_no_problem() -> None:
    assert policy_problems(Policy(), lead_minutes=720) == ()
    assert policy_problems(FULL, lead_minutes=720) == ()


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (Policy(currency="pounds"), "currency"),
        (Policy(deposit=DepositRule("fixed", 20)), "deposit.amount_minor"),
        (Policy(deposit=DepositRule("percent", percent=0)), "deposit.percent"),
        (Policy(deposit=DepositRule("lower_of", 1500, 101)), "deposit.percent"),
        (Policy(deposit=DepositRule(above_minor=-1)), "deposit.above_minor"),
        (Policy(cancel=CancelRule(())), "cancel.bands"),
        (Policy(cancel=CancelRule((CancelBand(24, "money"),))), "cancel.bands"),
        (Policy(cancel=CancelRule((CancelBand(0, "money"), CancelBand(24, "kept")))), "cancel.bands"),
        (
            Policy(cancel=CancelRule((CancelBand(24, "money"), CancelBand(24, "credit"), CancelBand(0, "kept")))),
            "cancel.bands",
        ),
        (Policy(cancel=CancelRule((CancelBand(24, "kept"), CancelBand(0, "money")))), "cancel.bands"),
        (Policy(cancel=CancelRule((CancelBand(1440, "money"), CancelBand(0, "kept")))), "cancel.bands"),
        (Policy(cancel=CancelRule(fee_minor=-1)), "cancel.fee_minor"),
        (Policy(cancel=CancelRule(fee_minor=1500)), "cancel.fee_minor"),
        (Policy(cancel=CancelRule((CancelBand(0, "credit"),), fee_minor=100)), "cancel.fee_minor"),
        (Policy(move=MoveRule((MoveBand(24, "refused"), MoveBand(0, "carried")))), "move.bands"),
        (Policy(move=MoveRule(allowed=-1)), "move.allowed"),
        (Policy(no_show=NoShowRule(repeats=0)), "no_show.repeats"),
        (Policy(no_show=NoShowRule(months=0)), "no_show.months"),
        (Policy(late=LateRule(0)), "late.no_show_minutes"),
        (Policy(age=AgeRule(minimum=-1)), "age.minimum"),
        (Policy(intake_hours=-1), "intake_hours"),
        (Policy(intake_hours=12), "intake_hours"),
        (Policy(home_visits=HomeVisitRule()), "home_visits.postcodes"),
        (Policy(home_visits=HomeVisitRule(("bs 1",))), "home_visits.postcodes"),
        (Policy(home_visits=HomeVisitRule(("BS1",), set_up_minutes=-5)), "home_visits.set_up_minutes"),
    ],
)
def test_impossible_rules_are_found_with_the_field_to_mend(policy: Policy, field: str) -> None:
    problems = policy_problems(policy, lead_minutes=720)
    assert field in {problem.field for problem in problems}
    assert all(problem.message and problem.mend.endswith(".") for problem in problems)
