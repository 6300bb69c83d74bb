"""What machines read on a page (schema.org), made from the same data as the page itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import request

from app.domain.catalogue import Treatment
from app.domain.local_time import day_of
from app.domain.wording import DAYS, money_short, plain_amount
from app.publishing.library import Document, Library
from app.publishing.schema.practice import Practice
from app.web.presentation import tel
from app.web.site import site

Node = dict[str, Any]
Crumb = tuple[str, str]

HOME: Crumb = ("/", "Home")
POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$")
CLOSED_AHEAD_DAYS = 60


@dataclass(frozen=True, slots=True)
class PageData:
    """The graph of one page, and the way to it from the home page (without the page itself)."""

    graph: Node
    crumbs: tuple[Crumb, ...] = ()


def _url(path: str) -> str:
    return site().base_url + path


def _here() -> str:
    return _url(request.path)


def _page_data(
    title: str, crumbs: tuple[Crumb, ...], nodes: Iterable[Node], *, kind: str = "WebPage", **page: Any
) -> PageData:
    """A page node (WebPage, or a `kind` of it) with its breadcrumbs, and `nodes` beside it."""
    way = [
        {"@type": "ListItem", "position": n, "name": words, "item": {"@id": _url(path)}}
        for n, (path, words) in enumerate(crumbs, 1)
    ]
    way.append({"@type": "ListItem", "position": len(way) + 1, "name": title})
    this: Node = {
        "@type": kind,
        "@id": _here(),
        "url": _here(),
        "name": title,
        "inLanguage": "en-GB",
        "isPartOf": {"@id": _url("/#site")},
        **page,
    }
    if crumbs:
        this["breadcrumb"] = {"@type": "BreadcrumbList", "itemListElement": way}
    return PageData({"@context": "https://schema.org", "@graph": [this, *nodes]}, crumbs)


def business(library: Library) -> Node:
    """The practice with address, hours, prices and what it offers."""
    practice = library.practice
    prices = [t.price_minor for t in library.catalogue.treatments.values()]
    node: Node = {
        "@type": "HealthAndBeautyBusiness",
        "@id": _url("/#practice"),
        "name": practice.name,
        "description": practice.description,
        "url": _url("/"),
        "telephone": tel(practice.phone),
        "email": practice.email,
        "image": _url("/social/home.png"),
        "address": _address(practice),
        "openingHoursSpecification": _hours(library),
        "currenciesAccepted": practice.currency,
        "makesOffer": [_offer(library, slug) for slug in library.treatments],
    }
    if prices:
        low, high = (money_short(p, practice.currency) for p in (min(prices), max(prices)))
        node["priceRange"] = low if low == high else f"{low} to {high}"
    if practice.same_as:
        node["sameAs"] = list(practice.same_as)
    return node


def _address(practice: Practice) -> Node:
    *street, last = [line.strip() for line in practice.address.strip().splitlines()]
    code = POSTCODE.search(last)
    address: Node = {"@type": "PostalAddress"}
    if code:
        address |= {"streetAddress": ", ".join(street), "addressLocality": last[: code.start()].strip(" ,")}
        address["postalCode"] = code.group()
    else:
        address["streetAddress"] = ", ".join([*street, last])
    if practice.holidays_country:
        address["addressCountry"] = practice.holidays_country
    return {name: value for name, value in address.items() if value}


def _hours(library: Library) -> list[Node]:
    """The weekly hours, and the days of the next weeks on which the practice is closed against them."""
    hours: list[Node] = [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": [f"https://schema.org/{DAYS[day]}" for day in opening.days],
            "opens": f"{opens:%H:%M}",
            "closes": f"{closes:%H:%M}",
        }
        for opening in library.practice.hours
        for opens, closes in opening.spans
    ]
    return hours + [_closed(day) for day in _closed_soon(library)]


def _closed_soon(library: Library) -> list[date]:
    rules = library.catalogue.rules
    open_days = {day for opening in library.practice.hours if opening.spans for day in opening.days}
    today = day_of(rules.zone, site().clock())
    ahead = (today + timedelta(days=n) for n in range(CLOSED_AHEAD_DAYS))
    return [day for day in ahead if day.weekday() in open_days and day in rules.closed_days]


def _closed(day: date) -> Node:
    shown = day.isoformat()
    return {
        "@type": "OpeningHoursSpecification",
        "opens": "00:00",
        "closes": "00:00",
        "validFrom": shown,
        "validThrough": shown,
    }


def _offer(library: Library, slug: str) -> Node:
    document, treatment = library.treatments[slug], library.catalogue.treatments[slug]
    return {
        "@type": "Offer",
        "url": _url(document.url),
        "price": plain_amount(treatment.price_minor, library.practice.currency),
        "priceCurrency": library.practice.currency,
        "itemOffered": _service(document, treatment),
    }


def _service(document: Document, treatment: Treatment) -> Node:
    return {
        "@type": "Service",
        "@id": _url(f"{document.url}#service"),
        "name": f"Sports massage: {treatment.name}",
        "serviceType": "Sports massage",
        "description": document.meta.summary,
        "provider": {"@id": _url("/#practice")},
    }


def _person(library: Library, name: str) -> Node:
    """Someone who writes or reviews: with a page of their own when they are of the team."""
    member = next((d for d in library.team.values() if d.meta.name == name), None)
    return person(member) if member else {"@type": "Person", "name": name}


def person(document: Document) -> Node:
    """One of the team."""
    meta = document.meta
    node: Node = {
        "@type": "Person",
        "@id": _url(f"{document.url}#person"),
        "name": meta.name,
        "jobTitle": meta.role,
        "url": _url(document.url),
        "worksFor": {"@id": _url("/#practice")},
    }
    picture = _image(document)
    if picture is not None:
        node["image"] = picture
    if meta.qualifications:
        node["hasCredential"] = [
            {"@type": "EducationalOccupationalCredential", "name": words} for words in meta.qualifications
        ]
    return node


def _review(library: Library, document: Document) -> Node:
    meta = document.meta
    return {"lastReviewed": meta.reviewed_at.isoformat(), "reviewedBy": _person(library, meta.reviewed_by)}


def home(library: Library) -> PageData:
    """The site and the practice."""
    web_site = {
        "@type": "WebSite",
        "@id": _url("/#site"),
        "url": _url("/"),
        "name": library.practice.name,
        "publisher": {"@id": _url("/#practice")},
    }
    return _page_data(library.practice.name, (), [web_site, business(library)], about={"@id": _url("/#practice")})


def contact(library: Library) -> PageData:
    """The practice, with its address and hours."""
    return _page_data("Contact", (HOME,), [business(library)], about={"@id": _url("/#practice")})


def prices(library: Library) -> PageData:
    """The practice with every offer."""
    return _page_data("Prices", (HOME,), [business(library)], about={"@id": _url("/#practice")})


def treatments(library: Library) -> PageData:
    """Every visit as a service."""
    services = [_service(d, library.catalogue.treatments[s]) for s, d in library.treatments.items()]
    return _page_data("Treatments", (HOME,), services, kind="CollectionPage")


def treatment(library: Library, document: Document) -> PageData:
    """One visit as a service with its offer."""
    service = _service(document, library.catalogue.treatments[document.slug])
    service["offers"] = {k: v for k, v in _offer(library, document.slug).items() if k != "itemOffered"}
    return _page_data(document.meta.title, (HOME, ("/treatments/", "Treatments")), [service])


def condition(library: Library, document: Document) -> PageData:
    """A reviewed page about one region."""
    return _page_data(
        document.meta.title,
        (HOME, ("/conditions/", "Conditions")),
        [],
        description=document.meta.summary,
        author=_person(library, document.meta.author),
        about={"@type": "Thing", "name": document.meta.short},
        **_review(library, document),
    )


def article(library: Library, document: Document) -> PageData:
    """An article, and the reviewed page it stands on."""
    meta = document.meta
    published = meta.publish_at.isoformat() if meta.publish_at else meta.reviewed_at.isoformat()
    node: Node = {
        "@type": "Article",
        "@id": f"{_here()}#article",
        "headline": meta.title,
        "description": meta.summary,
        "author": _person(library, meta.author),
        "publisher": {"@type": "Organization", "@id": _url("/#practice"), "name": library.practice.name},
        "datePublished": published,
        "dateModified": document.updated.isoformat() if document.updated else published,
        "image": _image(document) or _url(f"/social/articles/{document.slug}.png"),
        "mainEntityOfPage": {"@id": _here()},
        "inLanguage": "en-GB",
    }
    sources = [reference.text for reference in library.references_for(document)]
    node |= {"citation": sources} if sources else {}
    crumbs = (HOME, ("/articles/", "Articles"))
    return _page_data(meta.title, crumbs, [node], **_review(library, document))


def _image(document: Document) -> Node | None:
    """The finished picture that a document begins with."""
    picture, named = document.head_picture, document.head
    if picture is None or named is None:
        return None
    node: Node = {"@type": "ImageObject", "url": _url(picture.url())}
    node |= {"caption": named.alt} if named.alt else {}
    return node | ({"creditText": named.credit} if named.credit else {})


def person_page(library: Library, document: Document) -> PageData:
    """One of the team."""
    node = person(document)
    crumbs = (HOME, ("/team/", "Team"))
    return _page_data(document.meta.name, crumbs, [node], kind="ProfilePage", mainEntity={"@id": node["@id"]})


def plain_page(library: Library, document: Document, *parents: Crumb) -> PageData:
    """A page of fixed words, below `parents`."""
    return _page_data(document.meta.title, (HOME, *parents), [], description=document.meta.summary)


def page(title: str) -> PageData:
    """A page below the home page, without a file of its own."""
    return _page_data(title, (HOME,), [])


def index(title: str) -> PageData:
    """A page that lists others."""
    return _page_data(title, (HOME,), [], kind="CollectionPage")
