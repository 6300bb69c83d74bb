"""Real browsers before the whole running product. Their pictures are kept in artefacts/, for people to look at.

Without a browser these tests are skipped loudly, and fail when CI=true.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from dev.mail_viewer.letters import Letter, list_letters
from tests.conftest import unavailable
from tests.functional.running import Run, free_ports

ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts"
#: Only what fails takes as long: three browsers and their servers may have to share two cores.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
#: Before a picture in Firefox the driver adds an empty style, `body {}`, which the pages refuse as they should.
DRIVERS_OWN = "sha256-YjaKGiklmzC6wjXA513HAMmzus8VE61XCOT+SmwNZWA="


@dataclass(frozen=True)
class Product:
    """The served product: `site` and `sandbox` are addresses without a trailing slash, `folder` is its instance."""

    run: Run
    folder: Path

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.run.port}"

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.run.port + 1}"

    def letters_to(self, address: str) -> list[Letter]:
        """What was sent to `address`, newest first."""
        return [letter for letter in list_letters(self.folder / "mail") if address in letter.to]

    def forget_networks(self) -> None:
        """A network may have ten unfinished bookings: so that each test is one of its own."""
        with closing(sqlite3.connect(self.folder / "site.db", timeout=15)) as store, store:
            store.execute("UPDATE booking SET network = NULL")


@dataclass
class Visit:
    """One browser window of one visitor at `site`, an address without a trailing slash.

    `faults` gathers what must not happen: errors, foreign or broken requests.
    """

    page: Page
    site: str
    javascript: bool
    width: int
    firefox: bool = False
    faults: list[str] = field(default_factory=list)

    @property
    def blind(self) -> bool:
        """Without scripts Firefox cannot tell its driver what stands still, can be written into, or has its fonts."""
        return self.firefox and not self.javascript

    def open(self, path: str) -> None:
        """Go to a page of the site."""
        self.page.goto(self.site + path)

    def heading(self) -> str:
        return self.page.locator("h1").first.inner_text()

    @contextmanager
    def leaving(self, address: str | None = None) -> Iterator[None]:
        """What is done in the block leads to another page (at `address`): go on when that one is there, whole.

        The browser only says that it clicked: what is read then may still be the page before, or half of the next.
        """
        with self.page.expect_navigation(url=address):
            yield

    def follow(self, what: Locator, address: str | None = None) -> None:
        """Click what leads to another page (at `address`), and wait until that one is there."""
        with self.leaving(address):
            self.click(what)

    def press(self, name: str | re.Pattern[str], address: str | None = None) -> None:
        """Follow the button called `name`."""
        self.follow(self.page.get_by_role("button", name=name).first, address)

    def click(self, what: Locator) -> None:
        """Click what stays on this page, once it stands still."""
        what.click(force=self.blind)

    def fill(self, name: str, words: str) -> None:
        """Write into the field called `name`, which is empty if the browser is blind."""
        where = self.page.locator(f"main input[name='{name}']")
        if self.blind:
            self.click(where)
            self.page.keyboard.type(words)
        else:
            where.fill(words)

    def resize(self, width: int) -> None:
        """Make the window so many CSS pixels wide."""
        self.width = width
        self.page.set_viewport_size({"width": width, "height": 780})

    def picture(self, name: str) -> None:
        """Keep a picture of the whole page."""
        if self.blind:
            return
        ARTEFACTS.mkdir(exist_ok=True)
        look = ("firefox-" if self.firefox else "") + ("script" if self.javascript else "plain")
        self.page.screenshot(path=ARTEFACTS / f"{name}-{self.width}-{look}.png", full_page=True)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives every browser."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        unavailable("Chromium")
    chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
    yield chromium
    chromium.close()


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Product]:
    """`make run` with these settings, its data in `folder`; nothing of it is left running."""
    run = Run(folder, free_ports(), **settings)
    run.read_addresses()
    yield Product(run, folder)
    run.stop()
    for number in run.left_behind():
        os.kill(number, signal.SIGKILL)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """`make run`, once for all journeys."""
    with serving(tmp_path_factory.mktemp("product")) as product:
        yield product


class Windows:
    """Opens windows, and at the end of the test says what went wrong in any of them."""

    def __init__(self, browser: Browser, site: str) -> None:
        self._browser, self._site = browser, site
        self._contexts: list[BrowserContext] = []
        self.visits: list[Visit] = []

    def open(self, *, javascript: bool = True, width: int = 360, dark: bool = False) -> Visit:
        """A window of a visitor who has never been here."""
        context = self._browser.new_context(
            viewport={"width": width, "height": 780},
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        firefox = self._browser.browser_type.name == "firefox"
        visit = Visit(context.new_page(), self._site, javascript, width, firefox)
        self._watch(visit)
        self.visits.append(visit)
        return visit

    def _watch(self, visit: Visit) -> None:
        on, tell, ours = visit.page.on, visit.faults.append, ("127.0.0.1", None)
        on("pageerror", lambda error: None if DRIVERS_OWN in error.message else tell(f"script error: {error}"))
        on("console", lambda line: tell(f"console: {line.text}") if _is_fault(line) else None)
        on("request", lambda one: None if urlsplit(one.url).hostname in ours else tell(f"foreign request: {one.url}"))
        on("response", lambda answer: tell(f"{answer.status} {answer.url}") if answer.status >= 500 else None)

    def close(self) -> list[str]:
        """End every window; what must not have happened in them."""
        for context in self._contexts:
            context.close()
        return [fault for visit in self.visits for fault in visit.faults]


def _is_fault(line: ConsoleMessage) -> bool:
    """Errors and warnings, but not the browser's remark on a page that honestly says 4xx."""
    return line.type in ("error", "warning") and not re.search(r"responded with a status of 4\d\d", line.text)


