"""Finding: the best first, whatever the accents, endings, capitals and slips of whoever types."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.publishing.holder import LibraryHolder
from app.publishing.search import LatestSearch, Results, SearchIndex

CONTENT = Path(__file__).resolve().parents[3] / "content"
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
ENDING = "\n\nA short last line.\n"


class Texts:
    """Content with texts of a test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, slug: str, title: str, last: str = ENDING) -> None:
        """A guide with this title, and `last` as its last words."""
        model = (self.folder / "articles/does-sports-massage-help.md").read_text()
        lines = [f'title: "{title}"' if line.startswith("title:") else line for line in model.splitlines()]
        (self.folder / "articles" / f"{slug}.md").write_text("\n".join(lines) + f"\n\n{last}\n")

    def search(self) -> SearchIndex:
        holder = LibraryHolder(self.folder, lambda: NOW)
        library = holder.current()
        assert not [problem for problem in library.problems if problem.severity == "error"]
        return LatestSearch().of(library)


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    shutil.copytree(CONTENT, tmp_path / "content")
    return Texts(tmp_path / "content")


@pytest.fixture
def find(texts: Texts) -> Callable[[str], Results]:
    texts.add("ankles", "Ankles after a long run")
    texts.add("mentions", "Another text", "Some people ask about ankles too.")
    texts.add("accents", "Café, piñata and Zürich", "Where naïve façades stand.")
    return texts.search().find


def urls(results: Results) -> list[str]:
    return [hit.url for hit in results.hits]


def test_a_title_counts_for_more_than_a_mention(find: Callable[[str], Results]) -> None:
    assert urls(find("ankles")) == ["/articles/ankles", "/articles/mentions"]


def test_every_word_must_be_there(find: Callable[[str], Results]) -> None:
    assert urls(find("ankles run"))[0] == "/articles/ankles"
    assert urls(find("ankles zurich")) == []


@pytest.mark.parametrize("typed", ["ankl", "ANKLES", " ankles ", "Ankles!", "“ankles”", "ankles*", 'ankles" OR "x'])
def test_beginnings_capitals_and_marks_do_not_matter(find: Callable[[str], Results], typed: str) -> None:
    found = urls(find(typed))
    assert found == ([] if "OR" in typed else ["/articles/ankles", "/articles/mentions"])


@pytest.mark.parametrize("typed", ["cafe", "café", "CAFÉ", "cafe\u0301", "pinata", "zürich", "Zurich", "naive facade"])
def test_accents_do_not_matter(find: Callable[[str], Results], typed: str) -> None:
    assert urls(find(typed)) == ["/articles/accents"]


@pytest.mark.parametrize(("typed", "meant"), [("ankels", "ankles"), ("anklees", "ankles"), ("pinatta", "pinata")])
def test_a_slip_is_mended_and_said(find: Callable[[str], Results], typed: str, meant: str) -> None:
    found = find(typed)
    assert found.hits
    assert found.meant == meant


@pytest.mark.parametrize(
    ("typed", "meant"), [("back pian", "back pain"), ("sore bak", "sore back"), ("runer bak pian", "runner back pain")]
)
def test_of_words_as_near_the_likeliest_is_meant(find: Callable[[str], Results], typed: str, meant: str) -> None:
    assert find(typed).meant == meant


def test_what_nobody_wrote_finds_nothing(find: Callable[[str], Results]) -> None:
    for typed in ("xylophone", "", "   ", "?!", "\x00", "💆", "NEAR(a b)", "x" * 10_000, "' OR zzz=zzz --"):
        assert find(typed).hits == (), typed


def test_the_snippet_marks_what_was_found_and_is_escaped(texts: Texts) -> None:
    texts.add("signs", "Less and more", "Write 1 < 2 & 3 > 2 when you mean metatarsals.")
    (hit,) = texts.search().find("metatarsals").hits
    assert "<mark>metatarsals</mark>" in hit.snippet
    assert "1 &lt; 2 &amp; 3" in hit.snippet


def test_pages_of_every_kind_are_found(find: Callable[[str], Results]) -> None:
    kinds = {
        hit.kind for query in ("neck", "first visit", "trigger point", "does", "cancel") for hit in find(query).hits
    }
    assert kinds == {"Condition", "Treatment", "Technique", "Article", "Good to know", "Who works here"}


def test_questions_and_their_answers_are_found(texts: Texts) -> None:
    text = (texts.folder / "conditions/neck.md").read_text()
    question = "questions:\n  - {question: Does it help with trombones?, answer: We cannot say.}"
    (texts.folder / "conditions/neck.md").write_text(text.replace("questions:", question, 1))
    assert urls(texts.search().find("trombones")) == ["/conditions/neck"]


def test_a_word_that_came_later_is_known_to_mending(texts: Texts) -> None:
    holder = LibraryHolder(texts.folder, lambda: NOW)
    search = SearchIndex(holder.current())
    assert search.find("glockenspeil").meant is None
    texts.add("music", "Glockenspiel")
    again = SearchIndex(LibraryHolder(texts.folder, lambda: NOW).current())
    assert again.find("glockenspeil").meant == "glockenspiel"


@pytest.mark.parametrize(("typed", "url"), [("cancel", "/policies/booking"), ("cookies", "/policies/privacy")])
def test_what_is_good_to_know_is_found(find: Callable[[str], Results], typed: str, url: str) -> None:
    assert url in urls(find(typed))


def test_a_heading_does_not_run_into_the_words_below_it(texts: Texts) -> None:
    texts.add("hills", "A title", "## Uphill and down {#hills}\n\nHilltops are fine.\n\n## Is it steep?\n\nYes.")
    (hit,) = texts.search().find("hilltops").hits
    assert "<mark>Hilltops</mark> are fine. Is it steep? Yes." in hit.snippet
    (hit,) = texts.search().find("uphill").hits
    assert "<mark>Uphill</mark> and down. Hilltops are fine." in hit.snippet


def test_people_are_found_by_their_names(find: Callable[[str], Results]) -> None:
    assert find("example therapist b").hits[0].url == "/team/example-therapist-b"
