"""One transaction, one commit, and constraints that speak the practice's language."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.db.queries.bookings import add_cells
from app.db.tables import BookingCellRow, BookingRow, OutboxRow
from app.db.unit_of_work import read_together, reading, reading_rows, unit_of_work
from app.domain.refusals import SlotTaken
from tests.conftest import MovableClock
from tests.factories.booking import make_hold

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def work(key: str) -> OutboxRow:
    return OutboxRow(key=key, kind="x", payload={}, run_at=NOW, created_at=NOW)


def booking(reference: str, starts_at: datetime, **changes: object) -> BookingRow:
    plain = {
        "reference": reference, "state": "confirmed", "practitioner": "sam", "room": f"room-{reference}",
        "treatment": "t", "treatment_name": "T", "minutes": 60, "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=60), "busy_from": starts_at,
        "busy_until": starts_at + timedelta(minutes=60), "price_minor": 100, "deposit_minor": 10, "currency": "GBP",
        "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return BookingRow(**{**plain, **changes})


def count_work() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(OutboxRow)) or 0


def is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def test_it_commits_at_the_end_and_nothing_before_an_error(app: Flask) -> None:
    with unit_of_work() as session:
        session.add(work("a"))
    with pytest.raises(KeyError), unit_of_work() as session:  # noqa: PT012
        session.add(work("b"))
        session.flush()
        raise KeyError
    assert count_work() == 1


def test_it_cannot_be_nested(app: Flask) -> None:
    with unit_of_work() as session:
        session.add(work("a"))
        with pytest.raises(RuntimeError, match="nested"), unit_of_work():
            pass
        with pytest.raises(RuntimeError, match="already open"), reading():
            pass
    assert count_work() == 1


def test_nothing_is_written_by_who_only_reads(app: Flask) -> None:
    with read_together(), reading_rows() as connection:
        with reading_rows() as same:
            assert same is connection
        with pytest.raises(RuntimeError, match="cannot write"), unit_of_work():
            pass
    with unit_of_work() as session:
        session.add(work("a"))
    assert count_work() == 1


def test_a_read_before_a_write_does_not_hinder_it(app: Flask) -> None:
    with reading() as session:
        session.scalar(select(func.count()).select_from(OutboxRow))
    count_work()
    with unit_of_work() as session:
        session.add(work("a"))
    assert count_work() == 1


def test_reading_changes_nothing(app: Flask) -> None:
    with reading() as session:
        session.add(work("a"))
        session.flush()
    assert count_work() == 0


def test_a_taken_cell_is_a_refusal_that_names_the_time(app: Flask, clock: MovableClock) -> None:
    hold = make_hold(now=clock.now, starts_at=TEN)
    with pytest.raises(SlotTaken) as refused, unit_of_work(wanted=TEN) as session:  # noqa: PT012
        other = booking("B", TEN, practitioner="alex")
        session.add(other)
        session.flush()
        session.add(BookingCellRow(practitioner="sam", starts_at=hold.busy_from, booking_id=other.id))
    assert refused.value.starts_at == TEN
    assert isinstance(refused.value.__cause__, IntegrityError)


def test_a_taken_room_is_the_same_refusal(app: Flask) -> None:
    with unit_of_work() as session:
        first = booking("A", TEN, room="one")
        session.add(first)
        session.flush()
        add_cells(session, first)
    with pytest.raises(SlotTaken), unit_of_work(wanted=TEN) as session:  # noqa: PT012
        second = booking("B", TEN + timedelta(minutes=30), room="one", practitioner="alex")
        session.add(second)
        session.flush()
        add_cells(session, second)


def test_any_other_broken_constraint_is_our_fault(app: Flask) -> None:
    with pytest.raises(IntegrityError), unit_of_work() as session:  # noqa: PT012
        session.add(work("a"))
        session.add(work("a"))
    with pytest.raises(IntegrityError), unit_of_work() as session:
        session.add(booking("A", TEN, deposit_minor=101))
    with pytest.raises(IntegrityError), unit_of_work() as session:
        session.add(booking("A", TEN, state="held"))
    with pytest.raises(IntegrityError), unit_of_work() as session:
        session.add(booking("A", TEN, state="unheard of"))
    with pytest.raises(IntegrityError), unit_of_work() as session:
        session.add(booking("A", TEN, busy_from=TEN + timedelta(minutes=5)))
    with pytest.raises(IntegrityError), unit_of_work() as session:
        session.add(BookingCellRow(practitioner="sam", starts_at=TEN, booking_id=404))


@pytest.mark.parametrize("second", [{"room": "room-A", "practitioner": "alex"}, {"practitioner": "sam"}])
def test_postgresql_refuses_an_overlap_even_without_cells(app: Flask, second: dict[str, object]) -> None:
    with unit_of_work() as session:
        session.add(booking("A", TEN))
        postgresql = is_postgresql(session)
    if not postgresql:
        return  # the second guard is PostgreSQL's; SQLite has the cells
    half_past = TEN + timedelta(minutes=30)
    with pytest.raises(SlotTaken), unit_of_work() as session:
        session.add(booking("B", half_past, **second))
    with unit_of_work() as session:
        session.add(booking("C", half_past, **{**second, "state": "cancelled"}))
        session.add(booking("D", TEN + timedelta(minutes=60), **second))


def test_units_of_work_wait_for_each_other(app: Flask) -> None:
    faults: list[BaseException] = []

    def write(n: int) -> None:
        try:
            with app.app_context():
                for turn in range(10):
                    with reading() as session:
                        session.scalar(select(func.count()).select_from(OutboxRow))
                    with unit_of_work() as session:
                        session.scalar(select(func.count()).select_from(OutboxRow))
                        session.add(work(f"{n}:{turn}"))
        except OperationalError as fault:
            faults.append(fault)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not faults
    assert count_work() == 80
