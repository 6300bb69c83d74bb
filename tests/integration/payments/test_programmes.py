"""Programmes from choosing to the last refund: all times or none, one payment, each visit by its own notice."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.base import db
from app.db.queries.bookings import drop_cells, set_state
from app.db.queries.programmes import lock_together
from app.db.tables import BookingRow, ProgrammeRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import Booking
from app.domain.policy_rules import CancelBand, CancelRule, Policy
from app.domain.policy_snapshot import to_snapshot
from app.domain.programme import Preference
from app.domain.refusals import (
    HoldExpired,
    NotTransferable,
    ProgrammeNotKept,
    SlotTaken,
    TooManyHolds,
    VisitsGone,
)
from app.services.booking.bookings import get_booking
from app.services.booking.holds import extend_hold, find_hold, release_expired_holds, release_hold
from app.services.booking.programmes import claim_programme, plan_programme, read_programme
from app.services.manage.changes import cancel_booking, move_booking
from app.services.manage.hand_over import hand_over
from app.services.manage.letters import read_letter_facts
from app.services.manage.link_mails import renew_link, send_links_to
from app.services.money.audit import audit_money
from app.services.money.credit import plan_payment
from app.services.money.deposits import expire_deposit, open_deposit
from app.services.money.refunds import send_refunds
from app.services.money.story import read_story
from app.services.upkeep.retention import forget_unfinished
from dev.stripe_sandbox import disputes
from tests.diary_checks import diary_faults
from tests.factories.booking import CLIENT, make_confirmed, make_detailed_hold, make_hold, make_terms, visitor_digest
from tests.factories.programme import hold_programme, make_chooser, make_programme, make_programme_catalogue
from tests.integration.payments.conftest import BASE, Desk

FIRST = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
STARTS = [FIRST + timedelta(days=7 * number) for number in range(3)]
SHARE = 1080


def hold(desk: Desk, visitor: str = "visitor", starts: list[datetime] | None = None) -> Booking:
    return hold_programme(now=desk.clock.now, starts=starts or STARTS, visitor=visitor)


def visits(lead: Booking) -> tuple[Booking, ...]:
    assert lead.programme is not None
    return read_programme(lead.programme).visits


def states(lead: Booking) -> list[str]:
    return [visit.state for visit in visits(lead)]


def pay(desk: Desk) -> Booking:
    """A programme that is held, paid and confirmed."""
    lead = hold(desk)
    desk.open(lead)
    desk.pay(lead)
    desk.deliver()
    assert states(lead) == ["confirmed"] * 3
    return lead


def test_one_payment_confirms_every_visit_and_sends_one_mail(desk: Desk) -> None:
    lead = pay(desk)
    (deposit,) = desk.deposits(lead)
    assert deposit.amount_minor == 3 * SHARE
    assert [visit.paid_minor for visit in visits(lead)] == [SHARE] * 3
    assert [visit.price_minor for visit in visits(lead)] == [5400] * 3
    assert desk.mails() == [f"mail:confirmed:{lead.id}"]
    assert diary_faults() == []
    assert deposit.session_id is not None
    assert desk.bench.session(deposit.session_id)["amount_total"] == 3 * SHARE


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_one_time_that_is_taken_leaves_none_held(desk: Desk, taken: int) -> None:
    make_confirmed(now=desk.clock.now, starts_at=STARTS[taken], visitor="other")
    with pytest.raises(VisitsGone) as refused:
        hold(desk)
    assert refused.value.starts == (STARTS[taken],)
    assert find_hold(visitor_digest(), now=desk.clock.now) is None
    assert diary_faults() == []


def test_the_lost_date_gets_a_new_proposal_and_the_others_stay(desk: Desk) -> None:
    make_confirmed(now=desk.clock.now, starts_at=STARTS[1], visitor="other")
    catalogue, programme = make_programme_catalogue(), make_programme()
    plan = plan_programme(catalogue, programme, make_chooser(), Preference(), now=desk.clock.now, wanted=STARTS)
    assert plan is not None
    assert plan.lost == (STARTS[1],)
    assert [slot.starts_at for slot in plan.slots][::2] == STARTS[::2]
    starts = [slot.starts_at for slot in plan.slots]
    assert states(hold(desk, starts=starts)) == ["held"] * 3


def test_looking_again_keeps_what_the_visitor_holds(desk: Desk) -> None:
    hold(desk)
    again = plan_programme(
        make_programme_catalogue(), make_programme(), make_chooser(), Preference(), now=desk.clock.now, wanted=STARTS
    )
    assert again is not None
    assert again.lost == ()


@pytest.mark.parametrize(
    ("starts", "why"),
    [
        (STARTS[:2], "count"),
        ([*STARTS, FIRST + timedelta(days=21)], "count"),
        ([STARTS[0], STARTS[0], STARTS[0]], "spacing"),
        (STARTS[::-1], "spacing"),
        ([FIRST, FIRST + timedelta(days=4), FIRST + timedelta(days=11)], "spacing"),
        ([start + timedelta(days=45) for start in STARTS], "expired"),
    ],
    ids=["too few", "too many", "one day", "backwards", "too close", "past the last day"],
)
def test_hand_made_dates_that_break_the_programme_hold_nothing(desk: Desk, starts: list[datetime], why: str) -> None:
    with pytest.raises(ProgrammeNotKept) as refused:
        hold(desk, starts=starts)
    assert refused.value.why == why
    assert find_hold(visitor_digest(), now=desk.clock.now) is None


def test_another_choice_gives_the_old_times_back_and_the_same_one_keeps_them(desk: Desk) -> None:
    lead = hold(desk)
    assert hold(desk).id == lead.id
    later = [start + timedelta(hours=2) for start in STARTS]
    assert hold(desk, starts=later).id != lead.id
    assert states(lead) == ["released"] * 3
    assert make_hold(now=desk.clock.now, starts_at=STARTS[2], visitor="other").state == "held"
    make_hold(now=desk.clock.now, starts_at=later[0] + timedelta(hours=3))
    assert diary_faults() == []


def test_limits_count_every_time_that_is_kept(desk: Desk) -> None:
    lead = hold(desk)
    desk.open(lead)
    with pytest.raises(TooManyHolds):
        make_hold(now=desk.clock.now, starts_at=FIRST + timedelta(hours=4))


def test_an_unpaid_programme_is_given_back_as_a_whole(desk: Desk) -> None:
    lead = hold(desk)
    desk.clock.advance(minutes=30)
    assert release_expired_holds(now=desk.clock.now) == 3
    assert states(lead) == ["released"] * 3
    other = hold(desk, "second")
    assert release_hold(visitor_digest("second"), now=desk.clock.now)
    assert states(other) == ["released"] * 3


def test_while_it_can_be_paid_no_visit_of_it_is_given_away(desk: Desk) -> None:
    lead = hold(desk)
    desk.open(lead)
    desk.clock.advance(hours=3)
    assert release_expired_holds(now=desk.clock.now) == 0
    with pytest.raises(SlotTaken):
        make_hold(now=desk.clock.now, starts_at=STARTS[2], visitor="other")
    assert states(lead) == ["held"] * 3


def test_a_programme_that_lost_one_time_cannot_be_gone_on_with(desk: Desk) -> None:
    lead = hold(desk)
    desk.clock.advance(minutes=11)
    make_hold(now=desk.clock.now, starts_at=STARTS[1], visitor="other")
    with pytest.raises(HoldExpired):
        extend_hold(visitor_digest(), now=desk.clock.now)
    with pytest.raises(HoldExpired):
        desk.open(lead)
    assert desk.deposits(lead) == []


def test_an_expired_payment_page_gives_every_time_back(desk: Desk, after_session: timedelta) -> None:
    lead = hold(desk)
    desk.open(lead)
    desk.clock.now += after_session
    desk.poll()
    assert states(lead) == ["released"] * 3
    assert diary_faults() == []


def test_giving_up_closes_the_page_for_all(desk: Desk) -> None:
    lead = hold(desk)
    desk.open(lead)
    expire_deposit(lead.id, desk.checkout, base_url=BASE, now=desk.clock.now)
    assert states(lead) == ["released"] * 3


@pytest.mark.parametrize("someone", [False, True], ids=["still free", "one taken"])
def test_paid_after_it_was_given_back_means_all_times_or_all_money(desk: Desk, someone: bool) -> None:
    lead = hold(desk)
    desk.open(lead)
    desk.pay(lead)
    _give_times_away(desk, lead)
    if someone:
        make_confirmed(now=desk.clock.now, starts_at=STARTS[2], visitor="other")
    desk.apply(lead)
    assert states(lead) == (["released"] * 3 if someone else ["confirmed"] * 3)
    assert diary_faults() == []
    if someone:
        send_refunds(desk.checkout, now=desk.clock.now)
        assert desk.refunds() == [(3 * SHARE, "succeeded")]
        assert read_letter_facts(lead.id).returning_minor == 3 * SHARE
    balances = [read_story(visit.reference).balance_minor for visit in visits(lead)]
    assert balances == ([0] * 3 if someone else [SHARE] * 3)


def test_two_visits_are_given_back_each_by_its_part_and_the_books_agree(desk: Desk) -> None:
    lead = pay(desk)
    second, third = visits(lead)[1:]
    for visit in (third, second):
        _, outcome = cancel_booking(visit.id, visit.link_version, now=desk.clock.now)
        assert outcome.refund_minor == SHARE
    send_refunds(desk.checkout, now=desk.clock.now)
    assert desk.refunds() == [(SHARE, "succeeded")] * 2
    assert states(lead) == ["confirmed", "cancelled", "cancelled"]
    assert [visit.paid_minor for visit in visits(lead)] == [SHARE, 0, 0]
    assert [read_letter_facts(visit.id).returning_minor for visit in visits(lead)] == [0, SHARE, SHARE]
    assert [read_story(visit.reference).balance_minor for visit in visits(lead)] == [SHARE, 0, 0]
    desk.clock.advance(minutes=10)
    assert audit_money(desk.checkout, now=desk.clock.now).differences == ()


def test_each_visit_has_its_own_notice(desk: Desk) -> None:
    lead = pay(desk)
    desk.clock.now = STARTS[1] - timedelta(hours=23)
    first, second, third = visits(lead)
    _, late = cancel_booking(second.id, 1, now=desk.clock.now)
    assert (late.refund_minor, late.kept_minor) == (0, SHARE)
    _, early = cancel_booking(third.id, 1, now=desk.clock.now)
    assert early.refund_minor == SHARE
    assert get_booking(first.id).state == "confirmed"


def test_a_visit_moves_alone_and_keeps_rest_and_the_last_day(desk: Desk) -> None:
    lead, catalogue = pay(desk), make_programme_catalogue()
    second = visits(lead)[1]

    def move(days: int) -> Booking:
        start = STARTS[1] + timedelta(days=days)
        return move_booking(catalogue, second.id, 1, starts_at=start, now=desk.clock.now)

    with pytest.raises(ProgrammeNotKept) as refused:
        move(3)
    assert refused.value.why == "too_close"
    far = [day for day in (56, 57, 58) if (STARTS[1] + timedelta(days=day)).weekday() < 6]
    with pytest.raises(ProgrammeNotKept) as refused:
        move(far[0])
    assert refused.value.why == "expired"
    moved = move(2)
    assert (moved.starts_at, moved.paid_minor, moved.calendar_sequence) == (STARTS[1] + timedelta(days=2), SHARE, 1)
    third = visits(lead)[2]
    cancel_booking(third.id, 1, now=desk.clock.now)
    assert move(6).starts_at == STARTS[1] + timedelta(days=6), "a cancelled visit is in nobody's way"
    assert diary_faults() == []


def test_a_programme_is_not_given_away_in_parts_and_its_links_end_together(desk: Desk) -> None:
    lead = pay(desk)
    second = visits(lead)[1]
    with pytest.raises(NotTransferable):
        hand_over(second.id, 1, CLIENT, now=desk.clock.now)
    renew_link(second.id, 1, now=desk.clock.now)
    assert {visit.link_version for visit in visits(lead)} == {2}
    assert send_links_to(CLIENT.email, now=desk.clock.now) == 1


def test_a_refund_made_at_stripe_leaves_no_more_to_promise_than_there_is(desk: Desk) -> None:
    lead = pay(desk)
    payment = desk.deposits(lead)[0].pi_id
    assert payment is not None
    desk.checkout.create_refund(
        payment_intent_id=payment, amount_minor=2 * SHARE + 80, reference="by-hand", idempotency_key="by-hand"
    )
    desk.clock.advance(minutes=1)
    desk.deliver()
    assert [visit.paid_minor for visit in visits(lead)] == [1000] * 3
    cancel_booking(visits(lead)[2].id, 1, now=desk.clock.now)
    assert [visit.paid_minor for visit in visits(lead)] == [0] * 3


def test_many_want_the_same_programme_and_one_gets_it(app: Flask, desk: Desk) -> None:
    catalogue, programme, now = make_programme_catalogue(), make_programme(), desk.clock.now
    won: list[int] = []
    faults: list[BaseException] = []
    gate = threading.Barrier(8)

    def want(number: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                starts = STARTS if number % 2 else [start + timedelta(minutes=30) for start in STARTS]
                claim_programme(catalogue, programme, make_chooser(f"v{number}"), starts, now=now, hold_minutes=10)
                won.append(number)
            except (SlotTaken, VisitsGone):
                pass
            except BaseException as error:
                faults.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=want, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(won) == 1
    assert diary_faults() == []


def _give_times_away(desk: Desk, lead: Booking) -> None:
    """What must not happen while a page can be paid, done by hand: the times are given back all the same."""
    with unit_of_work() as session:
        for row in lock_together(session, lead.id):
            set_state(row, "released", now=desk.clock.now)
            drop_cells(session, [row.id])


def test_credit_pays_for_the_first_visits_and_the_card_for_the_rest(desk: Desk) -> None:
    rule = replace(Policy(), cancel=CancelRule(bands=(CancelBand(0, "credit"),)))
    terms = make_terms(policy=to_snapshot(rule), deposit_minor=1500)
    source = make_detailed_hold(now=desk.clock.now, starts_at=FIRST + timedelta(hours=5), visitor="first", terms=terms)
    desk.open(source)
    desk.pay(source)
    desk.deliver()
    given = get_booking(source.id).paid_minor
    cancel_booking(source.id, 1, now=desk.clock.now)
    lead, proof = hold(desk), (source.id, 1)
    plan = plan_payment(lead.id, proof).collected
    assert (plan.credit_minor, plan.card_minor) == (given, 3 * SHARE - given)
    open_deposit(lead.id, desk.checkout, base_url=BASE, now=desk.clock.now, proof=proof)
    desk.pay(lead)
    desk.deliver()
    assert [visit.paid_minor for visit in visits(lead)] == [SHARE] * 3
    first, second, third = visits(lead)
    for visit in (third, first):
        cancel_booking(visit.id, 1, now=desk.clock.now)
    send_refunds(desk.checkout, now=desk.clock.now)
    assert desk.refunds() == [(SHARE, "succeeded")], "what credit paid is credit again"
    assert read_letter_facts(first.id).credit_minor == SHARE
    assert get_booking(second.id).paid_minor == SHARE
    assert sum(read_story(visit.reference).balance_minor for visit in visits(lead)) == 3 * SHARE - given - SHARE


def test_what_the_bank_gave_back_is_promised_to_nobody(desk: Desk) -> None:
    lead = pay(desk)
    (deposit,) = desk.deposits(lead)
    dispute = desk.bench.act(disputes.open_dispute, deposit.charge_id)
    desk.deliver()
    for visit in visits(lead):
        story = read_story(visit.reference)
        assert story.balance_minor == 0, "each visit has lost its part, and no more"
        told = [entry.what for entry in story.entries]
        assert "the client's bank took £32.40 back for now, for the whole programme" in told
    desk.bench.act(disputes.settle, dispute["id"], "lost")
    desk.deliver()
    assert [visit.paid_minor for visit in visits(lead)] == [0] * 3
    assert [read_story(visit.reference).balance_minor for visit in visits(lead)] == [0] * 3
    cancel_booking(visits(lead)[2].id, 1, now=desk.clock.now)
    assert desk.refunds() == []


@pytest.mark.parametrize("asked_to_pay", [False, True], ids=["never paid for", "a page was opened"])
def test_a_programme_that_came_to_nothing_is_forgotten(desk: Desk, asked_to_pay: bool) -> None:
    lead = hold(desk)
    if asked_to_pay:
        desk.open(lead)
        expire_deposit(lead.id, desk.checkout, base_url=BASE, now=desk.clock.now)
    else:
        release_hold(visitor_digest(), now=desk.clock.now)
    assert forget_unfinished(now=desk.clock.advance(days=31)) == 3
    with reading() as session:
        rows = list(session.scalars(select(BookingRow)))
        assert len(rows) == (3 if asked_to_pay else 0)
        assert all(row.client_name is None and row.visitor is None for row in rows)
        assert (session.scalars(select(ProgrammeRow.id)).all() == []) is not asked_to_pay


def test_two_visits_cannot_move_towards_each_other_at_once(app: Flask, desk: Desk) -> None:
    lead, catalogue, now = pay(desk), make_programme_catalogue(), desk.clock.now
    first, second = visits(lead)[:2]
    gate, came = threading.Barrier(2), []

    def move(visit: Booking, days: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                move_booking(catalogue, visit.id, 1, starts_at=visit.starts_at + timedelta(days=days), now=now)
                came.append("moved")
            except ProgrammeNotKept as refusal:
                came.append(refusal.why)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=move, args=each) for each in ((first, 2), (second, -2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["moved", "too_close"]
    assert diary_faults() == []
