"""Free times are read for everyone who asks: what was drawn for one visitor never shows another a time that is gone."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.db.base import db
from app.publishing import holder
from app.services.diary.hours import add_time_off, remove_change
from config import Settings
from tests.booking_visitor import BookingVisitor
from tests.conftest import MovableClock

PERSON = "example-therapist-a"
Open = Callable[[], BookingVisitor]


@pytest.fixture
def content(base_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The practice's files, looked at by every request."""
    monkeypatch.setattr(holder, "LOOK_EVERY_S", 0.0)
    return Path(shutil.copytree(base_settings.content_dir, tmp_path / "content"))


@pytest.fixture
def processes(settings: Settings, content: Path, clock: MovableClock) -> Iterator[tuple[Flask, Flask]]:
    """The site twice on one database, each with its own connections and its own kept parts."""
    apps = tuple(create_app(replace(settings, content_dir=content), clock=clock) for _ in "12")
    yield apps  # type: ignore[misc]
    for app in apps:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def here(processes: tuple[Flask, Flask]) -> Open:
    return lambda: at_times(processes[0])


@pytest.fixture
def elsewhere(processes: tuple[Flask, Flask]) -> Open:
    return lambda: at_times(processes[1])


def at_times(app: Flask) -> BookingVisitor:
    """A visitor who looks at the times of one person, of whom nobody else can take a visit."""
    visitor = BookingVisitor(app.test_client())
    assert visitor.reach_times(practitioner=PERSON)
    return visitor


def chosen(visitor: BookingVisitor) -> list[str]:
    """The times that are marked on the page."""
    return [e.attributes["value"] for e in visitor.page.all("input", name="time") if "checked" in e.attributes]


def week_of(visitor: BookingVisitor, path: str) -> list[str]:
    """The times that the page of a week offers."""
    visitor.get(path)
    return [e.attributes["value"] for e in visitor.page.all("input", name="time")]


def chosen_in(visitor: BookingVisitor, path: str) -> list[str]:
    visitor.get(path)
    return chosen(visitor)


def counted(visitor: BookingVisitor) -> int:
    """How many times the page says are free on the first day."""
    return int(visitor.page.all("b")[0].text.split()[0])


def test_a_time_taken_in_another_process_is_gone_from_the_next_page(here: Open, elsewhere: Open) -> None:
    looking, other = here(), elsewhere()
    first, *rest = looking.times()
    assert counted(looking) == len(rest) + 1
    other.send("/book/time", time=first)
    assert other.place == "/book/details"
    assert first not in looking.times()
    assert counted(looking) == len(looking.times())
    looking.send("/book/time", time=first)
    assert looking.status == 409
    offered = [e.attributes["value"] for e in looking.page.all("input", name="time")]
    assert offered
    assert first not in offered


def test_a_held_time_is_offered_to_its_visitor_alone_and_comes_back_when_it_runs_out(
    here: Open, clock: MovableClock
) -> None:
    holder_of_it, other = here(), here()
    first = other.times()[0]
    holder_of_it.send("/book/time", time=first)
    for _ in range(2):
        assert first in holder_of_it.times()
        assert chosen(holder_of_it) == [first]
        assert first not in other.times()
        assert chosen(other) == []
    clock.advance(minutes=11)
    assert first in other.times()
    assert first in holder_of_it.times()
    assert chosen(holder_of_it) == chosen(other) == []


def test_the_week_is_read_anew_too(here: Open, elsewhere: Open) -> None:
    looking, other, third = here(), elsewhere(), here()
    first = looking.times()[0]
    week = f"/book/week?day={first[:10]}"
    last = week_of(looking, week)[-1]
    assert first in week_of(looking, week)
    other.send("/book/time", time=first)
    assert first not in week_of(looking, week)
    assert first in week_of(other, week)
    assert chosen(other) == [first]
    looking.send("/book/time", time=last)
    assert chosen_in(looking, week) == [last]
    assert last not in week_of(third, week)
    assert chosen(third) == []


