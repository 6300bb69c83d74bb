"""Many random days of payments with faults and crashes: `python -m tests.simulation --seeds 2000 [--first 0]`.

Prints the seed and the shortest schedule of the first failure, and exits 1. The same seed is always the same day.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence

from tests.simulation.running import explain, run_seeds


def main(words: Sequence[str] | None = None) -> int:
    """Run the seeds on all cores; the exit code is 1 when one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args(words)
    start, cores = time.monotonic(), max(1, os.cpu_count() or 1)
    seeds = range(asked.first, asked.first + asked.seeds)
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        results = pool.map(run_seeds, [seeds[core::cores] for core in range(cores)], chunksize=1)
    failed = [seed for _, seed in results if seed is not None]
    if failed:
        print(explain(min(failed)))
        return 1
    print(f"{sum(done for done, _ in results)} schedules held, {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
