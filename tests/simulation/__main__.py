"""Many random days of payments with faults and crashes: `python -m tests.simulation --seeds 2000 [--first 0]`.

Prints the seed, the shortest schedule of the first failure and how to see it again, and exits 1. The same seed is
always the same day. `--replay SEED "SCHEDULE"` runs one schedule as it was printed.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

from tests.simulation.practice import Stage, set_stage
from tests.simulation.running import explain, first_failure, run_schedule
from tests.simulation.schedule import read_schedule

#: Seeds that a process takes at once, and seconds between two signs of life.
CHUNK, SAY_EVERY_S = 20, 30
_open = ExitStack()
_stage: Stage


def main(words: Sequence[str] | None = None) -> int:
    """Run the seeds on all cores; the exit code is 1 when one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--replay", nargs=2, metavar=("SEED", "SCHEDULE"))
    asked = parser.parse_args(words)
    if asked.replay:
        return _replay(int(asked.replay[0]), asked.replay[1])
    start = time.monotonic()
    failed, done = _run(range(asked.first, asked.first + asked.seeds), asked.processes)
    print(f"{done} schedules {'held' if failed is None else 'tried'}, {time.monotonic() - start:.0f} s", flush=True)
    if failed is None:
        return 0
    with set_stage() as stage:
        print(explain(stage, failed))
    return 1


def _run(seeds: Sequence[int], processes: int) -> tuple[int | None, int]:
    """A seed that failed, if any, and how many schedules were run."""
    done, said = 0, time.monotonic()
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    with multiprocessing.get_context("spawn").Pool(processes, initializer=_take_stage) as pool:
        for chunk, failed in pool.imap_unordered(_run_chunk, chunks):
            done += len(chunk)
            if failed is not None:
                return failed, done
            if time.monotonic() - said > SAY_EVERY_S:
                said = time.monotonic()
                print(f"{done} of {len(seeds)}", flush=True)
    return None, done


def _take_stage() -> None:
    global _stage
    _stage = _open.enter_context(set_stage())
    gc.collect()
    gc.freeze()


def _run_chunk(seeds: Sequence[int]) -> tuple[Sequence[int], int | None]:
    return seeds, first_failure(_stage, seeds)


def _replay(seed: int, schedule: str) -> int:
    with set_stage() as stage:
        faults = run_schedule(stage, seed, read_schedule(schedule))
    print("\n".join(faults) or "it held")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
