"""What was read of the content, kept on disk, so that the next process need not read it all again.

The file is signed with the site's key together with the code that wrote it: one that is torn, old, or was written by
somebody else is passed over, and everything is read anew.
"""

from __future__ import annotations

import gc
import hashlib
import hmac
import logging
import pickle
import sys
import tempfile
from pathlib import Path

from app.publishing.front_matter import read_text
from app.publishing.library import Shelf
from app.publishing.loading import Cache, Parsed, digest_of, load_shelf
from app.publishing.problems import Unreadable

log = logging.getLogger(__name__)

CODE = Path(__file__).parent
SIGNATURE_BYTES = 32


class ContentIndex:
    """The kept readings of one content folder. `secret_key` is the site's; without a `file` nothing is kept."""

    def __init__(self, file: Path | None, folder: Path, secret_key: str) -> None:
        self._file = file
        written_by = [sys.version, str(folder.resolve())]
        # the text before, during and after a change of a class must not be mixed up
        sources = sorted([*CODE.glob("*.py"), *CODE.with_name("domain").glob("*.py")]) if file else []
        written_by += [source.read_text() for source in sources]
        self._key = hmac.digest(secret_key.encode(), "\n".join(written_by).encode(), hashlib.sha256)

    def read(self) -> Cache:
        """The kept readings; none when there is no file, or not one to trust."""
        if self._file is None:
            return {}
        try:
            data = self._file.read_bytes()
        except OSError:
            return {}
        signature, payload = data[:SIGNATURE_BYTES], memoryview(data)[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, hmac.digest(self._key, payload, hashlib.sha256)):
            return {}
        collecting = gc.isenabled()
        gc.disable()  # it would go through all that was read again and again, and find nothing to drop
        try:
            found: Cache = pickle.loads(payload)  # noqa: S301  the signature says that we wrote it
        finally:
            if collecting:
                gc.enable()
        return found

    def write(self, cache: Cache) -> None:
        """Keep what has no error; a broken file is read again each time. A folder that cannot be written to is fine."""
        if self._file is None:
            return
        sound = {path: one for path, one in cache.items() if not any(p.severity == "error" for p in one.problems)}
        payload = pickle.dumps(sound, pickle.HIGHEST_PROTOCOL)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._file.parent, prefix=self._file.name, delete=False) as file:
                file.write(hmac.digest(self._key, payload, hashlib.sha256) + payload)
            Path(file.name).replace(self._file)
        except OSError as error:
            log.warning("what was read of the content is not kept: %s", error)


def _is_as_read(file: Path, path: str, one: Parsed) -> bool:
    """Whether the file still says what was read; a broken one must not come back from another run as last good."""
    try:
        stat = file.stat()
        if (stat.st_mtime_ns, stat.st_size, stat.st_ino) == one.signature:
            return True
        return digest_of(path, read_text(file)) == one.digest
    except (OSError, Unreadable):
        return False


def load_indexed(folder: Path, cache: Cache, index: ContentIndex | None) -> Shelf:
    """`load_shelf` that begins with what `index` knows, and tells it what is new. Raises ContentMissing."""
    if index is None:
        return load_shelf(folder, cache)
    known = index.read()
    cache.update({path: one for path, one in known.items() if _is_as_read(folder / path, path, one)})
    shelf = load_shelf(folder, cache)
    if any(known.get(path) is not parsed for path, parsed in cache.items()) or len(known) > len(cache):
        index.write(cache)
    return shelf
