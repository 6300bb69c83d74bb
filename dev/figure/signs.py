"""Signs that are not the body: the firmness scale, and the swatches that explain the marks."""

from __future__ import annotations

from dev.figure.plates import TINT, hatch

#: Gap and weight of a swatch's lines: the marks' own, as they look at the size of a word.
SWATCHES = {3: (4.2, 1.9), 2: (8, 1.6), 1: (14, 1.6), 0: None}
SILENT = 'aria-hidden="true" focusable="false"'


def firmness() -> str:
    """The scale from 0 to 10 as a rule; 4 to 6 is shaded and named."""
    marks = "".join(
        f'<path d="M{20 + 46 * n} {10 if n % 5 == 0 else 18}V40" stroke="currentColor" stroke-width="2"/>'
        f'<text x="{20 + 46 * n}" y="66" text-anchor="middle" font-size="22">{n}</text>'
        for n in range(11)
    )
    words = "".join(
        f'<text x="{x}" y="95" text-anchor="{anchor}" font-size="21">{text}</text>'
        for x, anchor, text in ((10, "start", "nothing"), (250, "middle", "firm, still fine"), (490, "end", "too much"))
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" class="fig scale" viewBox="0 0 500 104" fill="currentColor" '
        'role="img" aria-label="Scale from 0 to 10. The part from 4 to 6 is shaded: firm, and still fine.">'
        f'<path class="tint" fill="{TINT}" d="M204 10h92v30h-92z"/>'
        f'<path d="M8 40h484" stroke="currentColor" stroke-width="2"/>{marks}{words}</svg>\n'
    )


def swatch(level: int) -> str:
    """A little of a mark's hatching, for its key."""
    lines = SWATCHES[level]
    drawn = f'<path class="tint" fill="{TINT}" d="M0 0h28v18H0z"/>'
    if lines:
        drawn += f'<defs>{hatch("w", *lines)}</defs><path fill="url(#w)" d="M0 0h28v18H0z"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="fig" viewBox="0 0 28 18" {SILENT}>{drawn}</svg>\n'


def signs() -> dict[str, str]:
    """Every sign by name."""
    return {"firmness": firmness(), **{f"key-{level}": swatch(level) for level in SWATCHES}}
