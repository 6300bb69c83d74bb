"""What people who write YAML by hand slip on, in plain words: the parser's own say little to them."""

from __future__ import annotations

import re

#: What trips people who write YAML by hand: what the line looks like, what is wrong with it, and the mend.
_SLIPS = (
    (r"\s*\t", "begins with a tab", "use spaces in its place"),
    (r".*\u00a0", "holds a space that only looks like one", "type the line anew, without pasting it"),
    (r"\s*(?:- )?\w+:[^\s/]", "has no space behind the colon", "write 'key: value'"),
    (r"\s*(?:- )?(?:\w+:\s+)?[“”‘]", "begins with curly quote marks", 'use straight ones, "like these", or none'),
    (r"\s*(?:- )?\w+:\s+[@%`&*!|>]", "begins with a mark that means something else", "put all of it in quotes"),
    (r"\s*(?:- )?(?:\w+:\s+)?'[^']*'\w", "has an apostrophe inside single quote marks", 'use "double" ones around it'),
    (r"\s*(?:- )?\w+:\s+\"[^\"]*\"[^\s#,}\]]", "has quote marks inside quote marks", "use 'single' ones inside"),
    (
        r"\s*(?:- )?\w+:\s[^\"'{\[]*:\s",
        "has a second colon",
        'put all behind the first one in quotes: title: "One: two"',
    ),
    (r"\s*(?:- )?(?:\w+:\s+)?[\[{][^\]}]*$", "opens a bracket that is not closed", "close it, with } or ]"),
    (r"\s*[^:#]+$", "is no line of 'key: value'", "write a key and a colon in front, or take it out"),
)


def yaml_fault(lines: list[str], at: int, said: str, first_line: int) -> tuple[int, str, str, str]:
    """Line, field, what is wrong and the mend: in plain words if it is a usual slip of that line or the one above."""
    for number in (at, at - 1):
        line = lines[number] if 0 <= number < len(lines) else ""
        for pattern, message, mend in _SLIPS:
            if re.match(pattern, line):
                return number + first_line, "front matter", message, mend
    mend = "check the indentation and put text with a colon in quotes"
    return at + first_line, "front matter", f"is not proper YAML ({said})", mend
