"""The practice's balance at Stripe: every movement of money with its fee, as the events of this world tell it.

Fees are those of a UK account: 1.5 % and 20 for a card payment, 2000 for a dispute, in minor units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import World

DISPUTE_FEE = 2000


@dataclass(frozen=True, slots=True)
class _Kind:
    """What an event does to the balance: the sign, Stripe's two names for it, its id and its fee."""

    sign: int
    type: str
    category: str
    id_of: Callable[[Object], str]
    fee_of: Callable[[Object], int] = lambda _thing: 0


def _card_fee(charge: Object) -> int:
    return int(charge["amount"] * 15 / 1000 + 0.5) + 20


def _settled_id(thing: Object) -> str:
    return str(thing["balance_transaction"])


_KINDS = {
    "charge.succeeded": _Kind(1, "charge", "charge", _settled_id, _card_fee),
    "refund.created": _Kind(-1, "refund", "refund", _settled_id),
    "refund.failed": _Kind(
        1, "refund_failure", "refund_failure", lambda refund: str(refund["failure_balance_transaction"])
    ),
    "refund.updated": _Kind(1, "refund_failure", "refund_failure", lambda refund: f"txn_4{refund['id'][4:]}"),
    "charge.dispute.funds_withdrawn": _Kind(
        -1, "adjustment", "dispute", lambda dispute: f"txn_1{dispute['id'][3:]}", lambda _dispute: DISPUTE_FEE
    ),
    "charge.dispute.funds_reinstated": _Kind(
        1, "adjustment", "dispute_reversal", lambda dispute: f"txn_2{dispute['id'][3:]}"
    ),
}


def movements(world: World) -> list[Object]:
    """Every balance transaction, newest first."""
    told = world.store.newest_first("event", lambda event: event["type"] in _KINDS and _moves_money(event))
    return [_movement(event, _KINDS[event["type"]]) for event in told]


def _moves_money(event: Object) -> bool:
    """An update of a refund brings its money back only when it was canceled; a failed one has an event of its own."""
    return bool(event["type"] != "refund.updated" or event["data"]["object"]["status"] == "canceled")


def _movement(event: Object, kind: _Kind) -> Object:
    thing = event["data"]["object"]
    amount, fee = kind.sign * thing["amount"], kind.fee_of(thing)
    details = {"amount": fee, "application": None, "currency": thing["currency"], "description": "Stripe fee"}
    return {
        "id": kind.id_of(thing),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": event["created"],
        "balance_type": "payments",
        "created": event["created"],
        "currency": thing["currency"],
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [{**details, "type": "stripe_fee"}] if fee else [],
        "net": amount - fee,
        "reporting_category": kind.category,
        "source": thing["id"],
        "status": "available",
        "type": kind.type,
    }
