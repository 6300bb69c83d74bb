"""One file becomes what it says: read, split, typed and checked on its own, so that a broken one harms no other."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, RootModel, ValidationError

from app.publishing.beginnings import unfilled
from app.publishing.checks.source_check import source_faults
from app.publishing.checks.wording import check_address, check_wording
from app.publishing.checks.wording_rules import WordingRules
from app.publishing.library import Document
from app.publishing.pictures.names import named_pictures
from app.publishing.reading.front_matter import Raw, read_text, read_yaml, split_document
from app.publishing.reading.glimpse import Sealed, glimpse
from app.publishing.reading.index import Kept, digest_of
from app.publishing.reading.listed import Keeper, Listed, list_article, listed_from
from app.publishing.schema.fields import SLUG
from app.publishing.schema.fronts import FRONT_BY_FOLDER, ArticleFront, Graded
from app.publishing.schema.practice import Claim, Practice, Reference, Safety
from app.publishing.schema.practice_rules import contradictions
from app.publishing.schema.problems import Problem, Unreadable, problems_of, told_apart

#: How a file looked when it was read: see `scanning`.
Signature = bytes


class Claims(RootModel[tuple[Claim, ...]]):
    """claims.yml."""


class References(RootModel[tuple[Reference, ...]]):
    """references.yml."""


WORDING = "lint/wording.yml"
DATA_FILES: dict[str, tuple[type[BaseModel], str | None]] = {
    "practice.yml": (Practice, None),
    "safety.yml": (Safety, None),
    "claims.yml": (Claims, "claims"),
    "references.yml": (References, "references"),
    WORDING: (WordingRules, None),
}
#: Data files whose words stand on pages. Claims that may not be said are named in claims.yml, for writers.
READ_BY_ALL = ("practice.yml", "safety.yml", "references.yml")
#: So many remarks on the wording of one file are told, errors first: a file with more has to be written anew.
MOST_SAID = 100
#: Keeps what nobody may see yet.
SEALED = Sealed()
#: Marks of headings, lists and tables stand where words do.
MARKS = frozenset({"##", "###", "####", "-", "*", "+", ">", "|", ":", "|---|---|", "|---|---|---|"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file as read: its value, or its faults. `rules` is the digest of the wording rules it was read under.

    `refused` says what must not be said: for a preview only. `last_good`: the value is that of an earlier version.
    """

    signature: Signature
    value: Document | BaseModel | None
    faults: tuple[Problem, ...]
    remarks: tuple[Problem, ...]
    digest: str = ""
    rules: str = ""
    refused: Document | None = None
    last_good: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong: only such a reading is kept for later."""
        return not self.faults

    @property
    def unread(self) -> bool:
        """Whether the file was only glimpsed: then nothing is known to be right."""
        return isinstance(self.value, Document) and self.value.unread


@dataclass(frozen=True)
class Wording:
    """The rules every text is read under, with the digest of their file."""

    rules: WordingRules = field(default_factory=WordingRules)
    digest: str = ""


def parse_file(folder: Path, path: str, signature: Signature, wording: Wording, keeper: Keeper) -> tuple[Parsed, str]:
    """What the file says, or what is wrong with it, and its text."""
    text, digest = "", ""
    try:
        text = read_text(folder / path)
        digest = digest_of(path, text)
        if path in DATA_FILES:
            return _parse_data(path, text, signature, digest, wording), text
        document, said = _parse_document(path, text, digest, wording, keeper)
        if any(problem.severity == "error" for problem in said):
            return Parsed(signature, None, *told_apart(said), digest, wording.digest, refused=document), text
        return Parsed(signature, document, *told_apart(said), digest, wording.digest), text
    except Unreadable as error:
        return Parsed(signature, None, (error.at(path),), (), digest, wording.digest), text
    except _Faults as error:
        return Parsed(signature, None, *told_apart(error.problems), digest, wording.digest), text


def glimpse_file(folder: Path, path: str, signature: Signature, wording: Wording) -> Parsed | None:
    """What lists are put in order with, of an article; None for a file that must be read wholly at once."""
    try:
        text = read_text(folder / path)
    except Unreadable:
        return None
    stem = Path(path).stem
    seen = glimpse(stem, text)
    if seen is None:
        return None
    digest = digest_of(path, text)
    document = Document("articles", seen.slug or stem, path, seen, digest, 1, SEALED)
    return Parsed(signature, document, (), (), digest, wording.digest)


class _Faults(Exception):
    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(len(problems))
        self.problems = problems


def _parse_document(
    path: str, text: str, digest: str, wording: Wording, keeper: Keeper
) -> tuple[Document, tuple[Problem, ...]]:
    raw = split_document(text)
    kind = path.split("/")[0]
    model = FRONT_BY_FOLDER[kind]
    faults: list[Problem] = list(_name_faults(path, raw))
    meta: Any = None
    try:
        meta = model.model_validate(raw.data)
    except ValidationError as error:
        faults += problems_of(error, path, raw.lines, model)
    faults += (fault.at(path) for fault in source_faults(raw.body, first_line=raw.body_line))
    said = check_wording(
        path,
        text,
        wording.rules,
        about_a_person=raw.data.get("consent") is not None,
        evidence=frozenset(item.claim for item in meta.evidence) if isinstance(meta, Graded) else None,
    )
    slug = str(raw.data.get("slug") or Path(path).stem)
    said += (*unfilled(path, text, ready=raw.data.get("status") == "ready"), *check_address(path, slug, wording.rules))
    if len(said) > MOST_SAID:
        said = tuple(sorted(said, key=lambda problem: (problem.severity != "error", problem.line)))[:MOST_SAID]
    if meta is None or faults:
        raise _Faults((*faults, *_by_field(said, raw)))
    head = getattr(meta, "hero", None) or getattr(meta, "photo", None)
    named = named_pictures(meta, raw.body, raw.lines if head is not None and head.src else {}, raw.body_line)
    if isinstance(meta, ArticleFront):
        meta = list_article(meta, _words_in(raw.body), path, digest, keeper)
    return Document(kind, slug, path, meta, digest, raw.body_line, keeper, named), _by_field(said, raw)


def _words_in(body: str) -> int:
    """How many words a reader reads, near enough for the minutes it takes."""
    words = body.split()
    return len(words) - sum(map(MARKS.__contains__, words)) - body.count("{#")


def _parse_data(path: str, text: str, signature: Signature, digest: str, wording: Wording) -> Parsed:
    model, key = DATA_FILES[path]
    raw = read_yaml(text)
    data: Any = raw.data if key is None else raw.data.get(key)
    lines = raw.lines if key is None else {place[1:]: n for place, n in raw.lines.items() if place[:1] == (key,)}
    said = _said_in_data(path, text, raw, wording.rules)
    try:
        value = model.model_validate(data)
        faults = _contradictions(path, value, lines) if isinstance(value, Practice) else ()
        return Parsed(signature, None if faults else value, *told_apart((*faults, *said)), digest, wording.digest)
    except ValidationError as error:
        faults = tuple(problems_of(error, path, lines, model))
        return Parsed(signature, None, *told_apart((*faults, *said)), digest, wording.digest)


def _by_field(said: tuple[Problem, ...], raw: Raw) -> tuple[Problem, ...]:
    """The remarks on wording, each with the key of the front matter that it stands under."""
    keys = {line: str(place[0]) for place, line in raw.lines.items() if len(place) == 1} if said else {}

    def named(problem: Problem) -> Problem:
        above = [line for line in keys if line <= problem.line]
        in_body = 1 < raw.body_line <= problem.line  # a data file is all keys
        return replace(problem, field=keys[max(above)]) if above and not in_body else problem

    return tuple(named(problem) for problem in said)


def _said_in_data(path: str, text: str, raw: Raw, rules: WordingRules) -> tuple[Problem, ...]:
    """Wording that may not stand in a data file whose words readers see.

    The file stays in use, since there is no site without it. Named conditions are what a safety list is made of, so
    only refused and waived words are told.
    """
    if path not in READ_BY_ALL:
        return ()
    said = tuple(problem for problem in check_wording(path, text, rules) if problem.severity != "warning")
    return _by_field(said, raw)


def _contradictions(path: str, practice: Practice, lines: Any) -> tuple[Problem, ...]:
    found = contradictions(practice.policy, lead_minutes=practice.diary.lead_hours * 60)
    return tuple(
        Problem(path, lines.get(place, lines.get(place[:1], 1)), ".".join(map(str, place)), fault.message, fault.mend)
        for place, fault in found
    )


def _name_faults(path: str, raw: Raw) -> Iterator[Problem]:
    name = Path(path).stem
    if raw.data.get("slug") is None and not SLUG.fullmatch(name):
        mend = "name the file with small letters, digits and hyphens"
        yield Problem(path, 1, "file", f"'{name}' makes no good address", mend)


def kept_from(path: str, parsed: Parsed) -> Kept:
    """A sound reading as it is kept."""
    value: Any = parsed.value
    if isinstance(value, Document):
        meta = value.meta.values() if isinstance(value.meta, Listed) else value.meta
        value = (value.slug, meta, value.body_line, value.named)
    remarks = [(one.line, one.field, one.message, one.mend, one.severity) for one in parsed.remarks]
    card = pickle.dumps((value, remarks), pickle.HIGHEST_PROTOCOL)
    return Kept(path, parsed.signature, parsed.digest, parsed.rules, card)


def parsed_from(kept: Kept, signature: Signature, keeper: Keeper) -> Parsed:
    """The reading that `kept_from` gave. Only for what the index found to be its own: it is unpickled."""
    value, remarks = pickle.loads(kept.card)  # noqa: S301
    if kept.path not in DATA_FILES:
        slug, meta, body_line, named = value
        if isinstance(meta, tuple):
            meta = listed_from(meta, kept.path, kept.digest, keeper)
        kind = sys.intern(kept.path.split("/")[0])
        value = Document(kind, slug, kept.path, meta, kept.digest, body_line, keeper, named)
    told = tuple([Problem(kept.path, line, *map(sys.intern, words)) for line, *words in remarks])  # type: ignore[arg-type]
    return Parsed(signature, value, (), told, kept.digest, sys.intern(kept.rules))
