"""What the worker and the commands work with, for tests that send mail themselves."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.jobs.tools import Tools
from app.publishing.pictures.folder import Pictures
from app.publishing.pictures.store import PictureStore
from app.web.site import Site


def make_tools(app: Flask, **other: Any) -> Tools:
    """The tools of `app`'s own site, without a mailer; `other` replaces what a test has of its own."""
    site: Site = app.extensions["site"]
    own = {
        "clock": site.clock,
        "library": site.library,
        "checkout": site.checkout,
        "mailer": None,
        "links": site.links,
        "base_url": site.base_url,
        "environment": "test",
        "pictures": Pictures(site.pictures, PictureStore(site.pictures)),
        "staff_keys": site.staff_keys,
    }
    return Tools(**own | other)
