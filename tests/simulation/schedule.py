"""A schedule: what clients, staff, workers, Stripe and bad luck do, in order, made from one seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

#: How often each thing happens, relative to the others.
WEIGHTS = {
    # clients
    "book": 12, "book_programme": 4, "hold": 3, "hold_programme": 2, "open": 6, "pay": 16, "pay_later": 2, "decline": 1,
    "come_back": 7, "give_back": 3, "cancel": 6, "cancel_rest": 1, "move": 2, "look": 1,
    # the practice and its workers
    "practice_cancels": 2, "mark_visit": 1, "use_credit": 1, "process": 7, "poll": 7, "release_holds": 3,
    "send_refunds": 6, "hear_missed": 1, "audit": 1, "send_mails": 1,
    # Stripe
    "deliver": 8, "dashboard_refund": 2, "open_dispute": 2, "settle_dispute": 1, "settle_payment": 2,
    "pending_refund": 2, "settle_refund": 2, "foreign_sale": 1, "live_event": 1, "altered_page": 2,
    # bad luck and time
    "lose_answer": 2, "lose_request": 1, "stripe_down": 1, "rate_limit": 1, "broken_before": 1, "broken_after": 1,
    "slow": 1, "slow_answer": 1, "drop_webhooks": 2, "double_webhooks": 2, "reorder_webhooks": 1, "delay_webhooks": 1,
    "roll_secret": 1, "wait_minutes": 7, "wait_hours": 2, "stripe_ahead": 1, "go_on": 7, "kill": 5,
}  # fmt: skip
#: One in so many processes stops somewhere on its way; how many points it may pass before.
PAUSES_ONE_IN, MOST_POINTS = 3, 9
_WRITTEN = re.compile(r"(\w+)\((\d+)\)(?:/(\d+))?")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that happens; `number` picks the visitor, the time or how much.

    A process of it stops at its `stop`-th point, to be gone on with or killed later; 0: it runs to its end.
    """

    name: str
    number: int
    stop: int = 0

    def __str__(self) -> str:
        return f"{self.name}({self.number})" + (f"/{self.stop}" if self.stop else "")


def make_schedule(seed: int, length: int) -> list[Action]:
    """The schedule of a seed: always the same."""
    chance = random.Random(seed)
    names = chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=length)
    return [Action(name, chance.randrange(10_000), _stop(chance)) for name in names]


def _stop(chance: random.Random) -> int:
    return chance.randint(1, MOST_POINTS) if chance.randrange(PAUSES_ONE_IN) == 0 else 0


def read_schedule(text: str) -> list[Action]:
    """The schedule that was printed. Raises ValueError for anything else."""
    found = []
    for word in text.split():
        match = _WRITTEN.fullmatch(word)
        if match is None or match[1] not in WEIGHTS:
            raise ValueError(f"not an action: {word}")
        found.append(Action(match[1], int(match[2]), int(match[3] or 0)))
    return found


def shrink(schedule: list[Action], fails: Callable[[list[Action]], bool]) -> list[Action]:
    """A shorter schedule that still fails: parts are left out, then pauses, as long as `fails(schedule)` stays true."""
    before: list[Action] = []
    while schedule != before:
        before = schedule
        schedule = _leave_out(schedule, fails)
        for place, action in enumerate(schedule):
            calmer = [*schedule[:place], replace(action, stop=0), *schedule[place + 1 :]]
            if action.stop and fails(calmer):
                schedule = calmer
    return schedule


def _leave_out(schedule: list[Action], fails: Callable[[list[Action]], bool]) -> list[Action]:
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
