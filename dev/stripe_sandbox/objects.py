"""Stripe's objects as the API sends them. Every field that belongs to a hosted card deposit is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import API_VERSION, World


@dataclass(frozen=True, slots=True)
class Cause:
    """The request that made something happen; without one it was the buyer, the Dashboard or time."""

    request_id: str | None = None
    idempotency_key: str | None = None


def session(world: World, params: dict[str, Any], *, amount: int, currency: str, expires_at: int) -> Object:
    """A new, open Checkout Session. Its PaymentIntent is made when the buyer first tries to pay."""
    identifier = world.new_id("cs_test_", 58)
    email = params.get("customer_email")
    allowed = params.get("allowed_payment_method_types")
    return {
        "id": identifier,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": params.get("adaptive_pricing", {}).get("enabled", True)},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "allowed_payment_method_types": allowed,
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": params.get("billing_address_collection"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": world.now(),
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_account": None,
        "customer_creation": params.get("customer_creation", "if_required"),
        "customer_details": customer_details(email) if email else None,
        "customer_email": email,
        "discounts": [],
        "expires_at": expires_at,
        "integration_identifier": params.get("integration_identifier"),
        "invoice": None,
        "invoice_creation": {
            "enabled": False,
            "invoice_data": {
                "account_tax_ids": None,
                "custom_fields": None,
                "description": None,
                "footer": None,
                "issuer": None,
                "metadata": {},
                "rendering_options": None,
            },
        },
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": allowed or ["card"],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": params.get("phone_number_collection", {"enabled": False}),
        "presentment_details": None,
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "success_url": params.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{world.public_url}/c/pay/{identifier}",
        "wallet_options": None,
    }


def customer_details(email: str | None, name: str | None = None) -> Object:
    """What the buyer typed on the hosted page."""
    address = None
    if name is not None:
        address = {"city": None, "country": "GB", "line1": None, "line2": None, "postal_code": "EX1 1PL", "state": None}
    return {
        "address": address,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def line_items(session_id: str, items: list[Object]) -> Object:
    """The list that `expand[]=line_items` shows."""
    return {
        "object": "list",
        "data": items,
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session_id}/line_items",
    }


def payment_intent(world: World, of: Object, terms: dict[str, Any]) -> Object:
    """The payment behind session `of`. `terms` is the session's `payment_intent_data`."""
    identifier = world.new_id("pi_3")
    return {
        "id": identifier,
        "object": "payment_intent",
        "allowed_payment_method_types": of["allowed_payment_method_types"],
        "amount": of["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{identifier}_secret_{world.new_id('')}",
        "confirmation_method": "automatic",
        "created": world.now(),
        "currency": of["currency"],
        "customer": None,
        "customer_account": None,
        "description": terms.get("description"),
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": terms.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": of["payment_method_types"],
        "processing": None,
        "receipt_email": terms.get("receipt_email"),
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": terms.get("statement_descriptor"),
        "statement_descriptor_suffix": terms.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def charge(world: World, intent: Object, buyer: Object | None, *, status: str, decline_code: str | None) -> Object:
    """One try to take the money of `intent`. `status` is succeeded, pending or failed."""
    identifier = world.new_id("py_3" if status == "pending" else "ch_3")
    failed = status == "failed"
    buyer = buyer or {}
    return {
        "id": identifier,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if status == "succeeded" else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": world.new_id("txn_3") if status == "succeeded" else None,
        "billing_details": {
            "address": buyer.get("address"),
            "email": buyer.get("email"),
            "name": buyer.get("name"),
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": "SANDBOX",
        "captured": status == "succeeded",
        "created": world.now(),
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": "card_declined" if failed else None,
        "failure_message": "Your card was declined." if failed else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "declined_by_network" if failed else "approved_by_network",
            "reason": decline_code,
            "risk_level": "normal",
            "seller_message": "The bank did not approve." if failed else "Payment complete.",
            "type": "issuer_declined" if failed else "authorized",
        },
        "paid": not failed,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": _method_details(delayed=status == "pending"),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": status,
        "transfer_data": None,
        "transfer_group": None,
    }


def _method_details(*, delayed: bool) -> Object:
    if delayed:
        debit = {"fingerprint": None, "last4": "2345", "mandate": None, "sort_code": "108800"}
        return {"bacs_debit": debit, "type": "bacs_debit"}
    card = {"brand": "visa", "country": "GB", "exp_month": 12, "exp_year": 2034, "funding": "credit", "last4": "4242"}
    return {"card": card, "type": "card"}


def event(world: World, kind: str, thing: Object, before: Object | None, cause: Cause, *, told: bool) -> Object:
    """The envelope of one event. `thing` is copied as it is now; `before` holds the old values of what changed."""
    return {
        "id": world.new_id("evt_3"),
        "object": "event",
        "api_version": API_VERSION,
        "created": world.now(),
        "data": {"object": thing} | ({"previous_attributes": before} if before is not None else {}),
        "livemode": False,
        "pending_webhooks": 1 if told else 0,
        "request": {"id": cause.request_id, "idempotency_key": cause.idempotency_key},
        "type": kind,
    }
