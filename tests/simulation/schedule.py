"""A schedule: what clients, staff, the worker, Stripe and bad luck do, in order, made from one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

#: How often each thing happens, relative to the others.
WEIGHTS = {
    "hold": 6, "open": 8, "pay": 8, "decline": 1, "come_back": 4, "deliver": 6, "process": 5, "poll": 4,
    "release": 3, "expire_page": 2, "cancel": 4, "practice_cancels": 1, "move": 2, "send_refunds": 4,
    "dashboard_refund": 1, "hear_missed": 1, "wait_minutes": 5, "wait_hours": 1,
    "lose_answer": 2, "lose_request": 1, "stripe_down": 1, "rate_limit": 1, "drop_webhooks": 2, "double_webhooks": 2,
    "crash_before_call": 2, "crash_after_call": 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that happens; `number` picks the visitor, the time or how much."""

    name: str
    number: int

    def __str__(self) -> str:
        return f"{self.name}({self.number})"


def make_schedule(seed: int, length: int) -> list[Action]:
    """The schedule of a seed: always the same."""
    chance = random.Random(seed)
    names = chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=length)
    return [Action(name, chance.randrange(1_000_000)) for name in names]


def shrink(schedule: list[Action], fails: object) -> list[Action]:
    """A shorter schedule that still fails: parts are left out as long as `fails(schedule)` stays true."""
    assert callable(fails)
    size = max(1, len(schedule) // 2)
    while size:
        start = 0
        while start < len(schedule):
            shorter = schedule[:start] + schedule[start + size :]
            if fails(shorter):
                schedule = shorter
            else:
                start += size
        size //= 2
    return schedule
