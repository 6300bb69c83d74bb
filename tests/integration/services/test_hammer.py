"""Eight processes at once: no overlap of people or rooms, no lost cell, and no error that is not a refusal."""

from __future__ import annotations

import multiprocessing
from collections import Counter

import pytest
from flask import Flask

from app.db.base import db
from config import Settings
from tests.diary_checks import diary_faults
from tests.integration.services.hammer import Report, run

PROCESSES = 8
SECONDS = 5.0


def hammer(settings: Settings) -> list[Report]:
    """What each of the processes reports."""
    context = multiprocessing.get_context("spawn")
    gate, queue = context.Barrier(PROCESSES), context.SimpleQueue()
    processes = [context.Process(target=run, args=(settings, seed, SECONDS, gate, queue)) for seed in range(PROCESSES)]
    for process in processes:
        process.start()
    reports = [queue.get() for _ in processes]
    for process in processes:
        process.join(timeout=60)
    return reports


@pytest.mark.slow
def test_eight_processes_leave_the_diary_whole(app: Flask, settings: Settings) -> None:
    db.session.remove()
    reports = hammer(settings)
    assert [fault for report in reports for fault in report.faults] == []
    assert diary_faults() == []
    outcomes: Counter[str] = sum((report.outcomes for report in reports), Counter())
    for happened in ("claim: done", "claim: SlotTaken"):  # the rest depends on how much a busy machine gets done
        assert outcomes[happened], f"{happened} never happened: {outcomes}"
