"""A full week, three who wait, one freed time: the first lets it pass, the second takes it and pays; eight others book.

Served over real HTTP by this process, so that the test has the clock: an offer lasts an hour.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select
from werkzeug.serving import make_server

from app import create_app
from app.db.base import db
from app.db.tables import BookingRow
from app.db.unit_of_work import reading
from app.services.manage.changes import cancel_by_practice
from app.web.site import Site
from config import Settings
from dev.mail_viewer.letters import Letter, list_letters
from tests.conftest import MovableClock
from tests.diary_checks import diary_faults
from tests.factories.booking import make_confirmed
from tests.functional.conftest import Client, Visit, Windows, choose, fill_details, go_to_payment, pass_gate, pay
from tests.functional.crowd import crowd
from tests.functional.running import free_ports
from tests.functional.test_booking_journey import held_text, someone
from tests.stripe_bench import StripeBench

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = "90-minute-visit"
#: The only two long visits of the week.
TUESDAY = [datetime(2026, 11, 24, 9, 0, tzinfo=UTC), datetime(2026, 11, 24, 10, 45, tzinfo=UTC)]


@dataclass(frozen=True)
class Served:
    """The application behind a real server on this test's clock."""

    app: Flask
    site: str
    folder: Path
    clock: MovableClock

    def work(self) -> None:
        """What the worker does within a minute: its first step sends what its later steps wrote."""
        self.clock.advance(minutes=1)
        for _ in range(2):
            done = self.app.test_cli_runner().invoke(args=["worker", "--once"])
            assert done.exit_code == 0, done.output

    def letter_to(self, client: Client, subject: str) -> Letter | None:
        letters = [one for one in list_letters(self.folder / "mail") if client.email in one.to]
        return next((one for one in letters if subject in one.subject), None)


@pytest.fixture
def served(
    base_settings: Settings, sqlite_template: Path, tmp_path: Path, clock: MovableClock, stripe_sandbox: StripeBench
) -> Iterator[Served]:
    shutil.copy(sqlite_template, tmp_path / "site.db")
    shutil.copytree("content", tmp_path / "content")
    person = tmp_path / "content" / "team" / "example-therapist-a.md"
    text = re.sub(r"^treatments: .*$", f"treatments: [{LONG}]", person.read_text(), count=1, flags=re.MULTILINE)
    hours = 'hours:\n  - {days: [tue], from: "09:00", until: "12:15"}\n'
    person.write_text(re.sub(r"^hours:\n(  - .*\n)+", hours, text, count=1, flags=re.MULTILINE))
    rules = tmp_path / "content" / "practice.yml"
    rules.write_text(rules.read_text().replace("horizon_days: 56", "horizon_days: 6"))
    port = free_ports()
    settings = replace(
        base_settings,
        database_url=f"sqlite:///{tmp_path / 'site.db'}",
        content_dir=tmp_path / "content",
        stripe_api_base=stripe_sandbox.url,
        base_url=f"http://127.0.0.1:{port}",
        mail_url=f"file:{tmp_path / 'mail'}",
        trusted_proxies=1,
    )
    app = create_app(settings, clock=clock)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Served(app, settings.base_url, tmp_path, clock)
    server.shutdown()
    thread.join(timeout=10)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def visitors(browser: Browser, served: Served) -> Iterator[Windows]:
    opened = Windows(browser, served.site)
    yield opened
    assert opened.close() == []


def fill_the_week(served: Served) -> int:
    """Both long visits are taken; the id of the first."""
    site: Site = served.app.extensions["site"]
    with served.app.app_context():
        taken = [
            make_confirmed(
                now=served.clock.now,
                starts_at=start,
                visitor=f"early {start}",
                catalogue=site.library().catalogue,
                treatment=LONG,
                practitioner="example-therapist-a",
            )
            for start in TUESDAY
        ]
        return taken[0].id


def wait_in_line(visit: Visit, client: Client) -> None:
    """Find nothing free, and ask for a Tuesday."""
    visit.open("/book?condition=neck")
    visit.press("Continue")
    pass_gate(visit)
    choose(visit, "treatment", LONG)
    visit.press("See free times")
    assert "Nothing is free" in held_text(visit)
    visit.follow(visit.page.get_by_role("link", name="Ask for a time that comes free").first)
    visit.click(visit.page.locator("label:has(input[name='weekdays'][value='1'])"))
    visit.click(visit.page.locator("label:has(input[name='parts'][value='morning'])"))
    visit.page.locator("main input[name='name']").fill(client.name)
    visit.page.locator("main input[name='email']").fill(client.email)
    visit.follow(visit.page.locator("main form button.btn").first, "**/waitlist/**")


def open_offer(visit: Visit, letter: Letter | None) -> None:
    assert letter is not None
    found = re.search(r"http\S+/waitlist/\S+", letter.text)
    assert found
    visit.page.goto(found[0])


def test_a_freed_time_goes_down_the_line(visitors: Windows, served: Served) -> None:
    _down_the_line(visitors, served, nullcontext(), javascript=True)


def test_the_same_without_scripts_while_others_book(visitors: Windows, served: Served) -> None:
    met = _down_the_line(visitors, served, crowd(served.site), javascript=False)
    assert not [what for what in met if what.startswith("fault")], met
    assert met["paid"] > 0, met


def _down_the_line(visitors: Windows, served: Served, others: AbstractContextManager[Any], *, javascript: bool) -> Any:
    people = [(visitors.open(javascript=javascript), someone()) for _ in range(3)]
    freed = fill_the_week(served)
    with others as met:
        for visit, client in people:
            wait_in_line(visit, client)
        with served.app.app_context():
            cancel_by_practice(freed, now=served.clock.now)
        served.work()
        (first, one), (second, two), (_, three) = people
        open_offer(first, served.letter_to(one, "A time is held for you"))
        assert first.heading() == "A time is held for you"
        assert served.letter_to(two, "A time is held for you") is None, "one after another"

        served.clock.advance(minutes=61)
        served.work()
        open_offer(first, served.letter_to(one, "A time is held for you"))
        assert first.page.get_by_role("button", name="Take this time").count() == 0
        open_offer(second, served.letter_to(two, "A time is held for you"))
        second.press("Take this time")
        fill_details(second, two)
        go_to_payment(second)
        pay(second)
        assert "09:00" in second.heading()
        served.work()
    assert served.letter_to(two, "Booked") is not None
    assert served.letter_to(three, "A time is held for you") is None
    with served.app.app_context(), reading() as session:
        at_nine = select(BookingRow).where(BookingRow.starts_at == TUESDAY[0], BookingRow.treatment == LONG)
        (winner,) = [row for row in session.scalars(at_nine) if row.state == "confirmed"]
        assert winner.client_email == two.email
    with served.app.app_context():
        assert diary_faults() == []
    return met
