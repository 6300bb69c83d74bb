"""The practice's rules about money and changes as values: what `content/practice.yml` may say.

`policy` answers from them, `policy_words` puts them in sentences. Money in minor units, notice in elapsed hours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DepositKind = Literal["none", "fixed", "percent", "full", "lower_of"]
AskedOf = Literal["everyone", "new", "after_no_show", "new_or_after_no_show"]
#: How a deposit comes back: to the card, as credit for the next visit, as the client chooses, or not at all.
Returned = Literal["money", "credit", "choice", "kept"]
#: What a move does to the deposit: it moves along, it is kept and due again, or there is no moving any more.
Moved = Literal["carried", "kept", "refused"]
Channel = Literal["online", "phone"]
Repeat = Literal["none", "prepay", "phone"]


@dataclass(frozen=True, slots=True)
class DepositRule:
    """What is paid when booking. `lower_of` is the lower of `amount_minor` and `percent` of the price.

    Nothing is asked for a price of `above_minor` or less.
    """

    kind: DepositKind = "lower_of"
    amount_minor: int = 1500
    percent: int = 20
    above_minor: int = 0
    asked_of: AskedOf = "everyone"


@dataclass(frozen=True, slots=True)
class CancelBand:
    """With `hours` of notice or more, the deposit is `returned`. The last band has 0 hours."""

    hours: int
    returned: Returned


@dataclass(frozen=True, slots=True)
class MoveBand:
    """With `hours` of notice or more, a move treats the deposit so. The last band has 0 hours."""

    hours: int
    deposit: Moved


@dataclass(frozen=True, slots=True)
class CancelRule:
    """Bands in falling order of notice. `fee_minor` is withheld from a refund to the card, never from credit."""

    bands: tuple[CancelBand, ...] = (CancelBand(24, "money"), CancelBand(0, "kept"))
    fee_minor: int = 0
    by: Channel = "online"


@dataclass(frozen=True, slots=True)
class MoveRule:
    """Bands in falling order of notice, and how many times one booking may be moved (None: no limit)."""

    bands: tuple[MoveBand, ...] = (MoveBand(24, "carried"), MoveBand(0, "refused"))
    allowed: int | None = None
    by: Channel = "online"


@dataclass(frozen=True, slots=True)
class NoShowRule:
    """After `repeats` missed visits within `months`, the next visit is paid in full first, or booked by phone."""

    repeats: int = 2
    months: int = 12
    then: Repeat = "prepay"


@dataclass(frozen=True, slots=True)
class LateRule:
    """A late visit still ends on time; after `no_show_minutes` (None: never) it counts as missed."""

    no_show_minutes: int | None = 15


@dataclass(frozen=True, slots=True)
class AgeRule:
    """Nobody below `minimum`; below `guardian_below` a parent or guardian comes along and consents."""

    minimum: int = 0
    guardian_below: int = 18


@dataclass(frozen=True, slots=True)
class HomeVisitRule:
    """Visits at home: only in these postcode districts ("BS1"), with time to set up before and pack up after."""

    postcodes: tuple[str, ...] = ()
    set_up_minutes: int = 15
    pack_up_minutes: int = 15


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules that one booking is made under. Stored with the booking, so that later changes do not touch it."""

    currency: str = "GBP"
    deposit: DepositRule = field(default_factory=DepositRule)
    cancel: CancelRule = field(default_factory=CancelRule)
    move: MoveRule = field(default_factory=MoveRule)
    no_show: NoShowRule = field(default_factory=NoShowRule)
    late: LateRule = field(default_factory=LateRule)
    age: AgeRule = field(default_factory=AgeRule)
    intake_hours: int | None = None
    home_visits: HomeVisitRule | None = None
    vouchers: bool = False
