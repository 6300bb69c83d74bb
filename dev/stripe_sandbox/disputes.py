"""Disputes: a buyer's bank asks for the money back, or first only asks."""

from __future__ import annotations

from typing import Literal

from dev.stripe_sandbox.errors import ApiError, missing
from dev.stripe_sandbox.events import record
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import World

#: How each stage may end.
ENDS = {"needs_response": ("won", "lost"), "warning_needs_response": ("warning_closed", "needs_response")}
DAYS_TO_ANSWER = 7


def get(world: World, identifier: str) -> Object:
    """The dispute. Raises ApiError (404)."""
    dispute = world.store.find("dispute", identifier)
    if dispute is None:
        raise missing("dispute", identifier, "dispute")
    return dispute


def open_dispute(world: World, charge_id: str, *, inquiry: bool = False) -> Object:
    """A dispute takes the money at once; an inquiry only asks. Raises ApiError (400, 404)."""
    charge = world.store.find("charge", charge_id)
    if charge is None:
        raise missing("charge", charge_id, "charge")
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise ApiError("Only a charge that succeeded and is not disputed yet can be disputed.")
    dispute = {
        "id": world.new_id("du_1"),
        "object": "dispute",
        "amount": charge["amount"] - charge["amount_refunded"],
        "balance_transactions": [],
        "charge": charge_id,
        "created": world.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": world.now() + DAYS_TO_ANSWER * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": "visa",
                "network_reason_code": "13.1",
            },
            "type": "card",
        },
        "reason": "product_not_received",
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    world.store.put("dispute", dispute)
    charge["disputed"] = True
    world.store.put("charge", charge)
    record(world, "charge.dispute.created", dispute)
    if not inquiry:
        record(world, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def settle(world: World, identifier: str, status: Literal["won", "lost", "warning_closed", "needs_response"]) -> Object:
    """Move a dispute on: won or lost; an inquiry is closed, or becomes a dispute. Raises ApiError (400, 404)."""
    dispute = get(world, identifier)
    before: Object = {"status": dispute["status"]}
    if status not in ENDS.get(dispute["status"], ()):
        raise ApiError(f"A dispute that is {dispute['status']} cannot become {status}.")
    dispute["status"] = status
    dispute["is_charge_refundable"] = status == "warning_closed"
    world.store.put("dispute", dispute)
    if status == "needs_response":
        record(world, "charge.dispute.updated", dispute, before=before)
        record(world, "charge.dispute.funds_withdrawn", dispute)
        return dispute
    record(world, "charge.dispute.closed", dispute, before=before)
    if status == "won":
        record(world, "charge.dispute.funds_reinstated", dispute)
    return dispute
