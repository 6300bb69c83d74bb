"""Stripe, seen through the words of `domain.checkout`. The only module that knows its library.

The API version, the retries and the time-out are said here and not left to the library: without them it would retry
never and wait for 80 seconds. Answers become our own values at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

from app.domain.checkout import (
    BadSignature,
    CheckoutRejected,
    CheckoutUnavailable,
    DisputeSnapshot,
    EventNotice,
    KeyRefused,
    Movement,
    RefundSnapshot,
    SessionNotOpen,
    SessionRequest,
    SessionSnapshot,
)
from app.gateways.stripe_answers import (
    dispute_of,
    event_of,
    movement_of,
    refund_of,
    session_of,
    visit_metadata,
)
from app.gateways.stripe_rights import RIGHTS

API_VERSION = "2026-10-28.endive"
RETRIES = 2
#: Seconds to connect, seconds to answer.
TIMEOUT = (3, 15)
EXPAND = ["payment_intent.latest_charge"]
#: A page of a list; more are read by cursor.
PAGE = 100


class StripeCheckout:
    """A CheckoutGateway. `api_base` is the local sandbox's address, or None for Stripe itself.

    `http_client` is one of the library's own kind that carries requests; without it they go over the network.
    """

    def __init__(
        self, secret_key: str, webhook_secrets: tuple[str, ...], api_base: str | None, http_client: Any = None
    ) -> None:
        self._key, self._secrets, self._base = secret_key, webhook_secrets, api_base
        self._http_client = http_client
        self.livemode = "_live_" in secret_key

    @cached_property
    def _client(self) -> Any:
        import stripe  # lazy: a second to import, and reading pages never need it

        stripe.enable_telemetry = False
        return stripe.StripeClient(
            self._key,
            stripe_version=API_VERSION,
            max_network_retries=RETRIES,
            base_addresses={"api": self._base} if self._base else None,
            http_client=self._http_client or stripe.RequestsClient(timeout=TIMEOUT),
        )

    def create_session(self, request: SessionRequest) -> SessionSnapshot:
        """Open a hosted payment page. Carries the opaque reference only: no name, no reason."""
        metadata = {"deposit": request.reference, "booking": request.booking_reference}
        metadata |= visit_metadata(request.visits)
        params = {
            "mode": "payment",
            "submit_type": "book",
            "client_reference_id": request.reference,
            "customer_email": request.customer_email,
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
            "expires_at": int(request.expires_at.timestamp()),
            "allowed_payment_method_types": ["card"],
            "adaptive_pricing": {"enabled": False},
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata, "description": f"Deposit {request.booking_reference}"},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": request.currency.lower(),
                        "unit_amount": request.amount_minor,
                        "product_data": {"name": f"Deposit, {request.description}"},
                    },
                }
            ],
        }
        with _translated():
            sessions = self._client.v1.checkout.sessions
            return session_of(sessions.create(params, {"idempotency_key": request.idempotency_key}))

    def read_session(self, session_id: str) -> SessionSnapshot:
        """The session as it is now, with its payment."""
        with _translated():
            return session_of(self._client.v1.checkout.sessions.retrieve(session_id, {"expand": EXPAND}))

    def find_session(self, reference: str, *, created_after: datetime) -> SessionSnapshot | None:
        """The session that carries our reference among those created after `created_after`."""
        params = {"created": {"gte": int(created_after.timestamp())}, "limit": PAGE}
        with _translated():
            for found in self._client.v1.checkout.sessions.list(params).auto_paging_iter():
                if found.client_reference_id == reference:
                    return self.read_session(found.id)
        return None

    def expire_session(self, session_id: str) -> SessionSnapshot:
        """Make the session unpayable. Raises SessionNotOpen when it no longer is open: read it again."""
        with _translated(rejected=SessionNotOpen):
            return session_of(self._client.v1.checkout.sessions.expire(session_id))

    def create_refund(
        self, *, payment_intent_id: str, amount_minor: int, reference: str, idempotency_key: str
    ) -> RefundSnapshot:
        """Send money back. `amount_minor` is always given: without one Stripe would refund everything."""
        if amount_minor <= 0:
            raise ValueError("a refund needs a positive amount")
        params = {"payment_intent": payment_intent_id, "amount": amount_minor, "metadata": {"refund": reference}}
        with _translated():
            return refund_of(self._client.v1.refunds.create(params, {"idempotency_key": idempotency_key}))

    def list_refunds(self, payment_intent_id: str) -> list[RefundSnapshot]:
        """Every refund of one payment, ours and those made in Stripe's dashboard."""
        params = {"payment_intent": payment_intent_id, "limit": PAGE}
        with _translated():
            return [refund_of(found) for found in self._client.v1.refunds.list(params).auto_paging_iter()]

    def list_sessions(self, *, created_after: datetime) -> list[SessionSnapshot]:
        """Every session since `created_after`, newest first, ours or not: look at the reference."""
        params = {"created": {"gte": int(created_after.timestamp())}, "limit": PAGE}
        with _translated():
            return [session_of(found) for found in self._client.v1.checkout.sessions.list(params).auto_paging_iter()]

    def list_refunds_since(self, *, created_after: datetime) -> list[RefundSnapshot]:
        """Every refund since `created_after`, newest first."""
        params = {"created": {"gte": int(created_after.timestamp())}, "limit": PAGE}
        with _translated():
            return [refund_of(found) for found in self._client.v1.refunds.list(params).auto_paging_iter()]

    def read_dispute(self, dispute_id: str) -> DisputeSnapshot:
        """The dispute as it is now."""
        with _translated():
            return dispute_of(self._client.v1.disputes.retrieve(dispute_id))

    def list_disputes_since(self, *, created_after: datetime) -> list[DisputeSnapshot]:
        """Every dispute that was opened since `created_after`, newest first."""
        params = {"created": {"gte": int(created_after.timestamp())}, "limit": PAGE}
        with _translated():
            return [dispute_of(found) for found in self._client.v1.disputes.list(params).auto_paging_iter()]

    def list_movements(self, *, created_after: datetime, created_before: datetime) -> list[Movement]:
        """What changed the balance from `created_after` up to `created_before` (exclusive), newest first."""
        moments = {"gte": int(created_after.timestamp()), "lt": int(created_before.timestamp())}
        params = {"created": moments, "limit": PAGE}
        with _translated():
            return [
                movement_of(found) for found in self._client.v1.balance_transactions.list(params).auto_paging_iter()
            ]

    def missing_rights(self) -> list[str]:
        """What the key is not allowed to do and must be, as Stripe's dashboard names it. Changes nothing.

        A key that is not accepted at all lacks everything. Raises CheckoutUnavailable when Stripe does not answer.
        """
        missing = []
        for right, probe in RIGHTS.items():
            try:
                with _translated():
                    probe(self._client.v1)
            except KeyRefused:
                missing.append(right)
            except CheckoutRejected:
                continue  # allowed: it looked for something that is not there
        return missing

    def list_events(self, *, created_after: datetime, types: tuple[str, ...]) -> list[EventNotice]:
        """Events since `created_after`, oldest first: for what the webhook missed."""
        params = {"created": {"gte": int(created_after.timestamp())}, "types": list(types), "limit": PAGE}
        with _translated():
            found = [event_of(event.to_dict()) for event in self._client.v1.events.list(params).auto_paging_iter()]
        return sorted(found, key=lambda notice: notice.created)

    def verify_event(self, body: bytes, signature: str | None) -> EventNotice:
        """The event in a webhook's raw body, when one of our secrets signed it. Raises BadSignature."""
        import stripe  # lazy: as above

        for secret in self._secrets:
            try:
                event = self._client.construct_event(body, signature or "", secret)
                return event_of(event.to_dict())
            except stripe.SignatureVerificationError:
                continue
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
                break  # signed, but not an event that we can read
        raise BadSignature


