"""Random days of payments, every run the same ones: all must hold, and a broken rule must be found."""

from __future__ import annotations

import pytest

from tests.simulation import running
from tests.simulation.__main__ import main
from tests.simulation.schedule import Action, make_schedule, shrink
from tests.simulation.world import Simulation

#: `make simulate SEEDS=100000` runs more of them.
SEEDS = 300


@pytest.mark.slow
def test_days_of_payments_with_faults_and_crashes_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", str(SEEDS)]) == 0, capsys.readouterr().out


def test_a_seed_is_always_the_same_day() -> None:
    assert make_schedule(7, 25) == make_schedule(7, 25)
    assert make_schedule(7, 25) != make_schedule(8, 25)


def test_a_failure_is_told_with_its_shortest_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_second_hold(self: Simulation) -> list[str]:
        return ["two times are held"] if len(self.bench.world.store.newest_first("checkout.session")) > 1 else []

    monkeypatch.setattr(Simulation, "check", no_second_hold)
    failed = next(seed for seed in range(50) if running.run_seeds([seed])[1] is not None)
    said = running.explain(failed)
    assert f"seed {failed} fails" in said
    steps = [line for line in said.splitlines() if line.startswith("   ")]
    assert 2 <= len(steps) < running.LENGTH
    assert "! after step" in said


def test_shrinking_leaves_only_what_matters() -> None:
    schedule = [Action("x", number) for number in range(100)]
    needed = {Action("x", 17), Action("x", 63)}
    assert shrink(schedule, lambda part: needed <= set(part)) == [Action("x", 17), Action("x", 63)]
