"""Files become a shelf: each file is read, split and typed on its own, so that a broken one harms no other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, RootModel, ValidationError

from app.publishing.crosscheck import cross_check
from app.publishing.fields import SLUG
from app.publishing.front_matter import Raw, read_text, read_yaml, split_document
from app.publishing.library import Document, Shelf
from app.publishing.markdown import check_source
from app.publishing.picture_names import named_pictures
from app.publishing.practice import Claim, Practice, Reference, Safety
from app.publishing.practice_rules import contradictions
from app.publishing.problems import Problem, Unreadable, problems_of
from app.publishing.schema import FRONT_BY_FOLDER, url_of
from app.publishing.wording import WordingRules, check_wording

Model = TypeVar("Model", bound=BaseModel)


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
READ_BY_ALL = ("practice.yml", "safety.yml")


class ContentMissing(Exception):
    """A data file without which there is no site is broken, and no good version of it is known."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Parsed:
    """One file as read: its value, or what is wrong. `lines` serves checks between files."""

    signature: tuple[int, int, int]
    value: Document | BaseModel | None
    raw: Raw | None
    problems: tuple[Problem, ...]
    digest: str = ""
    wording: str = ""
    refused: Document | None = None


Cache = dict[str, Parsed]


@dataclass(frozen=True)
class Wording:
    """The rules every text is read under, with the digest of their file."""

    rules: WordingRules = field(default_factory=WordingRules)
    digest: str = ""


