"""The list of articles, narrowed by plain links: every view shows what fits, under one address, and counts once."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest
from flask import Flask

from app import create_app
from app.db.base import db
from app.web.article_index import A_PAGE, NAMES
from config import Settings
from tests.conftest import MovableClock
from tests.page_reading import Page, read_page

REGIONS = {"lower-back": "lower", "upper-back": "upper", "neck": "neck"}
#: Regions, kind, techniques and audiences of the articles that are added; some have nothing in common.
SHAPES = [
    (["lower"], "guide", ["stretching"], ["runners"]),
    (["neck", "upper"], "case-study", ["mobilisation", "stretching"], ["desk-workers"]),
    (["upper"], "guide", [], []),
    (["neck"], "case-study", ["mobilisation"], ["runners", "desk-workers"]),
]
ADDED = 26


@pytest.fixture(scope="module")
def site(base_settings: Settings, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """More articles than stand on one page."""
    folder = tmp_path_factory.mktemp("filters")
    shutil.copy(sqlite_template, folder / "site.db")
    shutil.copytree(base_settings.content_dir, folder / "content")
    articles = folder / "content" / "articles"
    bases = {
        "guide": (articles / "does-sports-massage-help.md").read_text(),
        "case-study": (articles / "runner-back-pain-five-visits.md").read_text(),
    }
    for n, (regions, kind, techniques, audiences) in zip(range(ADDED), itertools.cycle(SHAPES), strict=False):
        text = bases[kind]
        for key, value in (("regions", regions), ("techniques", techniques), ("audiences", audiences)):
            text = re.sub(rf"(?m)^{key}: .*", f"{key}: [{', '.join(value)}]", text)
        text = re.sub(r"(?m)^title: .*", f"title: Added text number {n}", text)
        (articles / f"added-{n}.md").write_text(text)
    settings = replace(base_settings, database_url=f"sqlite:///{folder / 'site.db'}", content_dir=folder / "content")
    app = create_app(settings, clock=MovableClock())
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def views(site: Flask) -> dict[str, Page]:
    """Every view that plain links lead to, by its address."""
    visitor, found, waiting = site.test_client(), {}, ["/articles/"]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        answer = visitor.get(address)
        assert answer.status_code == 200, address
        found[address] = read_page(answer.text)
        waiting += [link for link in found[address].links if urlsplit(link).path == "/articles/"]
    return found


def fitting(site: Flask, query: str) -> list[str]:
    """The addresses of the articles that a view must show over all its pages, found without the site's own filter."""
    wanted = dict(parse_qsl(query))
    library = site.extensions["site"].library()
    return [
        article.url
        for article in library.articles.values()
        if ("condition" not in wanted or REGIONS[wanted["condition"]] in article.meta.regions)
        and ("kind" not in wanted or article.meta.kind == wanted["kind"])
        and ("technique" not in wanted or wanted["technique"] in article.meta.techniques)
        and ("audience" not in wanted or wanted["audience"] in article.meta.audiences)
    ]


def shown(page: Page) -> list[str]:
    """The addresses of the listed articles."""
    listed = page.with_class("entry")
    return [link for link in page.links if re.fullmatch(r"/articles/[\w-]+", link)][: len(listed)]


def test_every_view_shows_exactly_what_fits(site: Flask, views: dict[str, Page]) -> None:
    assert len(views) > 60
    for address, page in views.items():
        query = urlsplit(address).query
        number = int(dict(parse_qsl(query)).get("page", "1"))
        found = fitting(site, query)
        assert shown(page) == found[(number - 1) * A_PAGE : number * A_PAGE], address
        words = page.one("main").text
        assert f"{len(found)}\N{NO-BREAK SPACE}article" in words or f"{len(found)} article" in words, address


def test_views_of_every_kind_are_reached(views: dict[str, Page]) -> None:
    asked = {frozenset(parse_qs(urlsplit(address).query)) for address in views}
    for many in range(len(NAMES) + 1):
        for names in itertools.combinations(NAMES, many):
            assert frozenset(names) in asked, names


