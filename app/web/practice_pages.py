"""The pages about the practice itself: team, prices, contact, safety, rules."""

from __future__ import annotations

from itertools import islice

from flask import Blueprint, render_template

from app.web import structured_data
from app.web.hints import hint_reading
from app.web.lookup import by_height, get_or_404, live_library, price_lines
from app.web.opening import door, hours_lines
from app.web.ready_pages import ready, true_until
from app.web.site import site

practice_pages = Blueprint("practice", __name__)
practice_pages.after_request(hint_reading)

#: Which page of fixed words stands behind a policy address.
POLICIES = {"booking": "booking-policy", "privacy": "privacy", "accessibility": "accessibility"}
#: So many articles stand on the page of who wrote them; all articles are a link away.
LISTED = 20


@practice_pages.get("/team/")
@ready
def team() -> str:
    """Who gives the treatments."""
    library = live_library()
    return render_template("pages/team.html", people=library.team.values(), data=structured_data.index("Team"))


@practice_pages.get("/team/<slug>")
@ready
def practitioner(slug: str) -> str:
    """One person: role, training, working hours, and a way to book with them."""
    library = live_library()
    document = get_or_404("team", slug)
    visits = [library.treatments[s] for s in document.meta.treatments if s in library.treatments]
    written = library.articles.read(a for a in library.articles.listed.values() if a.meta.author == document.meta.name)
    return render_template(
        "pages/practitioner.html",
        person=document,
        visits=visits,
        articles=list(islice(written, LISTED)),
        more_articles=next(written, None) is not None,
        data=structured_data.person_page(library, document),
    )


@practice_pages.get("/prices")
@ready
def prices() -> str:
    """Every price with its deposit, and the rules for changes."""
    library = live_library()
    return render_template(
        "pages/prices.html",
        prices=price_lines(library),
        words=library.pages.get("prices"),
        data=structured_data.prices(library),
    )


@practice_pages.get("/contact")
@ready
def contact() -> str:
    """Where, when, and how to reach us; whether the door is open now."""
    library, now = live_library(), site().clock()
    practice = library.practice
    state = door(practice.hours, practice.zone, library.catalogue.rules.closed_days, now)
    true_until(state.changes_at)
    return render_template(
        "pages/contact.html",
        hours=hours_lines(practice),
        door=state,
        words=library.pages.get("contact"),
        conditions=by_height(library.conditions.values()),
        data=structured_data.contact(library),
    )


@practice_pages.get("/safety")
@ready
def safety() -> str:
    """Every sign that needs a doctor first, and every reason to phone us first."""
    library = live_library()
    return render_template(
        "pages/safety.html",
        words=library.pages.get("safety"),
        conditions=by_height(library.conditions.values()),
        data=structured_data.page("When to see a doctor first"),
    )


@practice_pages.get("/policies/booking", defaults={"name": "booking"})
@practice_pages.get("/policies/privacy", defaults={"name": "privacy"})
@practice_pages.get("/policies/accessibility", defaults={"name": "accessibility"})
@ready
def policy(name: str) -> str:
    """A page of fixed words."""
    library = live_library()
    document = get_or_404("pages", POLICIES[name])
    return render_template(
        "pages/policy.html", document=document, name=name, data=structured_data.plain_page(library, document)
    )
