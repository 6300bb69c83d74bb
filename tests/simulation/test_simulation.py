"""Random days of payments, every run the same ones: all must hold, and a broken rule must be found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.services.money import settlement
from tests.conftest import IN_CI
from tests.simulation import running
from tests.simulation.__main__ import main
from tests.simulation.practice import Practice, Stage, set_stage
from tests.simulation.processes import CallInTransaction, Process
from tests.simulation.running import ACTIONS, LENGTH, explain, first_failure, run_schedule
from tests.simulation.schedule import WEIGHTS, Action, make_schedule, read_schedule, shrink

#: Every run of CI, as far as the time goes; on a developer's machine a handful. `make simulate SEEDS=100000` runs more.
SEEDS, SECONDS = 2000 if IN_CI else 200, 90
#: What a slow machine must manage all the same.
LEAST = 100
ROOT = Path(__file__).resolve().parents[2]
HISTORY = """
import sys
from contextlib import closing
from tests.simulation.practice import Practice, set_stage
from tests.simulation.running import LENGTH, play
from tests.simulation.schedule import make_schedule
with set_stage() as stage, closing(Practice(stage, int(sys.argv[1]))) as practice:
    print(play(practice, make_schedule(int(sys.argv[1]), LENGTH)), practice.history())
"""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with set_stage() as stage:
        yield stage


@pytest.mark.slow
def test_days_of_payments_with_faults_and_crashes_hold(capsys: pytest.CaptureFixture[str]) -> None:
    failed = main(["--seeds", str(SEEDS), "--seconds", str(SECONDS)])
    told = capsys.readouterr().out
    assert failed == 0, told
    assert int(re.search(r"(\d+) schedules held", told)[1]) >= LEAST  # type: ignore[index]


def test_every_action_is_known_and_has_its_share() -> None:
    assert set(ACTIONS) == set(WEIGHTS)


@pytest.mark.slow
def test_a_seed_is_always_the_same_day_in_every_process() -> None:
    def history(hash_seed: str) -> str:
        command = [sys.executable, "-c", HISTORY, "42"]
        environ = {**os.environ, "PYTHONHASHSEED": hash_seed}
        return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True).stdout

    first = history("1")
    assert "evt_" in first
    assert history("2") == first


def test_a_schedule_is_read_as_it_was_printed() -> None:
    schedule = make_schedule(8, LENGTH)
    assert schedule != make_schedule(9, LENGTH)
    assert read_schedule(" ".join(map(str, schedule))) == schedule
    with pytest.raises(ValueError, match="not an action"):
        read_schedule("book(1) explode(2)")


def test_a_killed_process_leaves_nothing_that_was_not_committed(stage: Stage) -> None:
    with closing(Practice(stage, 1)) as practice:
        for name in ("book", "pay"):
            ACTIONS[name](practice, Action(name, 1))
        # the points of coming back: before the request, after its answer, before the transaction that follows it
        ACTIONS["come_back"](practice, Action("come_back", 0, stop=3))
        assert [process.name for process in practice.paused] == ["come_back"]
        ACTIONS["kill"](practice, Action("kill", 0))
        assert practice.rows("SELECT state FROM deposit") == [("open",)]
        ACTIONS["come_back"](practice, Action("come_back", 0))
        assert practice.rows("SELECT state FROM deposit") == [("paid",)]


def test_a_call_to_stripe_inside_a_transaction_is_a_fault(stage: Stage) -> None:
    with closing(Practice(stage, 1)) as practice:
        ACTIONS["book"](practice, Action("book", 1))
        session_id = practice.stripe("checkout.session")[0]["id"]

        def work() -> None:
            with settlement.unit_of_work() as session:
                session.connection()
                practice.checkout.read_session(session_id)

        with pytest.raises(CallInTransaction):
            Process(stage.app, "wrong", work).go_on()


def test_an_answer_without_a_stored_event_is_a_fault(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.webhook.receive_event", lambda *_given, **_named: False)
    schedule = read_schedule("book(1) pay(1) deliver(0)")
    assert "was answered with 204 and not stored" in run_schedule(stage, 1, schedule)[0]


def test_a_failure_is_told_with_its_shortest_schedule(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_second_payment(practice: Practice) -> list[str]:
        return ["two were paid"] if len(practice.stripe("checkout.session", payment_status="paid")) > 1 else []

    monkeypatch.setattr(running, "find_faults", no_second_payment)
    failed = first_failure(stage, range(50))
    assert failed is not None
    said = explain(stage, failed)
    assert f"seed {failed} fails" in said
    steps = [line.split()[1] for line in said.splitlines() if line.startswith("   ")]
    assert 3 <= len(steps) <= 6
    assert all("/" not in step for step in steps)
    assert f'--replay {failed} "{" ".join(steps)}"' in said


def test_shrinking_leaves_only_what_matters() -> None:
    schedule = [Action("x", number, stop=number % 2) for number in range(100)]
    kept = shrink(schedule, lambda part: {17, 63} <= {action.number for action in part})
    assert kept == [Action("x", 17), Action("x", 63)]
