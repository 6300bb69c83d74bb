"""What machines read: robots.txt, the sitemap, the feed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from itertools import islice
from xml.sax.saxutils import escape

from feedgenerator import Atom1Feed
from flask import Blueprint, Response

from app.publishing.library import Document, Library
from app.publishing.schema.addresses import PAGE_URLS
from app.web.lookup import live_library
from app.web.ready_pages import ready
from app.web.site import site

machine_pages = Blueprint("machines", __name__)

#: Pages that list or stand alone. Their words have no date of their own.
UNDATED = ("/", "/conditions/", "/articles/", "/treatments/", "/team/")
IN_FEED = 20


@machine_pages.get("/robots.txt")
@ready
def robots() -> Response:
    """What search engines may read: everything but the steps of booking, which are nobody's landing page."""
    lines = ["User-agent: *", "Disallow: /book/", "Disallow: /booking/", f"Sitemap: {site().base_url}/sitemap.xml", ""]
    return Response("\n".join(lines), mimetype="text/plain")


@machine_pages.get("/sitemap.xml")
@ready
def sitemap() -> Response:
    """Every page that search engines should know, with the day of its last change where it has one."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">']
    for path, changed in _addresses(live_library()):
        day = f"<lastmod>{changed.isoformat()}</lastmod>" if changed else ""
        lines.append(f"<url><loc>{escape(site().base_url + path)}</loc>{day}</url>")
    return Response("\n".join([*lines, "</urlset>", ""]), content_type="application/xml; charset=utf-8")


def _addresses(library: Library) -> Iterator[tuple[str, date | None]]:
    for path in UNDATED:
        yield path, None
    articles = library.articles.listed  # an address and a day say nothing that must be checked first
    for kind in (library.conditions, articles, library.treatments, library.techniques, library.team):
        for document in kind.values():
            if not document.meta.noindex:
                yield document.url, document.updated
    for slug, path in PAGE_URLS.items():
        if slug in library.pages:
            yield path, library.pages[slug].updated


@machine_pages.get("/feed.xml")
@ready
def feed() -> Response:
    """The newest articles as an Atom feed (RFC 4287)."""
    library, base = live_library(), site().base_url
    found = library.articles.read(a for a in library.articles.listed.values() if not a.meta.noindex)
    articles = list(islice(found, IN_FEED))
    atom = Atom1Feed(
        title=library.practice.name,
        link=f"{base}/articles/",
        description=library.practice.description,
        language="en-GB",
        feed_url=f"{base}/feed.xml",
    )
    for article in articles:
        atom.add_item(
            title=article.meta.title,
            link=base + article.url,
            description=article.meta.summary,
            author_name=article.meta.author,
            pubdate=_published(article),
            updateddate=_changed(article),
            unique_id=base + article.url,
        )
    # an empty feed has no time of its own; a fixed one keeps the bytes the same
    atom.latest_post_date = lambda: max(map(_changed, articles), default=datetime(2000, 1, 1, tzinfo=UTC))
    return Response(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def _published(article: Document) -> datetime:
    return article.meta.publish_at or datetime.combine(article.meta.reviewed_at, time(), UTC)


def _changed(article: Document) -> datetime:
    changed = article.updated
    return max(_published(article), datetime.combine(changed, time(), UTC)) if changed else _published(article)
