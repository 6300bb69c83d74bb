"""Of thousands of new articles only a glimpse is taken at first: no word of them shows before all was checked."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.jobs.steps import read_texts
from app.jobs.tools import Tools
from app.publishing import holder
from app.publishing.holder import LibraryHolder, live_library
from app.publishing.library import Library
from app.publishing.previews import as_if_live
from app.publishing.reading import loading, turns
from app.publishing.reading.glimpse import NotReadYet
from app.publishing.reading.index import ContentIndex
from app.publishing.reading.loading import load_shelf
from app.publishing.search import SearchIndex

CONTENT = Path(__file__).resolve().parents[3] / "content"
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
MODEL = CONTENT / "articles/does-sports-massage-help.md"
BANNED = "This cures back pain.\n"


class Desk:
    """Content with articles of a test's own, and processes that share one index."""

    def __init__(self, place: Path) -> None:
        self.folder, self.file = place / "content", place / "content.index"
        shutil.copytree(CONTENT, self.folder)

    def path(self, slug: str) -> Path:
        return self.folder / "articles" / f"{slug}.md"

    def write(self, slug: str, *changes: tuple[str, str], last: str = "") -> None:
        text = MODEL.read_text().replace("title: ", f"title: {slug.capitalize()}. ", 1)
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        self.path(slug).write_text(f"{text}\n{last}")

    def ban(self, word: str) -> None:
        rules = self.folder / "lint/wording.yml"
        entry = f"  - {{words: [{word}], because: it is, instead: another}}"
        rules.write_text(rules.read_text().replace("banned:\n", f"banned:\n{entry}\n", 1))

    def process(self, now: datetime = NOW) -> LibraryHolder:
        return LibraryHolder(self.folder, lambda: now, ContentIndex(self.file, self.folder, "a key"))

    def whole(self) -> Library:
        """The library as it is when every text was read."""
        return live_library(load_shelf(self.folder), NOW)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(holder, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(holder, "READ_ON_S", -1.0)  # one batch
    monkeypatch.setattr(holder, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(turns, "AT_ONCE", 1)
    desk = Desk(tmp_path)
    for slug in ("elbow", "knee", "wrist"):
        desk.write(slug)
    return desk


def unread(library: Library) -> set[str]:
    return {slug for slug, document in library.articles.listed.items() if document.unread}


def first_look(process: LibraryHolder) -> Library:
    library = process.current()
    assert unread(library) > {"elbow"}
    return library


def read_all(process: LibraryHolder) -> Library:
    while process.read_on(-1.0):
        pass
    return process.current()


def test_a_few_new_articles_are_read_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holder, "MOST_AT_ONCE", 200)
    assert desk.process().current().shelf.unread == 0


def test_a_glimpse_says_no_word(desk: Desk) -> None:
    document = first_look(desk.process()).articles.listed["elbow"]
    for name in ("title", "html", "source", "whole", "front", "toc", "reading_minutes"):
        with pytest.raises((NotReadYet, AttributeError)):
            getattr(document, name)
    for name in ("title", "summary", "questions", "evidence", "hero", "cta"):
        assert not hasattr(document.meta, name)


def test_order_dates_and_words_are_those_of_the_whole_reading(desk: Desk) -> None:
    desk.write("later", ("publish_at: 2026-11-04", "publish_at: 2026-12-04"))
    desk.write("over", ("status: ready", "status: ready\nexpires_at: 2026-11-20T00:00Z"))
    desk.write("renamed", ("status: ready", "status: ready\nslug: another\naliases: [old-name]"))
    library, whole = first_look(desk.process()), desk.whole()
    assert list(library.articles) == list(whole.articles)
    assert holder.next_change(library.shelf, NOW) == holder.next_change(whole.shelf, NOW)
    assert library.shelf.version == whole.shelf.version
    assert library.shelf.documents["articles"]["over"].over_at(NOW)
    assert library.shelf.former["articles", "old-name"].slug == "another"
    assert list(library.articles.values()) == list(whole.articles.values())
    assert [a.html for a in library.articles.values()] == [a.html for a in whole.articles.values()]


def test_the_others_have_their_turn_and_nothing_seems_to_change(desk: Desk) -> None:
    process = desk.process()
    before, looks = first_look(process), 0
    while process.current().shelf.unread:
        looks += 1
        assert looks < 10
    after = process.current()
    assert after.version == before.version
    assert list(after.articles.values()) == list(desk.whole().articles.values())
    assert after.problems == desk.whole().problems


@pytest.mark.parametrize(
    ("changes", "last"),
    [
        ((), BANNED),
        ((("title: Elbow.", "title: Cures it."),), ""),
        ((("claim: C01", "claim: C99"),), ""),
        ((("label: See free times", "labell: See free times"),), ""),
        ((), "<script>alert(1)</script>\n"),
    ],
    ids=["a word in the text", "a word in the title", "a claim", "the schema", "raw HTML"],
)
def test_what_is_refused_is_never_shown_and_leaves_when_its_turn_comes(
    desk: Desk, changes: tuple[tuple[str, str], ...], last: str
) -> None:
    desk.write("elbow", *changes, last=last)
    process = desk.process()
    library = process.current()
    assert "elbow" in library.articles.listed
    assert "elbow" not in library.articles
    assert library.articles.get("elbow") is None
    assert "elbow" not in {document.slug for document in library.articles.values()}
    after = read_all(process)
    assert "elbow" not in after.articles.listed
    assert after.version != library.version
    assert any(p.path == "articles/elbow.md" and p.severity == "error" for p in after.problems)
    assert "elbow" not in read_all(desk.process()).articles


def test_the_worker_reads_on_without_a_pause_until_all_are_read(desk: Desk) -> None:
    process = desk.process()
    first_look(process)
    tools = Tools(**{name: None for name in Tools.__slots__} | {"read_on": process.read_on})  # type: ignore[arg-type]
    handled = 0
    while read_texts(tools, NOW, 1):
        handled += 1
    assert process.current().shelf.unread == 0
    assert handled < 10


def test_many_visitors_may_ask_for_the_same_text(desk: Desk) -> None:
    library = first_look(desk.process())
    with ThreadPoolExecutor(8) as visitors:
        found = list(visitors.map(library.articles.get, ["elbow", "knee", "wrist"] * 8))
    assert {document.slug for document in found if document} == {"elbow", "knee", "wrist"}
    assert None not in found


def test_a_refused_text_is_looked_at_behind_its_link(desk: Desk) -> None:
    desk.write("elbow", last=BANNED)
    shown = as_if_live(first_look(desk.process()), "articles", "elbow")
    assert shown is not None
    assert "cures" in shown.articles["elbow"].html
    assert any("cures" in problem.message for problem in shown.problems)


def test_one_process_reads_for_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = desk.process(), desk.process()
    first_look(other)
    assert first_look(one).articles["knee"].title.startswith("Knee.")
    read_all(one)
    monkeypatch.setattr(turns, "parse_file", None)
    monkeypatch.setattr(loading, "parse_file", None)
    assert other.current().articles["elbow"].title.startswith("Elbow.")
    assert [a.html for a in read_all(other).articles.values()] == [a.html for a in one.current().articles.values()]
    assert desk.process().current().shelf.unread == 0


def test_a_start_in_the_middle_goes_on_where_the_last_one_ended(desk: Desk) -> None:
    process = desk.process()
    waiting = unread(first_look(process))
    process.read_on(-1.0)
    assert set() < unread(desk.process().current()) < waiting


def test_a_file_that_changes_before_its_turn_is_shown_as_it_is_then(desk: Desk) -> None:
    process = desk.process()
    before = first_look(process)
    desk.write("elbow", ("title: Elbow.", "title: Mended elbow."))
    assert "elbow" not in before.articles  # half of a pull, for all anybody knows
    after = process.current()
    assert after.articles["elbow"].title.startswith("Mended elbow.")


def test_a_file_broken_or_removed_before_its_turn_has_no_last_good_version(desk: Desk) -> None:
    process = desk.process()
    before = first_look(process)
    desk.path("elbow").write_text("no front matter")
    desk.path("knee").unlink()
    assert not {"elbow", "knee"} & {document.slug for document in before.articles.values()}
    after = read_all(process)
    assert not {"elbow", "knee"} & set(after.articles.listed)
    assert any(p.path == "articles/elbow.md" for p in after.problems)


def test_a_good_version_stays_when_a_later_one_is_broken(desk: Desk) -> None:
    process = desk.process()
    first_look(process)
    read_all(process)
    desk.path("elbow").write_text("no front matter")
    assert process.current().articles["elbow"].title.startswith("Elbow.")


def test_the_index_may_go_in_the_middle(desk: Desk) -> None:
    process = desk.process()
    first_look(process)
    process.read_on(-1.0)
    for leftover in desk.file.parent.glob(f"{desk.file.name}*"):
        leftover.unlink()
    assert list(read_all(process).articles.values()) == list(desk.whole().articles.values())


def test_a_damaged_index_shows_nothing_unread(desk: Desk) -> None:
    desk.write("elbow", last=BANNED)
    process = desk.process()
    first_look(process)
    process.read_on(-1.0)
    desk.file.write_bytes(os.urandom(50_000))
    assert "elbow" not in process.current().articles
    assert "elbow" not in read_all(process).articles


@pytest.mark.parametrize("most", [1, 200])
def test_new_rules_hold_for_what_was_read_under_the_old_ones(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    desk.write("elbow", last="It is a splendid thing.\n")
    assert "elbow" in read_all(desk.process()).articles
    desk.ban("splendid")
    monkeypatch.setattr(holder, "MOST_AT_ONCE", most)
    process = desk.process()
    assert "elbow" not in process.current().articles
    assert "elbow" not in read_all(process).articles.listed


def test_new_rules_hold_for_a_text_that_waits(desk: Desk) -> None:
    desk.write("elbow", last="It is a splendid thing.\n")
    process = desk.process()
    first_look(process)
    desk.ban("splendid")
    assert "elbow" not in process.current().articles
    assert "elbow" not in read_all(process).articles.listed


def test_the_search_finds_what_may_be_shown(desk: Desk) -> None:
    desk.write("elbow", last="A splendid thing.\n")
    desk.write("knee", last=f"A splendid thing. {BANNED}")
    process = desk.process()
    assert not SearchIndex(first_look(process)).find("splendid").hits
    for library in (read_all(process), desk.process().current()):
        assert [hit.url for hit in SearchIndex(library).find("splendid").hits] == ["/articles/elbow"]


def test_what_the_search_knows_is_found_before_its_turn_and_read_first(desk: Desk) -> None:
    desk.write("elbow", last="A splendid thing.\n")
    assert SearchIndex(read_all(desk.process())).find("splendid").hits
    desk.ban("another word")  # all must be read anew
    library = first_look(desk.process())
    assert [hit.url for hit in SearchIndex(library).find("splendid").hits] == ["/articles/elbow"]


def test_the_search_forgets_what_is_refused_under_new_rules(desk: Desk) -> None:
    desk.write("elbow", last="A splendid thing.\n")
    search = SearchIndex(read_all(desk.process()))
    assert search.find("splendid").hits
    desk.ban("splendid")
    library = desk.process().current()
    assert "elbow" in library.articles.listed
    assert not SearchIndex(library).find("splendid").hits


def test_a_story_whose_consent_ends_and_a_programme_are_read_at_once(desk: Desk) -> None:
    story = (CONTENT / "articles/runner-back-pain-five-visits.md").read_text()
    assert "runner-back-pain-five-visits" not in unread(first_look(desk.process()))
    ending = story[: story.index("# an example")] + story[story.index("---\nThis is") :]
    ending = ending.replace("basis: composite", "basis: real, expires: 2026-11-22")
    desk.path("runner-back-pain-five-visits").write_text(ending)
    library = first_look(desk.process())
    assert "runner-back-pain-five-visits" not in library.articles.listed


def test_days_of_change_stay_with_a_text_that_is_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    process = desk.process()
    monkeypatch.setattr(process._history, "_days", {"articles/elbow.md": (date(2026, 11, 22),)})
    library = first_look(process)
    assert library.articles.listed["elbow"].changes == library.articles["elbow"].changes == (date(2026, 11, 22),)
    assert read_all(process).articles["elbow"].changes == (date(2026, 11, 22),)
