"""A glimpse finds what the whole reading finds, or nothing: however front matter is written."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.publishing.beginnings import write_template
from app.publishing.reading.front_matter import split_document
from app.publishing.reading.glimpse import DECISIVE, TAKEN, FrontTaken, Glimpse, glimpse
from app.publishing.schema.fronts import ArticleFront
from app.publishing.schema.problems import Unreadable

CONTENT = Path(__file__).resolve().parents[3] / "content"
SHIPPED = sorted((CONTENT / "articles").glob("*.md"))
PLAIN = """\
---
title: A sore back: never "one" reason
summary: What we know, what we do not, and what it's worth. Nothing else here.
status: ready   # a note
publish_at: 2026-11-04T09:00+00:00
author: Ann O'Hara
reviewed_by: "Somebody: else"
reviewed_at: 2026-11-02
review_due: 2027-11-02
kind: guide
regions: [lower, upper]
aliases: [an-old-name]
noindex: no
evidence:
  - {claim: C01, says: "One, two: three"}
  - claim: C02
    says: It's so [or not]
# about the picture
hero: {region: neck}
cta: {label: See free times, treatment: first-visit}
---
Words.
"""
#: What YAML gives a meaning to, and some that it does not.
BITS = (
    '"', "'", "[", "]", "{", "}", ":", ": ", " #", "#", ",", "-", "- ", "|", ">", "&a ", "*a", "!", "%", "?", "? ",
    "\\", "\t", " ", "  ", "\n", "\n\n", "\n  ", "\n- ", "---", "\n---\n", "...", "~", "null", "\u0085", "\u2028",
    "\u00a0", "\ufeff", "\x07", "’", "é", "a", "7", "status: draft\n", "\nstatus: draft", '\nnoindex: "yes"',
    "\nexpires_at: 2026-12-01T09:00Z", "\npublish_at:", "\nslug: another", "\n<<: x", '\n"slug": third', "\nslug : x",
    "\nconsent: {basis: real, expires: 2026-12-01}", "\nprogramme: {visits: 3}", "\nupdated_at: 2026-13-01",
)  # fmt: skip


def edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    """`text` with bits put in, each at a place (modulo the front matter) and over some letters."""
    for place, over, bit in edits:
        end = text.rfind("\n---\n") + 5
        at = place % max(1, end)
        text = text[:at] + bit + text[at + over :]
    return text


def agree(text: str) -> Glimpse | None:
    """The glimpse of `text`, after comparing all it says with YAML and schema."""
    seen = glimpse("a-name", text)
    if seen is None:
        return None
    try:
        data: dict[str, Any] = split_document(text).data
    except Unreadable:
        return seen  # refused when its turn comes
    assert not {"programme"} & data.keys()
    consent = data.get("consent")
    assert not isinstance(consent, dict) or not {"expires", "withdrawn"} & consent.keys()
    try:
        meta: Any = ArticleFront.model_validate(data)
    except ValidationError:
        # what else is wrong does not matter, but what was taken must stand there
        meta = FrontTaken.model_validate({name: data[name] for name in TAKEN if name in data})
    assert {name: getattr(seen, name) for name in TAKEN} == {name: getattr(meta, name) for name in TAKEN}
    return seen


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.stem))
def test_shipped_articles_are_seen_as_they_are(path: Path) -> None:
    text = path.read_text()
    seen = agree(text)
    assert (seen is None) == any(key in text for key in DECISIVE)


@pytest.mark.parametrize("kind", ["case-study", "guide"])
def test_our_templates_are_seen(kind: str, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    text = write_template(tmp_path, kind, "a-name", today=date(2026, 11, 21)).read_text()
    assert glimpse("a-name", text) is not None


def test_plain_lines_are_seen() -> None:
    seen = agree(PLAIN.replace("back: never", "back, never"))
    assert seen is not None
    assert (seen.status, seen.author, seen.regions) == ("ready", "Ann O’Hara", ("lower", "upper"))


@settings(max_examples=600, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 3), st.sampled_from(BITS)), max_size=4), st.booleans())
def test_whatever_is_written_into_it(edits: list[tuple[int, int, str]], at_line_ends: bool) -> None:
    base = PLAIN.replace("back: never", "back, never")
    if at_line_ends:
        ends = [n for n, letter in enumerate(base) if letter == "\n"]
        edits = [(ends[place % len(ends)], over % 2, bit) for place, over, bit in edits]
    agree(edited(base, edits))


@pytest.mark.parametrize(
    "front",
    [
        'x: "open\nstatus: draft\ny: closed"',
        "x: 'open\nstatus: draft\ny: closed'",
        "x: [open\nstatus: draft\ny: closed]",
        "x: {a: open\nstatus: draft, y: closed}",
        "x:\n  - 'open\nstatus: draft\n  - closed'",
        "status: draft\n  or not",
        "status: draft\n\n  or not",
        "status:\n  draft",
        "status: |\n  draft",
        "status: !!str draft",
        "status: &a draft",
        "'status': draft",
        "? status\n: draft",
        "status : draft",
        "status: draft\nstatus: ready",
        "status: null",
        "status: draft\u2028kind: guide",
        "\tstatus: draft",
        "status: draft\n...",
        "status: draft\n--- # more",
        "%YAML 1.1",
        "status: draft\nprogramme: {visits: 3}",
        "status: draft\nconsent: {basis: real, withdrawn: 2026-01-01}",
        "status: draft\nconsent:\n  expires: 2026-01-01",
    ],
)
def test_what_could_be_meant_otherwise_is_read_wholly(front: str) -> None:
    rest = "author: A\nreviewed_at: 2026-11-02\nkind: guide\nregions: [lower]"
    assert glimpse("a-name", f"---\n{front}\n{rest}\n---\n") is None
    assert glimpse("a-name", f"---\n{rest}\n{front}\n---\n") is None


def test_a_name_that_makes_no_address_is_read_wholly() -> None:
    text = PLAIN.replace("back: never", "back, never")
    assert glimpse("No Name", text) is None
    assert glimpse("No Name", text.replace("status:", "slug: a-name\nstatus:")) is not None
