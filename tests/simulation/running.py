"""Running schedules: one after the other on one stage, and telling what a failure needs."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from contextlib import closing

from tests.simulation.deeds import DEEDS
from tests.simulation.ending import come_to_rest
from tests.simulation.invariants import find_faults
from tests.simulation.luck import LUCK
from tests.simulation.practice import Practice, Stage
from tests.simulation.schedule import Action, make_schedule, shrink

LENGTH = 40
ACTIONS = DEEDS | LUCK


def run_schedule(stage: Stage, seed: int, schedule: Sequence[Action]) -> list[str]:
    """What went wrong in this schedule; empty when all held. `seed` gives Stripe its ids and its order of things."""
    with closing(Practice(stage, seed)) as practice:
        return play(practice, schedule)


def play(practice: Practice, schedule: Sequence[Action]) -> list[str]:
    """Let a schedule happen to `practice` up to its first fault, and its end come if there is none."""
    try:
        for number, action in enumerate(schedule):
            ACTIONS[action.name](practice, action)
            faults = find_faults(practice)
            if faults:
                return [f"after step {number}, {action}: {fault}" for fault in faults]
        return come_to_rest(practice)
    except Exception as error:  # whatever it is, it must not happen; the schedule tells how it can
        where = traceback.extract_tb(error.__traceback__)[-1]
        return [f"{type(error).__name__}: {error} ({where.filename.rpartition('/')[2]}:{where.lineno})"]


def first_failure(stage: Stage, seeds: Sequence[int]) -> int | None:
    """The first of these seeds whose schedule does not hold; None when all do."""
    return next((seed for seed in seeds if run_schedule(stage, seed, make_schedule(seed, LENGTH))), None)


def explain(stage: Stage, seed: int) -> str:
    """The shortest schedule of a failing seed, what goes wrong in it, and how to see it again."""
    short = shrink(make_schedule(seed, LENGTH), lambda schedule: bool(run_schedule(stage, seed, schedule)))
    steps = "\n".join(f"  {number:2} {action}" for number, action in enumerate(short))
    faults = "\n".join(f"  ! {fault}" for fault in run_schedule(stage, seed, short))
    again = f'python -m tests.simulation --replay {seed} "{" ".join(map(str, short))}"'
    return f"seed {seed} fails; its shortest schedule:\n{steps}\n{faults}\nagain: {again}"
