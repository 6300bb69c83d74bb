"""A policy as plain JSON values, to be stored with a booking, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

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

#: Raised when old snapshots would be misread; a rule that is only added needs no new number.
VERSION = 1


def to_snapshot(policy: Policy) -> dict[str, Any]:
    """The policy as values that JSON knows."""
    return {"version": VERSION, **asdict(policy)}


def from_snapshot(snapshot: Mapping[str, Any]) -> Policy:
    """The policy that `to_snapshot` wrote. A rule it does not name has its default value.

    Raises ValueError for a snapshot of a version this program does not know.
    """
    if snapshot.get("version", VERSION) != VERSION:
        raise ValueError(f"policy snapshot of unknown version {snapshot['version']!r}")
    home = snapshot.get("home_visits")
    plain = {name: snapshot[name] for name in ("currency", "intake_hours", "vouchers") if name in snapshot}
    return Policy(
        **plain,
        deposit=DepositRule(**snapshot.get("deposit", {})),
        cancel=_cancel(snapshot.get("cancel", {})),
        move=_move(snapshot.get("move", {})),
        no_show=NoShowRule(**snapshot.get("no_show", {})),
        late=LateRule(**snapshot.get("late", {})),
        age=AgeRule(**snapshot.get("age", {})),
        home_visits=HomeVisitRule(**{**home, "postcodes": tuple(home["postcodes"])}) if home else None,
    )


def _cancel(rule: Mapping[str, Any]) -> CancelRule:
    if "bands" not in rule:
        return CancelRule(**rule)
    return CancelRule(**{**rule, "bands": tuple(CancelBand(**band) for band in rule["bands"])})


def _move(rule: Mapping[str, Any]) -> MoveRule:
    if "bands" not in rule:
        return MoveRule(**rule)
    return MoveRule(**{**rule, "bands": tuple(MoveBand(**band) for band in rule["bands"])})
