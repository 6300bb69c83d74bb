"""Code in Markdown, as the converter sees it: nothing in it is a heading, a link or a picture."""

from __future__ import annotations

import re

from markdown.extensions.fenced_code import FencedBlockPreprocessor

_SPAN = re.compile(r"`[^`\n]*`")
_ANY = re.compile(r"[^\n]")


def without_code(text: str) -> str:
    """The same text with blanks where code stands; every line keeps its number and length."""
    if "```" in text or "~~~" in text:
        text = FencedBlockPreprocessor.FENCED_BLOCK_RE.sub(_blank, text)
    return _SPAN.sub(_blank, text) if "`" in text else text


def _blank(match: re.Match[str]) -> str:
    return _ANY.sub(" ", match[0])
