"""What depends on the day and on other files: reviews, consent, reading level, links, ways on."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.publishing.checks.review import reading_grade, review
from app.publishing.holder import live_library, next_change
from app.publishing.reading.loading import load_shelf

CONTENT = Path(__file__).resolve().parents[3] / "content"
TODAY = date(2026, 11, 21)
CASE = "articles/runner-back-pain-five-visits.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONTENT, tmp_path / "content")
    return tmp_path / "content"


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


def remarks(folder: Path, today: date = TODAY) -> dict[str, list[str]]:
    """Messages by file, without what the untouched content has."""
    usual = set(review(load_shelf(CONTENT), TODAY))
    found: dict[str, list[str]] = {}
    for problem in review(load_shelf(folder), today):
        if problem not in usual:
            found.setdefault(problem.path, []).append(f"{problem.severity}: {problem.message}")
    return found


def test_the_shipped_content_has_no_error() -> None:
    assert [p for p in review(load_shelf(CONTENT), TODAY) if p.severity == "error"] == []


def test_an_overdue_review_is_told(folder: Path) -> None:
    assert remarks(folder, date(2027, 11, 2)) == {}
    assert "the review was due on 2027-11-02" in remarks(folder, date(2027, 11, 3))[CASE][0]


@pytest.mark.parametrize("key", ["expires", "withdrawn"])
def test_when_consent_ends_nobody_sees_the_story(folder: Path, key: str) -> None:
    change(folder, CASE, 'ref: "Example record 1"}', f'ref: "Example record 1", {key}: 2026-12-01}}')
    shelf = load_shelf(folder)
    ends = datetime(2026, 12, 1, tzinfo=UTC)
    before = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    slug = "runner-back-pain-five-visits"
    assert slug in live_library(shelf, before).articles
    assert next_change(shelf, before) == ends
    assert slug not in live_library(shelf, ends).articles
    assert "error: is over" in remarks(folder, ends.date())[CASE][0]


def test_words_about_a_deposit_that_nobody_asks_for_are_told(folder: Path) -> None:
    change(folder, "pages/prices.md", "The price you see", "The deposit is small.\nThe price you see")
    change(folder, "treatments/first-visit.md", "for_whom: ", "for_whom: A small deposit. ")
    assert remarks(folder) == {}
    change(folder, "practice.yml", "kind: lower_of", "kind: none")
    told = ["warning: speaks of a deposit, and the rules ask for none"]
    assert remarks(folder) == {"pages/prices.md": told, "treatments/first-visit.md": told}
    own = "minutes: 75\nrules: {deposit: {kind: fixed, amount_minor: 1000}}"
    change(folder, "treatments/first-visit.md", "minutes: 75", own)
    assert remarks(folder) == {}


def test_hours_that_can_be_booked_while_the_practice_says_closed_are_told(folder: Path) -> None:
    change(folder, "practice.yml", '["15:00", "20:00"]', '["15:00", "18:00"]')
    told = remarks(folder)
    assert sorted(told) == ["team/example-therapist-a.md", "team/example-therapist-b.md"]
    (said,) = told["team/example-therapist-b.md"]
    assert said == "warning: can be booked on Wednesday, Friday from 15:00 to 20:00, when practice.yml says closed"
    over = 'until: "20:00", valid_until: 2026-01-31'
    for person in told:
        change(folder, person, 'until: "20:00"', over)
    assert remarks(folder) == {}, "they are over"


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("[x](/conditions/knee)", "which is no page"),
        ("[x](/conditions/neck#nothing)", "no heading has that name"),
        ("[x](#nothing)", "no heading has that name"),
        ("[x](neck)", "which is no page"),
    ],
)
def test_links_that_lead_nowhere_are_errors_with_their_line(folder: Path, link: str, told: str) -> None:
    change(folder, CASE, "## How it began", f"See {link}.\n\n## How it began")
    (problem,) = [p for p in review(load_shelf(folder), TODAY) if told in p.message]
    assert problem.severity == "error"
    assert (folder / CASE).read_text().split("\n")[problem.line - 1] == f"See {link}."


@pytest.mark.parametrize(
    "link", ["[x](/conditions/neck#feel)", "[x](/prices)", "[x](https://a.example)", "[x](#began)"]
)
def test_links_that_lead_somewhere_are_fine(folder: Path, link: str) -> None:
    change(folder, CASE, "## How it began", f"See {link}.\n\n## How it began")
    assert remarks(folder) == {}


def test_a_refused_text_is_reviewed_too(folder: Path) -> None:
    change(folder, CASE, "## How it began", "It heals. See [x](/conditions/knee).\n\n## How it began")
    shelf = load_shelf(folder)
    assert Path(CASE).stem not in shelf.documents["articles"]
    assert "links to '/conditions/knee', which is no page" in " ".join(remarks(folder)[CASE])
    assert "the review was due on 2027-11-02" in " ".join(remarks(folder, date(2027, 11, 3))[CASE])


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (CASE, "condition: lower-back, treatment: first-visit", "", "leads to no condition, treatment or booking"),
        ("treatments/90-minute-visit.md", "status: ready", "status: draft", None),
        ("treatments/first-visit.md", "status: ready", "status: draft", "leads to 'first-visit', which is not shown"),
        ("team/example-therapist-a.md", "hours:", "breaks:", "nobody can book with this person: there are no hours"),
        ("pages/a-new-page.md", "", "", "is a page that is shown nowhere"),
    ],
)
def test_texts_that_lead_to_no_booking_are_told(folder: Path, file: str, old: str, new: str, told: str | None) -> None:
    if "a-new-page" in file:
        shutil.copy(folder / "pages" / "privacy.md", folder / file)
    change(folder, file, old, new)
    (folder / CASE).write_text((folder / CASE).read_text().replace("](/", "](https://elsewhere.example/"))
    found = {message for messages in remarks(folder).values() for message in messages}
    assert found == set() if told is None else any(told in message for message in found)


def test_a_programme_of_a_visit_that_is_sold_no_more_is_told(folder: Path) -> None:
    change(folder, "treatments/60-minute-visit.md", "status: ready", "status: archived")
    assert remarks(folder)[CASE] == ["warning: leads to '60-minute-visit', which is not shown"]
    assert next(p for p in review(load_shelf(folder), TODAY) if p.path == CASE).field == "programme"


def test_a_visit_that_nobody_gives_is_told_wherever_it_leads(folder: Path) -> None:
    for file in (folder / "team").glob("*.md"):
        file.write_text(file.read_text().replace("status: ready", "status: draft", 1))
    told = remarks(folder)
    for kind in ("articles", "conditions", "treatments"):
        assert any(
            path.startswith(kind) and "nobody on the team gives it" in " ".join(said) for path, said in told.items()
        )


def test_long_sentences_and_hard_texts_are_told(folder: Path) -> None:
    hard = "Notwithstanding the aforementioned considerations regarding musculoskeletal rehabilitation " * 6
    change(folder, CASE, "## How it began", f"{hard.strip()}.\n\n## How it began")
    told = " ".join(remarks(folder)[CASE])
    assert "a sentence of 42 words" in told
    path = folder / CASE
    head = path.read_text().split("---\n", 2)[1]
    path.write_text(
        f"---\n{head}---\n" + "\n\n".join(["Considerable rehabilitation opportunities necessitate evaluation."] * 30)
    )
    assert "reads at grade" in " ".join(remarks(folder)[CASE])


def test_the_grade_is_that_of_the_formula() -> None:
    # ten sentences of six words, one syllable each: 0.39 * 6 + 11.8 * 1 - 15.59
    assert reading_grade("The cat sat on the mat. " * 10) == pytest.approx(-1.45)
    # twelve words with 24 syllables in each sentence: 0.39 * 12 + 11.8 * 2 - 15.59
    sentence = "A therapist may carefully consider a massage of a stiff lower body. "
    assert reading_grade(sentence * 5) == pytest.approx(0.39 * 12 + 11.8 * 21 / 12 - 15.59, abs=1.0)
    assert reading_grade("Too short.") == 0.0
