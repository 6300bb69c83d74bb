"""A folder becomes a shelf: what changed is read, what did not is known, a broken file keeps its last good version."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from app.publishing.checks.crosscheck import cross_check
from app.publishing.checks.wording_rules import WordingRules
from app.publishing.library import Document, Shelf
from app.publishing.reading.front_matter import read_text
from app.publishing.reading.index import ContentIndex, digest_of
from app.publishing.reading.parsing import (
    DATA_FILES,
    WORDING,
    Claims,
    Parsed,
    References,
    Signature,
    Wording,
    glimpse_file,
    kept_from,
    parse_file,
    parsed_from,
)
from app.publishing.reading.scanning import Signatures, scan, uncollected
from app.publishing.schema.fronts import FRONT_BY_FOLDER
from app.publishing.schema.practice import Practice, Safety
from app.publishing.schema.problems import Problem, Unreadable

Model = TypeVar("Model", bound=BaseModel)
#: The readings of one folder, by path.
Cache = dict[str, Parsed]
#: So many texts are read before they are kept.
AT_ONCE = 200


class ContentMissing(Exception):
    """A data file without which there is no site is broken, and no good version of it is known."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems if problem.severity == "error"))
        self.problems = problems


def signatures_in(cache: Cache) -> Signatures:
    """What the files looked like when they were read."""
    return {path: parsed.signature for path, parsed in cache.items()}


def load_shelf(
    folder: Path,
    cache: Cache | None = None,
    index: ContentIndex | None = None,
    signatures: Signatures | None = None,
    *,
    most: int | None = None,
) -> Shelf:
    """Read `folder`; files that did not change since `cache` are not read again, and `cache` is brought up to date.

    A broken file keeps its last good version when the cache knows one. `signatures` are those of a scan that was just
    made. Of more than `most` new articles only a glimpse is taken, and they are read later: see `turns`.
    Raises ContentMissing without a usable practice, safety, claims or references file.
    """
    cache = {} if cache is None else cache
    index = ContentIndex(None, folder) if index is None else index
    signatures = scan(folder) if signatures is None else signatures
    with uncollected():
        gone = [path for path in cache if path not in signatures]
        for path in gone:
            del cache[path]
        index.forget(gone)
        wording = read_wording(signatures, cache, index)
        changed = [
            path
            for path, signature in signatures.items()
            if (known := cache.get(path)) is None or known.signature != signature or known.rules != wording.digest
        ]
        if most is not None:
            changed = _glimpse(changed, signatures, wording, cache, index, most)
        read_files(changed, signatures, wording, cache, index)
        missing = [Problem(n, 1, "file", "is missing", "every practice has one") for n in DATA_FILES if n not in cache]
        if any(cache[n].value is None for n in DATA_FILES if n in cache) or missing:
            told = [problem for parsed in cache.values() for problem in (*parsed.faults, *parsed.remarks)]
            raise ContentMissing(tuple(sorted({*told, *missing})))
        return _assemble(cache, index)


def load_indexed(
    folder: Path,
    cache: Cache,
    index: ContentIndex | None,
    signatures: Signatures | None = None,
    *,
    most: int | None = None,
) -> Shelf:
    """`load_shelf` that begins with what `index` knows, and tells it what is new. Raises ContentMissing.

    Only what a file still says under the rules of now is taken: a broken one must not come back from another run as
    last good.
    """
    if index is None:
        return load_shelf(folder, cache, None, signatures, most=most)
    signatures = scan(folder) if signatures is None else signatures
    with index.turn(), uncollected():
        lost = []
        for kept in index.readings():
            signature = signatures.get(kept.path)
            if signature and (signature == kept.signature or _still_says(folder, kept.path, kept.digest)):
                cache[kept.path] = parsed_from(kept, signature, index)
            else:
                lost.append(kept.path)
        rules = read_wording(signatures, cache, index).digest
        lost += [path for path, parsed in cache.items() if parsed.rules != rules]
        for path in cache.keys() & lost:
            del cache[path]
        index.forget(lost)
        shelf = load_shelf(folder, cache, index, signatures, most=most)
        index.tidy()
    return shelf


def _glimpse(
    paths: list[str], signatures: Signatures, wording: Wording, cache: Cache, index: ContentIndex, most: int
) -> list[str]:
    """Take no more than a glimpse of new articles, if there are more than `most`. Returns what is to be read now."""
    new = [p for p in paths if p.startswith("articles/") and ((known := cache.get(p)) is None or known.unread)]
    if len(new) <= most:
        return paths
    seen = {path: glimpse_file(index.folder, path, signatures[path], wording) for path in new}
    cache.update((path, parsed) for path, parsed in seen.items() if parsed is not None)
    return [path for path in paths if seen.get(path) is None]


