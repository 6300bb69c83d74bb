"""The layer of finished pages, in front of a small application of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, Response, make_response
from werkzeug.test import Client

from app.web import ready_pages
from app.web.ready_pages import ReadyPages, keep_ready_pages, reads_query, ready, shows_free_times, true_until

TEXT = "a page with enough words to be squeezed. " * 60


@dataclass
class World:
    """What the pages depend on; `made` counts how often each was made."""

    now: datetime = datetime(2026, 11, 24, 9, tzinfo=UTC)
    version: str = "one"
    environment: str = "test"
    base_url: str = "http://localhost"
    made: dict[str, int] = field(default_factory=dict)

    def clock(self) -> datetime:
        return self.now

    def library(self) -> Any:
        return SimpleNamespace(version=self.version)

    def count(self, name: str) -> str:
        self.made[name] = self.made.get(name, 0) + 1
        return f"{TEXT}{name} {self.version} {self.made[name]}"


def application(world: World) -> Client:
    app = Flask("ready")
    app.config["TEMPLATES_AUTO_RELOAD"] = False
    app.extensions["site"] = world

    @app.get("/page")
    @ready
    def page() -> str:
        return world.count("page")

    @app.get("/live")
    @ready
    def live() -> str:
        shows_free_times()
        return world.count("live")

    @app.get("/open")
    @ready
    def open_now() -> str:
        true_until(world.now + timedelta(seconds=10))
        true_until(world.now + timedelta(hours=1))
        return world.count("open")

    @app.get("/list")
    @ready
    def listing() -> str:
        reads_query("kind=guide")
        return world.count("list")

    @app.get("/cookie")
    @ready
    def cookie() -> Response:
        response = make_response(world.count("cookie"))
        response.set_cookie("who", "you")
        return response

    @app.get("/missing")
    @ready
    def missing() -> tuple[str, int]:
        return world.count("missing"), 404

    @app.get("/unmarked")
    def unmarked() -> str:
        return world.count("unmarked")

    @app.post("/book")
    def book() -> str:
        return "booked"

    @app.after_request
    def header(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    keep_ready_pages(app)
    return Client(app)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Client:
    return application(world)


def test_a_page_is_made_once_and_answered_from_memory(world: World, client: Client) -> None:
    first, second = client.get("/page"), client.get("/page")
    assert first.data == second.data
    assert dict(first.headers) == dict(second.headers)
    assert world.made["page"] == 1
    assert second.headers["X-Content-Type-Options"] == "nosniff"
    assert second.headers["Cache-Control"] == "public, max-age=300"


def test_the_visitor_who_has_it_is_told_so(client: Client) -> None:
    tag = client.get("/page").headers["ETag"]
    again = client.get("/page", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert again.headers["Vary"] == "Accept-Encoding"
    assert "Content-Length" not in again.headers
    assert "Content-Type" not in again.headers


@pytest.mark.parametrize("asked", ["W/{}", '"x", {}', "*"])
def test_a_tag_is_found_in_every_way_of_asking(client: Client, asked: str) -> None:
    tag = client.get("/page").headers["ETag"]
    assert client.get("/page", headers={"If-None-Match": asked.format(tag)}).status_code == 304


def test_a_wrong_tag_gets_the_page(client: Client) -> None:
    for asked in ('"other"', "junk", ""):
        assert client.get("/page", headers={"If-None-Match": asked}).status_code == 200


def test_the_first_visitor_with_a_tag_is_answered_from_it_too(world: World, client: Client) -> None:
    tag = client.get("/page").headers["ETag"]
    fresh = application(World())
    assert fresh.get("/page", headers={"If-None-Match": tag}).status_code == 304


def test_each_coding_has_a_tag_of_its_own_and_any_of_them_matches(client: Client) -> None:
    answers = {c: client.get("/page", headers={"Accept-Encoding": c}) for c in ("", "gzip", "br")}
    assert len({a.headers["ETag"] for a in answers.values()}) == 3
    assert [a.headers.get("Content-Encoding") for a in answers.values()] == [None, "gzip", "br"]
    again = client.get("/page", headers={"Accept-Encoding": "br", "If-None-Match": answers["gzip"].headers["ETag"]})
    assert again.status_code == 304
    assert again.headers["ETag"] == answers["br"].headers["ETag"]


def test_head_has_the_headers_of_get_and_no_body(world: World, client: Client) -> None:
    head = client.head("/page")
    get = client.get("/page")
    assert head.data == b""
    assert dict(head.headers) == dict(get.headers)
    assert client.head("/unmarked").data == b""
    assert client.head("/missing").status_code == 404


def test_another_library_makes_another_page(world: World, client: Client) -> None:
    first = client.get("/page")
    world.version = "two"
    second = client.get("/page")
    assert b"two" in second.data
    assert first.headers["ETag"] != second.headers["ETag"]


def test_a_live_page_is_never_older_than_a_minute(world: World, client: Client) -> None:
    assert client.get("/live").headers["Cache-Control"] == "public, max-age=60"
    world.now += timedelta(seconds=59)
    assert client.get("/live").headers["Cache-Control"] == "public, max-age=1"
    assert world.made["live"] == 1
    world.now += timedelta(seconds=1)
    client.get("/live")
    assert world.made["live"] == 2


def test_a_booking_drops_live_pages_at_once_and_no_others(world: World, client: Client) -> None:
    client.get("/live")
    client.get("/page")
    client.post("/book")
    client.get("/live")
    client.get("/page")
    assert (world.made["live"], world.made["page"]) == (2, 1)


def test_the_nearest_moment_counts(world: World, client: Client) -> None:
    assert client.get("/open").headers["Cache-Control"] == "public, max-age=10"
    world.now += timedelta(seconds=10)
    client.get("/open")
    assert world.made["open"] == 2


def test_a_label_in_the_address_changes_nothing(world: World, client: Client) -> None:
    plain, labelled = client.get("/page"), client.get("/page?utm_source=post")
    assert plain.data == labelled.data
    assert world.made["page"] == 1


def test_a_view_that_reads_its_query_keeps_only_our_own_spelling(world: World, client: Client) -> None:
    for query in ("kind=guide", "kind=guide", "kind=guide&x=1", "kind=guide&x=2"):
        client.get(f"/list?{query}")
    assert world.made["list"] == 3


def test_what_must_not_be_shared_is_not_kept(world: World, client: Client) -> None:
    for path in ("/cookie", "/missing", "/unmarked"):
        client.get(path)
        client.get(path)
    assert world.made == {"cookie": 2, "missing": 2, "unmarked": 2}
    assert "Set-Cookie" in client.get("/cookie").headers


def test_the_room_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Flask("many")
    app.config["TEMPLATES_AUTO_RELOAD"] = False
    app.extensions["site"] = world

    @app.get("/<int:number>")
    @ready
    def page(number: int) -> str:
        return world.count(str(number))

    monkeypatch.setattr(ready_pages, "ROOM", 10_000)
    layer = ReadyPages(app.wsgi_app, world)  # type: ignore[arg-type]
    client = Client(layer)
    for number in range(50):
        assert client.get(f"/{number}").status_code == 200
    assert layer._held <= 10_000
    assert len(layer._pages) < 10


def test_in_production_only_our_own_host_is_answered_from_memory() -> None:
    world = World(environment="production", base_url="https://practice.example")
    client = application(world)
    for _ in range(2):
        client.get("/page", headers={"Host": "practice.example"})
    assert world.made["page"] == 1
    client.get("/page", headers={"Host": "elsewhere.example"})
    assert world.made["page"] == 2
