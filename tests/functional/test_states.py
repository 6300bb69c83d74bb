"""Every state that a booking goes through, and every error, looked at as `test_accessible` looks at pages."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.functional.conftest import (
    Client,
    Product,
    Windows,
    choose,
    pay,
    reach_details,
    reach_payment,
)
from tests.functional.looking import LOOKS, faults_of_look, findings, runs_sideways, small_targets

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: A step as a screen reader tells it: the beginning of its title, its one h1, and its controls by role and name.
STEPS = (
    ("Where is it?", "Book a visit", """
        - paragraph: Step 1 of 6
        - group "Where is it? (optional)":
          - radio "Neck" [checked]
          - radio "Upper back"
          - radio "Lower back"
        - group "Who is the visit for?":
          - radio "Me" [checked]
        - paragraph:
          - button "Continue"
    """),
    ("Is it safe to book?", "First, is it safe to book?", """
        - region "Get medical help instead if":
          - heading "Call 999 or go to A&E now" [level=3]
          - heading "Call 111 or see a doctor today" [level=3]
        - group:
          - radio "None of these fit me"
        - paragraph:
          - button "Continue"
    """),
    ("Should we talk first?", "Should we talk first?", """
        - group:
          - radio "None of these fit me"
        - paragraph:
          - button "Continue"
    """),
    ("Choose a visit", "Choose a visit", """
        - group "Which visit?":
          - radio /30 minutes, sports massage .* £7 deposit £35/
          - radio /First visit, 75 minutes/ [checked]
        - group "With whom?":
          - radio "Anyone who is free" [checked]
        - paragraph:
          - button "See free times"
    """),
    ("Choose a day and time", "Choose a day and time", """
        - group "Day":
          - radio /\\d+ times? free/ [checked]
        - paragraph:
          - button "Show times for this day"
        - heading [level=2]
        - group /Morning|Afternoon|Evening/:
          - radio /^\\d\\d:\\d\\d$/
        - paragraph:
          - button "Continue"
    """),
    ("Your details", "Your details", """
        - textbox "Full name"
        - textbox "Email"
        - textbox "Mobile number"
        - group "Have you been to us before?":
          - radio /No/
          - radio "Yes"
        - paragraph:
          - button "Continue"
    """),
)  # fmt: skip
#: Parts of selectors that no page shows by itself.
_UNUSED = r"""() => {
  const states = /:(hover|focus-visible|focus|checked)/g;
  const bare = (text) => text
    .replace(/:not\(:focus\)|:has\(:(checked|focus-visible)\)/g, "")
    .replace(/:is\((:[\w-]+(, )?)+\)/g, "")
    .replace(/::[\w-]+(\([^)]*\))?/g, "").replace(states, "").trim() || "*";
  const parts = (text) => {
    let depth = 0, part = "";
    const found = [];
    for (const letter of text) {
      depth += { "(": 1, ")": -1 }[letter] ?? 0;
      if (letter === "," && !depth) { found.push(part); part = ""; } else part += letter;
    }
    return [...found, part].map((one) => one.trim());
  };
  const missing = [];
  const walk = (rules) => {
    for (const rule of rules) {
      for (const part of rule.selectorText ? parts(rule.selectorText) : [])
        if (!document.querySelector(bare(part))) missing.push(part);
      if (rule.cssRules) walk(rule.cssRules);
    }
  };
  walk(document.styleSheets[0].cssRules);
  return missing;
}"""

#: Characters on each line of the long paragraphs of a text, last lines left out.
_LINES = """() => [...document.querySelectorAll(".flow > p")].flatMap((paragraph) => {
  const lines = {}, range = document.createRange(), nodes = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
  for (let node = nodes.nextNode(); node; node = nodes.nextNode())
    for (let at = 0; at < node.length; at++) {
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const line = Math.round(range.getBoundingClientRect().bottom / 6);
      lines[line] = (lines[line] ?? 0) + 1;
    }
  return Object.values(lines).slice(0, -1);
})"""


def test_no_rule_of_the_style_sheet_is_unused(windows: Windows) -> None:
    visit = windows.open(width=1280)
    reach_details(visit)
    unused: set[str] = set(visit.page.evaluate(_UNUSED))
    for path in (
        "/styleguide",
        "/",
        "/conditions/lower-back",
        "/articles/runner-back-pain-five-visits",
        "/book/safety",
    ):
        visit.open(path)
        unused &= set(visit.page.evaluate(_UNUSED))
    assert not unused


@pytest.mark.parametrize("look", ["", "light", "dark", "forced", "large", "print"])
def test_every_part_in_every_state_and_look(windows: Windows, look: str) -> None:
    visit = windows.open(width=1280)
    visit.open(f"/styleguide?look={look}" if look else "/styleguide")
    visit.page.emulate_media(color_scheme="dark" if look == "light" else "light", reduced_motion="reduce")
    assert not runs_sideways(visit.page)
    # forced colours and print are the browser's and the paper's own
    found = (
        findings(visit.page, leave_out=("landmark", "heading-order", "region")) if look in ("", "light", "dark") else []
    )
    assert not found, "\n".join(found)
    ground = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert {"light": "244, 247, 245", "dark": "16, 26, 23", "print": "255, 255, 255"}.get(look, "") in ground


def test_lines_of_running_text_are_short_enough_to_follow(windows: Windows) -> None:
    visit = windows.open(width=1280)
    visit.open("/articles/does-sports-massage-help")
    lines = visit.page.evaluate(_LINES)
    assert len(lines) > 20
    # the style guide says 65, in whatever faces this machine has; WCAG 1.4.8 allows 80
    assert 55 <= sum(lines) / len(lines) <= 70
    assert max(lines) <= 80


def test_every_error_page(windows: Windows) -> None:
    visit = windows.open()
    found = []
    for path in [*(f"/styleguide/errors/{status}" for status in (400, 404, 410, 429)), "/offline", "/no-such-page"]:
        visit.open(path)
        found += faults_of_look(visit.page, stops=12)
    assert not found, "\n".join(found)


def test_each_step_says_where_one_is(windows: Windows) -> None:
    visit = windows.open()
    visit.open("/book?condition=neck")
    page = visit.page
    for number, (title, heading, controls) in enumerate(STEPS):
        assert page.title().startswith(title), page.title()
        assert page.locator("h1").all_inner_texts() == [heading]
        expect(page.locator("main")).to_match_aria_snapshot(controls)
        assert page.evaluate("document.documentElement.lang") == "en-GB"
        assert page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").count() == 0
        if number in (1, 2):
            choose(visit, "answer", "none")
        if number == 4:
            choose(visit, "time")
        if number < len(STEPS) - 1:
            visit.press("See free times" if number == 3 else "Continue")
    expect(page.locator("main")).to_match_aria_snapshot(
        """
        - paragraph:
          - link "Back"
        - paragraph: Step 5 of 6
        - heading "Your details" [level=1]
        """
    )
    for name in ("Full name", "Email", "Mobile number"):
        expect(page.get_by_role("textbox", name=name)).to_have_count(1)
    visit.press("Continue")
    assert page.title().startswith("Error: Your details")
    expect(page.get_by_role("alert")).to_match_aria_snapshot(
        """
        - alert:
          - heading "There is a problem" [level=2]
          - list:
            - listitem:
              - link "Enter your full name"
        """
    )
    field = page.get_by_role("textbox", name="Full name")
    expect(field).to_have_accessible_description("Error: Enter your full name")


def test_the_skip_link_comes_first_and_leads_to_the_text(windows: Windows) -> None:
    visit = windows.open()
    for path in ("/", "/conditions/neck", "/book", "/no-such-page"):
        visit.open(path)
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.className") == "skip"
        with visit.leaving():
            visit.page.keyboard.press("Enter")
        assert visit.page.url.endswith("#main")


def _states_of_a_booking(page: Page, home: str) -> list[str]:
    found = []
    for path in ("", "/move", "/give", "/cancel"):
        page.goto(home + path)
        found += faults_of_look(page, stops=25)
    return found


def test_a_booked_visit_in_all_its_states(windows: Windows, product: Product) -> None:
    visit, client = windows.open(), Client(email=f"client-{uuid.uuid4().hex[:8]}@client.example")
    reach_payment(visit, client)
    pay(visit)
    page, home = visit.page, visit.page.url.split("?")[0]
    found = faults_of_look(page, stops=25)
    visit.picture("states-booked")
    found += _states_of_a_booking(page, home)
    page.goto(home + "/move")
    choose(visit, "day", page.locator("main input[name='day']").nth(2).get_attribute("value"))
    visit.press("Show times for this day")
    visit.click(page.locator("main .times label").first)
    visit.press("Continue")
    found += faults_of_look(page, stops=12)
    visit.press("Move to")
    found += faults_of_look(page, stops=12)
    page.goto(home + "/cancel")
    visit.press("Cancel this visit")
    found += faults_of_look(page, stops=12)
    assert not found, "\n".join(found)


def test_waiting_asking_and_finding(windows: Windows) -> None:
    visit = windows.open()
    page = visit.page
    found = []
    reach_details(visit)
    visit.open("/book/waitlist")
    found += faults_of_look(page, stops=12)
    visit.press("Put me on the list")
    assert page.title().startswith("Error: ")
    found += faults_of_look(page, stops=12)
    visit.open("/book/week")
    found += faults_of_look(page, stops=12)
    visit.open("/ask")
    visit.press("Send my question")
    assert page.title().startswith("Error: ")
    found += faults_of_look(page, stops=12)
    visit.open("/find-booking")
    visit.press("Send me the link")
    assert page.title().startswith("Error: ")
    found += faults_of_look(page, stops=12)
    page.locator("main input[name='email']").fill("nobody@client.example")
    visit.press("Send me the link")
    found += faults_of_look(page, stops=12)
    assert not found, "\n".join(found)


def test_folded_parts_when_they_are_open(windows: Windows) -> None:
    visit = windows.open()
    found = []
    for path in ("/conditions/lower-back", "/articles/"):
        visit.open(path)
        visit.page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
        for width, colours in LOOKS:
            visit.resize(width)
            visit.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
            found += findings(visit.page) + small_targets(visit.page)
            assert not runs_sideways(visit.page)
    assert not found, "\n".join(found)


def test_paper_shows_the_words_and_not_the_buttons(windows: Windows) -> None:
    visit = windows.open(width=1280)
    visit.page.emulate_media(media="print")
    visit.open("/articles/does-sports-massage-help")
    assert visit.page.locator("h1").is_visible()
    for hidden in (".nav", ".toc", ".acts"):
        assert not visit.page.locator(hidden).first.is_visible()
    assert re.search(r"255, 255, 255", visit.page.evaluate("getComputedStyle(document.body).backgroundColor"))
