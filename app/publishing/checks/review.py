"""What depends on the day or on the whole library: overdue reviews, ended consent, hard reading, dead links, orphans.

Run when content is checked. Nothing here is needed to show a page; what must never be shown is refused on loading.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from app.domain.policy import due_now
from app.domain.policy_page import when_paid
from app.publishing.checks.crosscheck import lines_of
from app.publishing.checks.opening import hours_while_closed
from app.publishing.checks.quoted_code import without_code
from app.publishing.checks.wording_rules import Limits
from app.publishing.library import Document, Shelf
from app.publishing.pictures.names import without_pictures
from app.publishing.reading.turns import shown
from app.publishing.schema.addresses import PAGE_URLS
from app.publishing.schema.practice_rules import policy_of
from app.publishing.schema.problems import Problem, faulty_paths

DEPOSIT = re.compile(r"\bdeposits?\b", re.IGNORECASE)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[A-Z“])")
VOWELS = re.compile(r"[aeiouy]+")
#: Addresses that no file makes.
FIXED = frozenset(
    {
        "/",
        "/conditions/",
        "/articles/",
        "/treatments/",
        "/team/",
        "/search",
        "/book",
        "/find-booking",
        "/ask",
        "/feed.xml",
    }
    | set(PAGE_URLS.values())
)
#: From these a visitor comes to the booking form.
LEADS_ON = ("/book", "/conditions/", "/treatments/", "/prices", "/contact")


def review(shelf: Shelf, today: date) -> tuple[Problem, ...]:
    """Every remark on the shelf's documents as of `today`, in order of files."""
    kinds = (*shelf.documents.values(), *shelf.refused.values())
    return review_of((document for kind in kinds for document in kind.values()), shelf, today)


def review_of(documents: Iterable[Document], shelf: Shelf, today: date) -> tuple[Problem, ...]:
    """Every remark on these `documents`, which were read, as of `today`."""
    addresses = {d.url: d for kind in shelf.documents.values() for d in kind.values() if d.url}
    at_fault = faulty_paths(shelf.faults)
    found: list[Problem] = []
    for document in documents:
        notes = _notes_on(document, shelf.wording.limits)
        found += _dates(document, today)
        found += (Problem(document.path, line, "text", said, mend, "warning") for line, said, mend in notes.hard)
        found += _links(document, notes, addresses, at_fault, shelf)
        found += _ways_on(document, notes, shelf)
        found += _deposit_words(document, shelf)
        found += hours_while_closed(document, shelf, today)
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Notes:
    """What holds of a text on any day, beside any others: hard places (line, what, mend), and links by line."""

    hard: tuple[tuple[int, str, str], ...]
    links: tuple[tuple[int, str], ...]


def _notes_on(document: Document, limits: Limits) -> Notes:
    """Taken once of each text, and kept."""

    def take() -> bytes:
        source = document.source
        return json.dumps(
            [list(_reading(source, document.body_line, limits)), list(_links_in(document, source))]
        ).encode()

    hard, links = json.loads(
        document.keeper.made(document.digest, f"notes {limits.grade} {limits.sentence_words}", take)
    )
    return Notes(tuple(map(tuple, hard)), tuple(map(tuple, links)))


def _dates(document: Document, today: date) -> Iterator[Problem]:
    meta = document.meta
    due = getattr(meta, "review_due", None)
    if meta.status == "ready" and due is not None and due < today:
        yield Problem(
            document.path, 1, "review_due", f"the review was due on {due}", "have it reviewed again", "warning"
        )
    ends = document.consent_ends
    if meta.status == "ready" and ends is not None and ends.date() <= today:
        yield Problem(
            document.path, 1, "consent", "is over: readers do not see it any more", "archive it, or ask again"
        )


def _deposit_words(document: Document, shelf: Shelf) -> Iterator[Problem]:
    """Words about a deposit where prices are told, and nobody pays one: tables follow the rules, words do not."""
    if document.kind not in ("treatments", "pages"):
        return
    visits = [document] if document.kind == "treatments" else shelf.documents["treatments"].values()
    practice = shelf.practice
    dues = [due_now(policy_of(practice, practice.currency, v.meta.rules), v.meta.price_minor) for v in visits]
    if not dues or when_paid(dues) == "deposit":
        return
    lines, meta = lines_of(document), document.meta
    told = [(lines.get((name,), 1), getattr(meta, name, "")) for name in ("title", "summary", "for_whom")]
    told += [(document.body_line + number, line) for number, line in enumerate(document.source.split("\n"))]
    said, mend = "speaks of a deposit, and the rules ask for none", "leave the word out, or change the rules"
    for line, words in told:
        if DEPOSIT.search(words):
            yield Problem(document.path, line, "text", said, mend, "warning")


def _reading(source: str, body_line: int, limits: Limits) -> Iterator[tuple[int, str, str]]:
    paragraphs = list(_paragraphs(source))
    for number, paragraph in paragraphs:
        for sentence in SENTENCE_END.split(paragraph):
            words = len(sentence.split())
            if words > limits.sentence_words:
                start = " ".join(sentence.split()[:5])
                said = f"a sentence of {words} words begins with '{start} ...'"
                yield body_line + number, said, "make two of it"
    grade = reading_grade(" ".join(paragraph for _, paragraph in paragraphs))
    if grade > limits.grade:
        said = f"reads at grade {grade:.1f}, and {limits.grade} is the limit"
        yield body_line, said, "use shorter words and sentences"


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
    for number, line in enumerate(without_code(source).split("\n")):
        prose = re.sub(r"^\s*(?:[-*+]|\d+\.)\s+", "", line).strip()
        if not prose or prose.startswith(("#", "|", ":", "!", "[^", "<!--", "{")):
            continue
        yield number, re.sub(r"\[([^\]]*)\]\([^)]*\)|[*_`]", r"\1", prose)


