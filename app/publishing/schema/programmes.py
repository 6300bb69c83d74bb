"""A programme as front matter declares it, what may be wrong with it, and the value that the domain plans with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from app.domain.money import share
from app.domain.programme import Programme, Spacing
from app.publishing.schema.fields import Minor, Slug, Strict, Title
from app.publishing.schema.practice import Practice
from app.publishing.schema.problems import Place

#: One fault: where in the front matter, what is wrong, how to mend it.
Fault = tuple[Place, str, str]


class SpacingFront(Strict):
    """How many days lie between one visit and the next."""

    min: Annotated[int, Field(ge=1, le=90)]
    max: Annotated[int, Field(ge=1, le=90)]

    @model_validator(mode="after")
    def _in_order(self) -> SpacingFront:
        if self.min > self.max:
            raise ValueError("min must not be larger than max; swap the two")
        return self


class ProgrammeFront(Strict):
    """Several visits in one go. `price_minor` is for all of them; `discount_percent` is off what they cost alone."""

    title: Title
    treatment: Slug | None = None
    visits: Annotated[int, Field(ge=2, le=12)]
    spacing_days: SpacingFront
    price_minor: Minor | None = None
    discount_percent: Annotated[int, Field(ge=1, le=50)] | None = None
    valid_days: Annotated[int, Field(ge=7, le=366)] = 183

    @model_validator(mode="after")
    def _possible(self) -> ProgrammeFront:
        if self.price_minor is not None and self.discount_percent is not None:
            raise ValueError("price_minor and discount_percent are two prices; give one of them")
        longest = (self.visits - 1) * self.spacing_days.max
        if longest > self.valid_days:
            raise ValueError(f"{self.visits} visits can take {longest} days; make valid_days at least {longest}")
        return self


def programme_faults(slug: str, kind: str, meta: Any, treatments: Mapping[str, Any], practice: Practice) -> list[Fault]:
    """What is wrong with the programme of one document between files. `treatments` are documents by slug."""
    declared: ProgrammeFront | None = getattr(meta, "programme", None)
    return [] if declared is None else list(_faults(slug, kind, declared, treatments, practice))


def _faults(
    slug: str, kind: str, declared: ProgrammeFront, treatments: Mapping[str, Any], practice: Practice
) -> Iterator[Fault]:
    place: Place = ("programme", "treatment")
    if kind == "treatments" and declared.treatment not in (None, slug):
        yield place, f"'{declared.treatment}' is another treatment", "leave it out: the programme is of this one"
        return
    if kind != "treatments" and slug in treatments:
        yield ("programme",), f"'{slug}' is the name of a treatment as well", "give the text another slug"
    if kind != "treatments" and declared.treatment is None:
        yield place, "is missing", "name the treatment that is given at each visit"
        return
    document = treatments.get(declared.treatment or slug)
    if document is None:
        names = ", ".join(sorted(treatments)) or "none yet"
        yield place, f"'{declared.treatment}' is not in content/treatments/", f"there are: {names}"
        return
    sold = document.meta
    if sold.audience == "new" or getattr(sold, "call", False):
        yield place, f"'{declared.treatment or slug}' is not for several visits", "name another treatment"
    alone = declared.visits * sold.price_minor
    if declared.price_minor is not None and declared.price_minor > alone:
        yield ("programme", "price_minor"), f"is more than {declared.visits} visits alone ({alone})", "ask less"
    horizon = sold.horizon_days or practice.diary.horizon_days
    shortest = (declared.visits - 1) * declared.spacing_days.min
    if shortest >= horizon:
        words = f"the visits take {shortest} days at least, and bookings open {horizon} days ahead"
        yield ("programme", "spacing_days"), words, "ask for fewer days or visits, or open bookings earlier"


def programme_of(slug: str, declared: ProgrammeFront, price_minor: int) -> Programme:
    """The domain's value. `price_minor` is what one visit costs alone."""
    alone = declared.visits * price_minor
    price = (
        declared.price_minor
        if declared.price_minor is not None
        else alone - share(alone, declared.discount_percent or 0)
    )
    return Programme(
        slug=slug,
        title=declared.title,
        treatment=declared.treatment or slug,
        visits=declared.visits,
        spacing=Spacing(declared.spacing_days.min, declared.spacing_days.max),
        price_minor=price,
        valid_days=declared.valid_days,
    )
