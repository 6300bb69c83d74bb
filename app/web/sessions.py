"""The signed cookie and the token of forms, as Flask and Flask-WTF have them, with what never changes made once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from flask import Flask, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer

_SAID = "site.form_token"


class KeptSerializer(SecureCookieSessionInterface):
    """Flask's, with a serializer that is made once: its keys are the application's, and do not change while it runs.

    Nor do the keys that are derived from them, so a cookie looks as if Flask itself had signed it.
    """

    def __init__(self, app: Flask) -> None:
        flasks = super().get_signing_serializer(app)
        if flasks is None:
            raise ValueError("without a SECRET_KEY no cookie can be signed")
        signer = flasks.make_signer(flasks.salt)
        self._kept = URLSafeTimedSerializer(
            [signer.derive_key(key) for key in flasks.secret_keys],
            salt=flasks.salt,
            serializer=self.serializer,
            signer_kwargs={"key_derivation": "none", "digest_method": self.digest_method},
        )

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        return self._kept


def form_token() -> str:
    """The token that every form of this visitor carries. Without a time limit one signature is as good as the next.

    It is one text for a whole request, whatever other threads make meanwhile.
    """
    token: str | None = request.environ.get(_SAID)
    if token is None:
        number = session.get("csrf_token")
        token = request.environ[_SAID] = _kept(number) if isinstance(number, str) else _made()
    return token


@contextmanager
def mark_for_token(mark: str) -> Iterator[None]:
    """Within, `mark` stands where the visitor's token would: for a page that is drawn for more than this visitor."""
    own = form_token()
    request.environ[_SAID] = mark
    try:
        yield
    finally:
        request.environ[_SAID] = own


def _made() -> str:
    """Flask-WTF signs the number in the session of the request, and puts one there when there is none."""
    token: str = generate_csrf()
    return token


@lru_cache(maxsize=4096)
def _kept(_number: str) -> str:
    return _made()