def test_time_off_counts_at_once_and_so_does_taking_it_back(
    here: Open, processes: tuple[Flask, Flask], clock: MovableClock
) -> None:
    looking = here()
    before = looking.times()
    start = datetime.strptime(before[0], "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    with processes[1].app_context():
        off = add_time_off(PERSON, start, start + timedelta(minutes=30), now=clock.now)
    assert before[0] not in looking.times()
    with processes[1].app_context():
        remove_change(off.planned.id, now=clock.now)
    assert looking.times() == before


def test_the_lead_time_passes_without_anybody_writing_anything(here: Open, clock: MovableClock) -> None:
    first, second, *_ = here().times()
    starts_at = datetime.strptime(first, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    clock.now = starts_at - timedelta(hours=12)
    looking = here()
    assert looking.times()[0] == first
    clock.advance(seconds=1)
    assert looking.times()[0] == second


def test_a_change_of_price_name_or_rule_is_on_the_next_page(here: Open, content: Path) -> None:
    looking = here()
    first = looking.times()[0]
    change(content / "treatments/60-minute-visit.md", "price_minor: 6000", "price_minor: 6100")
    change(content / "practice.yml", "lead_hours: 12", "lead_hours: 60")
    assert first not in looking.times()
    assert "£61" in looking.page.all("main")[0].text


def test_whoever_chose_a_visit_that_is_withdrawn_is_told_so(here: Open, content: Path) -> None:
    looking = here()
    looking.get("/book/treatment")
    assert "We no longer offer" not in looking.page.all("main")[0].text
    (content / "treatments/60-minute-visit.md").unlink()
    looking.get("/book/time")
    assert looking.place == "/book/treatment"
    looking.get("/book/treatment")
    assert "We no longer offer the visit you chose" in looking.page.all("main")[0].text


def test_two_threads_never_show_a_time_after_it_was_taken(here: Open, elsewhere: Open) -> None:
    readers, taker = [here(), here()], elsewhere()
    first = taker.times()[0]
    taken = threading.Event()

    def look(reader: BookingVisitor) -> list[bool]:
        shown = []
        for _ in range(12):
            too_late = taken.is_set()
            shown.append(too_late and first in reader.times())
        return shown

    def take() -> list[bool]:
        taker.send("/book/time", time=first)
        assert taker.place == "/book/details"
        taken.set()
        return []

    with ThreadPoolExecutor(3) as threads:
        work = [threads.submit(look, reader) for reader in readers] + [threads.submit(take)]
        assert not any(late for done in work for late in done.result())
    assert all(first not in reader.times() for reader in readers)


@pytest.mark.parametrize("path", ["/book/time", "/book/week"])
def test_a_page_of_one_visitor_says_nothing_of_another(here: Open, processes: tuple[Flask, Flask], path: str) -> None:
    one, other = here(), BookingVisitor(processes[0].test_client())
    other.pass_reason("lower-back", aim="event", for_whom="adult", origin="runner-back-pain-five-visits")
    other.pass_gate()
    other.send("/book/treatment", treatment="60-minute-visit", practitioner=PERSON)
    one.get(path)
    other.get(path)
    tokens = [visitor.page.all("input", name="csrf_token")[0].attributes["value"] for visitor in (one, other)]
    pages = [visitor.answer.text for visitor in (one, other) if visitor.answer is not None]
    assert tokens[0] != tokens[1]
    assert pages[0].replace(tokens[0], "") == pages[1].replace(tokens[1], "")
    assert tokens[0] not in pages[1]
    other.get(path)  # the page that the one's first look may have left, again with the other's own token
    assert other.answer is not None
    assert other.answer.text == pages[1]
    other.send("/book/time", time=other.page.all("input", name="time")[0].attributes["value"])
    assert other.place == "/book/details"


def test_what_someone_answered_on_the_first_step_is_theirs_alone(here: Open, processes: tuple[Flask, Flask]) -> None:
    answered, fresh = here(), BookingVisitor(processes[0].test_client())
    for _ in range(2):
        answered.get("/book")
        marked = {e.attributes["value"] for e in answered.page.all("input") if "checked" in e.attributes}
        assert "neck" in marked
        fresh.get("/book")
        assert {e.attributes["value"] for e in fresh.page.all("input") if "checked" in e.attributes} == {"me"}


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
