"""When the holder takes over what changed: not before nobody writes any more, and soon after."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest

from app.publishing import holder
from app.publishing.holder import LibraryHolder
from app.publishing.library import Shelf
from app.publishing.reading.history import git_is_writing

CONTENT = Path(__file__).resolve().parents[3] / "content"
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
EVERY_S = 0.4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONTENT, tmp_path / "content")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True, timeout=20)
    return tmp_path / "content"


@pytest.fixture
def titles(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[str]]:
    """The titles of all articles, as the holder has them now."""
    monkeypatch.setattr(holder, "LOOK_EVERY_S", EVERY_S)
    held = LibraryHolder(folder, lambda: NOW)
    return lambda: {article.title for article in held.current().articles.values()}


def write(folder: Path, name: str, number: int) -> None:
    model = (folder / "articles/does-sports-massage-help.md").read_text()
    (folder / "articles" / f"{name}.md").write_text(model.replace("title: ", f"title: Number {number}. ", 1))


def await_title(titles: Callable[[], set[str]], start: str) -> None:
    deadline = time.monotonic() + 10
    while not any(title.startswith(start) for title in titles()):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_files_that_are_still_being_written_are_waited_for(folder: Path, titles: Callable[[], set[str]]) -> None:
    before = titles()
    end = time.monotonic() + 3 * EVERY_S
    number = 0
    while time.monotonic() < end:
        number += 1
        write(folder, "a-new-one", number)
        assert titles() == before
        time.sleep(0.005)
    await_title(titles, f"Number {number}.")


def test_what_changes_while_it_is_read_is_not_shown_by_half(
    folder: Path, titles: Callable[[], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, read = titles(), holder.load_shelf

    def read_while_somebody_pulls(*given: Any, **named: Any) -> Shelf:
        monkeypatch.setattr(holder, "load_shelf", read)
        shelf = read(*given, **named)
        write(folder, "a-second-one", 2)
        return shelf

    monkeypatch.setattr(holder, "load_shelf", read_while_somebody_pulls)
    write(folder, "a-new-one", 1)
    deadline = time.monotonic() + 10
    while (now := titles()) == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert {title.split(".")[0] for title in now - before} == {"Number 1", "Number 2"}


def test_whoever_comes_first_after_a_quiet_time_sees_the_change(folder: Path, titles: Callable[[], set[str]]) -> None:
    titles()
    write(folder, "a-new-one", 1)
    time.sleep(3 * EVERY_S)
    with ThreadPoolExecutor(4) as visitors:
        together = Barrier(4)

        def come(_number: int) -> set[str]:
            together.wait()
            return titles()

        seen = list(visitors.map(come, range(4)))
    assert [any(title.startswith("Number 1.") for title in found) for found in seen] == [True] * 4


def test_nobody_waits_long_for_a_look_that_takes_its_time(
    folder: Path, titles: Callable[[], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, read, begun, go_on = titles(), holder.load_shelf, Event(), Event()

    def read_slowly(*given: Any, **named: Any) -> Shelf:
        begun.set()
        go_on.wait(20)
        return read(*given, **named)

    monkeypatch.setattr(holder, "load_shelf", read_slowly)
    monkeypatch.setattr(holder, "PATIENCE_S", 0.2)
    write(folder, "a-new-one", 1)
    time.sleep(3 * EVERY_S)
    with ThreadPoolExecutor(1) as visitor:
        first = visitor.submit(titles)
        assert begun.wait(20)
        assert titles() == before
        go_on.set()
        assert first.result(20) != before


def test_a_folder_that_is_away_for_a_while_changes_nothing(folder: Path, titles: Callable[[], set[str]]) -> None:
    before = titles()
    folder.rename(folder.parent / "away")
    end = time.monotonic() + 4 * EVERY_S
    while time.monotonic() < end:
        time.sleep(EVERY_S / 4)
        assert titles() == before
    (folder.parent / "away").rename(folder)
    write(folder, "a-new-one", 1)
    await_title(titles, "Number 1.")


def test_git_is_waited_for_as_long_as_it_holds_its_lock(folder: Path, titles: Callable[[], set[str]]) -> None:
    before = titles()
    lock = folder.parent / ".git/index.lock"
    lock.touch()
    write(folder, "a-new-one", 1)
    end = time.monotonic() + 3 * EVERY_S
    while time.monotonic() < end:
        assert titles() == before
        time.sleep(0.01)
    lock.unlink()
    await_title(titles, "Number 1.")


def test_a_lock_that_was_left_behind_stops_nothing(folder: Path, titles: Callable[[], set[str]]) -> None:
    lock = folder.parent / ".git/index.lock"
    lock.touch()
    assert git_is_writing(folder)
    long_ago = time.time() - 3600
    os.utime(lock, (long_ago, long_ago))
    assert not git_is_writing(folder)
    write(folder, "a-new-one", 1)
    await_title(titles, "Number 1.")


def test_the_lock_of_a_work_tree_of_its_own_is_found(folder: Path, tmp_path: Path) -> None:
    repository = tmp_path / "elsewhere"
    (tmp_path / ".git").rename(repository)
    (tmp_path / ".git").write_text(f"gitdir: {repository}\n")
    assert not git_is_writing(folder)
    (repository / "index.lock").touch()
    assert git_is_writing(folder)


def test_without_a_repository_nobody_is_waited_for(tmp_path: Path) -> None:
    assert not git_is_writing(tmp_path)
    (tmp_path / ".git").write_bytes(b"\xff\xfe")
    assert not git_is_writing(tmp_path)
