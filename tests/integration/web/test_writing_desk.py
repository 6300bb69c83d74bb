"""A writer's tools: begin a text, check it, look at it before anyone else does."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.db.base import db
from app.jobs.content_commands import check_content
from app.publishing import holder
from app.publishing.beginnings import BLANKS
from app.publishing.reading import loading
from app.publishing.reading.index import ContentIndex
from app.publishing.reading.loading import load_shelf
from config import Settings
from tests.conftest import MovableClock
from tests.page_reading import read_page

SLUG = "does-sports-massage-help"


@pytest.fixture
def site(
    base_settings: Settings, sqlite_template: Path, tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    monkeypatch.setattr(holder, "LOOK_EVERY_S", 0.0)
    shutil.copy(sqlite_template, tmp_path / "site.db")
    shutil.copytree(base_settings.content_dir, tmp_path / "content")
    url = f"sqlite:///{tmp_path / 'site.db'}"
    app = create_app(replace(base_settings, database_url=url, content_dir=tmp_path / "content"), clock=clock)
    yield app  # no context around it: what one request was shown must not reach the next
    with app.app_context():
        db.engine.dispose()


def run(site: Flask, *words: str) -> tuple[int, str]:
    result = site.test_cli_runner().invoke(args=["content", *words])
    return result.exit_code, result.output


def preview(site: Flask, name: str) -> str:
    code, said = run(site, "preview-link", name)
    assert code == 0, said
    return said.strip().removeprefix("http://localhost")


class TestPreview:
    def test_a_draft_looks_as_it_will_and_only_behind_its_link(self, site: Flask, tmp_path: Path) -> None:
        file = tmp_path / "content" / "articles" / f"{SLUG}.md"
        live = read_page(site.test_client().get(f"/articles/{SLUG}").text).one("h1").text
        file.write_text(file.read_text().replace("status: ready", "status: draft", 1))
        client = site.test_client()
        assert client.get(f"/articles/{SLUG}").status_code == 404
        answer = client.get(preview(site, SLUG))
        page = read_page(answer.text)
        assert (answer.status_code, page.one("h1").text) == (200, live)
        assert "Readers do not see this page" in page.one("aside").text
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Cache-Control"] == "no-store"
        assert client.get(f"/articles/{SLUG}").status_code == 404
        assert live not in client.get("/articles/").text

    def test_what_may_not_be_said_is_shown_with_the_reason_above_it(self, site: Flask, tmp_path: Path) -> None:
        file = tmp_path / "content" / "articles" / "a-new-one.md"
        old = (tmp_path / "content" / "articles" / f"{SLUG}.md").read_text()
        file.write_text(old.replace("title: ", "title: Heal ", 1))
        client = site.test_client()
        assert client.get("/articles/a-new-one").status_code == 404
        page = read_page(client.get(preview(site, "a-new-one")).text)
        assert "says 'Heal'" in page.one("aside").text

    @pytest.mark.parametrize("name", ["conditions/neck", "treatments/first-visit", "techniques/stretching"])
    def test_every_kind_has_one(self, site: Flask, name: str) -> None:
        assert site.test_client().get(preview(site, name)).status_code == 200

    def test_links_end_and_cannot_be_made_up(self, site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        link, client = preview(site, SLUG), site.test_client()
        assert client.get(link[:-9] + ("A" if link[-9] != "A" else "B") + link[-8:]).status_code == 404
        assert client.get("/preview/x").status_code == 404
        assert client.get(link).status_code == 200
        monkeypatch.setattr("app.publishing.previews.LASTS_S", -1)
        assert client.get(link).status_code == 404, "a page that was shown while the link was good is not kept"

    @pytest.mark.parametrize("name", ["nothing", "articles/neck", ""])
    def test_unknown_names_are_told(self, site: Flask, name: str) -> None:
        code, said = run(site, "preview-link", name)
        assert code == 2
        assert "no text is called" in said

    def test_a_text_that_cannot_be_read_is_told_from_one_that_is_not_there(self, site: Flask, tmp_path: Path) -> None:
        file = tmp_path / "content" / "articles" / "a-new-one.md"
        file.write_text("---\ntitle: A: b\n---\nText")
        code, said = run(site, "preview-link", "a-new-one")
        assert code == 2
        assert "articles/a-new-one.md cannot be shown yet; mend first what the check says" in said

    def test_pages_of_fixed_words_have_none_and_say_so(self, site: Flask) -> None:
        assert "have no preview" in run(site, "preview-link", "booking-policy")[1]


class TestBeginning:
    @pytest.mark.parametrize(
        ("kind", "folder"),
        [("case-study", "articles"), ("guide", "articles"), ("technique", "techniques"), ("page", "pages")],
    )
    def test_what_is_written_passes_the_check(self, site: Flask, tmp_path: Path, kind: str, folder: str) -> None:
        code, said = run(site, "new", kind, "sore-elbow")
        assert code == 0, said
        path = tmp_path / "content" / folder / "sore-elbow.md"
        code, said = run(site, "check", str(path))
        assert (code, [line for line in said.splitlines() if "error" in line and "0 errors" not in line]) == (0, [])
        told = [line for line in said.splitlines() if "is not filled in yet" in line]
        assert len(told) == sum("FILL IN" in line for line in path.read_text().split("\n")) > 2
        assert all("warning" in line for line in told)
        path.write_text(path.read_text().replace("status: draft", "status: ready", 1))
        shelf = load_shelf(tmp_path / "content")
        assert "sore-elbow" not in shelf.documents[folder], "no example passes for the truth"
        assert len([p for p in shelf.problems if p.severity == "error"]) == len(told)
        path.write_text(path.read_text().replace("FILL IN ", "").replace("FILL IN", "So it is"))
        assert "sore-elbow" in load_shelf(tmp_path / "content").documents[folder]

    def test_a_blank_that_is_copied_in_the_browser_asks_for_its_days(self, site: Flask, tmp_path: Path) -> None:
        shutil.copy(BLANKS / "case-study.md", tmp_path / "content" / "articles" / "sore-elbow.md")
        code, said = run(site, "check")
        errors = [line for line in said.splitlines() if "sore-elbow" in line and "warning" not in line]
        assert code == 1
        assert [line.split(": ")[1] for line in errors] == ["reviewed_at", "review_due", "consent.date"]
        assert all("is not a date; write it like" in line for line in errors)

    @pytest.mark.parametrize("slug", ["Sore Elbow", "../x", "a--b", "é", "/tmp/x", "x.md"])
    def test_names_that_make_no_address(self, site: Flask, slug: str) -> None:
        code, said = run(site, "new", "guide", slug)
        assert code == 2
        assert "makes no good address" in said

    def test_nothing_is_overwritten(self, site: Flask, tmp_path: Path) -> None:
        before = (tmp_path / "content" / "articles" / f"{SLUG}.md").read_bytes()
        assert run(site, "new", "guide", SLUG)[0] == 2
        assert (tmp_path / "content" / "articles" / f"{SLUG}.md").read_bytes() == before


class TestCheck:
    def test_exit_status_and_formats(self, site: Flask, tmp_path: Path) -> None:
        assert run(site, "check")[0] == 0
        assert run(site, "check", "--format", "xml")[0] == 2
        file = tmp_path / "content" / "articles" / f"{SLUG}.md"
        file.write_text(file.read_text().replace("status: ready", "status: sometimes\ncolour: red", 1))
        code, said = run(site, "check")
        assert code == 1
        lines = [line for line in said.splitlines() if f"{SLUG}.md" in line and "waived" not in line]
        assert len(lines) == 2
        for line in lines:
            assert re.match(rf"content/articles/{SLUG}\.md:\d+: (status|colour): .+; .+", line)
        told = json.loads(run(site, "check", "--format", "json")[1].splitlines()[0])
        about = [p for p in told["problems"] if p["path"].endswith(f"{SLUG}.md") and p["severity"] == "error"]
        assert {p["field"] for p in about} == {"status", "colour"}
        code, said = run(site, "check", "--format", "github")
        assert re.search(rf"^::error file=content/articles/{SLUG}\.md,line=\d+::", said, re.MULTILINE)

    def test_a_file_elsewhere_is_not_called_good(self, site: Flask, tmp_path: Path) -> None:
        (tmp_path / "my-story.md").write_text("It heals.")
        code, said = run(site, "check", str(tmp_path / "my-story.md"))
        assert (code, "nothing there is checked" in said) == (2, True)
        assert run(site, "check", str(tmp_path / "content" / "articles"))[0] == 0

    def test_the_day_is_that_of_the_sites_clock(self, site: Flask, clock: MovableClock) -> None:
        assert "the review was due" not in run(site, "check")[1]
        clock.now = datetime(2031, 1, 1, tzinfo=UTC)
        code, said = run(site, "check", "--format", "json")
        told = json.loads(said.splitlines()[0])
        assert code == 0
        assert any("the review was due" in problem["message"] for problem in told["problems"])
        assert told["checked_at"].startswith("2031-01-01")

    def test_a_second_check_reads_only_what_changed(
        self, site: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The readings and the remarks of the first check are kept; other rules ask for all of it again."""
        file = tmp_path / "content" / "articles" / f"{SLUG}.md"
        index = ContentIndex(tmp_path / "content.index", tmp_path / "content", "a key")
        today = date(2026, 11, 23)
        first = check_content(tmp_path / "content", today, index)
        read: list[str] = []
        parse = loading.parse_file

        def noted(folder: Path, path: str, *more: Any) -> Any:
            read.append(path)
            return parse(folder, path, *more)

        monkeypatch.setattr(loading, "parse_file", noted)
        assert check_content(tmp_path / "content", today, index) == first
        assert read == []
        file.write_text(file.read_text() + "\n" + "A sentence that goes on and on and on " * 10 + "and ends.\n")
        second = check_content(tmp_path / "content", today, index)
        assert read == [f"articles/{SLUG}.md"]
        assert {p.path for p in set(second) - set(first)} == {f"articles/{SLUG}.md"}
        rules = tmp_path / "content" / "lint" / "wording.yml"
        rules.write_text(rules.read_text().replace("sentence_words: 35", "sentence_words: 12"))
        third = check_content(tmp_path / "content", today, index)
        assert f"articles/{SLUG}.md" in read[1:]
        assert len(third) > len(second)


