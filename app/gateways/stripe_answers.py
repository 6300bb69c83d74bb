"""Stripe's answers and events as our own values, at once: nothing of its library goes any further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.domain.checkout import DisputeSnapshot, EventNotice, Movement, RefundSnapshot, SessionSnapshot, VisitFacts

#: Characters that one value of Stripe's metadata may have.
LONGEST_METADATA = 500


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def session_of(answer: Any) -> SessionSnapshot:
    """A session, with its payment when that was expanded."""
    data = answer.to_dict()
    payment = data.get("payment_intent")
    charge = payment.get("latest_charge") if isinstance(payment, Mapping) else None
    failed = isinstance(payment, Mapping) and payment.get("status") in ("requires_payment_method", "canceled")
    return SessionSnapshot(
        id=data["id"],
        status=data["status"],
        payment_status=data["payment_status"],
        amount_minor=data["amount_total"],
        currency=data["currency"].upper(),
        reference=data.get("client_reference_id") or "",
        livemode=data["livemode"],
        expires_at=_instant(data["expires_at"]),
        url=data.get("url"),
        payment_intent_id=_id(payment),
        charge_id=_id(charge),
        payment_failed=failed,
        booking_reference=(data.get("metadata") or {}).get("booking"),
        email=data.get("customer_email"),
        name=(data.get("customer_details") or {}).get("name"),
        created=_instant(data["created"]),
        visits=_visits(data.get("metadata") or {}),
    )


def visit_metadata(visits: Sequence[VisitFacts]) -> dict[str, str]:
    """What a lost database is rebuilt from: when, how long, with whom, at what price. Nothing of who comes and why.

    One word for each visit; left out when Stripe has no room for them all.
    """
    words = " ".join(
        f"{one.reference}@{one.starts_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
        f"/{one.minutes}/{one.practitioner}/{one.price_minor}/{one.part_minor}"
        for one in visits
    )
    return {"visits": words} if 0 < len(words) <= LONGEST_METADATA else {}


def _visits(metadata: Mapping[str, str]) -> tuple[VisitFacts, ...]:
    """The visits that `visit_metadata` wrote; none when there is anything else, for then somebody must look."""
    try:
        return tuple(_visit(word) for word in metadata.get("visits", "").split())
    except ValueError:
        return ()


def _visit(word: str) -> VisitFacts:
    reference, _, facts = word.partition("@")
    starts_at, minutes, practitioner, price, part = facts.split("/")
    at = datetime.strptime(starts_at, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    return VisitFacts(reference, at, int(minutes), practitioner, int(price), int(part))


def refund_of(answer: Any) -> RefundSnapshot:
    """A refund."""
    data = answer.to_dict()
    return RefundSnapshot(
        id=data["id"],
        payment_intent_id=_id(data.get("payment_intent")) or "",
        amount_minor=data["amount"],
        currency=data["currency"].upper(),
        status=data["status"],
        created=_instant(data["created"]),
        reference=(data.get("metadata") or {}).get("refund"),
        failure_reason=data.get("failure_reason"),
    )


def dispute_of(answer: Any) -> DisputeSnapshot:
    """A dispute."""
    data = answer.to_dict()
    due_by = (data.get("evidence_details") or {}).get("due_by")
    return DisputeSnapshot(
        id=data["id"],
        payment_intent_id=_id(data.get("payment_intent")) or "",
        amount_minor=data["amount"],
        currency=data["currency"].upper(),
        status=data["status"],
        answer_by=_instant(due_by) if due_by else None,
    )


def movement_of(answer: Any) -> Movement:
    """A balance transaction."""
    data = answer.to_dict()
    return Movement(
        id=data["id"],
        at=_instant(data["created"]),
        kind=data["reporting_category"],
        amount_minor=data["amount"],
        fee_minor=data["fee"],
        currency=data["currency"].upper(),
        source_id=_id(data.get("source")),
    )


def event_of(data: Mapping[str, Any]) -> EventNotice:
    """An event. Raises ValueError, KeyError, TypeError, AttributeError or OverflowError for what is not one."""
    about = data["data"]["object"]
    payment = _id(about.get("payment_intent"))
    if about.get("object") == "payment_intent":
        payment = about["id"]
    return EventNotice(
        id=_text(data["id"]),
        type=_text(data["type"]),
        created=_instant(data["created"]),
        livemode=bool(data["livemode"]),
        api_version=None if data.get("api_version") is None else _text(data["api_version"]),
        object_id=_text(about.get("id") or "none"),
        object_kind=_text(about.get("object") or "unknown"),
        payment_intent_id=None if payment is None else _text(payment),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 255 or not value.isprintable():
        raise ValueError("not a name of Stripe's")
    return value


def _id(value: Any) -> str | None:
    """The id of something that is given whole or by its id."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return None if found is None else str(found)
