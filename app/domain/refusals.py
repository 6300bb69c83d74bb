"""Why the practice says no: one small class per business reason, with the facts inside.

The web room turns a refusal into a status and a sentence; nothing here knows HTTP.
"""

from __future__ import annotations

from datetime import datetime


class Refusal(Exception):
    """A request that the practice's rules do not allow. Never a programming error."""


class StoreUnavailable(Exception):
    """The database does not answer, or is too busy to. Nothing was changed; the same may work in a moment."""


class SlotTaken(Refusal):
    """Someone else has this time. `starts_at` is UTC, None when the use case knows no single time."""

    def __init__(self, starts_at: datetime | None) -> None:
        super().__init__(f"slot taken: {starts_at.isoformat() if starts_at else 'unknown'}")
        self.starts_at = starts_at


class VisitsGone(Refusal):
    """Of the times that were asked for together, these (UTC) cannot be had; nothing was held."""

    def __init__(self, starts: tuple[datetime, ...]) -> None:
        super().__init__(f"visits gone: {', '.join(start.isoformat() for start in starts)}")
        self.starts = starts


class ProgrammeNotKept(Refusal):
    """The dates are not what the programme asks for: their number (`count`), the days between visits (`spacing`,
    `too_close`), or one lies after its last day (`expired`).
    """

    def __init__(self, why: str) -> None:
        super().__init__(f"programme not kept: {why}")
        self.why = why


class SlotNotOffered(Refusal):
    """The time is outside the offer: past, off the grid, outside hours, too soon or too far."""

    def __init__(self, starts_at: datetime) -> None:
        super().__init__(f"slot not offered: {starts_at.isoformat()}")
        self.starts_at = starts_at


class UnknownTreatment(Refusal):
    """No such treatment, or no longer sold."""


class UnknownPractitioner(Refusal):
    """No such practitioner, or the practitioner does not give this treatment."""


class HoldExpired(Refusal):
    """The visitor's hold has run out, and the time was not theirs any more."""


class NoHold(Refusal):
    """The visitor holds no time."""


class TooManyHolds(Refusal):
    """A visitor or network asked for more holds than the practice allows in an hour."""


class OutOfReach(Refusal):
    """The visit would be at a home that the practice does not visit."""


class TooYoung(Refusal):
    """The practice sees nobody of this age; `minimum` in years (domain.policy_rules.AgeRule)."""

    def __init__(self, minimum: int) -> None:
        super().__init__(f"younger than {minimum}")
        self.minimum = minimum


class GuardianMissing(Refusal):
    """At this age a parent or guardian agrees and comes along (domain.policy_rules.AgeRule)."""


class NotTransferable(Refusal):
    """The visit cannot be given to someone else: it is over, cancelled, or at a client's home."""


class PhoneOnly(Refusal):
    """The practice's rules ask this client to book by phone (after missed visits, see domain.policy_rules)."""


class DetailsMissing(Refusal):
    """Name and contact are needed before money."""


class DepositNotPossible(Refusal):
    """The payment provider definitely refused the deposit; nothing was charged."""


class DepositUncertain(Refusal):
    """The payment provider did not answer; the time stays held and the same attempt can be repeated."""


class BookingNotFound(Refusal):
    """The link is wrong, old or revoked. Says nothing about which."""


class EnquiryNotFound(Refusal):
    """No question has this number, or it was deleted on its day."""


class ClientNeeded(Refusal):
    """A client cannot be forgotten yet. `why` is the reference of what is not over, or "credit"."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not over: {why}")
        self.why = why


class StaffLinkGone(Refusal):
    """The link to choose a password is wrong, was used, or is too old. Says nothing about which."""


class StaffNotFound(Refusal):
    """Nobody of the practice has this address."""


class StaffThere(Refusal):
    """Somebody of the practice has this address already."""


class NotCancellable(Refusal):
    """The booking cannot be cancelled this way. `why` is the reason the rules give (domain.policy.Why) or its state."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not cancellable: {why}")
        self.why = why


class NotMovable(Refusal):
    """The booking cannot be moved this way. `why` is the reason the rules give (domain.policy.Why) or its state."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not movable: {why}")
        self.why = why


class NotMarkable(Refusal):
    """A visit can be marked as kept or missed only once it has begun and only while it is booked."""


class EnquiryMovedOn(Refusal):
    """Something was written about the question that whoever writes now has not seen."""


class DiaryChangeNotFound(Refusal):
    """No such time off or extra hours."""


class TimesOutOfOrder(Refusal):
    """A span of time must end after it begins."""
