"""What staff are told of the content: each file once, in the list it belongs to, with what readers have meanwhile."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.publishing import holder
from app.publishing.holder import LibraryHolder
from app.publishing.standing import FaultyFile, Standing, read_standing

CONTENT = Path(__file__).resolve().parents[3] / "content"
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
GUIDE, STORY = "does-sports-massage-help", "runner-back-pain-five-visits"


class Writer:
    """Someone who writes into a copy of the content while the site runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW
        self.holder = LibraryHolder(folder, lambda: self.now)
        self.holder.current()

    def write(self, name: str, model: str = GUIDE, **front: str) -> None:
        text = (CONTENT / f"articles/{model}.md").read_text()
        for key, value in front.items():
            text = re.sub(rf"(?m)^{key}: .*\n", "", text)
            text = text.replace("---\n", f"---\n{key}: {value}\n", 1)
        (self.folder / f"articles/{name}.md").write_text(text)

    def told(self) -> Standing:
        return read_standing(self.holder.current(), now=self.now)

    def faulty(self) -> dict[str, FaultyFile]:
        return {Path(file.path).stem: file for file in self.told().faulty}


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    monkeypatch.setattr(holder, "LOOK_EVERY_S", 0.0)
    shutil.copytree(CONTENT, tmp_path / "content")
    return Writer(tmp_path / "content")


def test_faults_say_what_readers_have_meanwhile(writer: Writer) -> None:
    assert writer.told().faulty == ()
    writer.write(GUIDE, status="sometimes", colour="red")
    writer.write("new-and-broken", title="A: b")
    writer.write("promises", title="Heal your back")
    writer.write("draft-that-promises", title="Heal your back", status="draft")
    writer.write("names-nothing", related="[no-such-text]")
    found = writer.faulty()
    assert {name: file.shown for name, file in found.items()} == {
        GUIDE: "last good",
        "new-and-broken": "missing",
        "promises": "missing",
        "draft-that-promises": "hidden",
        "names-nothing": "without",
    }
    assert [(one.line, one.field) for one in found[GUIDE].problems] == [(2, "colour"), (3, "status")]
    previewed = {name for name, file in found.items() if file.document}
    assert previewed == {"promises", "draft-that-promises", "names-nothing"}, "what cannot be read cannot be shown"
    writer.write(GUIDE)
    assert GUIDE not in writer.faulty()


def test_a_broken_practice_file_keeps_everything_as_it_was(writer: Writer) -> None:
    before = writer.told()
    (writer.folder / "practice.yml").unlink()
    writer.write(GUIDE, title="A: b")
    writer.write("a-new-one", title="A: b")
    after = writer.told()
    assert {Path(file.path).stem: file.shown for file in after.faulty} == {
        "practice": "last good",
        GUIDE: "last good",
        "a-new-one": "missing",
    }
    assert after.live == before.live


def test_each_text_stands_where_its_status_and_dates_put_it(writer: Writer) -> None:
    writer.write("a-draft", status="draft")
    writer.write("a-review", status="review")
    writer.write("an-old-one", status="archived")
    writer.write("december", publish_at="2026-12-24T09:00+01:00")
    writer.write("over-soon", expires_at="2026-12-24T09:00+00:00")
    writer.write("over-later", expires_at="2027-06-24T09:00+00:00")
    writer.write("over", expires_at="2026-11-22T09:00+00:00")
    writer.write("read-again", reviewed_at="2024-01-01", review_due="2026-11-22")
    told = writer.told()
    assert [document.slug for document in told.drafts] == ["a-draft"]
    assert [document.slug for document in told.in_review] == ["a-review"]
    assert {document.slug for document in told.ended} == {"an-old-one", "over"}
    assert [(one.document.slug, one.on) for one in told.scheduled] == [
        ("december", datetime(2026, 12, 24, 8, tzinfo=UTC))
    ]
    assert [one.document.slug for one in told.ending] == ["over-soon"]
    assert [(one.document.slug, one.on) for one in told.overdue] == [("read-again", date(2026, 11, 22))]


def test_consents_are_told_before_and_after_they_end(writer: Writer) -> None:
    story = (CONTENT / f"articles/{STORY}.md").read_text()
    for name, ends in (("soon", "2027-01-10"), ("late", "2027-09-01"), ("gone", "2026-11-01")):
        text = re.sub(
            r"(?m)^consent: .*$",
            f"consent: {{basis: composite, date: 2026-10-01, ref: Record 1, expires: {ends}}}",
            story,
        )
        assert ends in text
        (writer.folder / f"articles/{name}.md").write_text(text)
    assert [(one.document.slug, one.over) for one in writer.told().consents] == [("gone", True), ("soon", False)]


def test_since_when_is_known_from_the_first_change_on(writer: Writer) -> None:
    assert writer.holder.current().since is None
    writer.now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    writer.write("a-new-one")
    assert writer.holder.current().since == writer.now
    writer.now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    writer.write("a-new-one", title="A: b")
    assert writer.faulty()
    assert writer.holder.current().since == datetime(2026, 11, 23, 9, tzinfo=UTC), "readers see nothing new"