@contextmanager
def _translated(rejected: type[CheckoutRejected] = CheckoutRejected) -> Iterator[None]:
    """Stripe's errors in the words of our own. Their text is kept out: it may quote what was sent."""
    import stripe  # lazy: as above

    try:
        yield
    except stripe.APIConnectionError as error:
        raise CheckoutUnavailable("no answer") from error
    except (stripe.RateLimitError, stripe.APIError) as error:
        raise CheckoutUnavailable(f"status {error.http_status}") from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise KeyRefused(_code(error)) from error
    except stripe.InvalidRequestError as error:
        kind = rejected if error.http_status == 400 else CheckoutRejected
        raise kind(_code(error)) from error
    except stripe.StripeError as error:
        # 409 means that a twin with the same key is still running: its outcome is not known yet
        if error.http_status == 409 or (error.http_status or 500) >= 500:
            raise CheckoutUnavailable(f"status {error.http_status}") from error
        raise CheckoutRejected(_code(error)) from error


def _code(error: Any) -> str:
    """The short, harmless name of a fault. Several classes carry it only in the body."""
    body = getattr(error, "error", None)
    code = getattr(body, "code", None) or getattr(body, "type", None) or type(error).__name__
    param = getattr(body, "param", None)
    return f"{code} ({param})" if param else str(code)
