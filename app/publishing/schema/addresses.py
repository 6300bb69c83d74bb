"""Where each kind of document stands on the site."""

from __future__ import annotations

URL_BY_FOLDER = {
    "conditions": "/conditions/{}",
    "articles": "/articles/{}",
    "treatments": "/treatments/{}",
    "techniques": "/techniques/{}",
    "team": "/team/{}",
}
#: Pages of fixed words stand where the site has a place for them.
PAGE_URLS = {
    "prices": "/prices",
    "contact": "/contact",
    "safety": "/safety",
    "booking-policy": "/policies/booking",
    "privacy": "/policies/privacy",
    "accessibility": "/policies/accessibility",
}


def url_of(kind: str, slug: str) -> str:
    """The address of a document without host; empty for a page that the site has no place for."""
    return PAGE_URLS.get(slug, "") if kind == "pages" else URL_BY_FOLDER[kind].format(slug)