def _links_in(document: Document, source: str) -> Iterator[tuple[int, str]]:
    for match in LINK.finditer(without_pictures(source)):
        if not re.match(r"[a-z]+:", match[1]):
            yield source.count("\n", 0, match.start()) + document.body_line, match[1]


def _links(
    document: Document, notes: Notes, addresses: dict[str, Document], at_fault: frozenset[str], shelf: Shelf
) -> Iterator[Problem]:
    for line, target in notes.links:
        path, _, anchor = target.partition("#")
        path = path.partition("?")[0]
        aimed = addresses.get(path) if path else document
        if aimed is None and path not in FIXED:
            if f"{path.strip('/')}.md" in at_fault:
                continue  # it is there, and its own fault is told where it stands
            yield Problem(document.path, line, "text", f"links to '{target}', which is no page", "mend the address")
        elif aimed is None or aimed.kind == "pages":
            continue  # the templates of these pages give headings of their own
        elif anchor and ((there := shown(aimed, shelf)) is None or f'id="{anchor}"' not in there.html):
            mend = "use the name in {#...} of a heading there"
            yield Problem(document.path, line, "text", f"links to '{target}', and no heading has that name", mend)


def _ways_on(document: Document, notes: Notes, shelf: Shelf) -> Iterator[Problem]:
    """Every kind leads to the booking form, by its button or its template, if what it leads to can be booked."""
    if document.meta.status != "ready":
        return
    if document.kind == "articles" and not _steps(document) and any(to.startswith(LEADS_ON) for _, to in notes.links):
        return
    for found in filter(None, (_WAYS_ON[document.kind](document, shelf), _from_programme(document, shelf))):
        field, said, mend = found
        yield Problem(document.path, 1, field, said, mend, "warning")


#: Field, what is wrong, how to mend it.
Dead = tuple[str, str, str]


def _from_article(document: Document, shelf: Shelf) -> Dead | None:
    steps = _steps(document)
    condition, treatment = steps.get("conditions"), steps.get("treatments")
    if treatment is not None:
        return _bookable("cta", treatment, shelf)
    if condition is None:
        return "cta", "leads to no condition, treatment or booking", "name a condition or a treatment in cta"
    shown = shelf.documents["conditions"].get(condition)
    if shown is None or shown.meta.status != "ready":
        return "cta", f"leads to '{condition}', which is not shown", "name a condition that is"
    return None


def _steps(document: Document) -> dict[str, str]:
    """What the button of an article names: a condition, a treatment, or both."""
    named = (name.partition("/") for name in document.meta.names)
    return {kind: slug for kind, _, slug in named if kind in ("conditions", "treatments")}


def _from_programme(document: Document, shelf: Shelf) -> Dead | None:
    declared = getattr(document.meta, "programme", None)
    return _bookable("programme", declared.treatment or document.slug, shelf) if declared is not None else None


def _from_treatment(document: Document, shelf: Shelf) -> Dead | None:
    return _bookable("title", document.slug, shelf)


def _from_condition(document: Document, shelf: Shelf) -> Dead | None:
    return _bookable("treatment", document.meta.treatment, shelf)


def _from_practitioner(document: Document, shelf: Shelf) -> Dead | None:
    if not document.meta.hours:
        return "hours", "nobody can book with this person: there are no hours", "give hours, or set status: archived"
    sold = shelf.documents["treatments"]
    if not any(slug in sold and sold[slug].meta.status == "ready" for slug in document.meta.treatments):
        return "treatments", "nobody can book with this person: no treatment is shown", "name one that is"
    return None


def _from_page(document: Document, _shelf: Shelf) -> Dead | None:
    if document.url:
        return None
    names = ", ".join(sorted(PAGE_URLS))
    return "slug", "is a page that is shown nowhere", f"the site has these pages: {names}; write an article instead"


def _bookable(field: str, slug: str, shelf: Shelf) -> Dead | None:
    """Why the treatment `slug` cannot be booked; None when it can. Names of no file are told elsewhere."""
    sold = shelf.documents["treatments"].get(slug)
    if sold is None:
        return None
    if sold.meta.status != "ready":
        return field, f"leads to '{slug}', which is not shown", "name a treatment that is"
    team = shelf.documents["team"].values()
    if any(slug in p.meta.treatments and p.meta.hours for p in team if p.meta.status == "ready"):
        return None
    return field, f"'{slug}' cannot be booked: nobody on the team gives it", "name it in a person's treatments"


_WAYS_ON: dict[str, Callable[[Document, Shelf], Dead | None]] = {
    "articles": _from_article,
    "conditions": _from_condition,
    "treatments": _from_treatment,
    "techniques": lambda _document, _shelf: None,  # its template's button names nothing that could be missing
    "team": _from_practitioner,
    "pages": _from_page,
}
