"""What a page must be to everyone: nothing for axe to find, nothing sideways, room for a thumb, a focus one can see."""

from __future__ import annotations

import re
import urllib.request
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.functional.conftest import Product

#: WCAG 2.2, A to AA, AAA contrast, and what axe calls best practice.
RULES: dict[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"color-contrast-enhanced": {"enabled": True}, "target-size": {"enabled": True}},
}
#: CSS pixels: the smallest side of what is pressed with a thumb. Links inside sentences are free (WCAG 2.5.8, Inline).
THUMB = 44
#: CSS pixels: the smallest phone (and a desk at 400 %), a common one, a tablet, a desk.
WIDTHS = (320, 360, 768, 1280)
LOOKS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((320, "dark"), (1280, "light"))
_SMALL = """(least) => {
  const found = [];
  const pressed = "button, .btn, summary, select, textarea, nav a, label:has(input), input";
  for (const it of document.querySelectorAll(pressed)) {
    if (it.matches("[type=hidden], [aria-hidden=true]")) continue;
    if (it.matches("[type=radio], [type=checkbox]") && it.labels.length) continue;
    const box = it.getBoundingClientRect();
    if (!it.checkVisibility() || !box.width || box.right < 0 || box.bottom < 0) continue;
    if (box.height < least - 0.5 || box.width < 24)
      found.push(`${it.outerHTML.slice(0, 90)} is ${Math.round(box.width)} x ${Math.round(box.height)}`);
  }
  return found;
}"""
_MARKED = """() => {
  const it = document.activeElement, look = getComputedStyle(it);
  if (it === document.body) return null;
  const near = it.id ? document.querySelector(`label[for="${it.id}"]`) : null;
  const seen = [it, near, it.closest("label"), it.parentElement].filter(Boolean).some((one) => {
    const of = getComputedStyle(one);
    return of.outlineStyle !== "none" && parseFloat(of.outlineWidth) >= 2;
  });
  return [it.outerHTML.slice(0, 90), seen];
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
    """Everything axe objects to on the page as it stands, in words. `leave_out`: beginnings of rules' names."""
    report = Axe().run(page, options=RULES).response
    return [
        f"{rule['id']}: {node['html'][:110]} {node['any'][0]['message'] if node['any'] else ''}"
        for rule in report["violations"]
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


def unmarked_stops(page: Page, most: int = 40) -> list[str]:
    """What takes the focus without showing it, among the first `most` stops of the Tab key."""
    hidden = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(_MARKED)
        if stop is None:
            break
        if not stop[1]:
            hidden.append(stop[0])
    return hidden


def faults_of_look(page: Page, stops: int = 40) -> list[str]:
    """Everything above: in the dark on the smallest phone, in the light on a desk. `stops`: of the Tab key, at most."""
    where = page.url.split("/", 3)[3]
    found = []
    for width, colours in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        found += [f"/{where} {width} {colours}: {one}" for one in findings(page)]
        if runs_sideways(page):
            found.append(f"/{where} {width}: runs sideways")
        found += [f"/{where} {width}: {one}" for one in small_targets(page)]
    found += [f"/{where}: focus unseen on {one}" for one in unmarked_stops(page, stops)]
    return found
