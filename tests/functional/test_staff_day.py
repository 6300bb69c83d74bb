"""A day and a booking in the staff area, looked at as `test_accessible` looks at pages, and worked without a mouse."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from app.domain.staff import EXAMPLE_EMAIL, EXAMPLE_PASSWORD
from tests.functional.conftest import Product, Visit, Windows
from tests.functional.looking import faults_of_look, findings, runs_sideways

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def sign_in(visit: Visit) -> None:
    """As the example therapist."""
    visit.open("/staff/")
    visit.fill("email", EXAMPLE_EMAIL)
    visit.fill("password", EXAMPLE_PASSWORD)
    visit.press("Sign in")


def begin_one(product: Product) -> str:
    """Let a booked visit be under way, late enough to be missed; its reference."""
    now = datetime.now(UTC)
    times = [now - timedelta(minutes=20), now + timedelta(minutes=40)]
    begins, ends = (f"{moment:%Y-%m-%d %H:%M}:00.000000" for moment in times)
    with closing(sqlite3.connect(product.folder / "site.db", timeout=15)) as store, store:
        wanted = "SELECT id, reference FROM booking WHERE state = 'confirmed' AND treatment LIKE '%visit' ORDER BY id"
        number, reference = store.execute(wanted).fetchone()
        store.execute(
            "UPDATE booking SET starts_at = ?, ends_at = ?, busy_from = ?, busy_until = ? WHERE id = ?",
            (begins, ends, begins, ends, number),
        )
    return str(reference)


def one_ahead(product: Product) -> str:
    """The reference of a booked visit that can still be moved."""
    with closing(sqlite3.connect(product.folder / "site.db", timeout=15)) as store:
        wanted = "SELECT reference FROM booking WHERE state = 'confirmed' AND treatment LIKE '%visit' AND starts_at > ?"
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        return str(store.execute(wanted, (f"{tomorrow:%Y-%m-%d %H:%M:%S.%f}",)).fetchone()[0])


def test_the_pages_of_a_day_are_for_everyone(windows: Windows, product: Product) -> None:
    reference = begin_one(product)
    visit = windows.open()
    sign_in(visit)
    found = []
    for path in (
        "/staff/",
        f"/staff/week/{datetime.now(UTC).date()}",
        f"/staff/visits/{reference}",
        "/staff/day/2026-02-30",
    ):
        visit.open(path)
        found += faults_of_look(visit.page, stops=25)
        visit.picture("staff-" + path.strip("/").replace("/", "-").replace(reference, "one"))
    visit.open(f"/staff/visits/{reference}")
    visit.press("Show health answers")
    expect(visit.page.get_by_text("That you opened them is noted.")).to_be_visible()
    found += faults_of_look(visit.page, stops=25)
    visit.open("/staff/")
    visit.page.emulate_media(media="print")
    expect(visit.page.locator(".agenda .noprint").first).to_be_hidden()
    assert visit.page.pdf(format="A4").count(b"/Type /Page\n") == 1
    visit.page.emulate_media(media="screen")
    visit.open("/staff/find")
    visit.fill("q", "client")
    visit.press("Find")
    found += faults_of_look(visit.page, stops=25)
    visit.open(f"/staff/visits/{reference}/cancel")
    found += faults_of_look(visit.page, stops=25)
    visit.open(f"/staff/visits/{one_ahead(product)}/move")
    found += faults_of_look(visit.page, stops=25)
    visit.click(visit.page.locator("main label:has(input[name=time])").first)
    visit.press("Continue")
    assert visit.heading() == "Move this visit?"
    found += faults_of_look(visit.page, stops=25)
    visit.open("/staff/book")
    found += faults_of_look(visit.page, stops=25)
    visit.open("/staff/book/time?visit=60-minute-visit&who=anyone&been=yes")
    visit.click(visit.page.locator("main label:has(input[name=time])").first)
    visit.press("Continue")
    assert visit.heading() == "Who comes?"
    visit.press("Book it")
    found += faults_of_look(visit.page, stops=25)
    paper = visit.page.request.get(f"{visit.site}/staff/money/papers?paper=evidence&reference={reference}")
    visit.page.goto("about:blank")  # a file that was downloaded: the site's own rules are not upon it
    visit.page.set_content(paper.text())
    visit.resize(320)
    found += findings(visit.page) + (["paper runs sideways"] if runs_sideways(visit.page) else [])
    assert not found, "\n".join(found)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_visit_is_marked_by_keyboard_and_without_script(windows: Windows, product: Product, javascript: bool) -> None:
    reference = begin_one(product)
    visit = windows.open(javascript=javascript)
    sign_in(visit)
    page = visit.page
    visit.open(f"/staff/visits/{reference}")
    visit.follow(page.locator(".back a"), "**/staff/day/*")
    page.locator(f"[id='{reference}'] a").focus()
    with visit.leaving():
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Missed: nobody came").focus()
    with visit.leaving():
        page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Marked missed")
    visit.press("That was wrong: they were here")
    expect(page.get_by_role("status")).to_contain_text("Marked done")
