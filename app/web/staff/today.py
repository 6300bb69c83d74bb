"""The day: the first page after signing in."""

from __future__ import annotations

from flask import render_template

from app.web.staff import staff_pages


@staff_pages.get("/")
def today() -> str:
    """Who comes today, in order of time."""
    return render_template("staff/today.html")
