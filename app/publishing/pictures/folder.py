"""The pictures beside the texts of one content folder: found, checked, finished apart, and put into their places.

The site looks at names, sizes and dates only. Reading and making pictures is the work of `content build-images` and of
the worker: until its files are there a picture is left out, and the text stands without it.
"""

from __future__ import annotations

import difflib
import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG

from app.publishing.library import Document, Shelf
from app.publishing.pictures.figures import Picture
from app.publishing.pictures.making import Record
from app.publishing.pictures.names import ENDINGS, Named
from app.publishing.pictures.store import FILE_NAME, PictureStore, signature_of
from app.publishing.schema.fronts import FRONT_BY_FOLDER
from app.publishing.schema.problems import Problem, Unreadable

log = logging.getLogger(__name__)

MOST_BYTES = 15 * 1024 * 1024
PLACED = (
    "says where it was taken",
    "the site takes that out; the file in Git keeps it, so send one without it if the place is private",
)


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one named picture: finished, waiting to be made, or at fault. `placed`: it says where it was."""

    picture: Picture | None = None
    digest: str = ""
    fault: tuple[str, str] | None = None
    placed: bool = False


class Pictures:
    """The pictures of the content in `folder`, with their finished files in `store`."""

    def __init__(self, folder: Path, store: PictureStore) -> None:
        self._folder, self.store = folder, store
        self._illustrated: dict[str, tuple[Document, Document]] = {}
        self._paths: tuple[str, ...] = ()
        self._seen: tuple[object, ...] = ()
        #: What is wrong with pictures of the shelf that was illustrated last.
        self.faults: tuple[Problem, ...] = ()

    def changed(self) -> bool:
        """Whether a named picture, or what is known of one, is not as it was. Without pictures it costs nothing."""
        return self._state() != self._seen

    def _state(self) -> tuple[object, ...]:
        if not self._paths:
            return ()
        return (self.store.stamp(), *(self._signature(path) for path in self._paths))

    def illustrate(self, shelf: Shelf) -> Shelf:
        """The shelf with every picture that is finished in its document, and what is wrong with the others."""
        naming = [d for kinds in (shelf.documents, shelf.refused) for kind in kinds.values() for d in kind.values()]
        naming = [document for document in naming if document.named]
        self._paths = tuple(sorted({f"{d.kind}/{named.name}" for d in naming for named in d.named}))
        self._seen = self._state()  # before anything is read: what changes meanwhile is noticed
        if not naming:
            self._illustrated, self.faults = {}, ()
            return shelf
        found = self._find_all()
        changed = {d.path: self._illustrate(d, found) for d in naming}
        self._illustrated = {d.path: (d, changed[d.path]) for d in naming}
        told = [(d, named, found[f"{d.kind}/{named.name}"]) for d in naming for named in d.named]
        self.faults = tuple(
            Problem(d.path, named.line, named.field, f"'{named.name}' {one.fault[0]}", one.fault[1])
            for d, named, one in told
            if one.fault
        )
        remarks = dict(shelf.remarks)
        for d, named, one in told:
            if one.placed:
                where = Problem(d.path, named.line, named.field, f"'{named.name}' {PLACED[0]}", PLACED[1], "warning")
                remarks[d.path] = (*remarks.get(d.path, ()), where)
        state = "".join(f"{path}{one.digest}{one.picture is None}" for path, one in sorted(found.items()))
        return replace(
            shelf,
            version=hashlib.sha256(f"{shelf.version}{state}".encode()).hexdigest()[:16],
            documents=_with(shelf.documents, changed),
            refused=_with(shelf.refused, changed),
            faults=tuple(sorted({*shelf.faults, *self.faults})),
            remarks=remarks,
        )

    def waiting(self, *, crashed: bool = False) -> dict[str, Path]:
        """Pictures that are named and not finished, by digest. Faulty ones do not wait, unless they only `crashed`."""
        records = self.store.known().records
        return {
            one.digest: self._folder / path
            for path, one in self._find_all().items()
            if one.picture is None
            and (one.fault is None or (crashed and records.get(one.digest, {}).get("crashed", False)))
        }

    def make(self, *, limit: int | None = None, wait: bool = False, again: bool = False) -> int:
        """Make up to `limit` waiting pictures of the shelf that was illustrated last. Returns how many were handled.

        With `wait` another process that makes pictures is waited for; with `again` those are tried once more that took
        too much time or memory. Raises OSError when nothing can be written.
        """
        waiting = dict(list(self.waiting(crashed=again).items())[:limit])
        return self.store.make(waiting, wait=wait) if waiting else 0

    def inspect(self) -> None:
        """Find out what is wrong with pictures that nobody looked at yet, without making their files."""
        records = self.store.known().records
        unknown = {digest: path for digest, path in self.waiting().items() if digest not in records}
        if unknown:
            self.store.inspect(unknown)

    def unused(self) -> tuple[Problem, ...]:
        """Pictures beside the texts that none of them names."""
        mend = "name it in a text, or remove it"
        return tuple(
            Problem(f"{kind}/{name}", 1, "file", "is a picture that no text shows", mend, "warning")
            for kind in FRONT_BY_FOLDER
            for name in sorted(entry.name for entry in (self._folder / kind).glob("*.*"))
            if name.rpartition(".")[2].lower() in (*ENDINGS, "heic", "webp", "gif")
            and f"{kind}/{name}" not in self._paths
        )

    def digests(self) -> frozenset[str]:
        """The digests of all pictures that are named."""
        return frozenset(one.digest for one in self._find_all().values() if one.digest)

    def _signature(self, path: str) -> tuple[int, int, int] | None:
        try:
            return signature_of((self._folder / path).stat())
        except OSError:
            return None

    def _find_all(self) -> dict[str, Found]:
        records, files = self.store.known().records, self.store.files()
        return {path: self._find(path, records, files) for path in self._paths}

    def _find(self, path: str, records: Mapping[str, Record], files: frozenset[str]) -> Found:
        try:
            digest = self._digest(path)
        except Unreadable as error:
            return Found(fault=(error.message, error.mend))
        record = records.get(digest, {})
        if "problem" in record:
            return Found(digest=digest, fault=(str(record["problem"]), str(record["mend"])))
        placed = bool(record.get("placed"))
        if not record.get("widths"):
            return Found(digest=digest, placed=placed)
        picture = Picture(
            name=path.partition("/")[2],
            digest=digest,
            width=record["width"],
            height=record["height"],
            widths=tuple(record["widths"]),
            fallback=record["fallback"],
            card=tuple(record["card"]) if record["card"] else None,
        )
        # somebody may have emptied the folder
        return Found(picture if picture.file_names() <= files else None, digest, placed=placed)

    def _digest(self, path: str) -> str:
        """The digest of a picture that may be shown. Raises Unreadable for what is missing, foreign or too large."""
        place = self._folder / path
        try:
            stat = place.stat()
            if not place.resolve().is_relative_to(self._folder.resolve()):
                raise Unreadable(1, "", "leads out of the content folder", "put the picture itself there, not a link")
            if not S_ISREG(stat.st_mode):
                raise Unreadable(1, "", "is no file", "put the picture itself there")
            if stat.st_size > MOST_BYTES:
                size = f"is {stat.st_size / 1024 / 1024:.0f} MB large"
                raise Unreadable(
                    1, "", size, f"save it 2,000 pixels wide; {MOST_BYTES // 1024 // 1024} MB is the limit"
                )
            return self.store.digest_of(place, stat)
        except FileNotFoundError:
            raise Unreadable(1, "", "is not beside this file", self._near(place)) from None
        except (OSError, RuntimeError) as error:
            words = getattr(error, "strerror", None) or "a link that leads in a circle"
            raise Unreadable(1, "", f"cannot be read ({words})", "put the picture there again") from None

    def _near(self, place: Path) -> str:
        """Which file was meant: names of files are told apart by capitals on servers, if not on every desk."""
        try:
            names = sorted(entry.name for entry in place.parent.iterdir() if entry.suffix != ".md")
        except OSError:
            names = []
        same = [name for name in names if name.lower() == place.name.lower()]
        near = same or difflib.get_close_matches(place.name, names, 1)
        return f"did you mean '{near[0]}'?" if near else f"upload it to content/{place.parent.name}/"

    def _illustrate(self, document: Document, found: Mapping[str, Found]) -> Document:
        """The same object as before when nothing changed, so that its rendered body is kept."""
        pictures = {n.name: one.picture for n in document.named if (one := found[f"{document.kind}/{n.name}"]).picture}
        waits = any(one.picture is None and one.fault is None for one in _of(document.named, document.kind, found))
        before, after = self._illustrated.get(document.path, (None, None))
        if before is document and after is not None and (after.pictures, after.waits) == (pictures, waits):
            return after
        return replace(document, pictures=pictures, waits=waits)


def _of(named: tuple[Named, ...], kind: str, found: Mapping[str, Found]) -> Iterator[Found]:
    return (found[f"{kind}/{one.name}"] for one in named)


def _with(
    documents: Mapping[str, Mapping[str, Document]], changed: Mapping[str, Document]
) -> dict[str, dict[str, Document]]:
    return {kind: {slug: changed.get(d.path, d) for slug, d in of.items()} for kind, of in documents.items()}


def digest_in(name: str) -> str | None:
    """The digest in the name of a finished file; None for any other name."""
    match = FILE_NAME.fullmatch(name)
    return match[1] if match else None
