"""Does a test notice when a guard of the money is gone? `python -m dev.mutations [name]`.

Each guard is taken out of a copy of the tree, and one narrow test is run there: it must fail. Before that, the same
test must pass as things are. Exit 1 when a guard can go unnoticed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "instance", "artefacts", "__pycache__", ".*_cache", ".hypothesis")
PAYING = "tests/integration/payments/test_paying.py::"
GUARDS = "tests/integration/payments/test_guards.py::"
WEBHOOK = "tests/integration/payments/test_webhook.py::"
LIFE = "tests/unit/domain/test_deposit.py::"
#: Seconds for one test, its database included.
TIMEOUT_S = 180


@dataclass(frozen=True, slots=True)
class Guard:
    """What keeps the money safe, how to take it out (pairs of old and new text in `path`), and who notices."""

    name: str
    path: str
    edits: tuple[tuple[str, str], ...]
    test: str


GUARD_LIST = (
    Guard(
        "row lock",
        "app/db/queries/deposits.py",
        (
            ("booking = get_locked(session, booking_id)", "booking = session.get(BookingRow, booking_id)"),
            ("DepositRow.id == deposit_id).with_for_update()", "DepositRow.id == deposit_id)"),
        ),
        GUARDS + "test_a_payment_waits_for_whoever_has_the_deposit_locked[postgresql]",
    ),
    Guard(
        "amount check",
        "app/domain/deposit.py",
        (("snapshot.amount_minor == expected.amount_minor", "True"),),
        LIFE + "test_a_session_that_is_not_ours_is_named",
    ),
    Guard(
        "currency check",
        "app/domain/deposit.py",
        (("snapshot.currency.upper() == expected.currency.upper()", "True"),),
        LIFE + "test_a_session_that_is_not_ours_is_named",
    ),
    Guard(
        "mode check of payments",
        "app/domain/deposit.py",
        (("snapshot.livemode == expected.livemode", "True"),),
        LIFE + "test_a_session_that_is_not_ours_is_named",
    ),
    Guard(
        "mode check of events",
        "app/services/stripe_events.py",
        (("if event.livemode != checkout.livemode:", "if False:"),),
        WEBHOOK + "test_live_and_test_never_meet",
    ),
    Guard(
        "complete is not paid",
        "app/domain/deposit.py",
        (('if snapshot.payment_status == "paid":', "if True:"),),
        LIFE + "test_every_session_can_be_read",
    ),
    Guard(
        "paid never goes back",
        "app/domain/deposit.py",
        (("    if state in SETTLED:\n        return Step(state)\n", ""),),
        LIFE + "test_money_that_arrived_stays_arrived",
    ),
    Guard(
        "payment without a time is no booking",
        "app/domain/deposit.py",
        (('Step("paid", "confirm") if slot_free else Step("paid_conflict")', 'Step("paid", "confirm")'),),
        LIFE + "test_paid_without_a_time_is_a_state_of_its_own",
    ),
    Guard(
        "each event stored once",
        "app/services/stripe_events.py",
        (
            (
                'return insert_new(session, StripeEventRow, values, key="event_id")',
                "session.add(StripeEventRow(**values))\n        return True",
            ),
        ),
        WEBHOOK + "test_a_replay_is_answered_and_stored_once",
    ),
    Guard(
        "signature",
        "app/gateways/stripe_checkout.py",
        (("self._client.construct_event(body, signature or '', secret)".replace("'", '"'), "_unsigned(body)"),
         ("class StripeCheckout:", "def _unsigned(body: bytes) -> Any:\n    import json\n    from types import "
          "SimpleNamespace\n    return SimpleNamespace(to_dict=lambda: json.loads(body))\n\n\nclass StripeCheckout:")),
        WEBHOOK + "test_what_is_not_a_signed_event_is_refused_and_not_stored",
    ),
    Guard(
        "expire refused: read again",
        "app/services/deposits.py",
        (
            (
                "return apply(session_id, checkout, now=now)\n    except CheckoutUnavailable",
                "return None\n    except CheckoutUnavailable",
            ),
        ),
        PAYING + "test_giving_up_a_moment_after_paying_means_booked",
    ),
    Guard(
        "idempotency key",
        "app/gateways/stripe_checkout.py",
        (("sessions.create(params, {\"idempotency_key\": request.idempotency_key})", "sessions.create(params)"),),
        GUARDS + "test_asking_again_with_the_same_key_opens_one_page",
    ),
    Guard(
        "no more back than paid",
        "app/db/queries/refunds.py",
        (("if not 0 < amount_minor <= refundable_minor(session, deposit):", "if amount_minor <= 0:"),),
        GUARDS + "test_no_more_goes_back_than_was_paid",
    ),
    Guard(
        "time kept while it can be paid",
        "app/db/queries/bookings.py",
        (
            ("BookingRow.hold_until <= now, ~live_deposit)", "BookingRow.hold_until <= now)"),
            ("kept = payable_ids(session, [row.id for row in rows])", "kept: set[int] = set()"),
        ),
        GUARDS + "test_a_time_is_kept_until_its_page_is_proven_unpayable",
    ),
    Guard(
        "cells in the transaction of the claim",
        "app/services/holds.py",
        (("        add_cells(session, row)\n", ""),),
        "tests/integration/services/test_concurrency.py::test_fifty_want_one_time_and_one_gets_it",
    ),
)  # fmt: skip


def main(words: Sequence[str]) -> int:
    """Try every guard, or those whose name holds the given word."""
    chosen = [guard for guard in GUARD_LIST if all(word in guard.name for word in words)]
    if _run(ROOT, *sorted({guard.test for guard in chosen})) != 0:
        print("A test fails as things are, with every guard in its place.")
        return 1
    unnoticed = 0
    print("| guard | taken out of | noticed by | result |\n|---|---|---|---|")
    for guard in chosen:
        result = _try(guard)
        unnoticed += result != "noticed"
        test = guard.test.rpartition("::")[2]
        print(f"| {guard.name} | `{guard.path}` | `{test}` | {result} |", flush=True)
    print(f"\n{len(chosen) - unnoticed} of {len(chosen)} guards cannot go unnoticed")
    return int(unnoticed > 0 or not chosen)


def _try(guard: Guard) -> str:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        file = copy / guard.path
        text = file.read_text(encoding="utf-8")
        for old, new in guard.edits:
            if text.count(old) != 1:
                return f"no longer there to take out: {old.splitlines()[0]}"
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
        # 1: a test failed. Anything else (not collected, crashed) proves nothing
        return "noticed" if _run(copy, guard.test) == 1 else "NOT noticed"


def _run(tree: Path, *tests: str) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=tree, capture_output=True, timeout=TIMEOUT_S * len(tests), check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
