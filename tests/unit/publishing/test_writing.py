"""What a writer may use: each thing becomes the element that is meant for it, and any reader can follow it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.publishing.checks.crosscheck import CONDITION_SECTIONS
from app.publishing.checks.source_check import OWN_IDS, check_source
from app.publishing.markdown import render
from app.publishing.schema.problems import Unreadable
from tests.page_reading import Page, read_page

TEMPLATES = Path(__file__).resolve().parents[3] / "app" / "templates"
TEXT = """\
An opening with "quotes", a dash -- and a reason[^why].

## How firm it is {#firm}

| Firmness | What it is like |
|---|---|
| 3 | clearly felt |
| 6 | at the limit |

### What the words mean

Trigger point
:   A tender spot.
:   Some people doubt that it exists.

Deposit
:   What you pay when you book.

## Questions

!!! warning "When to stop"
    Say **stop** at any time. See [the list](/safety).

!!! note
    - one
    - two

> Somebody said so.

1. First
2. Second[^why]
    - within

Later: `a | b`, 5 * 3 and *this*.

[^why]: Because *somebody* counted.
"""


@pytest.fixture(scope="module")
def page() -> Page:
    check_source(TEXT)
    return read_page(render(TEXT).html)


def test_nothing_is_left_open_and_no_name_is_given_twice(page: Page) -> None:
    assert page.unclosed == []
    assert len(page.ids) == len(set(page.ids))


def test_a_table_has_heads_for_its_columns_and_may_be_scrolled(page: Page) -> None:
    assert [head.attributes.get("scope") for head in page.all("th")] == ["col", "col"]
    assert page.with_class("scroll")[0].text.split() == page.one("table").text.split()
    assert [cell.text for cell in page.all("td")] == ["3", "clearly felt", "6", "at the limit"]


def test_terms_stand_over_their_words(page: Page) -> None:
    assert [e.tag for e in page.elements if e.tag in ("dt", "dd")] == ["dt", "dd", "dd", "dt", "dd"]
    assert page.all("dt")[0].text == "Trigger point"


def test_a_callout_has_a_title_and_its_words(page: Page) -> None:
    warning, note = page.with_class("admonition")
    assert "warning" in warning.attributes["class"]
    assert [title.text for title in page.with_class("admonition-title")] == ["When to stop", "Note"]
    assert "Say stop at any time" in warning.text
    assert note.text.split() == ["Note", "one", "two"]
    assert "/safety" in page.links


def test_a_note_is_found_from_the_text_and_the_text_from_the_note(page: Page) -> None:
    there = [link for link in page.links if link.startswith("#fn:")]
    back = [link for link in page.links if link.startswith("#fnref")]
    assert len(there) == len(back) == 2
    for link in (*there, *back):
        assert link[1:] in page.ids, link
    assert "Because somebody counted." in page.with_class("footnote")[0].text
    assert page.with_class("footnote-backref")[0].attributes["title"] == "Back to where note 1 is mentioned"


def test_quotes_and_dashes_are_those_of_print_and_code_is_left_alone(page: Page) -> None:
    opening = page.all("p")[0].text
    assert "“quotes”" in opening
    assert " – " in opening or " — " in opening
    assert page.one("code").text == "a | b"
    assert page.one("blockquote").text.strip() == "Somebody said so."


def test_a_heading_never_takes_the_name_of_a_part_of_the_page(page: Page) -> None:
    assert [e.attributes["id"] for e in page.all("h2")] == ["firm", "questions-2"]
    for name in OWN_IDS:
        with pytest.raises(Unreadable) as caught:
            check_source(f"Words.\n\n## Title {{#{name}}}", first_line=10)
        assert (caught.value.line, caught.value.mend) == (12, "choose another name")
    with pytest.raises(Unreadable, match="two headings 'one'"):
        check_source("## A {#one}\n\n### B {: #one }")


def test_a_contents_list_names_the_sections_in_their_order() -> None:
    body = render(TEXT)
    assert [(section.id, section.title) for section in body.sections] == [
        ("firm", "How firm it is"),
        ("questions-2", "Questions"),
    ]
    assert "An opening" in body.intro
    assert "clearly felt" in body.sections[0].html
    assert "clearly felt" in body.text


def test_every_part_of_the_pages_that_show_texts_has_a_name_that_no_text_takes() -> None:
    pages = [f"pages/{name}" for name in ("article", "condition", "treatment", "technique", "practitioner", "policy")]
    parts = [f"parts/{name}" for name in ("preview", "reading", "safety", "evidence")]
    around = [*pages, *parts, "layouts/site"]
    markup = "\n".join((TEMPLATES / f"{name}.html").read_text() for name in around)
    own = set(re.findall(r'(?:\bid="|notice\("[^"]*", ")([a-z][\w-]*)"', markup))
    # these a text may have: the page then puts its part under the text's own heading
    assert own - {"visits", *CONDITION_SECTIONS} == OWN_IDS
