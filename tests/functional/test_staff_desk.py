"""Content with faults, tasks, a question and time off with an error, looked at as `test_accessible` looks at pages."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from app import create_app
from app.db.base import db
from app.db.unit_of_work import unit_of_work
from app.domain.enquiry import Enquiry
from app.services.asking.enquiries import ask
from app.services.diary.hours import add_time_off
from app.services.upkeep.outbox import claim_due, mark_failed
from app.services.upkeep.staff_tasks import add_task
from app.services.upkeep.worker_steps import note_step
from config import Settings
from tests.functional.conftest import Visit, Windows
from tests.functional.looking import faults_of_look
from tests.staff_desk import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOW = datetime.now(UTC)


@pytest.fixture
def app(base_settings: Settings, sqlite_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """The site on content with faults, with something of everything to look at."""
    shutil.copy(sqlite_template, tmp_path / "site.db")
    shutil.copytree(base_settings.content_dir, tmp_path / "content")
    articles = tmp_path / "content" / "articles"
    text = (articles / "does-sports-massage-help.md").read_text()
    (articles / "broken.md").write_text(text.replace("status: ready", "status: sometimes\ncolour: red", 1))
    (articles / "promises.md").write_text(text.replace("title: ", "title: Heal ", 1))
    (articles / "a-draft.md").write_text(text.replace("status: ready", "status: draft", 1))
    url = f"sqlite:///{tmp_path / 'site.db'}"
    app = create_app(replace(base_settings, database_url=url, content_dir=tmp_path / "content"))
    with app.app_context():
        ask(Enquiry("Robin Example", "robin@post.example", "Is it safe\nafter a fall?"), key="1", now=NOW)
        for work in claim_due(now=NOW, limit=9, lease=timedelta(minutes=1)):
            mark_failed(work, "SMTP 550: the address was refused", now=NOW, permanent=True)
        with unit_of_work() as session:
            add_task(session, "conflict:1", "deposit.conflict", None, "Paid £12.00 too late.", now=NOW)
        note_step("refunds", now=NOW, failures=3, error="TimeoutError at a module:91")
        add_time_off(None, NOW + timedelta(days=9), NOW + timedelta(days=12), note="Closed", now=NOW)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def desk(app: Flask, browser: Browser) -> Iterator[Visit]:
    """A signed-in browser at the site."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    windows = Windows(browser, f"http://127.0.0.1:{server.server_port}")
    visit = windows.open()
    cookie = sign_in(app, "desk", NOW).get_cookie("staff")
    assert cookie is not None
    visit.page.context.add_cookies([{"name": "staff", "value": cookie.value, "url": visit.site}])
    yield visit
    faults = windows.close()
    server.shutdown()
    thread.join()
    server.server_close()
    assert faults == []


def test_the_desk_is_for_everyone(desk: Visit) -> None:
    found = []
    guide = ("/styleguide/staff", "Style guide of the staff area")  # every part in every state
    for path, heading in (("/staff/content", "Content"), ("/staff/tasks", "Tasks"), guide):
        desk.open(path)
        assert desk.heading() == heading
        found += faults_of_look(desk.page, stops=25)
    desk.open("/staff/enquiries/1")
    desk.press("Send answer")
    assert desk.page.title().startswith("Error: ")
    found += faults_of_look(desk.page, stops=25)
    desk.open("/staff/hours")
    desk.page.get_by_label("Note for the practice").fill("x" * 130)
    desk.follow(desk.page.get_by_role("button", name="Add", exact=True))
    assert desk.page.locator(".problem a").count() == 3
    found += faults_of_look(desk.page, stops=25)
    assert not found, "\n".join(found)
