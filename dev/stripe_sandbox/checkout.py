"""Checkout Sessions: create, read, list, expire."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from dev.stripe_sandbox import money, objects
from dev.stripe_sandbox.errors import ApiError, missing
from dev.stripe_sandbox.events import NOBODY, record
from dev.stripe_sandbox.objects import Cause
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import World

SHORTEST_S, LONGEST_S = 30 * 60, 24 * 3600
#: A clock a little ahead of ours must not make a lawful wish unlawful by the time it arrives.
LONGEST_GRACE_S = 60
MAX_LINE_ITEMS = 100


def check_terms(world: World, params: dict[str, Any]) -> tuple[int, str, int]:
    """The total in minor units, the currency and the expiry of a wished session. Raises ApiError (400)."""
    if params.get("mode", "payment") != "payment" or params.get("ui_mode", "hosted_page") != "hosted_page":
        raise ApiError("The sandbox acts out mode=payment on the hosted page only.", param="mode")
    for name in ("success_url", "cancel_url"):
        _check_url(params.get(name), name)
    _check_email(params.get("customer_email"))
    amount, currency = _total(params)
    now = world.now()
    expires_at = params.get("expires_at", now + LONGEST_S)
    if expires_at < now + SHORTEST_S:
        raise ApiError("The `expires_at` timestamp must be at least 30 minutes from creation.", param="expires_at")
    if expires_at > now + LONGEST_S + LONGEST_GRACE_S:
        raise ApiError("The `expires_at` timestamp must be less than 24 hours from creation.", param="expires_at")
    return amount, currency, expires_at


def _check_url(url: str | None, name: str) -> None:
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"\s", url):
        raise ApiError("Not a valid URL", code="url_invalid", param=name)


def _check_email(email: str | None) -> None:
    if email is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", email):
        raise ApiError(f"Invalid email address: {email[:80]}", code="email_invalid", param="customer_email")


def _total(params: dict[str, Any]) -> tuple[int, str]:
    items = params.get("line_items", [])
    if not items:
        raise ApiError("Missing required param: line_items.", code="parameter_missing", param="line_items")
    if len(items) > MAX_LINE_ITEMS:
        raise ApiError(f"At most {MAX_LINE_ITEMS} line items.", param="line_items")
    currencies, total = set(), 0
    for place, item in enumerate(items):
        price = item.get("price_data") or _needed(f"line_items[{place}][price_data]")
        currency = price["currency"].lower()
        if currency not in money.MINIMUM:
            raise ApiError(
                f"Invalid currency: {price['currency'][:20]}", param=f"line_items[{place}][price_data][currency]"
            )
        if "product_data" not in price:
            _needed(f"line_items[{place}][price_data][product_data]")
        unit = price.get("unit_amount")
        if unit is None:
            _needed(f"line_items[{place}][price_data][unit_amount]")
        quantity = item.get("quantity")
        if quantity is None:
            _needed(f"line_items[{place}][quantity]")
        for value, name, least in ((unit, "price_data][unit_amount", 0), (quantity, "quantity", 1)):
            if value < least:
                raise ApiError(
                    f"This value must be greater than or equal to {least}.",
                    code="parameter_invalid_integer",
                    param=f"line_items[{place}][{name}]",
                )
        currencies.add(currency)
        total += unit * quantity
    if len(currencies) > 1:
        raise ApiError("All line items must be in one currency.", param="line_items")
    return _within_limits(total, currencies.pop())


def _within_limits(total: int, currency: str) -> tuple[int, str]:
    if total < money.MINIMUM[currency]:
        least = money.words(money.MINIMUM[currency], currency)
        raise ApiError(f"The Checkout Session's total must be at least {least}.", code="amount_too_small")
    if total > money.MAXIMUM:
        most = money.words(money.MAXIMUM, currency)
        raise ApiError(f"The Checkout Session's total must be no more than {most}.", code="amount_too_large")
    return total, currency


def _needed(name: str) -> Any:
    raise ApiError(f"Missing required param: {name}.", code="parameter_missing", param=name)


def create(world: World, params: dict[str, Any]) -> Object:
    """Store a new open session. `params` have been checked."""
    amount, currency, expires_at = check_terms(world, params)
    session = objects.session(world, params, amount=amount, currency=currency, expires_at=expires_at)
    items = [_line_item(world, item, currency) for item in params["line_items"]]
    terms = {"id": session["id"], "line_items": items, "payment_intent_data": params.get("payment_intent_data", {})}
    world.store.put("session_terms", terms)
    return world.store.put("checkout.session", session)


def _line_item(world: World, item: Object, currency: str) -> Object:
    price, amount = item["price_data"], item["price_data"]["unit_amount"] * item["quantity"]
    return {
        "id": world.new_id("li_1"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": price["product_data"]["name"],
        "metadata": {},
        "price": {
            "id": world.new_id("price_1"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": world.now(),
            "currency": currency,
            "livemode": False,
            "metadata": {},
            "product": world.new_id("prod_", 14),
            "recurring": None,
            "type": "one_time",
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": item["quantity"],
    }


def get(world: World, identifier: str) -> Object:
    """The session. Raises ApiError (404)."""
    session = world.store.find("checkout.session", identifier)
    if session is None:
        raise missing("checkout.session", identifier, "session")
    return session


def expire(world: World, identifier: str, cause: Cause = NOBODY) -> Object:
    """Close an open session for good. Raises ApiError (400) when it is no longer open."""
    session = get(world, identifier)
    if session["status"] != "open":
        raise ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`.",
            param="session",
        )
    session |= {"status": "expired", "url": None}
    if session["payment_intent"]:
        _cancel_intent(world, session["payment_intent"], cause)
    world.store.put("checkout.session", session)
    record(world, "checkout.session.expired", session, cause=cause)
    return session


def _cancel_intent(world: World, identifier: str, cause: Cause) -> None:
    intent = world.store.find("payment_intent", identifier)
    if intent is not None and intent["status"] not in {"succeeded", "canceled"}:
        intent |= {"status": "canceled", "canceled_at": world.now(), "cancellation_reason": "automatic"}
        world.store.put("payment_intent", intent)
        record(world, "payment_intent.canceled", intent, cause=cause)


def expire_overdue(world: World) -> int:
    """Close every open session whose time is over. Returns how many."""
    now = world.now()
    overdue = world.store.newest_first("checkout.session", lambda one: one["expires_at"] <= now, mark="open")
    for session in reversed(overdue):
        expire(world, session["id"])
    return len(overdue)
