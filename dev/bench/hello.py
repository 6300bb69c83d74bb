"""The yardstick: a Flask application that says hello."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    """Two words."""
    return "Hello, world"
