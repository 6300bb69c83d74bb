"""The calendar file as another program reads it: calcurse imports it, also on the nights when clocks change."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from app.services.manage.calendar_file import PracticeFacts, calendar_file
from tests.conftest import START, unavailable
from tests.factories.booking import make_detailed_hold

FACTS = PracticeFacts(
    "Example practice", "1 Example Street", "hello@practice.example", "practice.example", "020 7946 0123"
)


@pytest.mark.parametrize(
    ("starts_at", "shown"),
    [
        (datetime(2026, 11, 25, 16, 15, tzinfo=UTC), "11/25/26 16:15"),
        (datetime(2026, 10, 24, 9, 0, tzinfo=UTC), "10/24/26 10:00"),  # the last summer-time Saturday
        (datetime(2026, 10, 27, 10, 0, tzinfo=UTC), "10/27/26 10:00"),
        (datetime(2027, 3, 30, 9, 0, tzinfo=UTC), "03/30/27 10:00"),
    ],
)
def test_calcurse_shows_the_time_of_the_practice(app: Flask, tmp_path: Path, starts_at: datetime, shown: str) -> None:
    if shutil.which("calcurse") is None:
        unavailable("calcurse")
    booking = make_detailed_hold(now=START, starts_at=datetime(2026, 11, 25, 16, 15, tzinfo=UTC))
    booking = replace(booking, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=60), state="confirmed")
    file = tmp_path / "appointment.ics"
    file.write_bytes(calendar_file(booking, FACTS, method="PUBLISH", now=START))
    run = ["calcurse", "-D", str(tmp_path / "data"), "-C", str(tmp_path / "conf")]
    environ = {**os.environ, "TZ": "Europe/London", "LC_ALL": "C.UTF-8"}
    subprocess.run([*run, "-i", str(file), "-q"], check=True, env=environ, capture_output=True, timeout=20)
    asked = [*run, "-Q", "--from", "01/01/2026", "--to", "12/31/2027", "--filter-type", "apt"]
    read = subprocess.run(
        [*asked, "--format-apt", "%(start:%D %H:%M) %(duration) %m\n"],
        check=True, env=environ, capture_output=True, text=True, timeout=20,
    ).stdout  # fmt: skip
    assert f"{shown} 3600 60 min appointment" in read
