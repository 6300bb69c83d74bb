"""What search engines, feed readers and shared links find: each address answers by itself and says so of itself."""

from __future__ import annotations

import io
from datetime import datetime
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from PIL import Image

from tests.booking_visitor import BookingVisitor
from tests.page_reading import Page, read_page

SITE = "http://localhost"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def listed(booker: BookingVisitor) -> dict[str, Page]:
    """Every page of the sitemap, by its path."""
    tree = ElementTree.fromstring(booker.client.get("/sitemap.xml").data)
    paths = [urlsplit(place.text or "").path for place in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    return {path: read_page(booker.client.get(path).text) for path in paths}


def _answers_itself(client: FlaskClient, address: str) -> Page:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code, answer.headers.get("Location"))
    return read_page(answer.text)


def test_only_the_bare_first_step_may_be_found_by_search(booker: BookingVisitor) -> None:
    bare, led = booker.client.get("/book"), booker.client.get("/book?condition=neck")
    assert 'name="description"' in bare.text
    assert "noindex" not in bare.text
    assert "X-Robots-Tag" not in bare.headers
    assert "noindex" in led.text
    assert led.headers["X-Robots-Tag"] == "noindex"
    assert booker.client.get("/book/safety").headers["X-Robots-Tag"] == "noindex"


def test_no_link_is_broken_or_leads_on_elsewhere(booker: BookingVisitor, listed: dict[str, Page]) -> None:
    links = {urldefrag(urljoin(SITE + path, link)) for path, page in listed.items() for link in page.links}
    ours = {(url.removeprefix(SITE), part) for url, part in links if url.startswith(SITE)}
    assert {"/search", "/find-booking", "/contact"} <= {url for url, _ in ours}
    seen = {address: _answers_itself(booker.client, address) for address in {url for url, _ in ours}}
    assert [(url, part) for url, part in ours if part and part not in seen[url].ids] == []


def test_a_listed_page_may_be_read_and_names_itself(booker: BookingVisitor, listed: dict[str, Page]) -> None:
    robots = RobotFileParser()
    robots.parse(booker.client.get("/robots.txt").text.splitlines())
    for path, page in listed.items():
        assert robots.can_fetch("*", SITE + path), path
        assert not [e for e in page.all("meta", name="robots") if "noindex" in e.attributes["content"]], path
        assert page.one("link", rel="canonical").attributes["href"] == SITE + path
        assert page.one("meta", property="og:url").attributes["content"] == SITE + path
    assert not robots.can_fetch("*", SITE + "/book/details")
    assert not robots.can_fetch("*", SITE + "/booking/any")


def test_every_page_has_a_picture_for_whoever_shares_it(booker: BookingVisitor, listed: dict[str, Page]) -> None:
    told: dict[str, tuple[str, str]] = {}
    for page in listed.values():
        address, width, height = (
            page.one("meta", property=f"og:image{part}").attributes["content"] for part in ("", ":width", ":height")
        )
        told[address] = (width, height)
        assert page.one("meta", property="og:title").attributes["content"]
        assert page.one("meta", property="og:description").attributes["content"]
    assert len(told) > 4
    for address, size in told.items():
        assert address.startswith(SITE)
        answer = booker.client.get(address.removeprefix(SITE))
        assert answer.status_code == 200
        assert answer.mimetype.startswith("image/")
        assert tuple(str(side) for side in Image.open(io.BytesIO(answer.data)).size) == size


def test_the_feed_holds_to_rfc_4287(booker: BookingVisitor) -> None:
    feed = ElementTree.fromstring(booker.client.get("/feed.xml").data)
    entries = feed.findall(f"{ATOM}entry")
    assert feed.tag == f"{ATOM}feed"
    for part in (feed, *entries):
        for name in ("id", "title", "updated"):  # 4.1.1 and 4.1.2: exactly one of each
            assert len(part.findall(ATOM + name)) == 1, name
        assert datetime.fromisoformat(part.findtext(f"{ATOM}updated") or "").tzinfo is not None  # 3.3
        assert urlsplit(part.findtext(f"{ATOM}id") or "").scheme  # 4.2.6: an absolute IRI
        (link,) = [link for link in part.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        _answers_itself(booker.client, (link.get("href") or "").removeprefix(SITE))
    assert [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"] == [
        f"{SITE}/feed.xml"
    ]
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    for entry in entries:
        assert entry.findtext(f"{ATOM}author/{ATOM}name")  # 4.1.2: the feed itself names none
        assert entry.findtext(f"{ATOM}summary")
        assert datetime.fromisoformat(entry.findtext(f"{ATOM}published") or "") <= datetime.fromisoformat(
            entry.findtext(f"{ATOM}updated") or ""
        )