def scan(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Every content file with its stat signature (modified ns, size, inode), by path relative to `folder`."""
    found: dict[str, tuple[int, int, int]] = {}
    root = folder.resolve()
    wanted = [folder / name for name in DATA_FILES]
    wanted += [path for kind in FRONT_BY_FOLDER for path in sorted((folder / kind).glob("*.md"))]
    for path in wanted:
        # a link that leads out of the folder could publish any file of the machine
        if path.is_file() and path.resolve().is_relative_to(root):
            stat = path.stat()
            found[path.relative_to(folder).as_posix()] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return found


def load_shelf(folder: Path, cache: Cache | None = None) -> Shelf:
    """Read `folder`; files that did not change since `cache` are not read again, and `cache` is brought up to date.

    A broken file keeps its last good version when the cache knows one. Raises ContentMissing without a usable
    practice, safety, claims or references file.
    """
    cache = {} if cache is None else cache
    signatures = scan(folder)
    for gone in set(cache) - set(signatures):
        del cache[gone]
    wording = _read_wording(folder, signatures, cache)
    for path, signature in signatures.items():
        known = cache.get(path)
        if known is None or known.signature != signature or known.wording != wording.digest:
            cache[path] = _unchanged(folder, path, signature, wording, known) or _keep_last_good(
                _parse(folder, path, signature, wording), known
            )
    missing = [Problem(n, 1, "file", "is missing", "every practice has one") for n in DATA_FILES if n not in cache]
    problems = [problem for parsed in cache.values() for problem in parsed.problems] + missing
    if any(cache[n].value is None for n in DATA_FILES if n in cache) or missing:
        raise ContentMissing(tuple(sorted(problems)))
    return _assemble(cache, problems)


def _read_wording(folder: Path, signatures: Mapping[str, tuple[int, int, int]], cache: Cache) -> Wording:
    """The wording rules come first: every text is read under them, and again when they change."""
    known, signature = cache.get(WORDING), signatures.get(WORDING)
    if signature is not None and (known is None or known.signature != signature):
        known = _keep_last_good(_parse(folder, WORDING, signature, Wording()), known)
        known = replace(known, wording=known.digest)
        cache[WORDING] = known
    rules = known.value if known is not None else None
    return Wording(rules, known.digest) if known is not None and isinstance(rules, WordingRules) else Wording()


def _assemble(cache: Cache, problems: list[Problem]) -> Shelf:
    claims = {c.id: c for c in _data(cache, "claims.yml", Claims).root}
    references = {r.id: r for r in _data(cache, "references.yml", References).root}
    documents: dict[str, dict[str, Document]] = {kind: {} for kind in FRONT_BY_FOLDER}
    for path in sorted(cache):
        document = cache[path].value
        if not isinstance(document, Document):
            continue
        if document.slug in documents[document.kind]:
            other = documents[document.kind][document.slug].path
            problems.append(Problem(path, 1, "slug", f"'{document.slug}' is already used by {other}", "choose another"))
            continue
        documents[document.kind][document.slug] = document
    raws = {path: parsed.raw for path, parsed in cache.items() if parsed.raw is not None}
    shelf = Shelf(
        version=hashlib.sha256("".join(cache[p].digest for p in sorted(cache)).encode()).hexdigest()[:16],
        practice=_data(cache, "practice.yml", Practice),
        safety=_data(cache, "safety.yml", Safety),
        claims=claims,
        references=references,
        documents=documents,
        refused=_refused(cache),
        wording=_data(cache, WORDING, WordingRules),
        problems=(),
    )
    return cross_check(shelf, raws, problems)


def _refused(cache: Cache) -> dict[str, dict[str, Document]]:
    found: dict[str, dict[str, Document]] = {kind: {} for kind in FRONT_BY_FOLDER}
    for parsed in cache.values():
        if parsed.refused is not None:
            found[parsed.refused.kind][parsed.refused.slug] = parsed.refused
    return found


def _data(cache: Cache, name: str, model: type[Model]) -> Model:
    value = cache[name].value
    assert isinstance(value, model)
    return value


def _unchanged(
    folder: Path, path: str, signature: tuple[int, int, int], wording: Wording, known: Parsed | None
) -> Parsed | None:
    """The known reading under its new signature, when a file was only touched or checked out again."""
    if known is None or known.wording != wording.digest or any(p.severity == "error" for p in known.problems):
        return None
    try:
        same = digest_of(path, read_text(folder / path)) == known.digest
    except Unreadable:
        return None
    return replace(known, signature=signature) if same else None


def digest_of(path: str, text: str) -> str:
    """What tells one content of a file from another."""
    return hashlib.sha256(f"{path}\n{text}".encode()).hexdigest()


def _keep_last_good(fresh: Parsed, known: Parsed | None) -> Parsed:
    if fresh.value is None and known is not None and known.value is not None:
        return replace(fresh, value=known.value, raw=known.raw, digest=known.digest)
    return fresh


def _parse(folder: Path, path: str, signature: tuple[int, int, int], wording: Wording) -> Parsed:
    raw: Raw | None = None
    try:
        text = read_text(folder / path)
        digest = digest_of(path, text)
        if path in DATA_FILES:
            parsed = _parse_data(path, text, signature, digest)
            said = _said_in_data(path, text, parsed, wording.rules)
            return replace(parsed, problems=(*parsed.problems, *said), wording=wording.digest)
        raw = split_document(text)
        kind = path.split("/")[0]
        model = FRONT_BY_FOLDER[kind]
        meta = model.model_validate(raw.data)
        check_source(raw.body, first_line=raw.body_line)
        slug = meta.slug or Path(path).stem
        if meta.slug is None:
            _check_name(slug)
        raw, body = Raw({}, raw.lines, body_line=raw.body_line), raw.body  # from here on only its lines are needed
        named = named_pictures(meta, body, raw.lines, raw.body_line)
        document = Document(kind, slug, url_of(kind, slug), path, meta, body, digest, raw.body_line, named)
        about_a_person = getattr(meta, "consent", None) is not None
        said = _by_field(check_wording(path, text, wording.rules, about_a_person=about_a_person), raw)
        refused = any(problem.severity == "error" for problem in said)
        if refused:
            return Parsed(signature, None, raw, said, digest, wording.digest, refused=document)
        return Parsed(signature, document, raw, said, digest, wording.digest)
    except Unreadable as error:
        return Parsed(signature, None, raw, (error.at(path),), wording=wording.digest)
    except ValidationError as error:
        assert raw is not None
        faults = tuple(problems_of(error, path, raw.lines, model))
        return Parsed(signature, None, raw, faults, wording=wording.digest)


def _parse_data(path: str, text: str, signature: tuple[int, int, int], digest: str) -> Parsed:
    model, key = DATA_FILES[path]
    raw = read_yaml(text)
    data: Any = raw.data if key is None else raw.data.get(key)
    lines: Mapping = (
        raw.lines if key is None else {place[1:]: n for place, n in raw.lines.items() if place[:1] == (key,)}
    )
    try:
        value = model.model_validate(data)
        faults = _contradictions(path, value, lines) if isinstance(value, Practice) else ()
        return Parsed(signature, None if faults else value, raw, faults, digest)
    except ValidationError as error:
        return Parsed(signature, None, raw, tuple(problems_of(error, path, lines, model)))


def _by_field(said: tuple[Problem, ...], raw: Raw) -> tuple[Problem, ...]:
    """The remarks on wording, each with the key of the front matter that it stands under."""
    keys = {line: str(place[0]) for place, line in raw.lines.items() if len(place) == 1}

    def named(problem: Problem) -> Problem:
        above = [line for line in keys if line <= problem.line]
        in_body = 1 < raw.body_line <= problem.line  # a data file is all keys
        return replace(problem, field=keys[max(above)]) if above and not in_body else problem

    return tuple(named(problem) for problem in said)


def _said_in_data(path: str, text: str, parsed: Parsed, rules: WordingRules) -> tuple[Problem, ...]:
    """Wording that may not stand in a data file whose words readers see.

    The file stays in use, since there is no site without it. Named conditions are what a safety list is made of, so
    only refused and waived words are told.
    """
    if path not in READ_BY_ALL or parsed.raw is None:
        return ()
    said = tuple(problem for problem in check_wording(path, text, rules) if problem.severity != "warning")
    return _by_field(said, parsed.raw)


def _contradictions(path: str, practice: Practice, lines: Mapping) -> tuple[Problem, ...]:
    found = contradictions(practice.policy, lead_minutes=practice.diary.lead_hours * 60)
    return tuple(
        Problem(path, lines.get(place, lines.get(place[:1], 1)), ".".join(map(str, place)), fault.message, fault.mend)
        for place, fault in found
    )


def _check_name(slug: str) -> None:
    if not SLUG.fullmatch(slug):
        raise Unreadable(
            1, "file", f"'{slug}' makes no good address", "name the file with small letters, digits and hyphens"
        )


def problem_files(problems: tuple[Problem, ...]) -> Iterator[str]:
    """The files that have an error, each once."""
    yield from dict.fromkeys(p.path for p in problems if p.severity == "error")