def read_files(paths: list[str], signatures: Signatures, wording: Wording, cache: Cache, index: ContentIndex) -> None:
    """Bring the readings of `paths` up to date."""
    folder = index.folder
    waiting = iter(paths)
    while batch := list(islice(waiting, AT_ONCE)):
        fresh, broken = [], []
        elsewhere = _read_elsewhere(batch, cache, index)
        for path in batch:
            known = cache.get(path)
            unchanged = elsewhere.get(path) or _unchanged(folder, path, signatures[path], wording, known)
            if unchanged is not None:
                cache[path] = unchanged
                continue
            parsed, text = parse_file(folder, path, signatures[path], wording, index)
            cache[path] = _keep_last_good(parsed, known)
            if parsed.sound:
                fresh.append((kept_from(path, parsed), text))
            else:
                broken.append(path)
                index.keep_source(path, parsed.digest, text)
        index.keep(fresh)
        index.forget(broken)
    wording.rules.forget_words()


def _read_elsewhere(paths: list[str], cache: Cache, index: ContentIndex) -> dict[str, Parsed]:
    """The readings that other processes made, or requests, of articles that were only glimpsed here."""
    waiting = {path: known for path in paths if (known := cache.get(path)) is not None and known.unread}
    return {
        kept.path: parsed_from(kept, known.signature, index)
        for kept in (index.readings_of(list(waiting)) if waiting else ())
        if (known := waiting[kept.path]).digest == kept.digest and known.rules == kept.rules
    }


def read_wording(signatures: Signatures, cache: Cache, index: ContentIndex) -> Wording:
    """The wording rules come first: every text is read under them, and again when they change."""
    known, signature = cache.get(WORDING), signatures.get(WORDING)
    if signature is not None and (known is None or known.signature != signature):
        parsed, text = parse_file(index.folder, WORDING, signature, Wording(), index)
        known = _keep_last_good(parsed, known)
        known = replace(known, rules=known.digest)
        if parsed.sound:
            index.keep([(kept_from(WORDING, known), text)])
        cache[WORDING] = known
    rules = known.value if known is not None else None
    return Wording(rules, known.digest) if known is not None and isinstance(rules, WordingRules) else Wording()


def _assemble(cache: Cache, index: ContentIndex) -> Shelf:
    documents: dict[str, dict[str, Document]] = {kind: {} for kind in FRONT_BY_FOLDER}
    refused: dict[str, dict[str, Document]] = {kind: {} for kind in FRONT_BY_FOLDER}
    faults: list[Problem] = []
    remarks: dict[str, tuple[Problem, ...]] = {}
    stale, digests = [], []
    for path in sorted(cache):
        parsed = cache[path]
        digests.append(parsed.digest)
        faults += parsed.faults
        if parsed.last_good:
            stale.append(path)
        if parsed.remarks:
            remarks[path] = parsed.remarks
        if parsed.refused is not None:
            refused[parsed.refused.kind][parsed.refused.slug] = parsed.refused
        document = parsed.value
        if not isinstance(document, Document):
            continue
        other = documents[document.kind].setdefault(document.slug, document)
        if other is not document:
            said = f"'{document.slug}' is already used by {other.path}"
            faults.append(Problem(path, 1, "slug", said, "choose another"))
    shelf = Shelf(
        version=hashlib.sha256("".join(digests).encode()).hexdigest()[:16],
        practice=_data(cache, "practice.yml", Practice),
        safety=_data(cache, "safety.yml", Safety),
        claims={c.id: c for c in _data(cache, "claims.yml", Claims).root},
        references={r.id: r for r in _data(cache, "references.yml", References).root},
        documents=documents,
        refused=refused,
        wording=_data(cache, WORDING, WordingRules),
        rules=cache[WORDING].digest,
        faults=tuple(faults),
        remarks=remarks,
        index=index,
        stale=frozenset(stale),
    )
    return cross_check(shelf)


def _data(cache: Cache, name: str, model: type[Model]) -> Model:
    value = cache[name].value
    assert isinstance(value, model)
    return value


def _unchanged(folder: Path, path: str, signature: Signature, wording: Wording, known: Parsed | None) -> Parsed | None:
    """The known reading under its new signature, when a file was only touched or checked out again."""
    if known is None or known.rules != wording.digest or not known.sound or known.unread:
        return None
    return replace(known, signature=signature) if _still_says(folder, path, known.digest) else None


def _still_says(folder: Path, path: str, digest: str) -> bool:
    try:
        return digest_of(path, read_text(folder / path)) == digest
    except Unreadable:
        return False


def _keep_last_good(fresh: Parsed, known: Parsed | None) -> Parsed:
    if fresh.value is None and known is not None and known.value is not None and not known.unread:
        return replace(fresh, value=known.value, digest=known.digest, last_good=True)
    return fresh
