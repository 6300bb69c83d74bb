"""The shape of the card payment provider, as the practice needs it.

Words follow Stripe: a session is one hosted payment page. Amounts are minor currency units.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

SessionStatus = Literal["open", "complete", "expired"]
PaymentStatus = Literal["unpaid", "paid", "no_payment_required"]
RefundStatus = Literal["pending", "requires_action", "succeeded", "failed", "canceled"]
#: Refunds in these states did not and will not take money back.
VOID_REFUNDS: frozenset[RefundStatus] = frozenset({"failed", "canceled"})


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What is needed to put a paid visit back into a diary that was lost. No word of who comes and why.

    `reference` is the booking's; `part_minor` is what of the payment is for this visit.
    """

    reference: str
    starts_at: datetime
    minutes: int
    practitioner: str
    price_minor: int
    part_minor: int


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """What is asked of the provider when a deposit is opened. Carries no name of the client and no health data.

    `reference` is the opaque deposit reference; `description` is neutral ("60 min appointment").
    """

    reference: str
    booking_reference: str
    amount_minor: int
    currency: str
    description: str
    customer_email: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    idempotency_key: str
    visits: tuple[VisitFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """A session as the provider tells it at one moment. `url` is set only while it is open."""

    id: str
    status: SessionStatus
    payment_status: PaymentStatus
    amount_minor: int
    currency: str
    reference: str
    livemode: bool
    expires_at: datetime
    url: str | None = None
    payment_intent_id: str | None = None
    charge_id: str | None = None
    payment_failed: bool = False
    booking_reference: str | None = None
    email: str | None = None
    name: str | None = None
    created: datetime | None = None
    visits: tuple[VisitFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundSnapshot:
    """A refund as the provider tells it. `created` is by the provider's clock."""

    id: str
    payment_intent_id: str
    amount_minor: int
    currency: str
    status: RefundStatus
    created: datetime
    reference: str | None = None
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True)
class DisputeSnapshot:
    """A dispute as the provider tells it. `answer_by` is the last moment for evidence; `status` is Stripe's word."""

    id: str
    payment_intent_id: str
    amount_minor: int
    currency: str
    status: str
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """One change of the practice's balance at the provider. `kind` is Stripe's reporting category ("charge", "payout").

    The balance changed by `amount_minor` less `fee_minor`. `source_id` is the charge, refund or dispute behind it.
    """

    id: str
    at: datetime
    kind: str
    amount_minor: int
    fee_minor: int
    currency: str
    source_id: str | None


@dataclass(frozen=True, slots=True)
class EventNotice:
    """A signed event: a hint that an object changed. The object itself is always read again."""

    id: str
    type: str
    created: datetime
    livemode: bool
    api_version: str | None
    object_id: str
    object_kind: str
    payment_intent_id: str | None = None


class CheckoutError(Exception):
    """The provider did not do what was asked."""


class CheckoutUnavailable(CheckoutError):
    """No answer, or one that may change: time-out, 429, 5xx. The outcome is unknown; ask again with the same key."""


class CheckoutRejected(CheckoutError):
    """A definite no (4xx). Asking again with the same words cannot help."""


class KeyRefused(CheckoutRejected):
    """The key is not accepted, or has no right to do this (401, 403). Once the key is mended, the same may work."""


class SessionNotOpen(CheckoutRejected):
    """Expiring was refused because the session is no longer open: read it again (Stripe answers 400)."""


class BadSignature(CheckoutError):
    """A webhook body that none of the known secrets signed, or that is not an event."""


class CheckoutGateway(Protocol):
    """Everything the practice asks of its payment provider. Every method may raise CheckoutError."""

    livemode: bool

    def create_session(self, request: SessionRequest) -> SessionSnapshot: ...
    def read_session(self, session_id: str) -> SessionSnapshot: ...
    def find_session(self, reference: str, *, created_after: datetime) -> SessionSnapshot | None: ...
    def expire_session(self, session_id: str) -> SessionSnapshot: ...
    def create_refund(
        self, *, payment_intent_id: str, amount_minor: int, reference: str, idempotency_key: str
    ) -> RefundSnapshot: ...
    def list_refunds(self, payment_intent_id: str) -> list[RefundSnapshot]: ...
    def list_sessions(self, *, created_after: datetime) -> list[SessionSnapshot]: ...
    def list_refunds_since(self, *, created_after: datetime) -> list[RefundSnapshot]: ...
    def read_dispute(self, dispute_id: str) -> DisputeSnapshot: ...
    def list_disputes_since(self, *, created_after: datetime) -> list[DisputeSnapshot]: ...
    def list_movements(self, *, created_after: datetime, created_before: datetime) -> list[Movement]: ...
    def missing_rights(self) -> list[str]: ...
    def list_events(self, *, created_after: datetime, types: tuple[str, ...]) -> list[EventNotice]: ...
    def verify_event(self, body: bytes, signature: str | None) -> EventNotice: ...
