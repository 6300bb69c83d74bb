"""Refunds: create, and what a bank may still do to them. The charge always tells the sum."""

from __future__ import annotations

from typing import Any, Literal

from dev.stripe_sandbox import money
from dev.stripe_sandbox.errors import ApiError, missing
from dev.stripe_sandbox.events import NOBODY, record
from dev.stripe_sandbox.objects import Cause
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import World


def create(world: World, params: dict[str, Any], cause: Cause = NOBODY) -> Object:
    """Give back a part or all of a charge, named by payment or by charge. Raises ApiError (400, 404)."""
    charge = _charge_of(world, params)
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount < 1:
        raise ApiError(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount > left:
        currency = charge["currency"]
        raise ApiError(
            f"Refund amount ({money.words(amount, currency)}) is greater than unrefunded amount on charge "
            f"({money.words(left, currency)})",
            param="amount",
        )
    if charge["disputed"] and not _still_refundable(world, charge["id"]):
        raise ApiError(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
    status = world.faults.take_refund_status()
    refund = world.store.put("refund", _refund(world, charge, amount, params, status))
    _count(world, charge, amount, cause, "charge.refunded")
    record(world, "refund.created", refund, cause=cause)
    return refund


def _charge_of(world: World, params: dict[str, Any]) -> Object:
    named = [name for name in ("charge", "payment_intent") if name in params]
    if len(named) != 1:
        raise ApiError("Exactly one of these params should be provided: payment_intent or charge.")
    identifier = params.get("charge")
    if identifier is None:
        intent = world.store.find("payment_intent", params["payment_intent"])
        if intent is None:
            raise missing("payment_intent", params["payment_intent"], "payment_intent")
        identifier = intent["latest_charge"] or ""
    charge = world.store.find("charge", identifier)
    if charge is None and "charge" in params:
        raise missing("charge", identifier, "charge")
    if charge is None or charge["status"] != "succeeded":
        raise ApiError(f"{params[named[0]]} does not have a successful charge to refund.", param=named[0])
    return charge


def _still_refundable(world: World, charge_id: str) -> bool:
    return all(
        one["is_charge_refundable"] for one in world.store.newest_first("dispute", lambda d: d["charge"] == charge_id)
    )


def _refund(world: World, charge: Object, amount: int, params: dict[str, Any], status: str) -> Object:
    return {
        "id": world.new_id("re_3"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": world.new_id("txn_3"),
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "destination_details": {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"},
        "metadata": params.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def _count(world: World, charge: Object, amount: int, cause: Cause, kind: str) -> None:
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    total = charge["amount_refunded"] + amount
    charge |= {"amount_refunded": total, "refunded": total == charge["amount"]}
    world.store.put("charge", charge)
    changed = {name: old for name, old in before.items() if charge[name] != old}
    record(world, kind, charge, before=changed, cause=cause)


def get(world: World, identifier: str) -> Object:
    """The refund. Raises ApiError (404)."""
    refund = world.store.find("refund", identifier)
    if refund is None:
        raise missing("refund", identifier, "refund")
    return refund


def settle(world: World, identifier: str, status: Literal["succeeded", "failed", "canceled"]) -> Object:
    """What the bank did in the end. A refund that fails puts the money back into the practice's balance.

    Also a refund that has succeeded can still fail, weeks later. Raises ApiError (400) for any other way back.
    """
    refund = get(world, identifier)
    if refund["status"] in {"failed", "canceled"} or (refund["status"] == "succeeded" and status != "failed"):
        raise ApiError(f"This refund is {refund['status']} and cannot become {status}.")
    before: Object = {"status": refund["status"]}
    refund["status"] = status
    if status == "failed":
        refund |= {"failure_reason": "lost_or_stolen_card", "failure_balance_transaction": world.new_id("txn_3")}
    world.store.put("refund", refund)
    if status != "succeeded":
        charge = world.store.find("charge", refund["charge"])
        assert charge is not None
        _count(world, charge, -refund["amount"], NOBODY, "charge.updated")
    record(world, "refund.updated", refund, before=before)
    if status == "failed":
        record(world, "refund.failed", refund)
    return refund
