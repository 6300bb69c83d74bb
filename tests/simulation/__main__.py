"""Many random days of payments with faults and crashes: `python -m tests.simulation --seeds 2000 [--first 0]`.

Prints the seed, the shortest schedule of the first failure and how to see it again, and exits 1. The same seed is
always the same day. `--replay SEED "SCHEDULE"` runs one schedule as it was printed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from math import inf

from tests.simulation.many import run_seeds
from tests.simulation.practice import set_stage
from tests.simulation.running import explain, run_schedule
from tests.simulation.schedule import read_schedule


def main(words: Sequence[str] | None = None) -> int:
    """Run the seeds on all cores; the exit code is 1 when one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seconds", type=float, default=inf, help="begin no more of them after so long")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--brief", action="store_true", help="name the failing seed and do not look for its shortest schedule"
    )
    parser.add_argument("--replay", nargs=2, metavar=("SEED", "SCHEDULE"))
    asked = parser.parse_args(words)
    if asked.replay:
        return _replay(int(asked.replay[0]), asked.replay[1])
    start = time.monotonic()
    failed, done = run_seeds(range(asked.first, asked.first + asked.seeds), asked.processes, asked.seconds)
    print(f"{done} schedules {'held' if failed is None else 'tried'}, {time.monotonic() - start:.0f} s", flush=True)
    if failed is None:
        return 0
    if asked.brief:
        print(f"seed {failed} fails")
        return 1
    with set_stage() as stage:
        print(explain(stage, failed))
    return 1


def _replay(seed: int, schedule: str) -> int:
    with set_stage() as stage:
        faults = run_schedule(stage, seed, read_schedule(schedule))
    print("\n".join(faults) or "it held")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
