"""Who may see what: strangers nothing, forms only with their token, the example account never where clients are."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from app import create_app
from app.db.base import db
from app.domain.staff import EXAMPLE_EMAIL, EXAMPLE_PASSWORD
from app.services.staff.people import add_example, add_staff
from app.web.staff.gate import PUBLIC
from config import Settings
from tests.conftest import MovableClock
from tests.page_reading import read_page
from tests.staff_newcomer import PASSWORD, Newcomer


def addresses(app: Flask, method: str) -> list[tuple[str, str]]:
    """Endpoint and an address of every rule of the staff area that answers `method`."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("staff.") and method in (rule.methods or ()):
            path = re.sub(r"<any\((\w[\w-]*)[^>]*>", r"\1", rule.rule)
            path = re.sub(r"<int[^>]*>", "1", path)
            found.append((rule.endpoint, re.sub(r"<[^>]*>", "x", path)))
    assert len(found) > 5
    return found


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_strangers_are_sent_to_sign_in_from_everywhere(staff_app: Flask, method: str) -> None:
    staff_app.config["WTF_CSRF_ENABLED"] = False  # of what follows after it
    client = staff_app.test_client()
    client.set_cookie("staff", "x" * 43)
    for endpoint, path in addresses(staff_app, method):
        answer = client.open(path, method=method)
        if endpoint in PUBLIC:
            assert answer.status_code in (200, 303, 404), path
        else:
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/staff/sign-in"), path
        assert answer.headers["Cache-Control"] == "no-store", path
        assert answer.headers["X-Robots-Tag"] == "noindex", path


@pytest.mark.parametrize("path", ["/staff/no-such-page", "/staff/tasks/", "/staff/visits/x/no-such-step"])
def test_strangers_do_not_learn_which_addresses_there_are(staff_app: Flask, path: str) -> None:
    stranger = staff_app.test_client()
    for method in ("GET", "POST", "PUT"):
        answer = stranger.open(path, method=method)
        assert (answer.status_code, answer.location.split("?")[0]) == (303, "/staff/sign-in"), method
        assert answer.headers["Cache-Control"] == "no-store"
    assert stranger.get(path).location == f"/staff/sign-in?next={path}"


def test_every_form_needs_its_token(staff_client: FlaskClient, staff_app: Flask) -> None:
    for _, path in addresses(staff_app, "POST"):
        assert staff_client.post(path, data={"email": "a@b.example"}).status_code == 400, path


def test_an_error_leaves_its_people_in_the_staff_area(staff_client: FlaskClient, staff_app: Flask) -> None:
    staff_app.config["TESTING"] = staff_app.testing = False
    for status in (403, 410, 429, 500):
        staff_app.add_url_rule(f"/staff/make-{status}", f"staff.make_{status}", lambda status=status: abort(status))
    staff_app.add_url_rule("/staff/make-fault", "staff.make_fault", lambda: 1 / 0)
    met = {"no-such-page": 404, "tasks?page=999": 404, "money/2026-13": 404, "make-fault": 500}
    for path, status in {**met, **{f"make-{status}": status for status in (403, 410, 429, 500)}}.items():
        answer = staff_client.get(f"/staff/{path}")
        page = read_page(answer.text)
        assert answer.status_code == status, path
        assert "/staff/find" in page.links, path  # the menu, or the way on
        assert not any(link.startswith(("tel:", "/book")) for link in page.links), path
        assert (answer.headers["Cache-Control"], "Traceback" in answer.text) == ("no-store", False)
    assert staff_client.get("/staff/tasks/").location == "/staff/tasks"
    assert staff_client.put("/staff/tasks").status_code == 405
    # who wrote for longer than their form was good for has the words on the page
    kept = read_page(staff_client.post("/staff/hours", data={"note": "Closed for <repairs>"}).text)
    assert kept.one("textarea", id="words").text.strip() == "Closed for <repairs>"
    assert "/staff/find" not in read_page(staff_app.test_client().post("/staff/sign-in").text).links


def test_the_pages_for_strangers_have_no_menu(staff_app: Flask) -> None:
    page = read_page(staff_app.test_client().get("/staff/sign-in").text)
    assert [link for link in page.links if link.startswith("/staff/")] == ["/staff/", "/staff/forgot"]


@pytest.fixture
def real(base_settings: Settings, sqlite_template: Path, tmp_path: Path, clock: MovableClock) -> Iterator[Flask]:
    """The site as real clients have it, on a database that was an example before."""
    shutil.copy(sqlite_template, tmp_path / "real.db")
    url = f"sqlite:///{tmp_path / 'real.db'}"
    app = create_app(
        replace(base_settings, environment="production", base_url="https://localhost", database_url=url), clock=clock
    )
    with app.app_context():
        add_example(now=clock.now)
    yield app
    with app.app_context():
        db.engine.dispose()


def _sign_in(app: Flask) -> tuple[FlaskClient, str, int]:
    client = app.test_client()
    page = client.get("/staff/sign-in", base_url="https://localhost").text
    token = read_page(page).all("input", name="csrf_token")[0].attributes["value"]
    data = {"csrf_token": token, "email": EXAMPLE_EMAIL, "password": EXAMPLE_PASSWORD}
    answer = client.post("/staff/sign-in", data=data, base_url="https://localhost")
    return client, page, answer.status_code


def test_the_example_account_is_nobody_where_real_clients_are(
    real: Flask, base_settings: Settings, clock: MovableClock
) -> None:
    client, page, status = _sign_in(real)
    assert (status, EXAMPLE_PASSWORD in page) == (200, False)
    example = create_app(
        replace(base_settings, environment="development", database_url=real.config["SQLALCHEMY_DATABASE_URI"]),
        clock=clock,
    )
    signed_in, page, status = _sign_in(example)
    assert (status, EXAMPLE_PASSWORD in page) == (303, True)
    cookie = signed_in.get_cookie("staff")
    assert cookie is not None
    client.set_cookie("__Host-staff", cookie.value, secure=True)
    assert client.get("/staff/account", base_url="https://localhost").status_code == 303
    with example.app_context():
        db.engine.dispose()


def test_the_cookie_is_for_this_host_alone(real: Flask, clock: MovableClock) -> None:
    with real.app_context():
        add_staff("robin@practice.example", "Robin Example", "desk", now=clock.now)
    robin = Newcomer(real, clock)
    client, _, _ = _sign_in(real)
    token = read_page(client.get("/staff/forgot", base_url="https://localhost").text).all("input", name="csrf_token")
    data = {"csrf_token": token[0].attributes["value"], "password": PASSWORD, "again": PASSWORD}
    answer = client.post(
        robin.link(), data=data, base_url="https://localhost", headers={"Referer": "https://localhost/"}
    )
    (given,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-staff=")]
    assert set(given.split("; ")[2:]) == {"Max-Age=43200", "Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
