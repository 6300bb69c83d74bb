"""The shelf's treatments and people as the domain's catalogue."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from datetime import date
from functools import cache, lru_cache

from app.domain.call import call_catalogue
from app.domain.catalogue import Catalogue, DiaryRules, Practitioner, Treatment, WeeklySpan
from app.domain.programme import Programme
from app.publishing.library import Document
from app.publishing.schema.fronts import Hours
from app.publishing.schema.practice import Practice
from app.publishing.schema.practice_rules import policy_of
from app.publishing.schema.programmes import programme_faults, programme_of


class PublicHolidays(Container[date]):
    """The public holidays of a region, as a set of dates that is worked out when asked."""

    def __init__(self, country: str, region: str | None, but_open_on: frozenset[date]) -> None:
        self._country, self._region, self._open = country, region, but_open_on

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day not in self._open and _is_holiday(self._country, self._region, day)


@lru_cache(maxsize=4096)
def _is_holiday(country: str, region: str | None, day: date) -> bool:
    return day in _holidays(country, region)


@cache
def _holidays(country: str, region: str | None) -> Container[date]:
    import holidays  # lazy: a second to import, and only needed where free times are worked out

    return holidays.country_holidays(country, subdiv=region)


def build_catalogue(
    practice: Practice,
    treatments: Mapping[str, Document],
    team: Mapping[str, Document],
    articles: Mapping[str, Document],
) -> Catalogue:
    """What can be booked, from live documents only."""
    sold = {slug: _treatment(slug, document, practice) for slug, document in treatments.items()}
    people = {slug: _practitioner(slug, document, sold) for slug, document in team.items()}
    return Catalogue(
        rules=_rules(practice),
        treatments=sold,
        practitioners=people,
        policy=practice.policy,
        programmes=_programmes(practice, treatments, articles),
    )


def build_calls(practice: Practice, catalogue: Catalogue) -> Catalogue | None:
    """The catalogue of consultation calls; None when the practice takes none."""
    call = practice.call
    if call is None or not catalogue.practitioners:
        return None
    return call_catalogue(
        catalogue,
        minutes=call.minutes,
        buffer_after=call.buffer_after,
        lead_minutes=call.lead_hours * 60,
        horizon_days=call.horizon_days,
    )


def _programmes(
    practice: Practice, treatments: Mapping[str, Document], articles: Mapping[str, Document]
) -> dict[str, Programme]:
    """The programmes that live texts declare, by the text's slug; one with a fault is not sold."""
    found = {}
    for slug, document in {**articles, **treatments}.items():
        declared = getattr(document.meta, "programme", None)
        if declared is not None and not programme_faults(slug, document.kind, document.meta, treatments, practice):
            found[slug] = programme_of(slug, declared, treatments[declared.treatment or slug].meta.price_minor)
    return found


def _rules(practice: Practice) -> DiaryRules:
    if practice.holidays_country is None:
        return practice.diary_rules
    open_on = frozenset(practice.diary.open_on_holidays)
    closed = PublicHolidays(practice.holidays_country, practice.holidays_region, open_on)
    return replace(practice.diary_rules, closed_days=closed)


def _treatment(slug: str, document: Document, practice: Practice) -> Treatment:
    meta = document.meta
    policy = policy_of(practice, practice.currency, meta.rules) if meta.rules else practice.policy
    home = policy.home_visits if meta.at_home else None
    return Treatment(
        slug=slug,
        name=meta.title,
        minutes=meta.minutes,
        price_minor=meta.price_minor,
        buffer_before=meta.buffer_before + (home.set_up_minutes if home else 0),
        buffer_after=meta.buffer_after + (home.pack_up_minutes if home else 0),
        lead_minutes=meta.lead_minutes,
        horizon_days=meta.horizon_days,
        audience=meta.audience,
        first_visit_minutes=meta.first_visit_minutes,
        policy=policy if meta.rules else None,
        at_home=home is not None,
    )


def _practitioner(slug: str, document: Document, sold: Mapping[str, Treatment]) -> Practitioner:
    meta = document.meta
    return Practitioner(
        slug=slug,
        name=meta.name,
        treatments=frozenset(meta.treatments) & frozenset(sold),
        hours=_spans(meta.hours),
        rooms=meta.rooms,
        daily_cap_minutes=meta.daily_cap_minutes,
        breaks=_spans(meta.breaks),
    )


def _spans(hours: tuple[Hours, ...]) -> tuple[WeeklySpan, ...]:
    return tuple(
        WeeklySpan(day, span.from_, span.until, span.valid_from, span.valid_until)
        for span in hours
        for day in span.days
    )
