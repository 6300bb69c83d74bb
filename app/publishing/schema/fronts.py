"""What front matter may say, kind by kind. Unknown keys fail; every message is for the person who writes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.publishing.schema.case_study import Consent, Score, Visit
from app.publishing.schema.fields import (
    Alt,
    Answer,
    ClaimId,
    Clock,
    Day,
    Flag,
    Instant,
    Line,
    Minor,
    Minutes,
    PictureName,
    Slug,
    Slugs,
    Strict,
    Summary,
    Title,
    Weekday,
)
from app.publishing.schema.practice_rules import OwnRules
from app.publishing.schema.programmes import ProgrammeFront

Status = Literal["draft", "review", "ready", "archived"]
Region = Literal["neck", "upper", "lower"]


class Front(Strict):
    """What every document has."""

    title: Title
    summary: Summary
    slug: Slug | None = None
    status: Status
    publish_at: Instant | None = None
    expires_at: Instant | None = None
    updated_at: Day | None = None
    aliases: Slugs = ()
    noindex: Flag = False

    @model_validator(mode="after")
    def _in_order(self) -> Front:
        if self.publish_at and self.expires_at and self.publish_at >= self.expires_at:
            raise ValueError("expires_at must be later than publish_at; change one of the two")
        return self


class Evidence(Strict):
    """One graded sentence: the claim's id (its grade comes from claims.yml) and what we say about it."""

    claim: ClaimId
    says: Line


class Graded(Front):
    """A text that may say what research found, each sentence under its claim."""

    evidence: tuple[Evidence, ...] = ()


class Question(Strict):
    """A question in the visitor's words, with a short answer."""

    question: Line
    answer: Answer


class Reviewed(Graded):
    """Health content: who wrote it, who checked it, when, and when it is to be checked again."""

    author: Line
    reviewed_by: Line
    reviewed_at: Day
    review_due: Day
    questions: tuple[Question, ...] = ()
    techniques: Slugs = ()
    audiences: Slugs = ()
    related: Annotated[Slugs, Field(max_length=3)] = ()

    @model_validator(mode="after")
    def _review_ahead(self) -> Reviewed:
        if self.review_due <= self.reviewed_at:
            raise ValueError("review_due must be later than reviewed_at; change one of the two")
        return self


class ConditionFront(Reviewed):
    """The page of one region. `safety` names the rows of safety.yml that stand in its box."""

    short: Line
    lede: Line
    region: Region
    symptoms_line: Line
    treatment: Slug
    safety: Annotated[tuple[str, ...], Field(min_length=4, max_length=6)]
    case_study: Slug | None = None
    order: int = 0


class Hero(Strict):
    """The picture at the head: the drawing of a region, or a file with alt text (or said to be decorative)."""

    region: Region | None = None
    src: PictureName | None = None
    alt: Alt | None = None
    decorative: Flag = False
    credit: Line | None = None

    @model_validator(mode="after")
    def _one_picture(self) -> Hero:
        if (self.region is None) == (self.src is None):
            raise ValueError(
                "holds no picture, or two; give either region (a drawing) or src (a file beside the article)"
            )
        if self.src is None and (self.alt or self.decorative or self.credit):
            raise ValueError("alt, decorative and credit belong to a src; take them out, or name a file in src")
        _described(self)
        return self


class Photo(Strict):
    """A picture of someone or something, from a file beside the text. `alt` says what it shows."""

    src: PictureName
    alt: Alt | None = None
    decorative: Flag = False
    credit: Line | None = None

    @model_validator(mode="after")
    def _with_words(self) -> Photo:
        _described(self)
        return self


def _described(picture: Hero | Photo) -> None:
    if picture.src and not picture.alt and not picture.decorative:
        raise ValueError("alt is missing; say what the picture shows, or write decorative: true")
    if picture.alt and picture.decorative:
        raise ValueError("alt and decorative are both given; keep alt when the picture says something")


class NextStep(Strict):
    """Where the article leads."""

    label: Line
    condition: Slug | None = None
    treatment: Slug | None = None


class ArticleFront(Reviewed):
    """A case study or a guide."""

    kind: Literal["case-study", "guide"]
    regions: Annotated[tuple[Region, ...], Field(min_length=1)]
    cta: NextStep
    hero: Hero | None = None
    visits: tuple[Visit, ...] = ()
    scores: Annotated[tuple[Score, ...], Field(max_length=12)] = ()
    not_shown: tuple[Line, ...] = ()
    consent: Consent | None = None
    programme: ProgrammeFront | None = None

    @model_validator(mode="after")
    def _case_study(self) -> ArticleFront:
        if self.kind == "case-study":
            if self.consent is None:
                raise ValueError(
                    "a case study needs consent; add consent: {basis: real or composite, date: ..., ref: ...}"
                )
            if not self.visits or not self.not_shown:
                raise ValueError("a case study needs visits and not_shown; add what is missing")
        elif self.visits or self.scores or self.not_shown or self.consent:
            raise ValueError(
                "visits, scores, not_shown and consent belong to a case study; take them out, or write kind: case-study"
            )
        if len(self.scores) == 1:
            raise ValueError("scores shows no course with one entry; give two or more, or none")
        return self


class TreatmentFront(Front):
    """A bookable visit. Lengths in minutes, price in minor units with tax."""

    minutes: Annotated[int, Field(ge=15, le=240, multiple_of=5)]
    price_minor: Minor
    buffer_before: Minutes = 0
    buffer_after: Minutes = 15
    lead_minutes: Annotated[int, Field(ge=0)] | None = None
    horizon_days: Annotated[int, Field(ge=1, le=366)] | None = None
    first_visit_minutes: Minutes = 0
    audience: Literal["all", "new", "returning"] = "all"
    at_home: Flag = False
    rules: OwnRules | None = None
    programme: ProgrammeFront | None = None
    for_whom: Line
    order: int = 0


class TechniqueFront(Graded):
    """A way of working, described without claims of mechanism."""

    short_text: Line
    order: int = 0


class Hours(Strict):
    """Weekly hours of one person: local times, `until` exclusive; validity dates inclusive."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)]
    from_: Annotated[Clock, Field(alias="from")]
    until: Clock
    valid_from: Day | None = None
    valid_until: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Hours:
        if self.until <= self.from_ and self.until.isoformat() != "00:00:00":
            raise ValueError("until must be later than from; hours past midnight are two spans")
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValueError("valid_until must not be before valid_from; change one of the two")
        return self


class PractitionerFront(Front):
    """One person of the team."""

    name: Line
    role: Line
    photo: Photo | None = None
    example: Flag = False
    treatments: Annotated[Slugs, Field(min_length=1)]
    hours: tuple[Hours, ...] = ()
    breaks: tuple[Hours, ...] = ()
    rooms: Annotated[Slugs, Field(min_length=1)] = ("main",)
    daily_cap_minutes: Annotated[int, Field(ge=15, le=900)] | None = None
    qualifications: tuple[Line, ...] = ()
    order: int = 0


class PageFront(Front):
    """A page of fixed words: a policy, a notice."""


FRONT_BY_FOLDER: dict[str, type[Front]] = {
    "conditions": ConditionFront,
    "articles": ArticleFront,
    "treatments": TreatmentFront,
    "techniques": TechniqueFront,
    "team": PractitionerFront,
    "pages": PageFront,
}
