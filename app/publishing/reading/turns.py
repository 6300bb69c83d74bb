"""Texts that were only glimpsed are read: at once when somebody asks for one, and the others some at a time.

Whatever a page, a feed or the search says of a text comes through `shown`. What it reads is kept for all processes.
"""

from __future__ import annotations

import time
from dataclasses import replace

from app.publishing.checks.crosscheck import is_gravely_wrong
from app.publishing.library import Document, Shelf
from app.publishing.reading.index import ContentIndex, SourceLost
from app.publishing.reading.loading import Cache, read_files, read_wording
from app.publishing.reading.parsing import Parsed, Wording, kept_from, parse_file, parsed_from
from app.publishing.reading.scanning import Signatures, signature_of

#: So many texts are taken together, where others may have read them already.
AT_ONCE = 20


def shown(document: Document, shelf: Shelf) -> Document | None:
    """The document as it may be shown: read wholly, with every check. None when it may not be.

    None also when its file is another one by now: the next look at the files finds that.
    """
    if not document.unread:
        return document
    try:
        found = read_now(document, shelf).value
    except SourceLost:
        return None
    if not isinstance(found, Document) or found.slug != document.slug or is_gravely_wrong(found, shelf):
        return None
    if not document.meta.agrees_with(found.meta):  # then nobody knows whether it is live
        return None
    # its pictures are found when the shelf is put together again
    return replace(found, changes=document.changes, waits=bool(found.named))


def read_now(document: Document, shelf: Shelf) -> Parsed:
    """The whole reading of a document of `shelf` that was only glimpsed. Raises SourceLost when its file changed."""
    return shelf.index.at_hand(("turn", document.digest, shelf.rules), lambda: _read(document, shelf))


def _read(document: Document, shelf: Shelf) -> Parsed:
    index, path = shelf.index, document.path
    for kept in index.readings_of([path]):
        if (kept.digest, kept.rules) == (document.digest, shelf.rules):
            return parsed_from(kept, kept.signature, index)
    try:
        signature = signature_of((index.folder / path).stat())
    except OSError as error:
        raise SourceLost(path) from error
    parsed, text = parse_file(index.folder, path, signature, Wording(shelf.wording, shelf.rules), index)
    if parsed.digest != document.digest:
        raise SourceLost(path)
    if parsed.sound:
        index.keep([(kept_from(path, parsed), text)])
    else:
        index.keep_source(path, parsed.digest, text)
    return parsed


def read_on(cache: Cache, index: ContentIndex, signatures: Signatures, *, seconds: float) -> int:
    """Give texts their turn for about so long, in the order of their paths. Returns how many still wait."""
    end = time.monotonic() + seconds
    waiting = sorted(path for path, parsed in cache.items() if parsed.unread)
    wording = read_wording(signatures, cache, index)
    for begin in range(0, len(waiting), AT_ONCE):
        read_files(waiting[begin : begin + AT_ONCE], signatures, wording, cache, index)
        if time.monotonic() >= end:
            return max(0, len(waiting) - begin - AT_ONCE)
    return 0
