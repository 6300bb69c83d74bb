"""Days of change from Git: taken where they can be had, never in the way, and never against what a writer says."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.publishing.holder import LibraryHolder
from app.publishing.library import Document, Shelf
from app.publishing.reading import history
from app.publishing.reading.history import History
from app.publishing.reading.loading import load_shelf

CONTENT = Path(__file__).resolve().parents[3] / "content"
ARTICLE = "articles/does-sports-massage-help.md"
NOW = datetime(2026, 12, 20, tzinfo=UTC)


class Repository:
    """A repository in which the content lies in a folder, as it does here."""

    def __init__(self, root: Path) -> None:
        self.root, self.content = root, root / "content"
        shutil.copytree(CONTENT, self.content)
        self.git("init", "-q")

    def git(self, *words: str, day: str = "2026-11-05") -> str:
        around = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        who = {
            f"GIT_{who}_{what}": "someone@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        when = {f"GIT_{who}_DATE": f"{day}T12:00:00+0000" for who in ("AUTHOR", "COMMITTER")}
        done = subprocess.run(
            ["git", *words], cwd=self.root, env={**around, **who, **when}, capture_output=True, text=True, check=True
        )
        return done.stdout

    def commit(self, day: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "A change\n\nof \x02 some kind", day=day)

    def change(self, old: str, new: str, file: str = ARTICLE) -> None:
        path = self.content / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "site of ours")
    made.change("updated_at: 2026-11-21\n", "")
    made.commit("2026-11-06")
    made.change("## In the long run", "Something new.\n\n## In the long run")
    made.commit("2026-11-30")
    return made


def ask(known: History, content: Path) -> Shelf:
    known.begin()
    return known.dated(load_shelf(content))


def article(shelf: Shelf) -> Document:
    return shelf.documents["articles"][Path(ARTICLE).stem]


def test_a_text_says_when_it_changed(repository: Repository) -> None:
    document = article(ask(History(repository.content), repository.content))
    assert document.changes == (date(2026, 11, 30), date(2026, 11, 6))
    assert document.updated == date(2026, 11, 30)


def test_what_a_writer_says_comes_first(repository: Repository) -> None:
    repository.change("\nstatus:", "\nupdated_at: 2026-11-10\nstatus:")
    document = article(ask(History(repository.content), repository.content))
    assert document.updated == date(2026, 11, 10)


def test_a_change_before_the_text_came_out_is_none_for_readers(repository: Repository) -> None:
    repository.change("publish_at: 2026-11-04T09:00+00:00", "publish_at: 2026-12-10T09:00+00:00")
    assert article(ask(History(repository.content), repository.content)).updated == date(2026, 12, 10)


def test_only_what_is_new_is_asked_for_and_the_rest_stays_as_it_is(repository: Repository) -> None:
    known = History(repository.content)
    shelf = load_shelf(repository.content)
    known.begin()
    first = known.dated(shelf)
    known.begin()
    assert article(known.dated(shelf)) is article(first)
    repository.change("Something new.", "Something newer.")
    repository.commit("2026-12-02")
    again = article(ask(known, repository.content))
    assert again.changes == (date(2026, 12, 2), date(2026, 11, 30), date(2026, 11, 6))


def test_history_that_was_rewritten_is_asked_for_anew(repository: Repository) -> None:
    known = History(repository.content)
    ask(known, repository.content)
    shutil.rmtree(repository.root / ".git")
    repository.git("init", "-q")
    repository.commit("2026-12-15")
    ask(known, repository.content)
    assert article(ask(known, repository.content)).updated == date(2026, 12, 15)


def test_where_a_shallow_copy_begins_nothing_is_learned(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.root}", str(tmp_path / "shallow"))
    document = article(ask(History(tmp_path / "shallow" / "content"), tmp_path / "shallow" / "content"))
    assert document.changes == ()
    assert document.updated == date(2026, 11, 4)


def test_without_a_repository_or_without_git_texts_are_as_before(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = load_shelf(repository.content)
    monkeypatch.setenv("PATH", "/nowhere")
    assert ask(History(repository.content), repository.content) == known
    monkeypatch.undo()
    shutil.rmtree(repository.root / ".git")
    assert ask(History(repository.content), repository.content) == known


def test_a_repository_without_commits_says_nothing(tmp_path: Path) -> None:
    empty = Repository(tmp_path / "new")
    assert article(ask(History(empty.content), empty.content)).changes == ()


def test_git_that_does_not_answer_is_not_waited_for(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 30\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(history, "PATIENCE_S", 0.2)
    start = time.monotonic()
    assert article(ask(History(repository.content), repository.content)).changes == ()
    assert time.monotonic() - start < 10


def test_settings_of_a_hook_around_us_do_not_lead_elsewhere(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere/.git")
    monkeypatch.setenv("GIT_WORK_TREE", "/nowhere")
    assert article(ask(History(repository.content), repository.content)).updated == date(2026, 11, 30)


def test_a_running_site_learns_of_a_new_commit(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.publishing.holder.LOOK_EVERY_S", 0.0)
    holder = LibraryHolder(repository.content, lambda: NOW)
    first = holder.current()
    repository.change("Something new.", "Something newer.")
    repository.commit("2026-12-02")
    second = holder.current()
    slug = Path(ARTICLE).stem
    assert (first.articles[slug].updated, second.articles[slug].updated) == (date(2026, 11, 30), date(2026, 12, 2))
    assert first.version != second.version
