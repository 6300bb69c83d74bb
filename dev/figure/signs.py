"""Signs that are not the body: the swatches that explain the marks, and the street."""

from __future__ import annotations

from dev.figure.plates import COPPER, TINT, hatch

#: Gap and weight of a swatch's lines: the marks' own, as they look at the size of a word.
SWATCHES = {3: (5, 1.4), 2: (9, 1.4), 1: (16, 1.4), 0: None}
SILENT = 'aria-hidden="true" focusable="false"'


def swatch(level: int) -> str:
    """A little of a mark's hatching, for its key."""
    lines = SWATCHES[level]
    drawn = f'<path class="tint" fill="{TINT}" d="M0 0h28v18H0z"/>'
    if lines:
        drawn += f'<defs>{hatch("w", *lines)}</defs><path fill="url(#w)" d="M0 0h28v18H0z"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="fig" viewBox="0 0 28 18" {SILENT}>{drawn}</svg>\n'


def street() -> str:
    """A street with one door marked: a drawing of no real place."""
    houses = "".join(
        f'<path d="M{x} 150V{top}h{width}V150" stroke="currentColor" stroke-width="2"/>'
        for x, width, top in ((20, 90, 70), (110, 70, 50), (180, 110, 80), (290, 80, 56), (370, 110, 74))
    )
    ticks = "".join(f"M{20 + 20 * n} 150v{10 if n % 5 == 0 else 6}" for n in range(24))
    door = (
        f'<path class="tint" fill="{TINT}" d="M212 104h34v46h-34z"/>'
        f'<path class="hatch" d="M212 150v-46h34v46" stroke="{COPPER}" stroke-width="4"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fig street" viewBox="0 0 500 190" fill="none" {SILENT}>'
        f'{houses}<path d="M8 150h484" stroke="currentColor" stroke-width="2"/>'
        f'<path d="{ticks}" stroke="currentColor"/>{door}</svg>\n'
    )


def signs() -> dict[str, str]:
    """Every sign by name."""
    return {"street": street(), **{f"key-{level}": swatch(level) for level in SWATCHES}}
