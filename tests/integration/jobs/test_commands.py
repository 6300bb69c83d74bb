"""The commands as typed, and the sign of life that the worker leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.db.base import db
from app.jobs.steps import STEPS
from app.services.upkeep.worker_steps import note_step, read_steps
from config import Settings
from tests.conftest import MovableClock
from tests.stripe_bench import StripeBench


def test_once_runs_every_step_and_says_nothing_when_all_is_well(
    settings: Settings, clock: MovableClock, stripe_sandbox: StripeBench
) -> None:
    app = create_app(replace(settings, stripe_api_base=stripe_sandbox.url), clock=clock)
    client = app.test_client()
    assert client.get("/readyz").json["worker"] == {"seen_s": None, "late": True, "failing": []}  # type: ignore[index]
    done = app.test_cli_runner().invoke(args=["worker", "--once"])
    assert done.exit_code == 0, done.output
    with app.app_context():
        assert {step.name for step in read_steps()} == {step.name for step in STEPS}
    assert client.get("/readyz").json["worker"] == {"seen_s": 0, "late": False, "failing": []}  # type: ignore[index]
    with app.app_context():
        db.engine.dispose()


def test_a_silent_or_failing_worker_is_told(app: Flask, client: FlaskClient, clock: MovableClock) -> None:
    note_step("outbox", now=clock())
    note_step("refunds", now=clock(), failures=3, error="APIConnectionError at app.gateways:1")
    clock.advance(minutes=4)
    worker = client.get("/readyz").json["worker"]  # type: ignore[index]
    assert worker == {"seen_s": 240, "late": True, "failing": ["refunds"]}
    figures = client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
    assert "practice_worker_seen_seconds 240.0" in figures
    assert 'practice_worker_step_seconds{step="outbox"} 240.0' in figures


def test_strangers_learn_only_that_the_site_is_ready(app: Flask, client: FlaskClient, settings: Settings) -> None:
    """Names of drafts, and how the money is doing, are the practice's own."""
    for stranger in ({"REMOTE_ADDR": "203.0.113.9"}, {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}):
        answer = client.get("/readyz", environ_base=stranger)
        assert (answer.status_code, answer.json) == (200, {"ready": True})
    token = "a-token-for-the-scraper"
    guarded = create_app(replace(settings, metrics_token=token))
    for headers, told in (({}, False), ({"Authorization": f"Bearer {token}"}, True)):
        answer = guarded.test_client().get("/readyz", headers=headers)
        assert ("money" in answer.text) == told
    with guarded.app_context():
        db.engine.dispose()


def test_a_step_that_recovers_keeps_when_it_was_last_done(app: Flask, clock: MovableClock) -> None:
    first = clock()
    note_step("outbox", now=first)
    note_step("outbox", now=clock.advance(minutes=1), failures=1, error="x" * 500)
    (state,) = read_steps()
    assert (state.done_at, state.failures, len(state.error or "")) == (first, 1, 200)
    note_step("outbox", now=clock.advance(minutes=1))
    (state,) = read_steps()
    assert (state.done_at, state.failures, state.error) == (clock(), 0, None)


@pytest.mark.parametrize("words", [["demo", "seed", "--force"], ["worker", "--twice"]])
def test_unknown_options_are_refused(words: list[str], app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=words).exit_code == 2


def test_without_a_sandbox_that_answers_the_example_diary_says_so(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["demo", "seed"])
    assert done.exit_code == 1
    assert "the payment provider did not answer" in done.output


@pytest.mark.parametrize("words", [["tasks", "list"], ["enquiries", "list"], ["diary", "list"], ["demo", "seed"]])
def test_without_tables_a_command_says_how_to_make_them(words: list[str], settings: Settings, tmp_path: Path) -> None:
    app = create_app(replace(settings, database_url=f"sqlite:///{tmp_path / 'empty.db'}"))
    done = app.test_cli_runner().invoke(args=words)
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert "flask --app wsgi db upgrade" in done.output


def test_without_content_a_command_names_the_missing_files(settings: Settings, tmp_path: Path) -> None:
    app = create_app(replace(settings, content_dir=tmp_path, content_index=None))
    done = app.test_cli_runner().invoke(args=["diary", "list"])
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert "practice.yml:1: file: is missing" in done.output
