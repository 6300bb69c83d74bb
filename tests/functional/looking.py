"""What a page must be to everyone: nothing for a checker to find, nothing sideways, room for a thumb, a visible way
through by keyboard. Every width and both colour schemes are looked at in one visit to the page."""

from __future__ import annotations

import re
import urllib.request
import zlib
from itertools import pairwise
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.functional.conftest import Product

#: WCAG 2.2, A to AA, AAA contrast (which holds AA's), and what axe calls best practice.
RULES: dict[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {
        "color-contrast": {"enabled": False},
        "color-contrast-enhanced": {"enabled": True},
        "target-size": {"enabled": True},
    },
}
#: CSS pixels: the smallest side of what is pressed with a thumb. Links inside sentences are free (WCAG 2.5.8, Inline).
THUMB = 44
#: CSS pixels: the smallest phone, a common one, a tablet, a desk.
WIDTHS = (320, 360, 768, 1280)
#: A desk of 1280 x 1024 at 400 %.
ENLARGED = (320, 256)
#: Phone and desk in both colours.
LOOKS: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (360, "light"),
    (360, "dark"),
    (1280, "light"),
    (1280, "dark"),
)
_SMALL = """(least) => {
  const found = [];
  const alone = (link) => {
    const block = link.closest("p, li, dd, dt, td, th, h1, h2, h3, div, nav, section, header, footer");
    return block && block.textContent.trim() === link.textContent.trim();
  };
  const pressed = "button, .btn, summary, select, textarea, nav a, label:has(input), input, a";
  for (const it of document.querySelectorAll(pressed)) {
    if (it.matches("[type=hidden], [aria-hidden=true], [aria-hidden=true] *")) continue;
    if (it.matches("a") && !it.matches(".btn, nav a") && !alone(it)) continue;
    if (it.matches("[type=radio], [type=checkbox]") && it.labels.length) continue;
    const box = it.getBoundingClientRect();
    if (!it.checkVisibility() || !box.width || box.right < 0 || box.bottom < 0) continue;
    if (box.height < least - 0.5 || box.width < least - 0.5)
      found.push(`${it.outerHTML.slice(0, 90)} is ${Math.round(box.width)} x ${Math.round(box.height)}`);
  }
  return found;
}"""
_WORDS = """() => {
  const found = [];
  if (document.documentElement.lang !== "en-GB") found.push("says no language");
  if (document.querySelectorAll("h1").length !== 1) found.push("has not one first heading");
  const wrong = document.querySelector("main .problem");
  const named = [...wrong?.querySelectorAll("a") ?? []].map((link) => document.querySelector(link.hash));
  if (named.some((field) => !field)) found.push("names a field that is not there");
  for (let n = 1; n < named.length; n++)
    if (named[n - 1]?.compareDocumentPosition(named[n]) !== Node.DOCUMENT_POSITION_FOLLOWING)
      found.push(`tells of ${named[n]?.id} out of order, or twice`);
  if (Boolean(wrong) !== document.title.startsWith("Error: ")) found.push(`is titled ${document.title}`);
  if (wrong && document.activeElement !== wrong) found.push("does not read its errors first");
  return found;
}"""
#: What axe lets pass: two parts with one name, and links that lead nowhere on their own page.
_NAMES = """() => {
  const names = [...document.querySelectorAll("[id]")].map((it) => it.id);
  const twice = names.filter((name, at) => names.indexOf(name) !== at).map((name) => `two parts are called ${name}`);
  const lost = [...document.querySelectorAll('a[href^="#"]')].filter((link) => !names.includes(link.hash.slice(1)));
  return [...twice, ...lost.map((link) => `${link.outerHTML.slice(0, 90)} leads nowhere`)];
}"""
#: Notes each stop of the Tab key: where it is, how it is marked, what lies over it.
_NOTE_STOPS = """() => {
  const stops = window.stops = [];
  const shown = (it) => (it.matches("[type=radio], [type=checkbox]") && (it.closest("label") ?? it.labels[0])) || it;
  const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
  const free = (it) => {
    const box = shown(it).getBoundingClientRect();
    const over = document.elementFromPoint(
      middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight));
    return Boolean(over) && (shown(it).contains(over) || over.contains(it));
  };
  addEventListener("focusin", ({target: it}) => {
    const marked = [it, shown(it), it.labels?.[0], it.parentElement].filter(Boolean).some((one) => {
      const look = getComputedStyle(one);
      return look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2;
    });
    const box = shown(it).getBoundingClientRect();
    stops.push({it: it.outerHTML.slice(0, 90), marked, free: free(it),
      top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left, right: box.right});
  });
  // by now it has been scrolled to; the skip link is there only while it has the focus
  addEventListener("focusout", ({target: it}) => { if (stops.length) stops.at(-1).free ||= free(it); });
}"""


