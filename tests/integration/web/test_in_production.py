"""What is different once real clients are behind the settings: hosts, cookies, and forms over https."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from app import create_app
from app.db.base import db
from config import Settings
from tests.page_reading import read_page

SITE = "https://practice.example"


@pytest.fixture
def real(base_settings: Settings, sqlite_template: Path, tmp_path: Path) -> Settings:
    shutil.copy(sqlite_template, tmp_path / "site.db")
    url = f"sqlite:///{tmp_path / 'site.db'}"
    return replace(base_settings, environment="production", base_url=SITE, database_url=url, trusted_proxies=1)


@pytest.fixture
def client(real: Settings) -> Iterator[FlaskClient]:
    app: Flask = create_app(real)
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


def test_a_proxy_that_is_not_believed_is_told_once(real: Settings) -> None:
    client = create_app(replace(real, trusted_proxies=0)).test_client()
    with capture_logs() as told:
        client.get("/healthz", base_url="http://127.0.0.1")
        assert told == []
        for _ in range(2):
            client.get("/healthz", base_url="http://127.0.0.1", headers={"X-Forwarded-For": "192.0.2.1"})
    assert ["TRUSTED_PROXIES" in line["event"] for line in told] == [True]


@pytest.mark.parametrize("host", ["evil.example", "practice.example.evil.example", "xpractice.example"])
def test_only_its_own_name_is_answered(client: FlaskClient, host: str) -> None:
    assert client.get("/", base_url=f"https://{host}").status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost"])
def test_this_machine_can_watch_it(client: FlaskClient, host: str) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert client.get(path, base_url=f"http://{host}").status_code == 200


def test_the_cookie_is_for_this_host_alone_and_never_in_clear(client: FlaskClient) -> None:
    cookie = client.get("/book", base_url=SITE).headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_a_browser_that_tells_nobody_where_it_comes_from_can_book(client: FlaskClient) -> None:
    page = read_page(client.get("/book", base_url=SITE).text)
    token = page.all("input", name="csrf_token")[0].attributes["value"]
    assert client.post("/book", base_url=SITE, data={"csrf_token": token}).status_code == 303
    assert client.post("/book", base_url=SITE, data={"csrf_token": "forged"}).status_code == 400


@pytest.mark.parametrize("path", ["/styleguide", "/styleguide/", "/mail", "/sandbox", "/dev", "/console", "/_debug"])
def test_nothing_of_the_workshop_is_there(client: FlaskClient, path: str) -> None:
    assert client.get(path, base_url=SITE).status_code == 404


@pytest.mark.parametrize("path", ["/", "/book?condition=neck", "/articles/no-such%20one", "//evil.example/"])
def test_who_comes_to_the_proxy_without_tls_is_sent_to_the_same_address_with_it(client: FlaskClient, path: str) -> None:
    for host in ("practice.example", "evil.example"):
        answer = client.get(path, headers={"Host": host, "X-Forwarded-Proto": "http"})
        assert answer.status_code == 308
        assert answer.headers["Location"].startswith(f"{SITE}/")
    assert client.get("/book?condition=neck", headers={"X-Forwarded-Proto": "http"}).headers["Location"] == (
        f"{SITE}/book?condition=neck"
    )
    assert client.get("/", headers={"Host": "practice.example", "X-Forwarded-Proto": "https"}).status_code == 200
