"""Staff put a picture beside a text while the site runs: a browser sees it seconds later, small and upright."""

from __future__ import annotations

import re
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.factories.pictures import as_png, drawing, from_a_telephone, photograph
from tests.functional.conftest import Product, Windows
from tests.functional.looking import faults_of_look
from tests.functional.running import Run, eventually, free_ports

CONTENT = Path(__file__).resolve().parents[2] / "content"
SLUG = "does-sports-massage-help"
PAGE = f"/articles/{SLUG}"
_SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""
_SLOWLY_DOWN = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += 300) {
    scrollTo(0, y);
    await new Promise((next) => setTimeout(next, 60));
  }
}"""


@pytest.fixture
def edited(tmp_path: Path) -> Iterator[tuple[Product, Path]]:
    """`make run` on a copy of the content."""
    content = tmp_path / "content"
    shutil.copytree(CONTENT, content)
    run = Run(tmp_path / "instance", free_ports(), CONTENT_DIR=str(content))
    run.read_addresses()
    yield Product(run, tmp_path / "instance"), content
    run.stop()


def test_a_picture_comes_to_a_running_site(edited: tuple[Product, Path], browser: Browser) -> None:
    product, content = edited
    before = _read(product.site + PAGE)
    assert "<picture>" not in before
    articles = content / "articles"
    (articles / "room.jpg").write_bytes(from_a_telephone(photograph(2000, 1500), turned=6))
    (articles / "lines.png").write_bytes(as_png(drawing()))
    path = articles / f"{SLUG}.md"
    text = re.sub(r"(?m)^hero: .*", "hero: {src: room.jpg, alt: A room with a couch}", path.read_text())
    path.write_text(text + '\n![A line from corner to corner](lines.png "Where it hurts")\n')
    eventually(lambda: _read(product.site + PAGE).count("<picture>") >= 2)
    windows = Windows(browser, product.site)
    visit = windows.open(width=360)
    visit.open(PAGE)
    visit.page.wait_for_load_state("networkidle")
    first, second = visit.page.locator("picture img").all()
    assert first.evaluate("it => it.currentSrc").endswith("-400.avif"), "the smallest that is sharp here"
    assert first.evaluate("it => it.complete && it.naturalHeight > it.naturalWidth"), "upright"
    assert not second.evaluate("it => it.complete && it.naturalWidth > 0"), "what is far down is not loaded yet"
    visit.page.evaluate(_SLOWLY_DOWN)
    visit.page.wait_for_function("[...document.images].every((it) => it.complete && it.naturalWidth)")
    assert visit.page.evaluate(_SHIFTS) < 0.01, "nothing moves when a picture arrives"
    assert faults_of_look(visit.page) == []
    visit.picture("picture")
    assert windows.close() == []


def _read(address: str) -> str:
    with urllib.request.urlopen(address) as answer:
        return str(answer.read().decode())
