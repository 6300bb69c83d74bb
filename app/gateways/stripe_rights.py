"""What a restricted key must be allowed to do, each tried by a request that can change nothing.

Writing is tried on objects that do not exist: Stripe looks at the key's rights first (403), then for the object (404).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: No object of Stripe's has such an id.
NONE = "none_000000000000000000000000"

Probe = Callable[[Any], object]

#: The rights as Stripe's dashboard names them.
RIGHTS: dict[str, Probe] = {
    "Checkout Sessions: write": lambda v1: v1.checkout.sessions.expire(f"cs_{NONE}"),
    "Refunds: write": lambda v1: v1.refunds.create({"payment_intent": f"pi_{NONE}", "amount": 1}),
    "PaymentIntents: read": lambda v1: v1.payment_intents.retrieve(f"pi_{NONE}"),
    "Charges: read": lambda v1: v1.charges.retrieve(f"ch_{NONE}"),
    "Events: read": lambda v1: v1.events.list({"limit": 1}),
    "Disputes: read": lambda v1: v1.disputes.list({"limit": 1}),
    "Balance: read": lambda v1: v1.balance_transactions.list({"limit": 1}),
}
