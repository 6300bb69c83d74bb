"""Many schedules on all cores: each process stands on a stage of its own and takes seeds in handfuls."""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from math import inf

from tests.simulation.practice import Stage, set_stage
from tests.simulation.running import first_failure

#: Seeds that a process takes at once, and seconds between two signs of life.
CHUNK, SAY_EVERY_S = 10, 30
_open = ExitStack()
_stage: Stage


def run_seeds(seeds: Sequence[int], processes: int, seconds: float = inf) -> tuple[int | None, int]:
    """A seed that failed, if any, and how many schedules were run. Stops soon after the first failure, and after so
    many `seconds`, when what has been begun is still brought to its end.
    """
    done, begun, said = 0, time.monotonic(), time.monotonic()
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_take_stage) as pool:
        chunks = [pool.submit(_run, seeds[start : start + CHUNK]) for start in range(0, len(seeds), CHUNK)]
        for chunk in as_completed(chunks):
            if chunk.cancelled():
                continue
            tried, failed = chunk.result()
            done += tried
            if failed is not None:
                pool.shutdown(wait=False, cancel_futures=True)
                return failed, done
            if time.monotonic() - begun > seconds:
                for waiting in chunks:
                    waiting.cancel()
            if time.monotonic() - said > SAY_EVERY_S:
                said = time.monotonic()
                print(f"{done} of {len(seeds)}", flush=True)
    return None, done


def _take_stage() -> None:
    global _stage
    _stage = _open.enter_context(set_stage())
    gc.collect()
    gc.freeze()  # the application stays: only what a schedule makes need be looked through


def _run(seeds: Sequence[int]) -> tuple[int, int | None]:
    return len(seeds), first_failure(_stage, seeds)
