"""The wording rules over a whole folder: each remark names its file, line and field, and the site stays up."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from app.jobs.content_commands import check_content
from app.publishing.checks.wording import check_wording
from app.publishing.checks.wording_rules import WordingRules
from app.publishing.reading.front_matter import read_yaml
from app.publishing.reading.loading import load_shelf
from app.publishing.schema.problems import Problem

CONTENT = Path(__file__).resolve().parents[3] / "content"
GUIDE = "articles/does-sports-massage-help.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONTENT, tmp_path / "content")
    return tmp_path / "content"


def add_below(folder: Path, file: str, start: str, line: str) -> int:
    """Put `line` under the first line that begins with `start`; its number."""
    path = folder / file
    lines = path.read_text().split("\n")
    place = next(number for number, text in enumerate(lines, 1) if text.startswith(start))
    lines.insert(place, line)
    path.write_text("\n".join(lines))
    return place + 1


def refused(folder: Path) -> list[Problem]:
    return [problem for problem in load_shelf(folder).problems if problem.severity == "error"]


def test_the_shipped_content_says_nothing_it_may_not() -> None:
    assert refused(CONTENT) == []


@pytest.mark.parametrize(
    ("start", "line", "field"),
    [
        ("questions:", "  - {question: Does massage heal a back?, answer: Nobody can promise it.}", "questions"),
        ("questions:", '  - {question: Does it help?, answer: "It flushes out toxins."}', "questions"),
        ("evidence:", "  - {claim: C05, says: It cures stress.}", "evidence"),
        ("## ", "Massage realigns the spine.", "text"),
        ("## ", "![A healed back](back.jpg)", "text"),
    ],
)
def test_a_remark_names_the_line_and_the_field(folder: Path, start: str, line: str, field: str) -> None:
    number = add_below(folder, GUIDE, start, line)
    # other files name the one that is refused: that is told too
    found = [problem for problem in refused(folder) if problem.path == GUIDE]
    assert found
    assert {(p.path, p.line, p.field) for p in found} == {(GUIDE, number, field)}
    assert all(p.message and p.mend for p in found)


@pytest.mark.parametrize(
    ("file", "start", "line"),
    [
        ("team/example-therapist-a.md", "role:", "role: Back specialist"),
        ("team/example-therapist-a.md", '  - "Example: insurer', "  - The best therapist in town"),
        ("treatments/first-visit.md", "for_whom:", "for_whom: Anyone who wants a cure"),
        ("techniques/stretching.md", "short_text:", "short_text: It realigns the spine."),
        ("conditions/neck.md", "lede:", "lede: For people who want a pain-free neck"),
        ("conditions/neck.md", "symptoms_line:", "symptoms_line: Toxins, sleep, sport"),
        ("articles/runner-back-pain-five-visits.md", "  title: Five", "  title: Five visits to a healed back"),
        ("articles/runner-back-pain-five-visits.md", "audiences:", "audiences: [pain-free-runners]"),
        ("articles/runner-back-pain-five-visits.md", "cta:", "cta: {label: Get healed, treatment: first-visit}"),
        ("articles/runner-back-pain-five-visits.md", "  - How long it", "  - That it cured him."),
        ("pages/prices.md", "summary:", "summary: What it costs to have your back fixed. We fix your back for good."),
        ("practice.yml", "description:", "description: We heal backs."),
        ("practice.yml", "what_to_wear:", "what_to_wear: Clothes for a permanent cure."),
        ("safety.yml", "  - {id: T12", '  - {id: T12, outcome: URGENT, words: "You hope for a miracle."}'),
    ],
)
def test_every_field_that_readers_see_is_read(folder: Path, file: str, start: str, line: str) -> None:
    path = folder / file
    lines = path.read_text().split("\n")
    number = next(n for n, text in enumerate(lines, 1) if text.startswith(start))
    lines[number - 1] = line
    path.write_text("\n".join(lines))
    assert {(p.path, p.line) for p in refused(folder)} == {(file, number)}


def test_an_address_that_makes_a_claim_is_remarked_on(folder: Path) -> None:
    text = (folder / GUIDE).read_text()
    (folder / "articles" / "cure-your-back.md").write_text(text)
    (problem,) = [p for p in load_shelf(folder).problems if "address" in p.message]
    assert (problem.path, problem.severity) == ("articles/cure-your-back.md", "warning")
    assert "says 'cure'" in problem.message


def test_a_refused_text_is_not_shown_and_the_others_are(folder: Path) -> None:
    usual = set(load_shelf(folder).documents["articles"])
    add_below(folder, GUIDE, "## ", "Massage heals.")
    assert usual - set(load_shelf(folder).documents["articles"]) == {"does-sports-massage-help"}


def test_the_words_of_the_practice_are_read_and_the_site_stays_up(folder: Path) -> None:
    path = folder / "practice.yml"
    lines = path.read_text().split("\n")
    number = next(n for n, line in enumerate(lines, 1) if line.startswith("tagline:"))
    lines[number - 1] = "tagline: We cure backs"
    path.write_text("\n".join(lines))
    (problem,) = refused(folder)
    assert (problem.path, problem.line, problem.field) == ("practice.yml", number, "tagline")
    lines[number - 1] = "tagline: We cure backs # lint-ok: a quotation"
    path.write_text("\n".join(lines))
    assert refused(folder) == []


def test_a_safety_list_may_name_conditions_without_remark() -> None:
    assert [problem for problem in load_shelf(CONTENT).problems if problem.path == "safety.yml"] == []


def test_one_fault_is_told_once_and_not_of_every_file_that_leads_there(folder: Path) -> None:
    number = add_below(folder, "techniques/stretching.md", "## ", "Stretching cures.")
    (problem,) = [p for p in check_content(folder, date(2026, 12, 1)) if p.severity == "error"]
    assert (problem.path, problem.line) == ("techniques/stretching.md", number)
    (folder / "techniques/stretching.md").unlink()
    told = {p.path for p in check_content(folder, date(2026, 12, 1)) if "stretching" in p.message}
    assert "conditions/lower-back.md" in told


def test_the_sources_that_readers_see_are_read(folder: Path) -> None:
    path = folder / "references.yml"
    path.write_text(path.read_text().replace("massage for low back pain,", "massage cures low back pain,", 1))
    (problem,) = refused(folder)
    assert (problem.path, "says 'cures'" in problem.message) == ("references.yml", True)


def test_what_research_found_is_said_with_its_evidence(folder: Path) -> None:
    file = folder / GUIDE
    file.write_text(re.sub(r"  - \{claim: C06.*\n|  - \{claim: C01.*\n|  - \{claim: C02.*\n", "", file.read_text()))
    number = add_below(folder, GUIDE, "## ", "Massage eases a sore lower back and gives more range of movement.")
    found = [p for p in load_shelf(folder).problems if "without its evidence" in p.message and p.line == number]
    assert [(p.path, p.severity) for p in found] == [(GUIDE, "warning")] * 2
    assert {p.mend.split(" in ")[0] for p in found} == {"name C01 or C02", "name C06"}
    assert not [p for p in load_shelf(CONTENT).problems if "without its evidence" in p.message]


@pytest.mark.parametrize(("refs", "sound"), [("[R99]", False), ("[R27]", False), ("[]", False), ("[R27, R10]", True)])
def test_a_graded_claim_needs_a_source_that_somebody_checked(folder: Path, refs: str, sound: bool) -> None:
    file = folder / "claims.yml"
    file.write_text(file.read_text().replace("refs: [R10, R11]", f"refs: {refs}", 1))
    shelf = load_shelf(folder)
    told = [p for p in shelf.problems if "C05 has no checked reference" in p.message]
    assert bool(told) != sound
    assert "lower-back" in shelf.documents["conditions"]
    assert ("neck" in shelf.documents["conditions"]) == sound


#: What a template computes, and its tags; the words that readers see of a tag stand in these attributes.
COMPUTED = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->", re.DOTALL)
QUOTED = re.compile(r'"([^"]*)"')
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
SHOWN = re.compile(r'(?:title|alt|aria-label|content|placeholder)="([^"]*)"')


def test_what_the_pages_and_mails_say_themselves_keeps_the_rules() -> None:
    rules = WordingRules.model_validate(read_yaml((CONTENT / "lint" / "wording.yml").read_text()).data)
    templates = CONTENT.parent / "app" / "templates"
    found = []
    for path in sorted(path for path in templates.rglob("*") if path.is_file()):
        text = COMPUTED.sub(lambda match: " ¦ ".join(QUOTED.findall(match[0])), path.read_text())
        text = TAG.sub(lambda match: " ¦ ".join(SHOWN.findall(match[0])), text)
        found += [f"{path.name}: {p.message}" for p in check_wording("a.md", text, rules) if p.severity == "error"]
    assert found == []
