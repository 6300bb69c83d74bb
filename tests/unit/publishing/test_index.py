"""Kept readings save time and never change what is shown: torn, forged and old ones are passed over."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.publishing.library import Shelf
from app.publishing.reading import loading
from app.publishing.reading.index import ContentIndex, SourceLost
from app.publishing.reading.loading import Cache, load_indexed, load_shelf, scan

CONTENT = Path(__file__).resolve().parents[3] / "content"
ARTICLE = "articles/runner-back-pain-five-visits.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONTENT, tmp_path / "content")
    return tmp_path / "content"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "content.index"


def shelf_of(folder: Path, file: Path, key: str = "a key") -> Shelf:
    return load_indexed(folder, {}, ContentIndex(file, folder, key))


def known(folder: Path, file: Path, key: str = "a key") -> set[str]:
    return {kept.path for kept in ContentIndex(file, folder, key).readings()}


def test_the_second_reading_is_the_same_and_reads_no_text(
    folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shelf_of(folder, file)
    assert known(folder, file) == set(scan(folder))
    monkeypatch.setattr(loading, "parse_file", None)
    second = shelf_of(folder, file)
    assert second == first
    for kind, documents in second.documents.items():
        for slug, document in documents.items():
            assert document.front == first.documents[kind][slug].front
            assert document.body == first.documents[kind][slug].body


def spoil(file: Path, damage: Callable[[bytes], bytes]) -> None:
    data = file.read_bytes()
    for leftover in file.parent.glob(f"{file.name}-*"):
        leftover.unlink()
    file.write_bytes(damage(data))


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: b"",
        lambda d: d[: len(d) // 2],
        lambda d: d[:-9],
        lambda d: d[:40] + b"x" + d[41:],
        lambda d: b"no",
        lambda d: d[:4096] + b"\xff" * 4096 + d[8192:],
        lambda d: d.replace(b"title", b"titel"),
        lambda d: bytes(b ^ 0xFF for b in d),
    ],
    ids=range(8),
)
def test_a_damaged_index_is_passed_over_and_made_anew(
    folder: Path, file: Path, damage: Callable[[bytes], bytes]
) -> None:
    whole = shelf_of(folder, file)
    html = {slug: d.html for slug, d in whole.documents["articles"].items()}
    whole.index.close()
    spoil(file, damage)
    again = shelf_of(folder, file)
    assert again == whole
    assert {slug: d.html for slug, d in again.documents["articles"].items()} == html
    again.index.close()
    shelf_of(folder, file)  # what was found damaged only when a page was asked for is kept again from here on
    assert known(folder, file) == set(scan(folder))


def checkpoint(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_a_file_damaged_under_a_running_process_harms_no_page(folder: Path, file: Path) -> None:
    whole = shelf_of(folder, file)
    checkpoint(file)
    file.write_bytes(os.urandom(50_000))
    articles = load_shelf(folder).documents["articles"]
    assert {slug: d.html for slug, d in whole.documents["articles"].items()} == {s: d.html for s, d in articles.items()}


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE reading SET card = (SELECT card FROM reading ORDER BY path LIMIT 1)",
        "UPDATE reading SET digest = 'x'",
        "UPDATE reading SET mark = x'00'",
        "UPDATE made SET data = CAST('<script>alert(1)</script>' AS BLOB)",
        "UPDATE source SET whole = 'No such text'",
        "DELETE FROM source",
    ],
)
def test_what_somebody_else_wrote_into_it_is_not_shown(folder: Path, file: Path, forgery: str) -> None:
    whole = shelf_of(folder, file)
    html = {slug: d.html for slug, d in whole.documents["articles"].items()}
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        assert db.execute(forgery).rowcount > 0
    again = shelf_of(folder, file)
    assert again == whole
    assert {slug: d.html for slug, d in again.documents["articles"].items()} == html


def test_an_index_signed_by_somebody_else_is_not_opened(folder: Path, file: Path) -> None:
    shelf_of(folder, file, "another key")
    assert known(folder, file, "a key") == set()
    assert known(folder, file, "another key") == set(scan(folder))


def test_a_private_index_leaves_nothing_behind(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    index = ContentIndex(None, folder)
    load_indexed(folder, {}, index)
    with index.turn():
        assert list((tmp_path / "temporary").iterdir())
    index.close()
    del index
    assert not list((tmp_path / "temporary").iterdir())


def test_a_text_that_is_neither_kept_nor_there_is_told_to_be_lost(folder: Path, file: Path) -> None:
    article = shelf_of(folder, file).documents["articles"][Path(ARTICLE).stem]
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("DELETE FROM source")
    assert article.source
    (folder / ARTICLE).write_text("something else")
    with pytest.raises(SourceLost):
        _ = article.source


def test_forked_processes_share_it(folder: Path, file: Path) -> None:
    """gunicorn reads the content once and forks; each child must open the file for itself."""
    for shelf in (shelf_of(folder, file), load_shelf(folder)):
        articles = shelf.documents["articles"].values()
        before = "".join(article.html for article in articles)
        said = []
        for _ in range(3):
            reading, writing = os.pipe()
            if os.fork() == 0:
                same = "".join(article.html for article in articles) == before
                os.write(writing, b"same" if same else b"another")
                os._exit(0)
            os.close(writing)
            with os.fdopen(reading) as answer:
                said.append(answer.read())
            os.wait()
        assert said == ["same"] * 3
        assert "".join(article.html for article in articles) == before


def test_changed_and_removed_files_are_noticed(folder: Path, file: Path) -> None:
    shelf_of(folder, file)
    text = (folder / ARTICLE).read_text()
    (folder / ARTICLE).write_text(text.replace("title: ", "title: Changed ", 1))
    assert "Changed" in shelf_of(folder, file).documents["articles"][Path(ARTICLE).stem].title
    (folder / ARTICLE).unlink()
    assert Path(ARTICLE).stem not in shelf_of(folder, file).documents["articles"]


def test_a_broken_file_is_told_each_time(folder: Path, file: Path) -> None:
    (folder / ARTICLE).write_text("no front matter")
    told = [[p for p in shelf_of(folder, file).problems if p.path == ARTICLE] for _ in range(2)]
    assert told[0]
    assert told[0] == told[1]


def test_a_file_broken_between_two_runs_is_not_shown_from_the_index(folder: Path, file: Path) -> None:
    shelf_of(folder, file)
    (folder / ARTICLE).write_text("no front matter")
    assert Path(ARTICLE).stem not in shelf_of(folder, file).documents["articles"]


def test_a_file_that_was_only_touched_keeps_its_reading(folder: Path) -> None:
    cache: Cache = {}
    load_shelf(folder, cache)
    before = cache[ARTICLE].value
    os.utime(folder / ARTICLE, (1, 1))
    load_shelf(folder, cache)
    assert cache[ARTICLE].value is before


def test_a_place_that_cannot_be_written_to_is_fine(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    assert shelf_of(folder, tmp_path / "taken" / "content.index").documents["articles"]
