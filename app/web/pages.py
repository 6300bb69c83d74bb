"""The reading pages: finished bytes for everyone, without a cookie. What they say comes from the library."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from flask import Blueprint, abort, render_template
from werkzeug.wrappers import Response

from app.domain.policy_page import differing_sections
from app.publishing.library import Document, Library
from app.web import structured_data
from app.web.article_index import read_choice
from app.web.hints import hint_reading
from app.web.lookup import by_height, get_or_404, live_library, price_lines
from app.web.next_free import NextFree, next_free
from app.web.opening import hours_lines
from app.web.ready_pages import reads_query, ready
from app.web.site import site

pages = Blueprint("pages", __name__)
pages.after_request(hint_reading)

#: How a page says how firm a visit is.
FIRMNESS = re.compile(r"(\d+) to (\d+) out of 10")


def firmness_named(document: Document) -> tuple[int, int] | None:
    """The range of firmness that the words about a visit name ("3 to 5 out of 10"), for the drawing under them."""
    named = FIRMNESS.search(document.sections["visit"].html)
    low, high = (int(n) for n in named.groups()) if named else (0, 0)
    return (low, high) if low < high <= 10 else None


@pages.get("/")
@ready
def home() -> str:
    """What hurts, when is the next free time, how a visit goes, what it costs, what research says."""
    library = live_library()
    conditions = by_height(library.conditions.values())
    articles = library.articles
    studies = articles.read(a for a in articles.listed.values() if a.meta.kind == "case-study")
    return render_template(
        "pages/home.html",
        conditions=conditions,
        free=_first_free(conditions),
        study=next(studies, None),
        newest=list(islice(articles.values(), 3)),
        prices=price_lines(library),
        hours=hours_lines(library.practice),
        data=structured_data.home(library),
    )


def _first_free(conditions: Iterable[Document]) -> NextFree | None:
    treatment = next((condition.meta.treatment for condition in conditions), None)
    return next_free(treatment) if treatment else None


@pages.get("/conditions/")
@ready
def conditions() -> str:
    """The map of the back, with a link to each region."""
    shown = by_height(live_library().conditions.values())
    return render_template("pages/conditions.html", conditions=shown, data=structured_data.index("Conditions"))


@pages.get("/conditions/<slug>")
@ready
def condition(slug: str) -> str:
    """One region: what it feels like, what a visit involves, what research says, and three ways on."""
    library = live_library()
    document = get_or_404("conditions", slug)
    related = [library.articles[s] for s in document.meta.related if s in library.articles]
    return render_template(
        "pages/condition.html",
        condition=document,
        warnings=[row for row_id in document.meta.safety if (row := library.safety.row(row_id))],
        firmness=firmness_named(document),
        free=next_free(document.meta.treatment),
        study=library.articles.get(document.meta.case_study or ""),
        related=[a for a in related if a.slug != document.meta.case_study],
        techniques=[library.techniques[s] for s in document.meta.techniques if s in library.techniques],
        data=structured_data.condition(library, document),
    )


@pages.get("/articles/")
@ready
def articles() -> str | Response:
    """Case studies and guides, newest first, with plain links that narrow the list."""
    library = live_library()
    choice = read_choice(library)
    if choice is None:
        abort(404)
    reads_query(choice.query)
    return render_template(
        "pages/articles.html",
        choice=choice,
        canonical=site().base_url + choice.path,
        data=structured_data.index("Articles"),
    )


@pages.get("/articles/<slug>")
@ready
def article(slug: str) -> str:
    """A case study or a guide, and what to do next."""
    library = live_library()
    document = get_or_404("articles", slug)
    step = document.meta.cta
    region_pages = [c for c in library.conditions.values() if c.meta.region in document.meta.regions]
    return render_template(
        "pages/article.html",
        article=document,
        conditions=by_height(region_pages),
        related=related_to(library, document),
        **neighbours_of(library, document),
        treatment=library.catalogue.treatments.get(step.treatment or ""),
        data=structured_data.article(library, document),
    )


def related_to(library: Library, document: Document) -> list[Document]:
    """What its author names; where nothing is named, what shares a region, then a technique. Three at most."""
    named = [library.articles[s] for s in document.meta.related if s in library.articles]
    if named:
        return named
    others = [a for a in library.articles.listed.values() if a.slug != document.slug]

    def nearness(other: Document) -> tuple[int, int]:
        regions = set(document.meta.regions) & set(other.meta.regions)
        return (len(regions), len(set(document.meta.techniques) & set(other.meta.techniques)))

    near = sorted((o for o in others if any(nearness(o))), key=nearness, reverse=True)
    return list(islice(library.articles.read(near), 3))


def neighbours_of(library: Library, document: Document) -> dict[str, Document | None]:
    """The articles that came out just before (`older`) and after (`newer`) this one; they stand newest first."""
    articles = library.articles
    order = list(articles.listed)
    place = order.index(document.slug) if document.slug in articles.listed else len(order)
    older, newer = (
        next(articles.read(articles.listed[slug] for slug in slugs), None)
        for slugs in (order[place + 1 :], reversed(order[:place] if place < len(order) else []))
    )
    return {"older": older, "newer": newer}


@pages.get("/treatments/")
@ready
def treatments() -> str:
    """How long a visit may be, and the ways of working."""
    library = live_library()
    return render_template(
        "pages/treatments.html",
        prices=price_lines(library),
        techniques=library.techniques.values(),
        conditions=by_height(library.conditions.values()),
        data=structured_data.treatments(library),
    )


@pages.get("/treatments/<slug>")
@ready
def treatment(slug: str) -> str:
    """One visit: whom it suits, what it costs, the next free time."""
    library = live_library()
    document = get_or_404("treatments", slug)
    people = [library.team[p.slug] for p in library.catalogue.offering(slug) if p.slug in library.team]
    return render_template(
        "pages/treatment.html",
        document=document,
        free=next_free(slug),
        people=people,
        prices=[line for line in price_lines(library) if line["document"].slug == slug],
        own_rules=differing_sections(library.catalogue.policy, library.catalogue.policy_for(slug)),
        data=structured_data.treatment(library, document),
    )


@pages.get("/techniques/<slug>")
@ready
def technique(slug: str) -> str:
    """One way of working, and the regions it may be used on."""
    library = live_library()
    document = get_or_404("techniques", slug)
    used_for = by_height(c for c in library.conditions.values() if slug in c.meta.techniques)
    told_in = library.articles.read(a for a in library.articles.listed.values() if slug in a.meta.techniques)
    return render_template(
        "pages/technique.html",
        document=document,
        conditions=used_for,
        articles=list(islice(told_in, 3)),
        data=structured_data.plain_page(library, document, ("/treatments/", "Treatments")),
    )
