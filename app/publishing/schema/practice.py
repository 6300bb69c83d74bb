"""The YAML files that are not pages: the practice itself, the safety lists, the claims and their references."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from app.domain.catalogue import DiaryRules
from app.domain.local_time import zone_named
from app.domain.policy_rules import Policy
from app.publishing.schema.fields import ClaimId, Clock, Day, Flag, Line, Strict, Weekday
from app.publishing.schema.practice_rules import Rules, policy_of

Grade = Literal["M", "L/M", "L", "0/L", "0", "0/X", "X"]
Outcome = Literal["EMERGENCY", "URGENT", "GP", "CALL", "POSTPONE", "NOTE"]


class Opening(Strict):
    """Opening hours as shown: one line per run of days."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)]
    spans: tuple[tuple[Clock, Clock], ...]


class DiaryFront(Strict):
    """How times are offered."""

    step_minutes: Annotated[int, Field(ge=5, le=120, multiple_of=5)] = 15
    lead_hours: Annotated[int, Field(ge=0, le=24 * 60)] = 12
    horizon_days: Annotated[int, Field(ge=1, le=366)] = 56
    hold_minutes: Annotated[int, Field(ge=5, le=60)] = 10
    remind_hours: Annotated[int, Field(ge=2, le=14 * 24)] | None = None
    open_on_holidays: tuple[Day, ...] = ()


class CallFront(Strict):
    """A short free call before someone books: its length, and how soon and how far ahead it can be had."""

    minutes: Annotated[int, Field(ge=5, le=30, multiple_of=5)] = 15
    buffer_after: Annotated[int, Field(ge=0, le=30, multiple_of=5)] = 5
    lead_hours: Annotated[int, Field(ge=0, le=24 * 14)] = 4
    horizon_days: Annotated[int, Field(ge=1, le=60)] = 14


class Practice(Rules):
    """`content/practice.yml`: who the practice is, when it is open and by which rules it works."""

    name: Line
    tagline: Line
    description: Line
    example: Flag = False
    zone: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    holidays_country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    holidays_region: Line | None = None
    address: Annotated[str, Field(min_length=5, max_length=300)]
    directions: Line
    phone: Line
    phone_hours: Line
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    what_to_wear: Line
    emergency_number: Line
    advice_number: Line
    same_as: tuple[Line, ...] = ()
    hours: tuple[Opening, ...]
    diary: DiaryFront = DiaryFront()
    call: CallFront | None = None

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zone_named(value)
        except Exception:
            raise ValueError(f"'{value}' is not a time zone; write one like Europe/London") from None
        return value

    @property
    def host(self) -> str:
        """The domain of the practice's own address: the right-hand side of calendar ids."""
        return self.email.partition("@")[2]

    @property
    def policy(self) -> Policy:
        """The rules about money and changes as the domain's values."""
        return policy_of(self, self.currency)

    @property
    def diary_rules(self) -> DiaryRules:
        """How times are offered, without public holidays."""
        return DiaryRules(self.zone, self.diary.step_minutes, self.diary.lead_hours * 60, self.diary.horizon_days)


class SafetyRow(Strict):
    """One fixed sentence of the safety gate. Without `regions` it is for every region."""

    id: Annotated[str, Field(pattern=r"^[TK]\d{2}$")]
    words: Line
    outcome: Outcome
    regions: tuple[Literal["neck", "upper", "lower"], ...] = ()
    detail: Line | None = None


class Help(Strict):
    """What to do, per outcome."""

    title: Line
    words: Line


class Safety(Strict):
    """`content/safety.yml`: versioned lists, shown as they are; nothing is scored (static mode)."""

    #: Kept with each booking, where a mark may stand behind it.
    version: Annotated[str, Field(min_length=1, max_length=14)]
    red_flags: tuple[SafetyRow, ...]
    cautions: tuple[SafetyRow, ...]
    help: dict[Outcome, Help]

    def flags_for(self, region: str | None) -> tuple[SafetyRow, ...]:
        """Red flags that concern a region; all of them when none is chosen."""
        return tuple(r for r in self.red_flags if region is None or not r.regions or region in r.regions)

    def row(self, row_id: str) -> SafetyRow | None:
        """The row with that id."""
        return next((r for r in (*self.red_flags, *self.cautions) if r.id == row_id), None)


class Reference(Strict):
    """One source, and where readers find it. Only a checked one is shown."""

    id: Annotated[str, Field(pattern=r"^R\d{1,2}$")]
    text: Line
    url: Annotated[str, Field(pattern=r"^https://\S+$", max_length=300)] | None = None
    checked: Flag


class Claim(Strict):
    """What may be said about one claim, how well it is supported, and by what."""

    id: ClaimId
    claim: Line
    grade: Grade
    thought: Line
    refs: tuple[Annotated[str, Field(pattern=r"^R\d{1,2}$")], ...] = ()

    @property
    def sayable(self) -> bool:
        """Whether it may be said at all."""
        return "X" not in self.grade

    @property
    def grade_word(self) -> str:
        """The grade in the words of the evidence lines."""
        return {"M": "Moderate", "L/M": "Low to moderate", "L": "Low", "0/L": "Very low"}.get(self.grade, "None found")

    @property
    def bars(self) -> int:
        """How many of three bars are filled."""
        return {"M": 2, "L/M": 2, "L": 1, "0/L": 1}.get(self.grade, 0)
