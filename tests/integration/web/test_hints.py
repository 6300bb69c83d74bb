"""What browsers may fetch ahead, and what they may never."""

from __future__ import annotations

import json

import pytest
from flask import Flask


@pytest.mark.parametrize("path", ["/", "/conditions/neck", "/articles/", "/team/", "/safety"])
def test_reading_pages_name_the_rules(booking_app: Flask, path: str) -> None:
    client = booking_app.test_client()
    for _ in range(2):  # made, then kept ready
        rules = client.get(path).headers["Speculation-Rules"].strip('"')
    answer = client.get(rules)
    assert answer.mimetype == "application/speculationrules+json"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers


def test_only_pages_that_are_the_same_for_everyone_are_named(booking_app: Flask) -> None:
    client = booking_app.test_client()
    text = client.get(client.get("/").headers["Speculation-Rules"].strip('"')).text
    named = [path for rule in json.loads(text)["prefetch"] for path in rule["where"]["href_matches"]]
    assert not [
        path for path in named if path.startswith(("/book", "/waitlist", "/preview", "/ask", "/find", "/staff"))
    ]
    for path in named:
        assert "Set-Cookie" not in client.get(path.rstrip("*")).headers


@pytest.mark.parametrize("path", ["/book", "/ask", "/find-booking", "/search", "/no-such-page"])
def test_no_other_page_does(booking_app: Flask, path: str) -> None:
    assert "Speculation-Rules" not in booking_app.test_client().get(path).headers
