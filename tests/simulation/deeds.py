"""What clients, staff and workers do. Each function is one action of a schedule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from app.jobs.outbox import send_due
from app.services.booking.holds import release_expired_holds, release_hold
from app.services.manage.changes import cancel_booking, cancel_by_practice, mark_visit, move_booking
from app.services.money.audit import audit_money, hear_missed_events
from app.services.money.credit import take_credit
from app.services.money.deposits import expire_deposit, open_deposit
from app.services.money.reconciliation import reconcile_deposits
from app.services.money.refunds import send_refunds
from app.services.money.settlement import apply
from app.services.money.story import read_story
from app.services.money.stripe_events import process_events
from dev.stripe_sandbox import buyer
from tests.factories.booking import make_detailed_hold, make_terms
from tests.factories.programme import hold_programme
from tests.simulation.practice import BASE, Practice
from tests.simulation.schedule import Action

VISITORS = ("ann", "ben", "cat", "dan")
TIMES = tuple(datetime(2026, 11, day, hour, 0, tzinfo=UTC) for day, hour in ((25, 10), (25, 11), (26, 10), (27, 10)))
#: Of a programme it is the first visit, whose deposit pays for all.
NEWEST_HOLD = "SELECT max(id) FROM booking WHERE state = 'held' AND lead_id IS NULL"
#: The visits of a programme that may be chosen.
RUNS = ((TIMES[0], TIMES[2], TIMES[3]), (TIMES[1], TIMES[2], TIMES[3]))
CHOICE = {
    "cancel": {"bands": [{"hours": 24, "returned": "choice"}, {"hours": 0, "returned": "kept"}], "fee_minor": 200}
}
#: Pounds mostly; a fee and a choice; yen, which have no smaller unit; a visit without a deposit.
TERMS = (
    make_terms(), make_terms(), make_terms(policy=CHOICE), make_terms(currency="JPY"), make_terms(deposit_minor=0),
)  # fmt: skip


def hold(practice: Practice, action: Action) -> None:
    """A visitor chooses a time and types who they are."""
    practice.start("hold", lambda: _hold(practice, action.number), action.stop)


def book(practice: Practice, action: Action) -> None:
    """A visitor holds a time and presses the button to pay."""
    if practice.start("hold", lambda: _hold(practice, action.number), 0).result is not None:
        _open(practice, practice.rows(NEWEST_HOLD)[0][0], action.stop)


def hold_dates(practice: Practice, action: Action) -> None:
    """A visitor holds all dates of a programme, or none, and types who they are."""
    practice.start("hold_programme", lambda: _hold_programme(practice, action.number), action.stop)


def book_programme(practice: Practice, action: Action) -> None:
    """A visitor holds all dates of a programme and presses the button to pay."""
    if practice.start("hold_programme", lambda: _hold_programme(practice, action.number), 0).result is not None:
        _open(practice, practice.rows(NEWEST_HOLD)[0][0], action.stop)


def open_page(practice: Practice, action: Action) -> None:
    """A visitor with a held time presses the button (again)."""
    booking_id = pick_hold(practice, action.number)
    if booking_id is not None:
        _open(practice, booking_id, action.stop)


def pay(practice: Practice, action: Action) -> None:
    """A buyer pays on Stripe's page, the one opened last more often than not."""
    open_pages = practice.stripe("checkout.session", status="open")
    if open_pages:
        page = open_pages[-1] if action.number % 2 else open_pages[action.number % len(open_pages)]
        act = {"pay": buyer.pay, "pay_later": buyer.pay_later, "decline": buyer.decline}[action.name]
        with practice.at_stripe() as world:
            act(world, page["id"])


def come_back(practice: Practice, action: Action) -> None:
    """A browser comes back from Stripe's page, or is reloaded there long after."""
    pages = practice.stripe("checkout.session")
    if pages:
        session_id = pages[action.number % len(pages)]["id"]
        practice.start("come_back", lambda: apply(session_id, practice.checkout, now=practice.now), action.stop)


