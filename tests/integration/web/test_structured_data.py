"""What machines read, against schema.org: every type and property is in its vocabulary, and fits where it stands."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from app.db.base import db
from config import Settings
from dev.vocabulary.__main__ import EXTRACT, TYPES, extract
from tests.conftest import MovableClock
from tests.factories.pictures import as_jpeg, photograph
from tests.page_reading import read_page

VOCABULARY = json.loads(EXTRACT.read_text())
ANCESTORS: dict[str, list[str]] = VOCABULARY["types"]
PROPERTIES: dict[str, dict[str, list[str]]] = VOCABULARY["properties"]
#: How values of the basic types are written.
WRITTEN = {
    "Text": r"(?s).+",
    "URL": r"https?://\S+",
    "Date": r"\d{4}-\d{2}-\d{2}",
    "DateTime": r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?([+-]\d{2}:\d{2}|Z)",
    "Time": r"([01]\d|2[0-3]):[0-5]\d",
}
FIXED = ["/", "/conditions/", "/articles/", "/treatments/", "/team/", "/prices", "/contact", "/safety",
         "/policies/booking", "/policies/privacy", "/policies/accessibility"]  # fmt: skip

Node = dict[str, Any]


@pytest.fixture(scope="module")
def graphs(
    base_settings: Settings, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, list[Node]]]:
    """The nodes of every page, by address; one article begins with a photograph, and one person has one."""
    folder = tmp_path_factory.mktemp("told")
    shutil.copy(sqlite_template, folder / "site.db")
    shutil.copytree(base_settings.content_dir, folder / "content")
    for kind, name, change in (
        ("articles", "does-sports-massage-help", (r"(?m)^hero: .*", 'hero: {src: a.jpg, alt: A room, credit: "By X"}')),
        ("team", "example-therapist-a", (r"(?m)^role:", "photo: {src: a.jpg, decorative: true}\nrole:")),
    ):
        (folder / "content" / kind / "a.jpg").write_bytes(as_jpeg(photograph(1200, 640)))
        path = folder / "content" / kind / f"{name}.md"
        path.write_text(re.sub(*change, path.read_text(), count=1))
    settings = replace(
        base_settings,
        database_url=f"sqlite:///{folder / 'site.db'}",
        content_dir=folder / "content",
        pictures_dir=folder / "pictures",
    )
    assert create_app(settings).test_cli_runner().invoke(args=["content", "build-images"]).exit_code == 0
    app = create_app(settings, clock=MovableClock())
    library, visitor = app.extensions["site"].library(), app.test_client()
    kinds = (library.conditions, library.articles, library.treatments, library.techniques, library.team)
    addresses = FIXED + [document.url for kind in kinds for document in kind.values()]
    yield {address: read_page(visitor.get(address).text).graph for address in addresses}
    with app.app_context():
        db.engine.dispose()


def nodes_in(value: object) -> Iterator[Node]:
    """Every node with a type, however deep."""
    if isinstance(value, list):
        for one in value:
            yield from nodes_in(one)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for one in value.values():
            yield from nodes_in(one)


def faults_of(node: Node, named: dict[str, str]) -> Iterator[str]:
    """What is wrong with one node: `named` gives the type of each node of the site that has an id."""
    kind = node["@type"]
    if kind not in ANCESTORS:
        yield f"{kind} is not in the extract"
        return
    for name, value in node.items():
        if name.startswith("@"):
            continue
        if name not in PROPERTIES or not set(PROPERTIES[name]["of"]) & set(ANCESTORS[kind]):
            yield f"{kind} has no {name}"
            continue
        for one in value if isinstance(value, list) else [value]:
            if not fits(one, PROPERTIES[name]["holds"], named):
                yield f"{kind}.{name} may not hold {one!r}"


def fits(value: object, ranges: list[str], named: dict[str, str]) -> bool:
    if isinstance(value, dict):
        kind = value.get("@type") or named.get(value.get("@id", ""))
        return kind is not None and bool(set(ANCESTORS.get(kind, ())) & set(ranges))
    if isinstance(value, bool):
        return "Boolean" in ranges
    if isinstance(value, int):
        return bool({"Integer", "Number"} & set(ranges))
    members = {f"https://schema.org/{m}" for one in ranges for m in VOCABULARY["members"].get(one, ())}
    return isinstance(value, str) and (
        value in members or any(re.fullmatch(WRITTEN[one], value) for one in ranges if one in WRITTEN)
    )


def test_everything_that_is_told_is_in_the_vocabulary_and_fits(graphs: dict[str, list[Node]]) -> None:
    named = {node["@id"]: node["@type"] for graph in graphs.values() for node in nodes_in(graph) if "@id" in node}
    faults = {
        f"{address}: {fault}"
        for address, graph in graphs.items()
        for node in nodes_in(graph)
        for fault in faults_of(node, named)
    }
    assert not faults, "\n".join(sorted(faults))


def test_the_extract_holds_what_is_used_and_nothing_else(graphs: dict[str, list[Node]]) -> None:
    used = {node["@type"] for graph in graphs.values() for node in nodes_in(graph)}
    assert used == set(TYPES) == set(ANCESTORS)


@pytest.mark.parametrize(
    ("node", "fault"),
    [
        ({"@type": "Masseur"}, "Masseur is not in the extract"),
        ({"@type": "Person", "reviewedBy": "x"}, "Person has no reviewedBy"),
        ({"@type": "WebPage", "lastReviewed": "2 November"}, "WebPage.lastReviewed may not hold '2 November'"),
        ({"@type": "WebPage", "reviewedBy": "Somebody"}, "WebPage.reviewedBy may not hold 'Somebody'"),
        ({"@type": "Offer", "itemOffered": {"@type": "Person"}}, "Offer.itemOffered may not hold"),
        ({"@type": "WebPage", "about": {"@id": "http://nowhere/"}}, "WebPage.about may not hold"),
        ({"@type": "OpeningHoursSpecification", "dayOfWeek": ["https://schema.org/Moonday"]}, "may not hold"),
        ({"@type": "OpeningHoursSpecification", "opens": "25:00"}, "may not hold"),
    ],
    ids=range(8),
)
def test_the_comparison_finds_what_is_wrong(node: Node, fault: str) -> None:
    (found,) = faults_of(node, {})
    assert found.startswith(fault) or fault in found


@pytest.mark.parametrize(
    ("address", "kinds"),
    [
        ("/", {"WebSite", "WebPage", "HealthAndBeautyBusiness", "Offer", "Service"}),
        ("/contact", {"WebPage", "HealthAndBeautyBusiness", "BreadcrumbList"}),
        ("/conditions/lower-back", {"WebPage", "BreadcrumbList", "Person"}),
        ("/articles/does-sports-massage-help", {"Article", "WebPage", "BreadcrumbList", "Person", "ImageObject"}),
        ("/treatments/60-minute-visit", {"Service", "Offer", "BreadcrumbList"}),
        ("/team/example-therapist-a", {"Person", "ProfilePage", "ImageObject"}),
    ],
)
def test_each_kind_of_page_tells_what_it_is(graphs: dict[str, list[Node]], address: str, kinds: set[str]) -> None:
    assert kinds <= {node["@type"] for node in nodes_in(graphs[address])}


def test_who_reviewed_a_page_and_when_is_told_wherever_it_is_shown(graphs: dict[str, list[Node]]) -> None:
    for address, graph in graphs.items():
        if address.startswith(("/conditions/", "/articles/")) and not address.endswith("/"):
            page = next(node for node in graph if node["@type"] == "WebPage")
            assert page["reviewedBy"]["@type"] == "Person"
            assert page["lastReviewed"] == "2026-11-02"


def test_what_google_asks_of_a_business_an_article_and_a_trail(graphs: dict[str, list[Node]]) -> None:
    nodes = [node for graph in graphs.values() for node in nodes_in(graph)]
    (business,) = {node["telephone"]: node for node in nodes if node["@type"] == "HealthAndBeautyBusiness"}.values()
    assert business["telephone"] == "+442079460123", "with the code of the country"
    assert {"streetAddress", "addressLocality", "postalCode", "addressCountry"} <= set(business["address"])
    for article in (node for node in nodes if node["@type"] == "Article"):
        assert len(article["headline"]) <= 110
        assert article["author"]["name"]
        assert article["author"]["url"].startswith("http")
        assert re.search(r"[+-]\d\d:\d\d$", article["datePublished"])
        assert article["dateModified"] >= article["datePublished"][:10]
        assert article["image"]
    for trail in (node for node in nodes if node["@type"] == "BreadcrumbList"):
        steps = trail["itemListElement"]
        assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
        assert all(step["name"] for step in steps)
        assert all("item" in step for step in steps[:-1])


def test_the_extract_is_made_as_the_vocabulary_says() -> None:
    def of(name: str, kind: str, **more: object) -> Node:
        links = {k: [{"@id": f"schema:{one}"} for one in v] for k, v in more.items() if isinstance(v, list)}
        renamed = {"above": "rdfs:subClassOf", "on": "schema:domainIncludes", "holds": "schema:rangeIncludes",
                   "now": "schema:supersededBy"}  # fmt: skip
        return {"@id": f"schema:{name}", "@type": kind, **{renamed[k]: v for k, v in links.items()}}

    graph = [
        of("Thing", "rdfs:Class"),
        of("Page", "rdfs:Class", above=["Thing"]),
        of("Plant", "rdfs:Class", above=["Thing"]),
        of("name", "rdf:Property", on=["Thing"], holds=["Text"]),
        of("title", "rdf:Property", on=["Page"], holds=["Text"], now=["name"]),
        of("leaf", "rdf:Property", on=["Plant"], holds=["Text"]),
        of("Monday", "schema:Day"),
    ]
    assert extract({"@graph": graph}, ("Page",), ("Day",)) == {
        "types": {"Page": ["Page", "Thing"]},
        "properties": {"name": {"of": ["Thing"], "holds": ["Text"]}},
        "members": {"Day": ["Monday"]},
    }
    with pytest.raises(KeyError):
        extract({"@graph": graph}, ("Animal",), ())
