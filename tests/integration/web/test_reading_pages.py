"""The reading pages on the real content: what each must say, where it leads, and how it travels."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.db.base import db
from app.publishing.library import Document
from app.publishing.shown import Shown
from app.web.pages import related_to
from config import Settings
from tests.conftest import MovableClock
from tests.page_reading import Page, read_page

FIXED = [
    "/", "/conditions/", "/articles/", "/treatments/", "/team/", "/prices", "/contact", "/safety",
    "/policies/booking", "/policies/privacy", "/policies/accessibility",
]  # fmt: skip
CONDITIONS = ["/conditions/lower-back", "/conditions/upper-back", "/conditions/neck"]

#: What a server may send before it hears from the reader: ten segments of 1,460 bytes (RFC 6928).
FIRST_FLIGHT = 14_600


@pytest.fixture
def reading(base_settings: Settings, sqlite_template: Path, tmp_path: Path, clock: MovableClock) -> Iterator[Flask]:
    """The application on a fresh SQLite file and a copy of the content, so that a test may change it."""
    shutil.copy(sqlite_template, tmp_path / "site.db")
    shutil.copytree(base_settings.content_dir, tmp_path / "content")
    settings = replace(
        base_settings, database_url=f"sqlite:///{tmp_path / 'site.db'}", content_dir=tmp_path / "content"
    )
    app = create_app(settings, clock=clock)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def visitor(reading: Flask) -> FlaskClient:
    return reading.test_client()


def every_address(app: Flask) -> list[str]:
    library = app.extensions["site"].library()
    kinds = (library.conditions, library.articles, library.treatments, library.techniques, library.team)
    return FIXED + [document.url for kind in kinds for document in kind.values()]


def see(visitor: FlaskClient, path: str) -> Page:
    answer = visitor.get(path)
    assert answer.status_code == 200, path
    return read_page(answer.text)


def test_every_page_is_whole(reading: Flask, visitor: FlaskClient) -> None:
    titles = set()
    for path in every_address(reading):
        page = see(visitor, path)
        assert not page.unclosed, (path, page.unclosed)
        assert len(page.ids) == len(set(page.ids)), (path, [i for i in page.ids if page.ids.count(i) > 1])
        assert page.one("html").attributes["lang"] == "en-GB"
        assert len(page.all("h1")) == 1, path
        levels = [int(e.tag[1]) for e in page.elements if re.fullmatch(r"h[1-6]", e.tag)]
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), (path, levels)
        title = page.one("title").text if page.all("title") else ""
        assert 15 <= len(title) <= 75, (path, title)
        assert title not in titles, path
        titles.add(title)
        description = page.one("meta", name="description").attributes["content"]
        assert 50 <= len(description) <= 160, (path, len(description))
        assert page.one("link", rel="canonical").attributes["href"] == "http://localhost" + path


def test_no_page_sets_a_cookie_or_holds_anything_inline_foreign_or_run(reading: Flask, visitor: FlaskClient) -> None:
    for path in every_address(reading):
        answer = visitor.get(path)
        assert "Set-Cookie" not in answer.headers, path
        page = read_page(answer.text)
        assert not page.all("style"), path
        assert all(e.attributes.get("type") == "application/ld+json" for e in page.all("script")), path
        assert not any("style" in e.attributes or any(a.startswith("on") for a in e.attributes) for e in page.elements)
        for element in page.elements:
            source = element.attributes.get("src") or (element.tag == "link" and element.attributes.get("href"))
            if source and element.attributes.get("rel") != "canonical":
                assert source.startswith("/"), (path, source)


def test_no_link_is_broken(reading: Flask, visitor: FlaskClient) -> None:
    known = {path: see(visitor, path) for path in every_address(reading)}
    later = ("/book", "/find-booking", "/ask", "/search")  # other pages of the site, with tests of their own
    for path, page in known.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or link.startswith(later):
                continue
            target = parts.path or path
            assert target in known, (path, link)
            if parts.query:
                assert visitor.get(link).status_code == 200, (path, link)
            elif parts.fragment:
                assert parts.fragment in known[target].ids, (path, link)


def test_no_page_is_an_orphan(reading: Flask, visitor: FlaskClient) -> None:
    found, waiting = {"/"}, ["/"]
    while waiting:
        for link in see(visitor, waiting.pop()).links:
            target = urlsplit(link).path
            if target and target not in found and target in every_address(reading):
                found.add(target)
                waiting.append(target)
    assert found == set(every_address(reading))


@pytest.mark.parametrize("path", CONDITIONS)
def test_a_condition_page_keeps_its_order_and_leads_to_booking_three_times(visitor: FlaskClient, path: str) -> None:
    page = see(visitor, path)
    slug = path.rsplit("/", 1)[1]
    ways = [link for link in page.links if link.startswith("/book?")]
    assert len(ways) == 3
    assert all(parse_qs(urlsplit(way).query) == {"condition": [slug], "from": [slug]} for way in ways)
    order = ["safe", "feel", "visit", "tech", "evidence", "self", "many", "story", "questions"]
    assert [i for i in page.ids if i in order] == order
    text = page.one("main").text
    assert text.index("Next free:") < text.index("Get medical help instead if") < text.index("What people tell us")
    assert "/safety" in page.links
    assert "Reviewed by" in text


def test_the_safety_box_holds_the_rows_that_its_page_names(reading: Flask, visitor: FlaskClient) -> None:
    library = reading.extensions["site"].library()
    for document in library.conditions.values():
        box = see(visitor, document.url).with_class("safe")[0].text
        for row_id in document.meta.safety:
            assert library.safety.row(row_id).words in box, (document.slug, row_id)
    upper = library.conditions["upper-back"]
    assert "T16" in upper.meta.safety, "pain between the shoulder blades must stand on the upper-back page"


def test_the_full_list_leaves_no_row_out(reading: Flask, visitor: FlaskClient) -> None:
    safety, text = reading.extensions["site"].library().safety, see(visitor, "/safety").one("main").text
    for row in (*safety.red_flags, *safety.cautions):
        assert row.words in text, row.id


def test_evidence_shows_its_grade_in_words_and_only_checked_sources(reading: Flask, visitor: FlaskClient) -> None:
    library = reading.extensions["site"].library()
    unchecked = [r.text for r in library.references.values() if not r.checked]
    assert unchecked
    for document in (*library.conditions.values(), *library.techniques.values(), *library.articles.values()):
        text = see(visitor, document.url).one("main").text
        assert document.meta.evidence
        for item in document.meta.evidence:
            assert item.says in text
            assert library.claims[item.claim].grade_word in text
        assert not any(words in text for words in unchecked)
        html = visitor.get(document.url).text
        for source in library.references_for(document):
            assert f'<a href="{source.url}">' in html, (document.slug, source.id)


def test_firmness_is_drawn_as_the_page_says_it(visitor: FlaskClient) -> None:
    for path, span in (("/conditions/neck", "from 3 to 5"), ("/conditions/lower-back", "from 4 to 6")):
        drawing = visitor.get(path).text.split('class="fig scale"')[1][:400]
        assert span in drawing


def test_a_case_study_is_labelled_drawn_and_bounded(reading: Flask, visitor: FlaskClient) -> None:
    document = next(a for a in reading.extensions["site"].library().articles.values() if a.meta.kind == "case-study")
    page = see(visitor, document.url)
    text = page.one("main").text
    assert "Illustrative composite: not one real person" in text
    assert len(page.with_class("axis")) == len(document.meta.visits)
    assert "What this does not show" in text
    for line in document.meta.not_shown:
        assert line in text
    assert page.ids.index("visits") < page.ids.index("limits") < page.ids.index("next")


def test_every_article_ends_in_a_next_step(reading: Flask, visitor: FlaskClient) -> None:
    for document in reading.extensions["site"].library().articles.values():
        page = see(visitor, document.url)
        ways = [link for link in page.links if link.startswith("/book?") and "programme=" not in link]
        assert len(ways) == 1
        assert parse_qs(urlsplit(ways[0]).query)["from"] == [document.slug]
        text = page.one("main").text
        assert text.index("When to see a doctor first", text.index("What to do next"))


def test_articles_lead_to_the_one_before_and_the_one_after(reading: Flask, visitor: FlaskClient) -> None:
    newest, middle, oldest = reading.extensions["site"].library().articles.values()
    ways = {}
    for document in (newest, middle, oldest):
        links = [e.attributes for e in see(visitor, document.url).all("a") if "rel" in e.attributes]
        ways[document.slug] = {link["rel"]: link["href"] for link in links}
    assert ways == {
        newest.slug: {"prev": middle.url},
        middle.slug: {"prev": oldest.url, "next": newest.url},
        oldest.slug: {"next": middle.url},
    }


def test_related_reading_shares_the_region_first_and_the_technique_second(reading: Flask) -> None:
    library = reading.extensions["site"].library()
    one = next(iter(library.articles.values()))

    def made(slug: str, regions: tuple[str, ...], techniques: tuple[str, ...], named: tuple[str, ...] = ()) -> Document:
        meta = replace(one.meta, regions=regions, techniques=techniques, related=named)
        return replace(one, slug=slug, meta=meta)

    shelf = [
        made("here", ("lower",), ("stretching",)),
        made("technique-only", ("neck",), ("stretching",)),
        made("region-only", ("lower",), ()),
        made("nothing", ("neck",), ("mobilisation",)),
        made("both", ("lower",), ("stretching",)),
        made("another-region", ("lower", "upper"), ("mobilisation",)),
    ]
    library = replace(library, articles=Shown({document.slug: document for document in shelf}, lambda one: one))
    assert [d.slug for d in related_to(library, shelf[0])] == ["both", "region-only", "another-region"]
    told = made("here", ("lower",), ("stretching",), ("nothing", "gone"))
    assert [d.slug for d in related_to(library, told)] == ["nothing"]


def test_a_contents_list_stands_only_over_more_than_three_sections(visitor: FlaskClient, tmp_path: Path) -> None:
    full = see(visitor, "/articles/does-sports-massage-help")
    assert any(e.attributes.get("aria-label") == "On this page" for e in full.all("nav"))
    policy = tmp_path / "content" / "pages" / "privacy.md"
    head = policy.read_text().split("---\n", 2)[1]
    policy.write_text(f"---\n{head}---\n## One {{#one}}\n\nWords.\n\n## Two {{#two}}\n\nWords.\n")
    short = create_app(replace_content(visitor.application, tmp_path)).test_client().get("/policies/privacy")
    assert "Two" in short.text
    assert "On this page" not in short.text


def test_a_shared_link_shows_a_picture_that_the_site_has(visitor: FlaskClient) -> None:
    pictures = {}
    for path in ("/", "/contact", "/conditions/neck", "/articles/runner-back-pain-five-visits"):
        address = see(visitor, path).one("meta", property="og:image").attributes["content"]
        answer = visitor.get(urlsplit(address).path)
        assert (answer.status_code, answer.mimetype) == (200, "image/png"), path
        pictures[path] = answer.data
    assert pictures["/"] == pictures["/contact"]
    assert len(set(pictures.values())) == 3


def test_a_page_travels_as_a_proxy_may_keep_it(visitor: FlaskClient) -> None:
    for path in ("/articles/runner-back-pain-five-visits", "/conditions/neck", "/"):
        first = visitor.get(path, headers={"Accept-Encoding": "br"})
        assert first.headers["Vary"] == "Accept-Encoding"
        assert first.headers["Cache-Control"].startswith("public, max-age=")
        assert len(first.data) < 20_000, path
        again = visitor.get(path, headers={"Accept-Encoding": "br", "If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304
        for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
            assert name in again.headers


def test_a_page_comes_in_the_first_flight_of_a_connection(visitor: FlaskClient) -> None:
    for path in every_address(visitor.application):
        answer = visitor.get(path, headers={"Accept-Encoding": "br"})
        assert len(answer.data) + len(str(answer.headers)) < FIRST_FLIGHT - 100, path  # 100: what the server adds


def test_styles_and_scripts_are_small_and_kept_for_good(visitor: FlaskClient) -> None:
    page = see(visitor, "/")
    sheet = page.one("link", rel="stylesheet").attributes["href"]
    script = see(visitor, "/find-booking").one("script").attributes["src"]
    for address, most in ((sheet, 20_000), (script, 8_000)):
        answer = visitor.get(address, headers={"Accept-Encoding": "br"})
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert len(answer.data) <= most
    assert visitor.get("/static/site.css").headers["Cache-Control"] == "public, max-age=86400"
    assert visitor.get("/static/site-000000000000.css").status_code == 404
    assert visitor.get("/static/../config.py").status_code == 404


def test_what_is_scheduled_appears_and_goes_on_time(
    reading: Flask, visitor: FlaskClient, clock: MovableClock, tmp_path: Path
) -> None:
    path = tmp_path / "content" / "articles" / "runner-back-pain-five-visits.md"
    later, gone = clock.now + timedelta(hours=1), clock.now + timedelta(hours=2)
    text = re.sub(
        r"publish_at: .*", f"publish_at: {later.isoformat()}\nexpires_at: {gone.isoformat()}", path.read_text()
    )
    path.write_text(text)
    app = create_app(replace_content(reading, tmp_path), clock=clock)
    visitor = app.test_client()
    address = "/articles/runner-back-pain-five-visits"
    title = "A runner’s sore back"
    seen = []
    for _ in range(3):
        seen.append((visitor.get(address).status_code, title in visitor.get("/articles/").text))
        clock.advance(hours=1)
    assert seen == [(404, False), (200, True), (410, False)]


def replace_content(app: Flask, tmp_path: Path) -> Settings:
    from config import load_settings

    return replace(
        load_settings({"APP_ENV": "test", "SECRET_KEY": "test-secret-key-of-32-characters!"}),
        database_url=app.config["SQLALCHEMY_DATABASE_URI"],
        content_dir=tmp_path / "content",
        mail_url=f"file:{tmp_path / 'mail'}",
        base_url="http://localhost",
    )


def test_the_next_free_time_is_shown_in_the_practices_zone(visitor: FlaskClient, clock: MovableClock) -> None:
    clock.now = datetime(2027, 7, 5, 7, tzinfo=UTC)  # a Monday in summer time
    text = see(visitor, "/conditions/neck").with_class("next")[0].text
    assert "Tue 6\N{NO-BREAK SPACE}July, 09:00" in text
    assert "£60" in text
    assert "£12 deposit" in text


def test_a_page_is_worth_more_than_its_live_line(base_settings: Settings, tmp_path: Path, clock: MovableClock) -> None:
    empty = replace(base_settings, database_url=f"sqlite:///{tmp_path / 'never-migrated.db'}")
    visitor = create_app(empty, clock=clock).test_client()
    answer = visitor.get("/conditions/neck")
    assert answer.status_code == 200
    assert "Next free" not in answer.text
    assert answer.headers["Cache-Control"] == "public, max-age=10"


def test_the_index_narrows_by_plain_links(visitor: FlaskClient) -> None:
    page = see(visitor, "/articles/?kind=case-study&condition=lower-back")
    assert len(page.with_class("entry")) == 1
    assert page.one("link", rel="canonical").attributes["href"] == "http://localhost/articles/"
    for query in ("kind=nothing", "condition=knee", "page=2", "page=0"):
        assert visitor.get(f"/articles/?{query}").status_code == 404, query
    assert visitor.get("/articles/?utm_source=x&page=1").status_code == 200


def test_unknown_documents_are_not_found(visitor: FlaskClient) -> None:
    for kind in ("conditions", "articles", "treatments", "techniques", "team"):
        assert visitor.get(f"/{kind}/no-such-thing").status_code == 404
        assert visitor.get(f"/{kind}/%00").status_code == 404


def test_the_practice_is_told_to_machines_as_to_people(reading: Flask, visitor: FlaskClient) -> None:
    library = reading.extensions["site"].library()
    nodes = {node["@type"]: node for node in see(visitor, "/").graph}
    business = nodes["HealthAndBeautyBusiness"]
    assert business["address"] == {
        "@type": "PostalAddress",
        "streetAddress": "1 Example Street",
        "addressLocality": "Exampletown",
        "postalCode": "EX1 1EX",
        "addressCountry": "GB",
    }
    assert business["priceRange"] == "£35 to £85"
    weekly = [h for h in business["openingHoursSpecification"] if "dayOfWeek" in h]
    assert {
        "@type": "OpeningHoursSpecification",
        "dayOfWeek": ["https://schema.org/Saturday"],
        "opens": "09:00",
        "closes": "14:00",
    } in weekly
    closed = [h["validFrom"] for h in business["openingHoursSpecification"] if h["opens"] == h["closes"]]
    assert "2026-12-25" in closed
    assert len(business["makesOffer"]) == len(library.treatments)
    assert "aggregateRating" not in business


def test_an_article_tells_machines_who_wrote_and_checked_it(visitor: FlaskClient) -> None:
    graph = see(visitor, "/articles/runner-back-pain-five-visits").graph
    nodes = {node["@type"]: node for node in graph}
    article, page = nodes["Article"], nodes["WebPage"]
    assert article["author"]["@type"] == "Person"
    assert article["author"]["url"] == "http://localhost/team/example-therapist-a"
    assert article["datePublished"].startswith("2026-11-02T09:00")
    assert page["lastReviewed"] == "2026-11-02"
    assert page["reviewedBy"]["name"] == "Example reviewer"
    crumbs = page["breadcrumb"]["itemListElement"]
    assert [c["position"] for c in crumbs] == [1, 2, 3]
    assert [c["name"] for c in crumbs] == ["Home", "Articles", "A runner’s sore back, visit by visit"]


def test_opening_hours_are_the_hours_that_can_be_booked(reading: Flask) -> None:
    library = reading.extensions["site"].library()
    shown = {
        (day, opens.hour * 60 + opens.minute + step)
        for opening in library.practice.hours
        for day in opening.days
        for opens, closes in opening.spans
        for step in range(0, (closes.hour - opens.hour) * 60 + closes.minute - opens.minute, 15)
    }
    worked = {
        (span.weekday, span.opens.hour * 60 + span.opens.minute + step)
        for person in library.catalogue.practitioners.values()
        for span in person.hours
        for step in range(0, (span.closes.hour - span.opens.hour) * 60 + span.closes.minute - span.opens.minute, 15)
    }
    assert shown == worked


def test_robots_are_kept_out_of_booking_only(visitor: FlaskClient) -> None:
    lines = visitor.get("/robots.txt").text.splitlines()
    assert "Disallow: /booking/" in lines
    assert "Sitemap: http://localhost/sitemap.xml" in lines
    assert "Disallow: /" not in lines


def test_the_sitemap_lists_every_page_once_with_honest_dates(reading: Flask, visitor: FlaskClient) -> None:
    answer = visitor.get("/sitemap.xml")
    assert answer.content_type.startswith("application/xml")
    tree = ElementTree.fromstring(answer.data)
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = {u.findtext(f"{space}loc"): u.findtext(f"{space}lastmod") for u in tree}
    assert sorted(found) == sorted("http://localhost" + path for path in every_address(reading))
    assert found["http://localhost/conditions/neck"] == "2026-11-21"
    assert found["http://localhost/"] is None


def test_the_feed_is_atom_and_its_bytes_stay_the_same(visitor: FlaskClient) -> None:
    answer = visitor.get("/feed.xml")
    assert answer.content_type.startswith("application/atom+xml")
    space = "{http://www.w3.org/2005/Atom}"
    tree = ElementTree.fromstring(answer.data)
    entries = tree.findall(f"{space}entry")
    assert len(entries) == 3
    for entry in entries:
        for name in ("id", "title", "updated", "author", "summary"):
            assert entry.find(space + name) is not None, name
    newest = max(entry.findtext(f"{space}updated") or "" for entry in entries)
    assert tree.findtext(f"{space}updated") == newest
    assert {link.get("rel") for link in tree.findall(f"{space}link")} == {"alternate", "self"}