def give_back(practice: Practice, action: Action) -> None:
    """A visitor gives the time back: the payment page is closed first."""
    booking_id = pick_hold(practice, action.number)
    if booking_id is None:
        return
    visitor, now = practice.rows("SELECT visitor FROM booking WHERE id = ?", booking_id)[0][0], practice.now

    def work() -> None:
        outcome = expire_deposit(booking_id, practice.checkout, base_url=BASE, now=now)
        if outcome is None or outcome.state != "paid":
            release_hold(visitor, now=now)

    practice.start("give_back", work, action.stop)


def cancel(practice: Practice, action: Action) -> None:
    """A client cancels by the link, for money or for credit."""
    booking_id = pick(practice, action.number, "confirmed")
    if booking_id is not None:
        _cancel(practice, booking_id, action)


def cancel_rest(practice: Practice, action: Action) -> None:
    """A client gives up all that is left of a programme, visit by visit."""
    programmes = [row[0] for row in practice.rows("SELECT id FROM programme ORDER BY id")]
    if not programmes:
        return
    standing = "SELECT id FROM booking WHERE programme_id = ? AND state = 'confirmed' ORDER BY starts_at"
    for (booking_id,) in practice.rows(standing, programmes[action.number % len(programmes)]):
        _cancel(practice, booking_id, action)


def practice_cancels(practice: Practice, action: Action) -> None:
    """The practitioner is ill: all that was paid goes back."""
    booking_id, now = pick(practice, action.number, "confirmed"), practice.now
    if booking_id is not None:
        work = lambda: cancel_by_practice(booking_id, now=now).paid_minor  # noqa: E731
        practice.start("practice_cancels", work, action.stop)


def move(practice: Practice, action: Action) -> None:
    """A client moves a visit."""
    booking_id, now = pick(practice, action.number, "confirmed"), practice.now
    to = TIMES[action.number % len(TIMES)]
    if booking_id is not None:
        work = lambda: move_booking(practice.stage.catalogue, booking_id, 1, starts_at=to, now=now)  # noqa: E731
        practice.start("move", work, action.stop)


def look(practice: Practice, action: Action) -> None:
    """Someone only looks: staff at the story of a booking, a browser at a return address that is not its own."""
    before = money_rows(practice)
    references = [row[0] for row in practice.rows("SELECT reference FROM booking ORDER BY id")]
    if references:
        practice.start("look", lambda: read_story(references[action.number % len(references)]), 0)
    pages = practice.stripe("checkout.session")
    if pages:
        address = f"/book/return?session_id={pages[action.number % len(pages)]['id']}"
        practice.start("look", lambda: practice.stage.app.test_client().get(address), 0)
    if money_rows(practice) != before:
        practice.faults.append("looking changed money")


def mark(practice: Practice, action: Action) -> None:
    """Staff say that a client came, or did not."""
    booking_id, now = pick(practice, action.number, "confirmed"), practice.now
    if booking_id is not None:
        words = "completed" if action.number % 2 else "no_show"
        practice.start("mark_visit", lambda: mark_visit(booking_id, words, now=now), action.stop)  # type: ignore[arg-type]


def use_credit(practice: Practice, action: Action) -> None:
    """Staff let credit pay what is left of a visit, at the desk."""
    booking_id, now = pick(practice, action.number, "confirmed"), practice.now
    if booking_id is not None:
        reference = practice.rows("SELECT reference FROM booking WHERE id = ?", booking_id)[0][0]
        practice.start("use_credit", lambda: take_credit(reference, now=now), action.stop)


def worker(step: Callable[[Practice, datetime], object]) -> Callable[[Practice, Action], None]:
    """The action that runs one step of a worker; nothing keeps two workers from running the same one."""

    def run(practice: Practice, action: Action) -> None:
        now = practice.now
        practice.start(action.name, lambda: step(practice, now), action.stop)

    return run


