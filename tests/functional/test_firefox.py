"""The main job and every public page in Firefox, with scripts on a phone in the dark, and without any on a desk.

Debian's own Firefox is driven by the protocol that it speaks by itself (WebDriver BiDi), so there is no further driver.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from tests.conftest import unavailable
from tests.functional.conftest import (
    Client,
    Product,
    Visit,
    choose,
    fill_details,
    go_to_payment,
    pass_gate,
    pay,
    watched,
)
from tests.functional.looking import WIDTHS, public_paths, runs_sideways

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ARTICLE = "/articles/runner-back-pain-five-visits"
PHONE, DESK = 360, 1280


def _can_be_installed() -> bool:
    """Whether apt knows the package: Ubuntu, for one, has only a stand-in that fetches another kind of package."""
    return bool(shutil.which("apt-cache")) and bool(
        subprocess.run(["apt-cache", "show", "firefox-esr"], capture_output=True, check=False).stdout
    )


@pytest.fixture(scope="module")
def firefox_path() -> str:
    """The system's Firefox. Where there is none, and none can be had from apt, the tests say so and do not fail."""
    path = os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None and not _can_be_installed():
        pytest.skip("this system offers no Firefox (apt has no firefox-esr): THESE TESTS DID NOT RUN")
    if path is None:
        unavailable("Firefox")
    return path or ""


@pytest.fixture(scope="module")
def dark_firefox(playwright: Playwright, firefox_path: str) -> Iterator[Browser]:
    """Firefox with scripts, in the dark."""
    browser = _launch(playwright, firefox_path, {"ui.systemUsesDarkTheme": 1})
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def plain_firefox(playwright: Playwright, firefox_path: str) -> Iterator[Browser]:
    """Firefox without any script."""
    browser = _launch(playwright, firefox_path, {"javascript.enabled": False})
    yield browser
    browser.close()


def _launch(playwright: Playwright, path: str, wishes: dict[str, str | float | bool]) -> Browser:
    return playwright.firefox.launch(channel="moz-firefox", executable_path=path, firefox_user_prefs=wishes)


def _book_from_an_article(visit: Visit, client: Client) -> None:
    visit.open("/articles/")
    visit.follow(visit.page.locator(f"main a[href='{ARTICLE}']").first, f"**{ARTICLE}")
    visit.picture("1-article")
    assert visit.page.context.cookies() == []
    visit.follow(visit.page.locator("main a[href^='/book?']").first, "**/book?**")
    visit.picture("2-reason")
    visit.press("Continue")
    visit.picture("3-safety")
    pass_gate(visit)
    visit.picture("4-visit")
    visit.press("See free times")
    visit.picture("5-time")
    choose(visit, "time")
    visit.press("Continue")
    visit.press("Continue")
    assert visit.page.title().startswith("Error: Your details")
    visit.picture("6-details")
    fill_details(visit, client)
    visit.picture("7-check")
    when = visit.page.locator("dl.check time").inner_text()
    go_to_payment(visit)
    pay(visit)
    visit.picture("8-booked")
    assert visit.page.locator("dl.check time, main time").first.inner_text().split(" to ")[0] == when.split(" to ")[0]


def _move(visit: Visit) -> None:
    visit.follow(visit.page.get_by_role("link", name="Move this visit"), "**/move")
    choose(visit, "day", visit.page.locator("main input[name='day']").nth(3).get_attribute("value"))
    visit.press("Show times for this day")
    visit.click(visit.page.locator("main .times label").nth(2))
    visit.press("Continue")
    new = visit.page.locator("main time").inner_text()
    visit.press("Move to ")
    assert visit.page.url.endswith("done=moved")
    assert visit.page.locator("dl.check time").inner_text() == new
    visit.picture("own-booking")


def _cancel(visit: Visit) -> None:
    visit.follow(visit.page.get_by_role("link", name="Cancel this visit"), "**/cancel")
    visit.picture("cancel")
    visit.press("Cancel this visit")
    assert "Your visit is cancelled" in visit.page.locator("main").inner_text()


def test_from_an_article_to_a_cancelled_visit(dark_firefox: Browser, product: Product) -> None:
    with watched(dark_firefox, product) as windows:
        visit = windows.open(width=PHONE)
        _book_from_an_article(visit, Client(email="firefox@client.example"))
        assert visit.page.get_by_role("button", name="Print this page").is_visible()
        assert visit.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        _move(visit)
        _cancel(visit)


def test_the_same_without_any_script(plain_firefox: Browser, product: Product) -> None:
    with watched(plain_firefox, product) as windows:
        visit = windows.open(javascript=False, width=DESK)
        _book_from_an_article(visit, Client(email="firefox-plain@client.example"))
        assert not visit.page.get_by_role("button", name="Print this page").is_visible()
        _move(visit)
        _cancel(visit)


def test_every_public_page_fits_every_window(dark_firefox: Browser, product: Product) -> None:
    wide = []
    with watched(dark_firefox, product) as windows:
        visit = windows.open()
        for path in public_paths(product):
            visit.open(path)
            for width in WIDTHS:
                visit.resize(width)
                wide += [f"{path} at {width}"] if runs_sideways(visit.page) else []
    assert not wide