def public_paths(product: Product) -> list[str]:
    """Every page that search engines are told of, and those that stand outside the list."""
    with urllib.request.urlopen(product.site + "/sitemap.xml") as answer:
        places = re.findall(r"<loc>https?://[^/<]+([^<]*)</loc>", answer.read().decode())
    return [
        *places,
        "/search?q=neck",
        "/search?q=zzzz",
        "/ask?condition=neck&from=call",
        "/ask/sent",
        "/no-such-page",
        "/booking/no-such-link",
    ]


def findings(page: Page, leave_out: tuple[str, ...] = ()) -> list[str]:
    """Everything axe objects to on the page as it stands, and names that are not one part's own, in words.

    `leave_out`: beginnings of the names of axe's rules.
    """
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate("(rules) => axe.run(rules).then((report) => report.violations)", RULES)
    names: list[str] = page.evaluate(_NAMES)
    return names + [
        f"{rule['id']}: {node['html'][:110]} {node['any'][0]['message'] if node['any'] else ''}"
        for rule in violations
        if not (leave_out and rule["id"].startswith(leave_out))
        for node in rule["nodes"]
    ]


def small_targets(page: Page) -> list[str]:
    """What is pressed and too small for a thumb."""
    found: list[str] = page.evaluate(_SMALL, THUMB)
    return found


def runs_sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def faults_of_stops(page: Page, most: int = 40) -> list[str]:
    """Among the first `most` stops of the Tab key: what takes the focus unseen, hidden, or out of reading order."""
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    page.evaluate(_NOTE_STOPS)
    for _ in range(most + 1):
        page.keyboard.press("Tab")
    stops = page.evaluate("() => window.stops")[:most]
    found = [f"focus unseen on {stop['it']}" for stop in stops if not stop["marked"]]
    found += [f"focus hidden on {stop['it']}" for stop in stops if not stop["free"]]
    for last, stop in pairwise(stops):
        # with the skip link the page begins again
        if 'class="skip"' not in stop["it"] and stop["bottom"] <= last["top"] and stop["left"] < last["right"]:
            found.append(f"{stop['it']} comes after what stands below it")
    return found


def faults_of_look(page: Page, stops: int = 40, *, like_another: bool = False) -> list[str]:
    """Everything above, in light and dark, on phones and a desk, and at 400 %. `stops`: of the Tab key, at most.

    axe is slow: it sees each page on a phone in one colour and on a desk in the other, and pages take turns. One that
    is `like_another` it sees once.
    """
    where = page.url.split("/", 3)[3]
    found = [f"/{where}: {one}" for one in page.evaluate(_WORDS)]
    with_axe = ((0, 3) if zlib.crc32(where.encode()) % 2 else (1, 2))[: 1 if like_another else 2]
    for number, (width, colours) in enumerate(LOOKS):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        objections = findings(page) if number in with_axe else []
        found += [f"/{where} {width} {colours}: {one}" for one in objections]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"/{where} {width}: runs sideways"] if runs_sideways(page) else []
        found += [f"/{where} {width}: {one}" for one in small_targets(page)]
    page.set_viewport_size({"width": ENLARGED[0], "height": ENLARGED[1]})
    return found + [f"/{where}: {one}" for one in (faults_of_stops(page, stops) if stops else [])]
