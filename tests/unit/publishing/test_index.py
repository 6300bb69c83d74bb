"""Kept readings save time and never change what is shown: torn, forged and old ones are passed over."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from app.publishing.index import ContentIndex, load_indexed
from app.publishing.library import Shelf
from app.publishing.loading import Cache, load_shelf

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


def test_the_second_reading_is_the_same_and_reads_no_text(folder: Path, file: Path) -> None:
    first = shelf_of(folder, file)
    kept = ContentIndex(file, folder, "a key").read()
    cache: Cache = dict(kept)
    assert load_shelf(folder, cache) == first
    assert all(cache[path] is kept[path] for path in kept)


@pytest.mark.parametrize("damage", [lambda d: b"", lambda d: d[:-9], lambda d: d[:40] + b"x" + d[41:], lambda d: b"no"])
def test_a_damaged_index_is_passed_over_and_made_anew(folder: Path, file: Path, damage) -> None:
    whole = shelf_of(folder, file)
    file.write_bytes(damage(file.read_bytes()))
    assert ContentIndex(file, folder, "a key").read() == {}
    assert shelf_of(folder, file) == whole
    assert ContentIndex(file, folder, "a key").read()


def test_an_index_signed_by_somebody_else_is_not_opened(folder: Path, file: Path) -> None:
    shelf_of(folder, file, "another key")
    assert ContentIndex(file, folder, "a key").read() == {}


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
