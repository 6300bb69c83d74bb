"""Every address is public by list, guarded by a token, or guarded for staff. A new one must choose."""

from __future__ import annotations

from app import create_app
from config import Settings

PUBLIC = frozenset(
    {
        "/", "/conditions/", "/conditions/<slug>", "/articles/", "/articles/<slug>", "/treatments/",
        "/treatments/<slug>", "/techniques/<slug>", "/team/", "/team/<slug>", "/prices", "/contact", "/safety",
        "/policies/booking", "/policies/privacy", "/policies/accessibility", "/search",
        "/social/<any(articles, conditions):kind>/<slug>.png", "/social/home.png", "/pictures/<name>",
        "/find-booking", "/ask", "/ask/call", "/ask/sent", "/feed.xml", "/sitemap.xml", "/robots.txt", "/favicon.ico",
        "/healthz", "/readyz", "/offline", "/worker.js", "/static/<path:filename>",
    }
)  # fmt: skip
#: The visitor's own hold and answers, kept behind the random token of the session cookie.
VISITOR = ("/book",)
#: A signed token in the address, a signature over the body, or this machine alone.
TOKEN = ("/booking/<token>", "/waitlist/<token>", "/stripe/webhook", "/metrics", "/preview/<token>")
STAFF = ("/staff",)
#: For those who build pages; not there in production.
DEVELOPMENT = ("/styleguide",)


def test_every_route_has_a_guard(base_settings: Settings) -> None:
    app = create_app(base_settings)
    unknown = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule not in PUBLIC
        and not any(
            rule.rule == start or rule.rule.startswith(start + "/")
            for start in (*VISITOR, *TOKEN, *STAFF, *DEVELOPMENT)
        )
    ]
    assert not unknown, f"public, by token or for staff? {sorted(unknown)}"


def test_no_listed_address_has_gone(base_settings: Settings) -> None:
    rules = {rule.rule for rule in create_app(base_settings).url_map.iter_rules()}
    assert not PUBLIC - rules, "an address was lost: give it a redirect, or take it off the list"
