"""Questions put to the driver itself: the same answer as by SQLAlchemy's own way, and the same failure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import bindparam, column, func, select, table

from app.db.base import UTCDateTime
from app.db.queries.prepared import Prepared
from app.db.tables import DraftRow
from app.db.unit_of_work import reading_rows, unit_of_work
from app.domain.draft import Draft
from app.domain.refusals import StoreUnavailable
from app.services.booking.drafts import read_sitting, save_draft

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
VISITOR = "a" * 64
ANSWERS = Draft(condition="neck", gate_passed_at=NOW)


def test_its_answer_is_that_of_the_connection(app: Flask) -> None:
    save_draft(VISITOR, ANSWERS, now=NOW)
    save_draft("b" * 64, ANSWERS, now=NOW + timedelta(days=1))
    asked = select(DraftRow.answers, DraftRow.updated_at, (DraftRow.visitor == bindparam("visitor")).label("own"))
    asked = asked.where(DraftRow.updated_at <= bindparam("until", type_=UTCDateTime()))
    values = {"until": NOW, "visitor": VISITOR}
    with reading_rows() as connection:
        found = Prepared(asked).rows(connection, values)
        assert found == [tuple(row) for row in connection.execute(asked, values)]
    ((answers, updated_at, own),) = found
    assert (answers["condition"], updated_at, own) == ("neck", NOW, True)


def test_it_sees_what_its_own_unit_of_work_wrote(app: Flask) -> None:
    asked = Prepared(select(DraftRow.visitor).where(DraftRow.updated_at == bindparam("at", type_=UTCDateTime())))
    with unit_of_work() as session:
        session.add(DraftRow(visitor=VISITOR, answers={}, updated_at=NOW))
        session.flush()
        assert asked.rows(session.connection(), {"at": NOW}) == [(VISITOR,)]
        session.rollback()
    with reading_rows() as connection:
        assert asked.rows(connection, {"at": NOW}) == []


def test_a_database_that_goes_away_is_told_as_such_and_asked_anew(app: Flask) -> None:
    save_draft(VISITOR, ANSWERS, now=NOW)
    with reading_rows() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
    end = select(func.pg_terminate_backend(func.pg_backend_pid()))
    gone = Prepared(select(column("x")).select_from(table("nowhere")) if on_sqlite else end)
    with pytest.raises(StoreUnavailable), reading_rows() as connection:
        gone.rows(connection, {})
    assert read_sitting(VISITOR).draft == ANSWERS
