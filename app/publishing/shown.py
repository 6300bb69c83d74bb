"""The live articles as a mapping that reads a text before it hands it out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, ValuesView
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.publishing.library import Document


class Shown(Mapping[str, "Document"]):
    """Live articles by slug, the newest first.

    What is looked up or gone through has been read wholly and may be shown; a text that may not is passed over.
    `listed` has them all as they are: for addresses, dates and filters, and for counting.
    """

    def __init__(self, listed: Mapping[str, Document], read: Callable[[Document], Document | None]) -> None:
        self.listed, self._read = listed, read

    def __getitem__(self, slug: str) -> Document:
        document = self._read(self.listed[slug])
        if document is None:
            raise KeyError(slug)
        return document

    def __iter__(self) -> Iterator[str]:
        return iter(self.listed)

    def __len__(self) -> int:
        return len(self.listed)

    def values(self) -> ValuesView[Document]:
        """The documents, read one after the other: whoever wants few takes few."""
        return _Values(self)

    def also(self, document: Document) -> Shown:
        """The same with one more, or with another one in its place."""
        return Shown({**self.listed, document.slug: document}, self._read)

    def read(self, documents: Iterator[Document]) -> Iterator[Document]:
        """Those of `documents` that may be shown, read one after the other."""
        return (found for document in documents if (found := self._read(document)) is not None)


class _Values(ValuesView["Document"]):
    _mapping: Shown

    def __iter__(self) -> Iterator[Document]:
        return self._mapping.read(iter(self._mapping.listed.values()))
