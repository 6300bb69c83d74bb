"""What a buyer can do on the hosted page, and what a bank answers days later."""

from __future__ import annotations

from dev.stripe_sandbox import objects
from dev.stripe_sandbox.checkout import get
from dev.stripe_sandbox.errors import ApiError
from dev.stripe_sandbox.events import record
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import World

BUYER = "Example Buyer"


def pay(world: World, session_id: str) -> Object:
    """Pay by card: the session is complete and paid. Returns the session."""
    session, intent = _start(world, session_id)
    _charge(world, session, intent, "succeeded")
    return _complete(world, session, payment_status="paid")


def pay_later(world: World, session_id: str) -> Object:
    """Pay by a method that takes days: the session is complete, the money not yet there."""
    session, intent = _start(world, session_id)
    _charge(world, session, intent, "pending")
    return _complete(world, session, payment_status="unpaid")


def settle(world: World, session_id: str, *, arrived: bool) -> Object:
    """The end of a delayed payment. Raises ApiError (400) when none is under way."""
    session = get(world, session_id)
    intent = world.store.find("payment_intent", session["payment_intent"] or "")
    if intent is None or intent["status"] != "processing":
        raise ApiError("No delayed payment is under way for this session.")
    charge = world.store.find("charge", intent["latest_charge"])
    assert charge is not None
    if arrived:
        charge |= {"status": "succeeded", "paid": True, "captured": True, "amount_captured": charge["amount"]}
        charge["balance_transaction"] = world.new_id("txn_3")
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        session["payment_status"] = "paid"
    else:
        charge |= {"status": "failed", "paid": False, "failure_code": "payment_method_provider_decline"}
        charge["failure_message"] = "The bank did not pay."
        intent |= {"status": "requires_payment_method", "last_payment_error": _bank_error(charge)}
    for thing in (charge, intent, session):
        world.store.put(thing["object"], thing)
    record(world, "charge.succeeded" if arrived else "charge.failed", charge)
    record(world, "payment_intent.succeeded" if arrived else "payment_intent.payment_failed", intent)
    record(world, f"checkout.session.async_payment_{'succeeded' if arrived else 'failed'}", session)
    return session


def decline(world: World, session_id: str, decline_code: str = "generic_decline") -> Object:
    """The bank says no: the session stays open and the buyer may try again."""
    session, intent = _start(world, session_id)
    charge = _charge(world, session, intent, "failed", decline_code)
    intent["last_payment_error"] = {
        "charge": charge["id"],
        "code": "card_declined",
        "decline_code": decline_code,
        "doc_url": "https://docs.stripe.com/error-codes/card-declined",
        "message": "Your card was declined.",
        "type": "card_error",
    }
    world.store.put("payment_intent", intent)
    record(world, "payment_intent.payment_failed", intent)
    return session


def _start(world: World, session_id: str) -> tuple[Object, Object]:
    session = get(world, session_id)
    if session["status"] != "open":
        raise ApiError(f"This session is {session['status']}; it cannot be paid.")
    intent = world.store.find("payment_intent", session["payment_intent"] or "")
    if intent is None:
        terms = world.store.find("session_terms", session_id) or {}
        intent = objects.payment_intent(world, session, terms.get("payment_intent_data", {}))
        world.store.put("payment_intent", intent)
        session["payment_intent"] = intent["id"]
        record(world, "payment_intent.created", intent)
    intent["payment_method"] = world.new_id("pm_1")
    email = session["customer_email"] or "buyer@example.org"
    session["customer_details"] = objects.customer_details(email, BUYER)
    world.store.put("checkout.session", session)
    return session, intent


def _charge(world: World, session: Object, intent: Object, status: str, decline_code: str | None = None) -> Object:
    charge = objects.charge(world, intent, session["customer_details"], status=status, decline_code=decline_code)
    world.store.put("charge", charge)
    intent["latest_charge"] = charge["id"]
    if status == "succeeded":
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
    elif status == "pending":
        intent |= {"status": "processing", "last_payment_error": None}
    world.store.put("payment_intent", intent)
    record(world, f"charge.{status}", charge)
    if status != "failed":
        record(world, f"payment_intent.{intent['status']}", intent)
    return charge


def _complete(world: World, session: Object, *, payment_status: str) -> Object:
    session |= {"status": "complete", "payment_status": payment_status, "url": None}
    world.store.put("checkout.session", session)
    record(world, "checkout.session.completed", session)
    return session


def _bank_error(charge: Object) -> Object:
    return {
        "charge": charge["id"],
        "code": charge["failure_code"],
        "message": charge["failure_message"],
        "type": "invalid_request_error",
    }
