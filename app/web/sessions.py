"""The signed cookie, as Flask has it, with its serializer kept."""

from __future__ import annotations

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class KeptSerializer(SecureCookieSessionInterface):
    """Flask's, with a serializer that is made once: its keys are the application's, and do not change while it runs."""

    def __init__(self, app: Flask) -> None:
        self._kept = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        return self._kept