def pick(practice: Practice, number: int, state: str) -> int | None:
    """One of the bookings in `state`."""
    ids = [row[0] for row in practice.rows("SELECT id FROM booking WHERE state = ? ORDER BY id", state)]
    return ids[number % len(ids)] if ids else None


def pick_hold(practice: Practice, number: int) -> int | None:
    """One of the holds that can be paid for: of a programme the first visit."""
    ids = [
        row[0] for row in practice.rows("SELECT id FROM booking WHERE state = 'held' AND lead_id IS NULL ORDER BY id")
    ]
    return ids[number % len(ids)] if ids else None


def money_rows(practice: Practice) -> list[tuple[object, ...]]:
    """Every state that money has here."""
    return practice.rows(
        "SELECT id, state, session_id, pi_id, 0 FROM deposit "
        "UNION ALL SELECT id, state, refund_id, NULL, 1 FROM refund "
        "UNION ALL SELECT id, state, NULL, NULL, 2 FROM booking"
    )


def _hold(practice: Practice, number: int) -> object:
    return make_detailed_hold(
        now=practice.now, starts_at=TIMES[number % len(TIMES)], visitor=VISITORS[number // 7 % len(VISITORS)],
        catalogue=practice.stage.catalogue, terms=TERMS[number // 31 % len(TERMS)],
    )  # fmt: skip


def _hold_programme(practice: Practice, number: int) -> object:
    return hold_programme(
        now=practice.now, starts=list(RUNS[number % len(RUNS)]), visitor=VISITORS[number // 7 % len(VISITORS)],
        catalogue=practice.stage.catalogue, practitioner=(None, "sam", "alex")[number // 31 % 3],
    )  # fmt: skip


def _open(practice: Practice, booking_id: int, stop: int) -> None:
    now, mailed = practice.now, practice.rows("SELECT id, link_version FROM booking WHERE state = 'cancelled'")
    proof = mailed[-1] if mailed else None  # their credit, if they came by the link of the cancelled visit
    work = lambda: open_deposit(booking_id, practice.checkout, base_url=BASE, now=now, proof=proof)  # noqa: E731
    practice.start("open", work, stop)


def _cancel(practice: Practice, booking_id: int, action: Action) -> None:
    now, choice = practice.now, "credit" if action.number % 3 == 0 else "money"

    def work() -> int:
        _, outcome = cancel_booking(booking_id, 1, now=now, choice=choice)  # type: ignore[arg-type]
        return outcome.refund_minor

    _remember(practice, booking_id, practice.start("cancel", work, action.stop).result)


def _remember(practice: Practice, booking_id: int, refund_minor: int | None) -> None:
    if refund_minor is not None:
        practice.promised.setdefault(booking_id, refund_minor)


DEEDS: dict[str, Callable[[Practice, Action], None]] = {
    "book": book, "book_programme": book_programme, "hold": hold, "hold_programme": hold_dates, "open": open_page,
    "pay": pay, "pay_later": pay, "decline": pay, "come_back": come_back, "give_back": give_back, "cancel": cancel,
    "cancel_rest": cancel_rest, "move": move, "look": look,
    "practice_cancels": practice_cancels, "mark_visit": mark, "use_credit": use_credit,
    "process": worker(lambda practice, now: process_events(practice.checkout, now=now)),
    "poll": worker(lambda practice, now: reconcile_deposits(practice.checkout, base_url=BASE, now=now)),
    "release_holds": worker(lambda _practice, now: release_expired_holds(now=now)),
    "send_refunds": worker(lambda practice, now: send_refunds(practice.checkout, now=now)),
    "hear_missed": worker(lambda practice, now: hear_missed_events(practice.checkout, now=now)),
    "audit": worker(lambda practice, now: audit_money(practice.checkout, now=now)),
    "send_mails": worker(lambda practice, now: send_due(practice.tools, now, 50)),
}  # fmt: skip
