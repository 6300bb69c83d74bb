"""The checks on a commit, tried as the guide says: the hook on a writer's machine, the commands of the CI example."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ARTICLE = "content/articles/does-sports-massage-help.md"


class Desk:
    """A clone of a writer who set up the hook. The code is the real one."""

    def __init__(self, place: Path) -> None:
        self.place = place
        shutil.copytree(ROOT / "content", place / "content")
        for name in ("app", "dev", "wsgi.py", "config.py"):
            (place / name).symlink_to(ROOT / name)
        (place / ".gitignore").write_text("/app\n/dev\n/wsgi.py\n/config.py\n")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "CONTENT_"))}
        self.environ = {**kept, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        self.git("init", "-q")
        self.git("config", "user.name", "Example")
        self.git("config", "user.email", "editor@practice.example")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "Begin")
        self.git("config", "core.hooksPath", "dev/hooks")

    def git(self, *words: str) -> str:
        return self.run("git", *words, check=True).stdout

    def run(self, *words: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.place, env=self.environ, capture_output=True, text=True, timeout=120, check=check
        )

    def write(self, file: str, *changes: tuple[str, str], model: str = ARTICLE) -> None:
        text = (self.place / model).read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (self.place / file).write_text(text)

    def commit(self, *words: str) -> tuple[bool, str]:
        """Whether it was taken, and what was said."""
        before = self.git("rev-parse", "HEAD")
        done = self.run("git", "commit", "-m", "A change", *words)
        taken = self.git("rev-parse", "HEAD") != before
        assert taken == (done.returncode == 0)
        assert not (self.place / ".git/content-check").exists()
        return taken, done.stdout + done.stderr


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_good_text_passes_and_a_bad_one_is_refused_with_its_line(desk: Desk) -> None:
    desk.write("content/articles/a-new-one.md", ("title: ", "title: New. "))
    desk.git("add", "-A")
    taken, said = desk.commit()
    assert taken, said
    desk.write(ARTICLE, ("status: ready", "status: sometimes"), ("## ", "It heals.\n\n## "))
    taken, said = desk.commit("-a")
    assert not taken
    assert re.search(rf"{re.escape(ARTICLE)}:\d+: status: 'sometimes' is not a choice", said)
    assert "Nothing was committed" in said
    desk.git("checkout", "--", ARTICLE)
    desk.write(ARTICLE, ("## ", "It heals.\n\n## "))
    taken, said = desk.commit("-a")
    assert not taken
    assert "says 'heals'" in said


def test_what_will_be_committed_counts_and_not_what_lies_on_the_desk(desk: Desk) -> None:
    desk.write(ARTICLE, ("title: ", "title: Good. "))
    desk.git("add", "-A")
    desk.write(ARTICLE, ("status: ready", "status: sometimes"))
    assert desk.commit()[0]  # the fault is on the desk only
    desk.git("add", "-A")
    desk.write(ARTICLE, ("status: sometimes", "status: ready"))
    assert not desk.commit()[0]  # mended on the desk, and not yet added
    desk.git("add", "-A")
    desk.write("content/articles/another.md", ("title: ", "title: Another. "))
    desk.git("add", "-A")
    assert desk.commit()[0]


def test_the_practice_itself_is_checked_too(desk: Desk) -> None:
    practice = desk.place / "content/practice.yml"
    practice.write_text(practice.read_text().replace("currency: ", "curency: ", 1))
    taken, said = desk.commit("-a")
    assert not taken
    assert re.search(r"content/practice\.yml:\d+: curency: is not a known key; did you mean 'currency'\?", said)
    assert "Traceback" not in said


def test_a_commit_of_other_files_is_left_alone(desk: Desk) -> None:
    desk.write(ARTICLE, ("status: ready", "status: sometimes"))
    desk.git("commit", "-q", "-a", "--no-verify", "-m", "A fault from elsewhere")
    (desk.place / "NOTES").write_text("Other things\n")
    desk.git("add", "NOTES")
    assert desk.commit()[0]


def test_the_example_for_github_names_files_and_lines(desk: Desk) -> None:
    guide = (ROOT / "docs/publishing.md").read_text()
    lines = guide[guide.index("    name: content\n") :].split("\n")
    block = "\n".join(line[4:] for line in lines[: next(n for n, line in enumerate(lines) if line[:4].strip())])
    workflow = yaml.load(block, Loader=yaml.BaseLoader)
    assert workflow["on"]["pull_request"]["paths"] == ["content/**"]
    steps = [step["run"] for step in workflow["jobs"]["check"]["steps"] if "run" in step]
    assert (ROOT / steps[0].rpartition("-r ")[2]).is_file()
    command = steps[-1].split()
    desk.environ["CONTENT_DIR"] = str(desk.place / "content")  # the code is a link, and would find its own words
    assert desk.run(*command).returncode == 0
    desk.write("content/articles/bad,one.md", ("status: ready", "status: sometimes"))
    done = desk.run(*command)
    assert done.returncode == 1
    found = re.search(r"^::error file=content/articles/bad%2Cone\.md,line=(\d+)::status: ", done.stdout, re.MULTILINE)
    assert found
    text = (desk.place / "content/articles/bad,one.md").read_text()
    assert text.split("\n")[int(found[1]) - 1] == "status: sometimes"
