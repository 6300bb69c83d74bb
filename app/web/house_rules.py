"""The practice's rules for changes as general sentences, for pages that speak of no booking in particular."""

from __future__ import annotations

from typing import TypeVar

from app.domain.policy_rules import Policy
from app.domain.wording import counted, money_short

Band = TypeVar("Band")

_RETURNED = {
    "money": "you get your deposit back on your card",
    "credit": "we keep your deposit for your next visit",
    "choice": "you choose: your deposit back, or kept for your next visit",
    "kept": "we keep the deposit, and nothing more",
}
_MOVED = {
    "carried": "your deposit moves with you",
    "kept": "you pay a new deposit",
    "refused": "a visit can no longer be moved, only cancelled",
}


def cancel_rules(policy: Policy) -> list[str]:
    """What cancelling brings, from long notice to short."""
    rules = [
        _banded("Cancel", band.hours, first, _RETURNED[band.returned])
        for first, band in _with_first(policy.cancel.bands)
    ]
    if policy.cancel.fee_minor:
        fee = money_short(policy.cancel.fee_minor, policy.currency)
        rules.append(f"When money goes back to a card we keep a fee of {fee}.")
    return rules


def move_rules(policy: Policy) -> list[str]:
    """What moving brings, from long notice to short."""
    rules = [_banded("Move", band.hours, first, _MOVED[band.deposit]) for first, band in _with_first(policy.move.bands)]
    if policy.move.allowed is not None:
        rules.append(f"One booking can be moved {counted(policy.move.allowed, 'time')}.")
    return rules


def _with_first(bands: tuple[Band, ...]) -> list[tuple[bool, Band]]:
    return [(position == 0, band) for position, band in enumerate(bands)]


def _banded(verb: str, hours: int, first: bool, words: str) -> str:
    if first:
        return f"{verb} {counted(hours, 'hour')} or more before, and {words}." if hours else f"{verb}, and {words}."
    if hours:
        return f"Later, but {counted(hours, 'hour')} or more before: {words}."
    return f"Later than that: {words}."
