"""When a form was handed out, signed: people need seconds to fill one in, and programs do not wait.

One of the three ways in which spam is kept out without puzzles or third parties; the others are an empty field that
nobody sees, and the limits of `app.web.limits`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

#: Nobody writes a question faster, and nobody leaves one open longer.
SHORTEST, LONGEST = timedelta(seconds=3), timedelta(days=1)


def new_stamp(now: datetime) -> str:
    """A signed note of `now` (aware) to put into a form."""
    return _signer().dumps(now.timestamp())


def judge_stamp(stamp: str | None, *, now: datetime) -> Literal["good", "early", "stale"]:
    """How long the form was out. What we did not sign counts as stale: it is answered with a new stamp."""
    try:
        out = now - datetime.fromtimestamp(float(_signer().loads(stamp or "")), UTC)
    except (BadData, ValueError, TypeError, OverflowError):
        return "stale"
    if timedelta(0) <= out < SHORTEST:
        return "early"
    return "good" if SHORTEST <= out <= LONGEST else "stale"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="fill-time")
