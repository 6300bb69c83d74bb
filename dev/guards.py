"""What keeps the money safe: each guard, how to take it out of the source, and the test that must notice."""

from __future__ import annotations

from dataclasses import dataclass

PAYING = "tests/integration/payments/test_paying.py::"
GUARDS = "tests/integration/payments/test_guards.py::"
WEBHOOK = "tests/integration/payments/test_webhook.py::"
DISPUTES = "tests/integration/payments/test_disputes.py::"
AUDIT = "tests/integration/payments/test_money_audit.py::"
PROGRAMMES = "tests/integration/payments/test_programmes.py::"
LIFE = "tests/unit/domain/test_deposit.py::"
DEPOSIT, EVENTS = "app/domain/deposit.py", "app/services/money/stripe_events.py"
REFUNDS = "app/services/money/refunds.py"
STRIPE, DEPOSITS = "app/gateways/stripe_checkout.py", "app/services/money/deposits.py"

_ONE_INSERT = 'return insert_new(session, StripeEventRow, values, key="event_id")'
_UNSIGNED = """def _unsigned(body: bytes) -> Any:
    import json
    from types import SimpleNamespace

    return SimpleNamespace(to_dict=lambda: json.loads(body))


class StripeCheckout:"""


@dataclass(frozen=True, slots=True)
class Edit:
    """`old` stands once in the file at `path`; without the guard `new` stands there."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Guard:
    """`simulated`: the simulation must notice too. What it cannot see: locks of rows, as it runs on SQLite, where
    whoever writes is alone; what only a forger does; what another guard catches before any harm is done; and what
    takes thousands of days to happen by chance.
    """

    name: str
    edits: tuple[Edit, ...]
    test: str
    simulated: bool = False


GUARD_LIST = (
    Guard(
        "row lock",
        (
            Edit("app/db/queries/programmes.py", "        .order_by(BookingRow.id)\n        .with_for_update()\n", ""),
            Edit(
                "app/db/queries/deposits.py",
                "DepositRow.id == deposit_id).with_for_update()",
                "DepositRow.id == deposit_id)",
            ),
        ),
        GUARDS + "test_a_payment_waits_for_whoever_has_the_deposit_locked[postgresql]",
    ),
    Guard(
        "a programme is paid for as a whole",
        (
            Edit(DEPOSITS, " or not all_of_it(session, visits)", ""),
            Edit(DEPOSITS, 'any(visit.state != "held" for visit in visits)', "False"),
        ),
        PROGRAMMES + "test_a_programme_that_lost_one_time_cannot_be_gone_on_with",
    ),
    Guard(
        "no visit of a programme is given away while it can be paid",
        (
            Edit(
                "app/db/queries/programmes.py", "func.coalesce(BookingRow.lead_id, BookingRow.id)", "BookingRow.id + 0"
            ),
        ),
        PROGRAMMES + "test_while_it_can_be_paid_no_visit_of_it_is_given_away",
        simulated=True,
    ),
    Guard(
        "amount check",
        (Edit(DEPOSIT, "snapshot.amount_minor == expected.amount_minor", "True"),),
        LIFE + "test_a_session_that_is_not_ours_is_named",
        simulated=True,
    ),
    Guard(
        "currency check",
        (Edit(DEPOSIT, "snapshot.currency.upper() == expected.currency.upper()", "True"),),
        LIFE + "test_a_session_that_is_not_ours_is_named",
        simulated=True,
    ),
    Guard(
        "mode check of payments",
        (Edit(DEPOSIT, "snapshot.livemode == expected.livemode", "True"),),
        LIFE + "test_a_session_that_is_not_ours_is_named",
    ),
    Guard(
        "mode check of events",
        (Edit(EVENTS, "if event.livemode != checkout.livemode:", "if False:"),),
        WEBHOOK + "test_live_and_test_never_meet",
        simulated=True,
    ),
    Guard(
        "complete is not paid",
        (Edit(DEPOSIT, 'if snapshot.payment_status == "paid":', "if True:"),),
        LIFE + "test_every_session_can_be_read",
        simulated=True,
    ),
    Guard(
        "paid never goes back",
        (Edit(DEPOSIT, "    if state in SETTLED:\n        return Step(state)\n", ""),),
        LIFE + "test_money_that_arrived_stays_arrived",
        simulated=True,
    ),
    Guard(
        "payment without a time is no booking",
        (Edit(DEPOSIT, 'Step("paid", "confirm") if slot_free else Step("paid_conflict")', 'Step("paid", "confirm")'),),
        LIFE + "test_paid_without_a_time_is_a_state_of_its_own",
        simulated=True,
    ),
    Guard(
        "each event stored once",
        (Edit(EVENTS, _ONE_INSERT, "session.add(StripeEventRow(**values))\n        return True"),),
        WEBHOOK + "test_a_replay_is_answered_and_stored_once",
    ),
    Guard(
        "stored before it is answered",
        (Edit("app/web/webhook.py", "    receive_event(notice, now=site().clock())\n", ""),),
        WEBHOOK + "test_kinds_that_we_do_not_know_are_stored_and_answered",
        simulated=True,
    ),
    Guard(
        "signature",
        (
            Edit(STRIPE, 'self._client.construct_event(body, signature or "", secret)', "_unsigned(body)"),
            Edit(STRIPE, "class StripeCheckout:", _UNSIGNED),
        ),
        WEBHOOK + "test_what_is_not_a_signed_event_is_refused_and_not_stored",
    ),
    Guard(
        "expire refused: read again",
        (
            Edit(
                DEPOSITS,
                "return apply(session_id, checkout, now=now)\n    except CheckoutUnavailable",
                "return None\n    except CheckoutUnavailable",
            ),
        ),
        PAYING + "test_giving_up_a_moment_after_paying_means_booked",
    ),
    Guard(
        "idempotency key of a payment page",
        (
            Edit(
                STRIPE,
                'sessions.create(params, {"idempotency_key": request.idempotency_key})',
                "sessions.create(params)",
            ),
        ),
        GUARDS + "test_asking_again_with_the_same_key_opens_one_page",
        simulated=True,
    ),
    Guard(
        "lost refund is looked for before it is sent",
        (Edit(REFUNDS, "        found = _find(refund, known)\n", "        found = None\n"),),
        GUARDS + "test_a_refund_that_went_out_a_day_ago_is_not_sent_again",
    ),
    Guard(
        "no more back than paid",
        (
            Edit(
                "app/db/queries/refunds.py",
                "if not 0 < amount_minor <= refundable_minor(session, deposit):",
                "if amount_minor <= 0:",
            ),
        ),
        GUARDS + "test_no_more_goes_back_than_was_paid",
    ),
    Guard(
        "what staff refund at Stripe counts",
        (Edit(REFUNDS, "left -= _shorten(row, left, now=now)", "left -= 0"),),
        GUARDS + "test_a_refund_at_stripe_leaves_less_to_send_back",
        simulated=True,
    ),
    Guard(
        "a bank that holds the money is waited for",
        (Edit(REFUNDS, "if found is None and _bank_decides(refund, now=now):", "if False:"),),
        DISPUTES + "test_a_disputed_deposit_is_told_once_and_its_refund_waits",
    ),
    Guard(
        "time kept while it can be paid",
        (
            Edit(
                "app/db/queries/bookings.py",
                "BookingRow.hold_until <= now, ~live_deposit)",
                "BookingRow.hold_until <= now)",
            ),
            Edit(
                "app/db/queries/bookings.py",
                "kept = payable_ids(session, [row.id for row in rows])",
                "kept: set[int] = set()",
            ),
        ),
        GUARDS + "test_a_time_is_kept_until_its_page_is_proven_unpayable",
        simulated=True,
    ),
    Guard(
        "cells in the transaction of the claim",
        (Edit("app/services/booking/holds.py", "        add_cells(session, row)\n", ""),),
        "tests/integration/services/test_concurrency.py::test_fifty_want_one_time_and_one_gets_it",
        simulated=True,
    ),
    Guard(
        "missed events are listed",
        (
            Edit(
                "app/services/money/audit.py",
                "    return sum(receive_event(notice, now=now) for",
                "    return sum(0 for",
            ),
        ),
        AUDIT + "test_events_that_never_came_are_heard",
        simulated=True,
    ),
    Guard(
        "one of all workers",
        (
            Edit(
                "app/services/upkeep/worker_steps.py",
                "due = WorkerStepRow.tried_at <= now - every",
                "due = WorkerStepRow.tried_at <= now",
            ),
        ),
        AUDIT + "test_a_turn_is_taken_once",
    ),
    Guard(
        "a live key only in production",
        (Edit("config.py", 'if "_live_" in settings.stripe_secret_key and not settings.production:', "if False:"),),
        "tests/unit/test_settings.py::test_a_live_key_never_meets_the_sandbox_in_development",
    ),
)
