"""What every process of the site would make for itself, made once before they part."""

from __future__ import annotations

from flask import Flask

from app.web.site import Site


def warm_up(app: Flask) -> None:
    """Read the templates, the public holidays and the content of `app`, so that its workers share them in memory."""
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    here: Site = app.extensions["site"]
    rules = here.library().catalogue.rules
    _ = here.clock().date() in rules.closed_days
