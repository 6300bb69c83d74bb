"""The practice's rules about money and changes as they are written down: `practice.yml`, and `rules` of a treatment."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain.policy_problems import PolicyProblem, policy_problems
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
from app.publishing.schema.fields import Flag, Line, Minor, Minutes, Strict

Percent = Annotated[int, Field(ge=0, le=100)]
NoticeHours = Annotated[int, Field(ge=0, le=24 * 60)]


class DepositFront(Strict):
    """What is paid when booking; amounts in minor units."""

    kind: Literal["none", "fixed", "percent", "full", "lower_of"]
    amount_minor: Minor = 0
    percent: Percent = 0
    above_minor: Minor = 0
    asked_of: Literal["everyone", "new", "after_no_show", "new_or_after_no_show"] = "everyone"


class CancelBandFront(Strict):
    hours: NoticeHours
    returned: Literal["money", "credit", "choice", "kept"]


class MoveBandFront(Strict):
    hours: NoticeHours
    deposit: Literal["carried", "kept", "refused"]


class CancelFront(Strict):
    bands: Annotated[tuple[CancelBandFront, ...], Field(min_length=1)]
    fee_minor: Minor = 0
    by: Literal["online", "phone"] = "online"


class MoveFront(Strict):
    bands: Annotated[tuple[MoveBandFront, ...], Field(min_length=1)]
    allowed: Annotated[int, Field(ge=0)] | None = None
    by: Literal["online", "phone"] = "online"


class NoShowFront(Strict):
    repeats: Annotated[int, Field(ge=1)] = 2
    months: Annotated[int, Field(ge=1)] = 12
    then: Literal["none", "prepay", "phone"] = "prepay"


class HomeVisitsFront(Strict):
    """Visits at clients' homes: the postcode districts, and minutes before and after each visit."""

    postcodes: Annotated[tuple[Line, ...], Field(min_length=1)]
    set_up_minutes: Minutes = 15
    pack_up_minutes: Minutes = 15


class OwnRules(Strict):
    """What a treatment has instead of the practice's rules. What is left out is as for every visit."""

    deposit: DepositFront | None = None
    cancel: CancelFront | None = None
    move: MoveFront | None = None
    no_show: NoShowFront | None = None
    late_minutes: Annotated[int, Field(ge=5)] | None = None
    minimum_age: Annotated[int, Field(ge=0, le=21)] | None = None
    guardian_below: Annotated[int, Field(ge=0, le=21)] | None = None
    intake_hours: NoticeHours | None = None
    home_visits: HomeVisitsFront | None = None
    vouchers: Flag | None = None


class Rules(Strict):
    """The rules of the practice."""

    deposit: DepositFront
    cancel: CancelFront
    move: MoveFront
    no_show: NoShowFront = NoShowFront()
    late_minutes: Annotated[int, Field(ge=5)] | None = 15
    minimum_age: Annotated[int, Field(ge=0, le=21)] = 0
    guardian_below: Annotated[int, Field(ge=0, le=21)] = 18
    intake_hours: NoticeHours | None = None
    home_visits: HomeVisitsFront | None = None
    vouchers: Flag = False


def policy_of(rules: Rules, currency: str, own: OwnRules | None = None) -> Policy:
    """The rules as the domain's values; `own` are those of one treatment."""

    def rule(name: str) -> Any:
        mine = getattr(own, name) if own is not None else None
        return getattr(rules, name) if mine is None else mine

    cancel, move, home = rule("cancel"), rule("move"), rule("home_visits")
    return Policy(
        currency=currency,
        deposit=DepositRule(**rule("deposit").model_dump()),
        cancel=CancelRule(tuple(CancelBand(b.hours, b.returned) for b in cancel.bands), cancel.fee_minor, cancel.by),
        move=MoveRule(tuple(MoveBand(b.hours, b.deposit) for b in move.bands), move.allowed, move.by),
        no_show=NoShowRule(**rule("no_show").model_dump()),
        late=LateRule(rule("late_minutes")),
        age=AgeRule(rule("minimum_age"), rule("guardian_below")),
        intake_hours=rule("intake_hours"),
        home_visits=None if home is None else HomeVisitRule(**home.model_dump()),
        vouchers=rule("vouchers"),
    )


#: Where a rule of the policy stands in the files when its name differs there.
_WRITTEN = {"late": "late_minutes", "age": "minimum_age"}


def contradictions(policy: Policy, *, lead_minutes: int) -> list[tuple[tuple[str | int, ...], PolicyProblem]]:
    """Rules that cannot be kept together, each with the place of its key in the file."""
    found: list[tuple[tuple[str | int, ...], PolicyProblem]] = []
    for problem in policy_problems(policy, lead_minutes=lead_minutes):
        head, *rest = problem.field.split(".")
        found.append(((_WRITTEN.get(head, head), *rest), problem))
    return found
