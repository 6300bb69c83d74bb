"""The live articles as a mapping that reads a text before it hands it out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, ValuesView
from typing import TypeVar

#: A document of the library.
Text = TypeVar("Text")


class Shown(Mapping[str, Text]):
    """Live articles by slug, the newest first.

    What is looked up or gone through has been read wholly and may be shown; a text that may not is passed over.
    `listed` has them all as they are: for addresses, dates and filters, and for counting.
    """

    def __init__(self, listed: Mapping[str, Text], read: Callable[[Text], Text | None]) -> None:
        self.listed, self._read = listed, read

    def __getitem__(self, slug: str) -> Text:
        text = self._read(self.listed[slug])
        if text is None:
            raise KeyError(slug)
        return text

    def __iter__(self) -> Iterator[str]:
        return iter(self.listed)

    def __len__(self) -> int:
        return len(self.listed)

    def values(self) -> ValuesView[Text]:
        """The texts, read one after the other: whoever wants few takes few."""
        return _Values(self)

    def also(self, slug: str, text: Text) -> Shown[Text]:
        """The same with one more, or with another one in its place."""
        return Shown({**self.listed, slug: text}, self._read)

    def read(self, texts: Iterable[Text]) -> Iterator[Text]:
        """Those of `texts` that may be shown, read one after the other."""
        return (found for text in texts if (found := self._read(text)) is not None)


class _Values(ValuesView[Text]):
    _mapping: Shown[Text]

    def __iter__(self) -> Iterator[Text]:
        return self._mapping.read(self._mapping.listed.values())