class TestScores:
    CASE = "runner-back-pain-five-visits"

    def write(self, tmp_path: Path, scores: str) -> None:
        file = tmp_path / "content" / "articles" / f"{self.CASE}.md"
        file.write_text(file.read_text().replace("not_shown:\n", f"scores: {scores}\nnot_shown:\n", 1))

    def test_numbers_become_a_line_and_a_table(self, site: Flask, tmp_path: Path) -> None:
        self.write(tmp_path, "[{label: Before, value: 6}, {label: Visit 3, value: 4}, {label: After, value: 0}]")
        page = read_page(site.test_client().get(f"/articles/{self.CASE}").text)
        (drawing,) = [e for e in page.all("svg") if "out of 10" in e.attributes.get("aria-label", "")]
        assert drawing.attributes["aria-label"].endswith("Before: 6. Visit 3: 4. After: 0. ")
        (line,) = page.all("polyline")
        heights = [float(point.split(",")[1]) for point in line.attributes["points"].split()]
        assert heights == sorted(heights)
        assert len(page.all("circle")) >= 3
        table = next(e for e in page.all("table") if "How much it hurt" in e.text)
        assert "Visit 3" in table.text

    @pytest.mark.parametrize(
        "scores", ["[{label: A, value: 11}, {label: B, value: 1}]", "[{label: A, value: 6}]", "[{value: 6}]", "6"]
    )
    def test_what_cannot_be_drawn_is_told(self, site: Flask, tmp_path: Path, scores: str) -> None:
        self.write(tmp_path, scores)
        code, said = run(site, "check")
        assert code == 1
        assert f"{self.CASE}.md" in said
