"""Cookies are signed as Flask signs them, and the token of forms as Flask-WTF does, with less work."""

from __future__ import annotations

import pytest
import time_machine
from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import validate_csrf
from itsdangerous import BadSignature, URLSafeTimedSerializer
from wtforms import ValidationError

from app.web import sessions
from app.web.sessions import KeptSerializer, form_token

HELD = {"visitor": "number", "csrf_token": "a" * 40}


def make_app(key: str, *older: str) -> Flask:
    app = Flask("site")
    app.config.update(SECRET_KEY=key, SECRET_KEY_FALLBACKS=list(older), WTF_CSRF_TIME_LIMIT=None)
    return app


def flasks(app: Flask) -> URLSafeTimedSerializer:
    found = SecureCookieSessionInterface().get_signing_serializer(app)
    assert found is not None
    return found


def ours(app: Flask) -> URLSafeTimedSerializer:
    found = KeptSerializer(app).get_signing_serializer(app)
    assert found is not None
    return found


def test_flask_reads_our_cookies_and_we_read_its() -> None:
    app = make_app("new" * 11)
    assert flasks(app).loads(ours(app).dumps(HELD)) == HELD
    assert ours(app).loads(flasks(app).dumps(HELD)) == HELD


def test_a_cookie_of_an_older_key_is_read_and_a_strangers_is_not() -> None:
    app = make_app("new" * 11, "old" * 11)
    assert ours(app).loads(flasks(make_app("old" * 11)).dumps(HELD)) == HELD
    for foreign in (flasks(make_app("other" * 7)).dumps(HELD), flasks(app).dumps(HELD)[:-2] + "xx"):
        with pytest.raises(BadSignature):
            ours(app).loads(foreign)


def test_a_token_is_good_for_its_own_session_alone() -> None:
    app = make_app("new" * 11)
    with app.test_request_context():
        first = form_token()
        own = session["csrf_token"]
        validate_csrf(first)
    with app.test_request_context():
        session["csrf_token"] = own
        again = form_token()
        assert form_token() == again
        validate_csrf(again)
        validate_csrf(first)
    with app.test_request_context():
        other = form_token()
        assert session["csrf_token"] != own
        validate_csrf(other)
        with pytest.raises(ValidationError):
            validate_csrf(again)


def test_a_request_has_one_token_whatever_is_forgotten_meanwhile() -> None:
    app = make_app("new" * 11)
    with time_machine.travel(0, tick=False), app.test_request_context():
        session["csrf_token"] = "b" * 40
        first = form_token()
    with time_machine.travel(60, tick=False) as clock, app.test_request_context():
        session["csrf_token"] = "b" * 40
        assert form_token() == first, "it is kept beyond a request"
        sessions._kept.cache_clear()
        clock.shift(2)
        assert form_token() == first
