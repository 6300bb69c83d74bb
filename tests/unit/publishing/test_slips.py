"""What a person slips on who writes front matter by hand: each is told in plain words, with its line and a mend."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from app.publishing.beginnings import write_template
from app.publishing.reading.loading import load_shelf
from app.publishing.schema.problems import Problem

CONTENT = Path(__file__).resolve().parents[3] / "content"


class Draft:
    """A case study that somebody has begun."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(CONTENT, folder)
        self.folder = folder
        self.file = write_template(folder, "case-study", "my-story", today=date(2026, 11, 21))
        self.text = self.file.read_text().replace("FILL IN", "")

    def told(self, start: str, new: str) -> tuple[int, list[Problem]]:
        """The line that begins with `start`, and the errors once it is `new`."""
        lines = self.text.split("\n")
        number = next(number for number, line in enumerate(lines, 1) if line.startswith(start))
        lines[number - 1] = new
        self.file.write_text("\n".join(lines))
        problems = load_shelf(self.folder).problems
        return number, [p for p in problems if p.path.endswith("my-story.md") and p.severity == "error"]


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return Draft(tmp_path_factory.mktemp("slips") / "content")


@pytest.mark.parametrize(
    ("start", "new", "words"),
    [
        ("title:", "title: A story: of a back", "second colon"),
        ("title:", "title:A story of a back", "no space behind the colon"),
        ("title:", "title: “A story: of a back”", "curly quote"),
        ("title:", 'title: "A "sore" back"', "quote marks inside"),
        ("title:", "title: #1 story", "is empty"),
        ("title:", "title: A", "too short"),
        ("title:", "just words", "no line of 'key: value'"),
        ("author:", "author: @jane", "means something else"),
        ("author:", "author: [a]", "plain words"),
        ("status:", "status:\u00a0draft", "only looks like one"),
        ("status:", "status: Ready", "'Ready' is not a choice"),
        ("  - That", "\t- That massage did this.", "begins with a tab"),
        ("  - That", "  - 'That's what it is'", "apostrophe"),
        ("cta:", "cta: {label: See", "not closed"),
        ("cta:", "cta:", "is empty"),
        ("reviewed_at:", "reviewed_at: 21/11/2026", "is not a date"),
        ("review_due:", "review_due: 2026-01-01", "must be later than reviewed_at"),
        ("regions:", "regions: lower", "must be a list"),
        ("regions:", "regions: [Lower back]", "'Lower back' is not a choice"),
        ("techniques:", "techniques: [deep tissue]", "no name of a file"),
        ("  - {claim", "  - {claim: 20, says: It may ease.}", "is not the id of a claim"),
        ("consent:", "scores: [{label: A, value: 11}, {label: B, value: 2}]", "11 is too large"),
    ],
)
def test_a_slip_is_told_where_it_stands(draft: Draft, start: str, new: str, words: str) -> None:
    line, told = draft.told(start, new)
    assert [(p.line, words in p.message) for p in told] == [(line, True)], told
    assert all(p.mend for p in told)


def test_the_two_keys_that_contradict_each_other_are_found(draft: Draft) -> None:
    both = "publish_at: 2026-12-01T09:00Z\nexpires_at: 2026-11-01T09:00Z\nstatus: draft"
    line, (problem,) = draft.told("status:", both)
    assert (problem.line, problem.field) == (line + 1, "expires_at")
    assert problem.message == "must be later than publish_at"
