"""Programmes in front matter: what is sold, and what is said about one that cannot be."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.programme import Spacing
from app.publishing.holder import live_library
from app.publishing.reading.loading import load_shelf

CONTENT = Path(__file__).resolve().parents[3] / "content"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RUNNER = "runner-back-pain-five-visits"
HOUR = "content/treatments/60-minute-visit.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONTENT, tmp_path / "content")
    return tmp_path / "content"


def change(folder: Path, path: str, old: str, new: str) -> None:
    file = folder / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def said(folder: Path, path: str) -> list[str]:
    return [str(p) for p in live_library(load_shelf(folder), NOW).problems if p.path == path and p.severity == "error"]


def test_the_runners_five_visits_are_sold_at_a_tenth_less() -> None:
    sold = live_library(load_shelf(CONTENT), NOW).catalogue.programmes[RUNNER]
    assert (sold.visits, sold.spacing, sold.valid_days) == (5, Spacing(5, 9), 183)
    assert sold.price_minor == 27000
    assert sold.shares == (5400,) * 5


def test_a_treatment_may_have_a_programme_of_its_own(folder: Path) -> None:
    own = "order: 3\nprogramme: {title: Three hours, visits: 3, spacing_days: {min: 7, max: 14}, price_minor: 16000}\n"
    change(folder, "treatments/60-minute-visit.md", "order: 3\n", own)
    sold = live_library(load_shelf(folder), NOW).catalogue.programmes["60-minute-visit"]
    assert (sold.treatment, sold.price_minor, sold.shares) == ("60-minute-visit", 16000, (5334, 5333, 5333))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("visits: 5\n", "visits: 1\n", "1 is too small; write 2 at least"),
        ("  visits: 5\n", "", "programme.visits: is missing"),
        ("{min: 5, max: 9}", "{min: 9, max: 5}", "must not be larger than max; swap the two"),
        ("discount_percent: 10", "discount_percent: 10\n  price_minor: 100", "give one of them"),
        ("valid_days: 183", "valid_days: 30", "make valid_days at least 36"),
        ("valid_days: 183", "valid: 183", "is not a known key"),
    ],
)
def test_a_shape_that_cannot_be_is_told_with_its_line(folder: Path, old: str, new: str, words: str) -> None:
    path = f"articles/{RUNNER}.md"
    change(folder, path, old, new)
    (problem,) = said(folder, path)
    assert words in problem
    line = int(problem.split(":")[1])
    assert "programme:" in "\n".join((folder / path).read_text().splitlines()[line - 8 : line])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "treatment: 60-minute-visit\n",
            "treatment: 61-minute-visit\n",
            "'61-minute-visit' is not in content/treatments/",
        ),
        ("  treatment: 60-minute-visit\n", "", "programme.treatment: is missing; name the treatment"),
        ("treatment: 60-minute-visit\n", "treatment: first-visit\n", "is not for several visits"),
        ("discount_percent: 10", "price_minor: 30001", "is more than 5 visits alone (30000)"),
        ("{min: 5, max: 9}", "{min: 20, max: 21}", "80 days at least, and bookings open 56 days ahead"),
    ],
)
def test_a_programme_that_cannot_be_sold_is_told_and_its_story_stays(
    folder: Path, old: str, new: str, words: str
) -> None:
    path = f"articles/{RUNNER}.md"
    change(folder, path, old, new)
    (problem,) = said(folder, path)
    assert words in problem
    library = live_library(load_shelf(folder), NOW)
    assert RUNNER in library.articles
    assert library.catalogue.programmes == {}


def test_a_story_that_was_taken_down_sells_nothing(folder: Path) -> None:
    change(folder, f"articles/{RUNNER}.md", "status: ready", "status: archived")
    assert live_library(load_shelf(folder), NOW).catalogue.programmes == {}
