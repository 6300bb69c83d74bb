"""When the network goes while somebody books: a page that says so, and nothing private on the device."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.functional.conftest import PATIENCE_MS, Product, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _kept(page: Page) -> list[str]:
    """The addresses that the service worker keeps."""
    found: list[str] = page.evaluate(
        """async () => {
            const kept = [];
            for (const name of await caches.keys())
                for (const request of await (await caches.open(name)).keys()) kept.push(new URL(request.url).pathname);
            return kept;
        }"""
    )
    return found


def test_a_lost_connection_is_told_and_nothing_private_is_kept(browser: Browser, product: Product) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 780})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    visit = Visit(page, product.site, javascript=True, width=360)
    visit.open("/")
    assert page.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length") == 0
    visit.open("/book?condition=neck")
    visit.press("Continue", "**/book/safety")
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    assert sorted(path.split("-")[0] for path in _kept(page)) == ["/offline", "/static/site"]
    context.set_offline(True)
    visit.open("/book/time")
    assert visit.heading() == "There is no connection"
    assert page.locator("a[href^='tel:']").count()
    assert page.evaluate("getComputedStyle(document.querySelector('.btn')).borderRadius") != "0px"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.set_offline(False)
    visit.follow(page.get_by_role("link", name="Try again"), "**/book/safety")
    assert "/book" not in "".join(_kept(page))
    context.close()
