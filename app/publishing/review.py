"""What depends on the day or on the whole library: overdue reviews, ended consent, hard reading, dead links, orphans.

Run when content is checked. Nothing here is needed to show a page; what must never be shown is refused on loading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from app.publishing.library import Document, Shelf
from app.publishing.problems import Problem

LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[A-Z“])")
VOWELS = re.compile(r"[aeiouy]+")
#: Addresses that no file makes.
FIXED = frozenset(
    {
        "/", "/conditions/", "/articles/", "/treatments/", "/team/", "/prices", "/contact", "/safety", "/search",
        "/book", "/find-booking", "/policies/booking", "/policies/privacy", "/policies/accessibility", "/feed.xml",
    }
)  # fmt: skip
#: From these a visitor comes to the booking form.
LEADS_ON = ("/book", "/conditions/", "/treatments/", "/prices", "/contact")


def review(shelf: Shelf, today: date) -> tuple[Problem, ...]:
    """Every remark on the shelf's documents as of `today`, in order of files."""
    addresses = {document.url: document for kind in shelf.documents.values() for document in kind.values()}
    found: list[Problem] = []
    for document in addresses.values():
        found += _dates(document, today)
        found += _reading(document, shelf)
        found += _links(document, addresses)
        found += _ways_on(document)
    return tuple(sorted(found))


def _dates(document: Document, today: date) -> Iterator[Problem]:
    meta = document.meta
    due = getattr(meta, "review_due", None)
    if meta.status == "ready" and due is not None and due < today:
        yield Problem(
            document.path, 1, "review_due", f"the review was due on {due}", "have it reviewed again", "warning"
        )
    consent = getattr(meta, "consent", None)
    if meta.status == "ready" and consent is not None and not consent.holds_on(today):
        yield Problem(
            document.path, 1, "consent", "is over: readers do not see it any more", "archive it, or ask again"
        )


def _reading(document: Document, shelf: Shelf) -> Iterator[Problem]:
    limits = shelf.wording.limits
    for number, paragraph in _paragraphs(document.source):
        for sentence in SENTENCE_END.split(paragraph):
            words = len(sentence.split())
            if words > limits.sentence_words:
                start = " ".join(sentence.split()[:5])
                said = f"a sentence of {words} words begins with '{start} ...'"
                line = document.body_line + number
                yield Problem(document.path, line, "text", said, "make two of it", "warning")
    prose = " ".join(paragraph for _, paragraph in _paragraphs(document.source))
    grade = reading_grade(prose)
    if grade > limits.grade:
        said = f"reads at grade {grade:.1f}, and {limits.grade} is the limit"
        yield Problem(document.path, document.body_line, "text", said, "use shorter words and sentences", "warning")


def reading_grade(text: str) -> float:
    """The grade of Flesch and Kincaid (1975): 0.39 words a sentence + 11.8 syllables a word - 15.59. 0 for no text."""
    sentences = [part for part in SENTENCE_END.split(text) if part.strip()]
    words = re.findall(r"[A-Za-z’']+", text)
    if not sentences or len(words) < 30:
        return 0.0
    syllables = sum(_syllables(word.lower()) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def _syllables(word: str) -> int:
    """Groups of vowels, without a silent e at the end."""
    silent = word.endswith("e") and not word.endswith(("le", "ee"))
    return max(1, len(VOWELS.findall(word)) - silent)


def _paragraphs(source: str) -> Iterator[tuple[int, str]]:
    """Line number from 0 and words of each line of prose; headings, tables, lists of words and code are left out."""
    fenced = False
    for number, line in enumerate(source.split("\n")):
        if line.startswith(("```", "~~~")):
            fenced = not fenced
        prose = re.sub(r"^\s*(?:[-*+]|\d+\.)\s+", "", line).strip()
        if fenced or not prose or prose.startswith(("#", "|", ":", "!", "[^", "<!--", "{")):
            continue
        yield number, re.sub(r"\[([^\]]*)\]\([^)]*\)|[*_`]", r"\1", prose)


def _links(document: Document, addresses: dict[str, Document]) -> Iterator[Problem]:
    for match in LINK.finditer(document.source):
        target = match[1]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        path = path.partition("?")[0]
        line = document.source.count("\n", 0, match.start()) + document.body_line
        aimed = addresses.get(path) if path else document
        if aimed is None and path not in FIXED:
            yield Problem(document.path, line, "text", f"links to '{target}', which is no page", "mend the address")
        elif aimed is not None and anchor and f'id="{anchor}"' not in aimed.html:
            mend = "use the name in {#...} of a heading there"
            yield Problem(document.path, line, "text", f"links to '{target}', and no heading has that name", mend)


def _ways_on(document: Document) -> Iterator[Problem]:
    """An article leads on by its button; any other text by its template, or by a link of its own."""
    if document.kind != "articles" or document.meta.cta.condition or document.meta.cta.treatment:
        return
    if not any(match[1].startswith(LEADS_ON) for match in LINK.finditer(document.source)):
        said = "leads to no condition, treatment or booking"
        yield Problem(document.path, 1, "cta", said, "name a condition or a treatment in cta", "warning")
