"""What a visitor typed is kept for them, encrypted, and forgotten in time."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import text

from app.db.unit_of_work import reading
from app.domain.draft import Draft
from app.services.booking.drafts import discard_draft, discard_old_drafts, read_draft, save_draft
from tests.conftest import MovableClock
from tests.factories.booking import visitor_digest

pytestmark = pytest.mark.usefixtures("app")

ME = visitor_digest("me")
DRAFT = Draft(
    condition="neck",
    gate_version="3",
    gate_passed_at=datetime(2026, 11, 23, 6, 59, tzinfo=UTC),
    day=date(2026, 11, 24),
    starts_at=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
    name="Zoë O'Neil",
    returning=False,
    note="stiff since Monday",
)


def test_a_draft_is_kept_changed_and_discarded(clock: MovableClock) -> None:
    assert read_draft(ME) == Draft()
    save_draft(ME, DRAFT, now=clock.now)
    assert read_draft(ME) == DRAFT
    save_draft(ME, replace(DRAFT, note=None), now=clock.now)
    assert read_draft(ME) == replace(DRAFT, note=None)
    assert read_draft(visitor_digest("you")) == Draft()
    discard_draft(ME)
    discard_draft(ME)
    assert read_draft(ME) == Draft()


def test_nothing_typed_can_be_read_in_the_database(clock: MovableClock) -> None:
    save_draft(ME, DRAFT, now=clock.now)
    with reading() as session:
        raw = bytes(session.scalar(text("SELECT answers FROM draft")) or b"")
    assert raw
    for word in (b"neck", b"Neil", b"Monday"):
        assert word not in raw


def test_drafts_nobody_touched_for_thirty_days_go(clock: MovableClock) -> None:
    save_draft(ME, DRAFT, now=clock.now)
    save_draft(visitor_digest("you"), DRAFT, now=clock.advance(days=10))
    assert discard_old_drafts(now=clock.advance(days=20)) == 0
    assert discard_old_drafts(now=clock.advance(seconds=1)) == 1
    assert read_draft(ME) == Draft()
    assert read_draft(visitor_digest("you")) == DRAFT


def test_two_tabs_saving_at_once_do_not_fail_each_other(app: Flask, clock: MovableClock) -> None:
    faults: list[BaseException] = []

    def save(n: int) -> None:
        try:
            with app.app_context():
                for turn in range(5):
                    save_draft(ME, replace(DRAFT, note=f"tab {n}, turn {turn}"), now=clock.now)
        except BaseException as fault:
            faults.append(fault)

    tabs = [threading.Thread(target=save, args=(n,)) for n in range(4)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert not faults
    assert (read_draft(ME).note or "").startswith("tab ")