def test_a_view_has_one_address_whatever_way_led_there(views: dict[str, Page]) -> None:
    meanings = [frozenset(parse_qsl(urlsplit(address).query)) for address in views]
    assert len(meanings) == len(set(meanings))
    for address in views:
        assert dict(parse_qsl(urlsplit(address).query)).get("page") != "1", address
        assert [name for name, _ in parse_qsl(urlsplit(address).query)] == [
            name for name in (*NAMES, "page") if name in parse_qs(urlsplit(address).query)
        ]


def test_narrowed_views_point_search_engines_to_the_whole_list(views: dict[str, Page]) -> None:
    for address, page in views.items():
        wanted = dict(parse_qsl(urlsplit(address).query))
        number = wanted.pop("page", None)
        own = f"/articles/?page={number}" if number and not wanted else "/articles/"
        assert page.one("link", rel="canonical").attributes["href"] == f"http://localhost{own}", address


def test_a_chosen_link_takes_its_choice_away_again(views: dict[str, Page]) -> None:
    for address, page in views.items():
        query = dict(parse_qsl(urlsplit(address).query))
        chosen = [e.attributes["href"] for e in page.all("a", **{"aria-current": "true"})]
        undone = [dict(parse_qsl(urlsplit(link).query)) for link in chosen if link.startswith("/articles/")]
        query.pop("page", None)
        rest = [{n: v for n, v in query.items() if n != name} for name in query]
        assert sorted(map(str, undone)) == sorted(map(str, rest)), address


@pytest.mark.parametrize(
    "query",
    ["kind=poem", "condition=knee", "technique=%00", "audience=" + "x" * 500, "page=0", "page=3", "page=-1", "page=x"],
)
def test_what_does_not_exist_is_not_found(site: Flask, query: str) -> None:
    expected = 200 if query == "page=x" else 404
    assert site.test_client().get(f"/articles/?{query}").status_code == expected


def test_labels_of_campaigns_and_other_spellings_point_to_the_same_page(site: Flask) -> None:
    visitor = site.test_client()
    usual = visitor.get("/articles/?condition=neck&kind=guide")
    for query in (
        "kind=guide&condition=neck",
        "condition=neck&kind=guide&utm_source=x",
        "condition=neck&kind=guide&page=1",
    ):
        other = visitor.get(f"/articles/?{query}")
        assert other.status_code == 200
        assert shown(read_page(other.text)) == shown(read_page(usual.text))
        assert read_page(other.text).one("link", rel="canonical").attributes["href"] == "http://localhost/articles/"


def test_the_sitemap_has_each_article_once_and_no_view(site: Flask) -> None:
    tree = ElementTree.fromstring(site.test_client().get("/sitemap.xml").data)
    addresses = [place.text or "" for place in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(addresses) == len(set(addresses))
    assert not [address for address in addresses if "?" in address]
    library = site.extensions["site"].library()
    assert {a for a in addresses if "/articles/" in a} == {"http://localhost/articles/"} | {
        f"http://localhost{article.url}" for article in library.articles.values()
    }


def test_a_view_without_articles_says_so_and_leads_back(site: Flask) -> None:
    library = site.extensions["site"].library()
    audiences = {audience for article in library.articles.values() for audience in article.meta.audiences}
    queries = (
        f"condition={condition}&technique={technique}&audience={audience}"
        for condition, technique, audience in itertools.product(REGIONS, library.techniques, sorted(audiences))
    )
    visitor = site.test_client()
    empty = next(q for q in queries if not fitting(site, q) and visitor.get(f"/articles/?{q}").status_code == 200)
    page = read_page(visitor.get(f"/articles/?{empty}").text)
    assert "Nothing fits all of these" in page.one("main").text
    assert "/articles/" in page.links


def test_filters_and_pages_are_named_for_who_hears_them(views: dict[str, Page]) -> None:
    names = {e.attributes.get("aria-label") for e in views["/articles/"].all("nav")}
    assert {"Narrow the list", "Pages of the list"} <= names
