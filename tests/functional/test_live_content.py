"""A `git pull` under a running site: seen by every worker process within five seconds, and never by halves."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.functional.running import free_ports

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 3
SEEN_WITHIN_S = 5.0
PAIR = ("does-sports-massage-help", "sports-massage-for-back-pain")
CASE = "runner-back-pain-five-visits"


class Repository:
    """Where staff commit, and the clone that the server shows."""

    def __init__(self, place: Path) -> None:
        self.desk, self.server = place / "desk", place / "server"
        shutil.copytree(ROOT / "content", self.desk / "content")
        self._git(self.desk, "init", "-q", "-b", "main")
        for number in range(150):  # so that a pull takes its time
            self.write(f"draft-{number}", self.read(PAIR[0]).replace("status: ready", "status: draft", 1))
        self.commit()
        self._git(place, "clone", "-q", str(self.desk), str(self.server))

    def read(self, name: str) -> str:
        return (self.desk / "content/articles" / f"{name}.md").read_text()

    def write(self, name: str, text: str) -> None:
        (self.desk / "content/articles" / f"{name}.md").write_text(text)

    def change(self, name: str, pattern: str, new: str) -> None:
        text, changes = re.subn(pattern, new, self.read(name), count=1, flags=re.MULTILINE)
        assert changes
        self.write(name, text)

    def remove(self, name: str) -> None:
        (self.desk / "content/articles" / f"{name}.md").unlink()

    def commit(self) -> None:
        self._git(self.desk, "add", "-A")
        self._git(self.desk, "commit", "-q", "-m", "Change some texts")

    def publish(self) -> None:
        """Commit, and pull on the server."""
        self.commit()
        self._git(self.server, "pull", "-q")

    def _git(self, where: Path, *words: str) -> None:
        who = ["-c", "user.name=Example", "-c", "user.email=editor@practice.example"]
        around = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        subprocess.run(["git", *who, *words], cwd=where, check=True, timeout=60, env=around)


class Site:
    """The served site. Its workers can be asked one by one, while the others stand still."""

    def __init__(self, process: subprocess.Popen[bytes], base: str) -> None:
        self.process, self.base = process, base

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(number) for number in children.split()]

    def get(self, path: str) -> requests.Response:
        return requests.get(self.base + path, headers={"Connection": "close"}, timeout=20)

    def ask_each(self, path: str) -> list[requests.Response]:
        """What each worker answers."""
        workers = self.workers()
        assert len(workers) == WORKERS
        answers = []
        for asked in workers:
            others = [number for number in workers if number != asked]
            for number in others:
                os.kill(number, signal.SIGSTOP)
            try:
                answers.append(self.get(path))
            finally:
                for number in others:
                    os.kill(number, signal.SIGCONT)
        return answers

    def await_all(self, path: str, is_new: Callable[[requests.Response], bool]) -> None:
        """Whoever asks after the promised time is answered anew by every worker, however long the answers take."""
        deadline = time.monotonic() + SEEN_WITHIN_S
        asked = time.monotonic()
        while not all(map(is_new, self.ask_each(path))):
            assert asked < deadline, f"{path} was not seen anew in time"
            time.sleep(0.1)
            asked = time.monotonic()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.fixture
def site(repository: Repository, tmp_path: Path, sqlite_template: Path) -> Iterator[Site]:
    shutil.copy(sqlite_template, tmp_path / "site.db")
    port = free_ports()
    environment = {
        **os.environ,
        "PORT": str(port),
        "WEB_CONCURRENCY": str(WORKERS),
        "CONTENT_DIR": str(repository.server / "content"),
        "CONTENT_INDEX": str(tmp_path / "content.index"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'site.db'}",
        "PICTURES_DIR": str(tmp_path / "pictures"),
    }
    command = [sys.executable, "-m", "gunicorn", "--log-level", "error", "wsgi:app"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    site = Site(process, f"http://127.0.0.1:{port}")
    try:
        _await_start(site)
        yield site
    finally:
        for number in site.workers():
            os.kill(number, signal.SIGCONT)
        process.terminate()
        process.wait(30)


def _await_start(site: Site) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if site.get("/healthz").ok and len(site.workers()) == WORKERS:
                return
        except requests.ConnectionError:
            assert site.process.poll() is None, "the site did not start"
        time.sleep(0.2)
    pytest.fail("the site did not start in time")


@contextmanager
def readers(site: Site, faults: list[str]) -> Iterator[None]:
    """People who go on reading; `faults` gathers what they should not have been shown."""
    stopping = threading.Event()

    def read() -> None:
        while not stopping.is_set():
            answer = site.get("/articles/")
            editions = re.findall(r"Edition (\d+)", answer.text)
            if answer.status_code != 200 or len(editions) != len(PAIR) or len(set(editions)) != 1:
                faults.append(f"{answer.status_code}: editions {editions}")

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join(30)


def set_edition(repository: Repository, number: int) -> None:
    """Two texts and all drafts change together."""
    for name in PAIR:
        repository.change(name, r"^title: .*$", f"title: Edition {number} of {name[:20]}")
    for draft in range(150):
        repository.change(f"draft-{draft}", r"^title: .*$", f"title: Edition {number}. Draft {draft}")


def test_what_is_pulled_is_seen_by_every_worker_in_time(site: Site, repository: Repository) -> None:
    story = re.search(r'<h2 id="began".*?<h2', site.get(f"/articles/{CASE}").text, re.DOTALL)
    assert story
    assert all(CASE not in answer.text for answer in site.ask_each("/readyz"))
    repository.write("a-new-one", repository.read(PAIR[0]).replace("title: ", "title: New. ", 1))
    repository.change(PAIR[0], r"^title: .*$", "title: Changed in the meantime")
    repository.remove(PAIR[1])
    repository.change(CASE, r"^status: ready$", "status: sometimes")
    repository.publish()
    site.await_all("/articles/a-new-one", lambda answer: answer.status_code == 200)
    assert all("Changed in the meantime" in answer.text for answer in site.ask_each(f"/articles/{PAIR[0]}"))
    assert {answer.status_code for answer in site.ask_each(f"/articles/{PAIR[1]}")} == {404}
    assert all(story[0] in answer.text for answer in site.ask_each(f"/articles/{CASE}"))  # the last good version
    assert all(
        f"articles/{CASE}.md" in answer.text and "sometimes" in answer.text for answer in site.ask_each("/readyz")
    )
    repository.change(CASE, r"^status: sometimes$", "status: ready")
    repository.publish()
    site.await_all("/readyz", lambda answer: "sometimes" not in answer.text)


def test_no_request_sees_half_of_a_pull(site: Site, repository: Repository) -> None:
    set_edition(repository, 0)
    repository.publish()
    site.await_all("/articles/", lambda answer: answer.text.count("Edition 0") >= len(PAIR))
    faults: list[str] = []
    with readers(site, faults):
        for number in range(1, 4):
            set_edition(repository, number)
            repository.publish()
            time.sleep(3)
    site.await_all("/articles/", lambda answer: answer.text.count("Edition 3") >= len(PAIR))
    assert faults == []


def test_without_its_practice_the_site_goes_on_and_says_so(site: Site, repository: Repository) -> None:
    (repository.desk / "content/practice.yml").unlink()
    repository.publish()
    site.await_all("/readyz", lambda answer: "practice.yml" in answer.text)
    assert {answer.status_code for answer in site.ask_each("/")} == {200}
    assert {answer.status_code for answer in site.ask_each(f"/articles/{CASE}")} == {200}
