"""The one place that answers from the practice's rules about money and changes.

What is due now, what happens when a visit is cancelled or moved at time t, and why: pages, e-mails and the refund
itself ask here (the sentences are made in `policy_words` from the same answers). Money in minor units, times aware.

Notice is elapsed time: 24 hours are 24 hours, also over a clock change. A band reaches to its edge inclusive:
"24 hours or more before" is true at exactly 24 hours, and false one second later.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from app.domain.money import share, smallest_card
from app.domain.policy_rules import CancelBand, DepositRule, MoveBand, Moved, Policy, Returned

DueReason = Literal["none", "deposit", "full_price", "repeat_no_show"]
#: Who gives a visit up when it is cancelled at the desk: with the client their rules count, with us all goes back.
WhoCancels = Literal["practice", "client", "client_credit"]
Why = Literal["band", "phone_only", "started", "moves_used", "nothing_paid"]


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What the rules ask about a client. `returning` None: not said. `no_shows`: missed within the rule's months."""

    returning: bool | None = None
    no_shows: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """What is paid now and what is left for the day. `by_phone` means: not bookable online for this client."""

    amount_minor: int
    balance_minor: int
    reason: DueReason
    by_phone: bool = False


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """What the rules ask about a booking. `paid_minor` is what was paid and not yet given back.

    `credit_minor` of it was paid from the client's credit. `handed`: the visit was given to its client by someone
    else, who paid.
    """

    starts_at: datetime
    paid_minor: int
    moves_made: int = 0
    credit_minor: int = 0
    handed: bool = False

    @property
    def card_minor(self) -> int:
        """What of it can go back to a card."""
        return self.paid_minor - self.credit_minor


@dataclass(frozen=True, slots=True)
class CancelOutcome:
    """What cancelling brings. `refund_minor` goes to the card, `credit_minor` is kept for the next visit.

    With `choice` the client picks one of the two; both amounts are given. Beside a refund, what was paid from credit
    becomes credit again: `credit_again_minor`. `until` is the last instant at which this answer holds (None when it
    holds up to the visit). `to_giver`: the card, and `givers_credit_minor` of the credit, are those of whoever gave the
    visit away.
    """

    allowed: bool
    why: Why
    returned: Returned
    refund_minor: int = 0
    credit_minor: int = 0
    kept_minor: int = 0
    fee_minor: int = 0
    credit_again_minor: int = 0
    until: datetime | None = None
    to_giver: bool = False
    givers_credit_minor: int = 0

    @property
    def choice(self) -> bool:
        """Whether the client picks between refund and credit."""
        return self.returned == "choice"


@dataclass(frozen=True, slots=True)
class MoveOutcome:
    """What moving brings. `due_again_minor` is a new deposit, asked because the old one is kept; `carried_minor` is
    what was paid and moves with the visit.
    """

    allowed: bool
    why: Why
    deposit: Moved
    due_again_minor: int = 0
    carried_minor: int = 0
    until: datetime | None = None


def due_now(policy: Policy, price_minor: int, client: ClientFacts | None = None) -> Due:
    """What a client pays when booking at `price_minor`. A client who has not said counts as new.

    An amount that is too small for a card payment is not asked for: all of the price is then paid on the day.
    """
    client = client or ClientFacts()
    rule = policy.no_show
    if rule.then != "none" and client.no_shows >= rule.repeats:
        if rule.then == "phone":
            return Due(0, price_minor, "repeat_no_show", by_phone=True)
        return _payable(policy, price_minor, price_minor, "repeat_no_show")
    if not _is_asked(policy.deposit, price_minor, client):
        return Due(0, price_minor, "none")
    amount = _deposit(policy.deposit, price_minor)
    return _payable(policy, amount, price_minor, "full_price" if amount == price_minor else "deposit")


def _payable(policy: Policy, amount_minor: int, price_minor: int, reason: DueReason) -> Due:
    if amount_minor < smallest_card(policy.currency):
        return Due(0, price_minor, "none")
    return Due(amount_minor, price_minor - amount_minor, reason)


def missed_since(policy: Policy, now: datetime) -> datetime:
    """From when on missed visits count: as many calendar months before `now` (UTC) as the rule says."""
    month = now.year * 12 + now.month - 1 - policy.no_show.months
    year, month = divmod(month, 12)
    last_day = monthrange(year, month + 1)[1]
    return now.replace(year=year, month=month + 1, day=min(now.day, last_day))


def _is_asked(rule: DepositRule, price_minor: int, client: ClientFacts) -> bool:
    if rule.kind == "none" or price_minor <= rule.above_minor:
        return False
    is_new, has_missed = client.returning is not True, client.no_shows > 0
    return {
        "everyone": True,
        "new": is_new,
        "after_no_show": has_missed,
        "new_or_after_no_show": is_new or has_missed,
    }[rule.asked_of]


def _deposit(rule: DepositRule, price_minor: int) -> int:
    if rule.kind == "full":
        return price_minor
    if rule.kind == "fixed":
        return min(rule.amount_minor, price_minor)
    part = share(price_minor, rule.percent)
    return part if rule.kind == "percent" else min(rule.amount_minor, part, price_minor)