@contextmanager
def watched(browser: Browser, product: Product) -> Iterator[Windows]:
    """Opens browser windows on the product; a script error, console warning or foreign request is a failure."""
    product.forget_networks()
    opened = Windows(browser, product.site)
    try:
        yield opened
    finally:
        faults = opened.close()
    assert faults == []


@pytest.fixture
def windows(browser: Browser, product: Product) -> Iterator[Windows]:
    """Windows of Chromium, watched."""
    with watched(browser, product) as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Client:
    """Who books in a journey. Invented."""

    name: str = "Robin Example"
    email: str = "robin@client.example"
    phone: str = "07700 900123"


def choose(visit: Visit, name: str, value: str | None = None) -> None:
    """Pick a radio button by its field, and by its value or else the first one."""
    option = visit.page.locator(f"main input[name='{name}']" + (f"[value='{value}']" if value else "")).first
    visit.click(visit.page.locator(f"main label:has([id='{option.get_attribute('id')}'])"))


def pass_gate(visit: Visit) -> None:
    """Both safety lists, answered with no."""
    for _ in range(2):
        choose(visit, "answer", "none")
        visit.press("Continue")


def reach_details(visit: Visit, *, start: str = "/book?condition=neck", treatment: str | None = None) -> None:
    """From the first step to the form for details, with the first free time that is offered."""
    visit.open(start)
    visit.press("Continue")
    pass_gate(visit)
    if treatment:
        choose(visit, "treatment", treatment)
    visit.press("See free times")
    choose(visit, "time")
    visit.press("Continue")


def fill_details(visit: Visit, client: Client, *, returning: str = "no") -> None:
    """Type who comes, and go on."""
    for name in ("name", "email", "phone"):
        visit.fill(name, getattr(client, name))
    choose(visit, "returning", returning)
    visit.press("Continue")


def reach_payment(visit: Visit, client: Client, *, treatment: str | None = None) -> None:
    """Everything up to the hosted payment page."""
    reach_details(visit, treatment=treatment)
    fill_details(visit, client)
    go_to_payment(visit)


def go_to_payment(visit: Visit) -> None:
    """From the last page of booking to the hosted payment page."""
    visit.press(re.compile("^Pay .* deposit and book$"), "**/c/pay/**")


def pay(visit: Visit) -> None:
    """From the hosted payment page to the booked visit."""
    visit.follow(visit.page.locator("button[value='pay']"), "**/booking/**")
