"""Error pages lead on: a search where an address leads nowhere, the phone everywhere."""

from __future__ import annotations

from flask import Flask, abort

from tests.page_reading import read_page


def test_an_address_that_leads_nowhere_offers_a_search(booking_app: Flask) -> None:
    answer = booking_app.test_client().get("/no-such-page")
    page = read_page(answer.text)
    assert answer.status_code == 404
    assert page.one("form", role="search").attributes["action"] == "/search"
    assert '<nav class="nav" aria-label="Main">' in answer.text
    assert any(link.startswith("tel:") for link in page.links)
    assert page.with_class("lost")


def test_a_wrong_secret_address_offers_none(booking_app: Flask) -> None:
    answer = booking_app.test_client().get("/booking/no-such-link")
    assert answer.status_code == 404
    assert "/search" not in answer.text


def test_every_error_says_what_is_safe_and_how_to_go_on(booking_app: Flask) -> None:
    booking_app.config["TESTING"] = booking_app.testing = False
    for status in (410, 429, 500):
        booking_app.add_url_rule(f"/make-{status}", f"make_{status}", lambda status=status: abort(status))
    booking_app.add_url_rule("/make-fault", "make_fault", lambda: 1 / 0)
    client = booking_app.test_client()
    for path, status in (("/make-410", 410), ("/make-429", 429), ("/make-500", 500), ("/make-fault", 500)):
        answer = client.get(path)
        page = read_page(answer.text)
        assert answer.status_code == status
        assert page.one("h1").text
        assert page.one("meta", name="robots").attributes["content"] == "noindex"
        assert any(link.startswith("tel:") for link in page.links)
        assert "Traceback" not in answer.text


def test_what_may_be_tried_again_says_when(booking_app: Flask) -> None:
    booking_app.add_url_rule("/make-429", "make_429", lambda: abort(429))
    answer = booking_app.test_client().get("/make-429")
    assert "in an hour" in answer.text
    assert answer.headers["Retry-After"] == "3600"


def test_a_wrong_method_names_the_right_one(booking_app: Flask) -> None:
    answer = booking_app.test_client().put("/prices")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_no_error_is_kept_on_the_way(booking_app: Flask) -> None:
    client = booking_app.test_client()
    for path, status in (("/articles/not-published-yet", 404), ("/waitlist/any/leave", 405), ("/booking/none", 404)):
        answer = client.get(path)
        assert answer.status_code == status
        assert answer.headers["Cache-Control"] == "no-store"
