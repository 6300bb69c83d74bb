"""What every process of the site would make for itself, made once before they part."""

from __future__ import annotations

from flask import Flask

from app.web.site import Site


def warm_up(app: Flask) -> None:
    """Read the templates, the public holidays and the content of `app`, and be its first visitor.

    So its workers share them in memory. Most is made by the first answer that asks the database: SQLAlchemy's maps and
    statements, templates, the finished page itself; each worker for itself held 13 MiB of it. No connection is open
    afterwards: none may be shared between processes.
    """
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    here: Site = app.extensions["site"]
    library = here.library()
    _ = here.clock().date() in library.catalogue.rules.closed_days
    app.test_client(use_cookies=False).get("/", base_url=here.base_url).close()
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose()
    library.shelf.index.close()