def outcome_of_cancelling(policy: Policy, booking: BookingFacts, at: datetime) -> CancelOutcome:
    """What happens when the client cancels at `at`. Not allowed once the visit has begun, or where only a call helps.

    Where only a call helps the amounts are still those of the rule: staff cancel by the same rule.
    """
    if at >= booking.starts_at:
        return CancelOutcome(False, "started", "kept", kept_minor=booking.paid_minor)
    band, until = _cancel_band(policy.cancel.bands, booking.starts_at, at)
    allowed = policy.cancel.by == "online"
    why: Why = "phone_only" if not allowed else "band" if booking.paid_minor else "nothing_paid"
    returned = _returned(band.returned, booking)
    paid, to_card = booking.paid_minor, returned in ("money", "choice")
    fee = min(policy.cancel.fee_minor, booking.card_minor) if to_card else 0
    return CancelOutcome(
        allowed=allowed,
        why=why,
        returned=returned,
        refund_minor=booking.card_minor - fee if to_card else 0,
        credit_minor=paid if returned in ("credit", "choice") else 0,
        kept_minor=paid if returned == "kept" else 0,
        fee_minor=fee,
        credit_again_minor=booking.credit_minor if to_card else 0,
        until=until,
        to_giver=booking.handed,
        givers_credit_minor=booking.credit_minor if booking.handed else 0,
    )


def outcome_of_our_cancelling(booking: BookingFacts) -> CancelOutcome:
    """What happens when the practice cancels or declines: all of it back, at any time, without a fee."""
    if _returned("money", booking) == "credit":
        return CancelOutcome(True, "band", "credit", credit_minor=booking.paid_minor)
    back, again = booking.card_minor, booking.credit_minor
    return CancelOutcome(True, "band", "money", refund_minor=back, credit_again_minor=again)


def outcomes_at_desk(policy: Policy, booking: BookingFacts, at: datetime) -> dict[WhoCancels, CancelOutcome]:
    """What staff can do at `at`: cancel as the client would, whoever presses the button by the rules, or for the
    practice, which is also how a rule is waived. Where both bring the same, and once the visit has begun, there is
    only the latter.
    """
    ours, theirs = outcome_of_our_cancelling(booking), outcome_of_cancelling(policy, booking, at)
    if theirs.why == "started" or not booking.paid_minor:
        return {"practice": ours}
    in_money = chosen(theirs, "money")
    found: dict[WhoCancels, CancelOutcome] = {}
    if in_money.kept_minor + in_money.fee_minor or in_money.refund_minor != ours.refund_minor:
        found["client"] = in_money
    if theirs.choice:
        found["client_credit"] = chosen(theirs, "credit")
    return {**found, "practice": ours}


def chosen(outcome: CancelOutcome, choice: Literal["money", "credit"]) -> CancelOutcome:
    """The one of two ways that the client picked; as it was where the rules leave no choice."""
    if not outcome.choice:
        return outcome
    if choice == "credit":
        return replace(outcome, returned="credit", refund_minor=0, fee_minor=0, credit_again_minor=0)
    return replace(outcome, returned="money", credit_minor=0)


def _returned(rule: Returned, booking: BookingFacts) -> Returned:
    """What was paid from credit alone cannot go to a card: it becomes credit again, without a choice and a fee."""
    if rule in ("money", "choice") and booking.credit_minor and not booking.card_minor:
        return "credit"
    return rule


def outcome_of_moving(policy: Policy, booking: BookingFacts, at: datetime) -> MoveOutcome:
    """What happens when the client moves the visit at `at`. Notice counts to the visit as it stands now."""
    if at >= booking.starts_at:
        return MoveOutcome(False, "started", "refused")
    band, until = _move_band(policy.move.bands, booking.starts_at, at)
    if policy.move.allowed is not None and booking.moves_made >= policy.move.allowed:
        return MoveOutcome(False, "moves_used", "refused")
    if band.deposit == "refused":
        return MoveOutcome(False, "band", "refused", until=until)
    again, carried = (booking.paid_minor, 0) if band.deposit == "kept" else (0, booking.paid_minor)
    if policy.move.by == "phone":
        return MoveOutcome(False, "phone_only", band.deposit, again, carried, until)
    return MoveOutcome(True, "band", band.deposit, again, carried, until)


def edge_of(starts_at: datetime, hours: int) -> datetime:
    """The last instant that still gives `hours` of notice: exactly so many elapsed hours before the visit."""
    return starts_at.astimezone(UTC) - timedelta(hours=hours)


def _cancel_band(
    bands: tuple[CancelBand, ...], starts_at: datetime, at: datetime
) -> tuple[CancelBand, datetime | None]:
    band = next((b for b in bands if at <= edge_of(starts_at, b.hours)), CancelBand(0, "kept"))
    return band, edge_of(starts_at, band.hours) if band.hours else None


def _move_band(bands: tuple[MoveBand, ...], starts_at: datetime, at: datetime) -> tuple[MoveBand, datetime | None]:
    band = next((b for b in bands if at <= edge_of(starts_at, b.hours)), MoveBand(0, "refused"))
    return band, edge_of(starts_at, band.hours) if band.hours else None


def missed_from(policy: Policy, starts_at: datetime, ends_at: datetime) -> datetime:
    """From when a visit that nobody came to counts as missed: after the minutes for being late, or at its end."""
    minutes = policy.late.no_show_minutes
    return ends_at if minutes is None else min(starts_at + timedelta(minutes=minutes), ends_at)


def intake_due(policy: Policy, starts_at: datetime) -> datetime | None:
    """When the intake form must be in at the latest, or None when the practice asks for none."""
    return None if policy.intake_hours is None else edge_of(starts_at, policy.intake_hours)
