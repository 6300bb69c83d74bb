"""Signs beside the plates: the swatches that explain the marks, the street, and the icon of the site."""

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


#: Houses of the street: left, width and eaves in steps; height of the roof (0: flat, with a cornice); floors, windows.
HOUSES = (
    (20, 90, 74, 26, 2, 3),
    (110, 70, 50, 0, 3, 2),
    (180, 110, 80, 30, 1, 4),
    (290, 80, 54, 0, 3, 3),
    (370, 110, 78, 24, 2, 4),
)
GROUND = 150


def house(left: int, width: int, eaves: int, roof: int, floors: int, across: int) -> str:
    """Path data of one front: walls, roof, and panes that leave the ground floor to doors."""
    right, floor = left + width, (GROUND - 40 - eaves) / floors
    walls = f"M{left} {GROUND}V{eaves}H{right}V{GROUND}"
    top = (
        f"M{left - 3} {eaves}l{width / 2 + 3:g}-{roof} {width / 2 + 3:g} {roof}"
        if roof
        else f"M{left} {eaves + 5}h{width}"
    )
    gap = width / across
    panes = "".join(
        f"M{left + gap * (n + 0.5) - 4:g} {eaves + 10 + floor * row:g}h8v12h-8zm4 0v12"
        for row in range(floors)
        for n in range(across)
    )
    return walls + top + panes


def street() -> str:
    """A street with one door marked: a drawing of no real place."""
    houses = "".join(house(*one) for one in HOUSES)
    doors = "".join(f"M{x} {GROUND}v-28h14v28" for x in (32, 138, 322, 440))
    shade = "".join(
        f"M{left + width - 3 * n - 3} {GROUND - 3}V{eaves + 12 + 9 * n}"
        for left, width, eaves, *_ in HOUSES
        for n in range(2)
    )
    ticks = "".join(f"M{20 + 20 * n} 150v{10 if n % 5 == 0 else 6}" for n in range(24))
    door = (
        f'<path class="tint" fill="{TINT}" d="M218 112h24v38h-24z"/>'
        f'<path class="hatch" d="M218 150v-38h24v38" stroke="{COPPER}" stroke-width="4"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fig street" viewBox="0 0 500 190" fill="none" {SILENT}>'
        f'<path d="{houses}{doors}" stroke="currentColor" stroke-width="1.4"/>'
        f'<path d="{shade}" stroke="currentColor" stroke-width=".7"/>'
        f'<path d="M8 150h484" stroke="currentColor" stroke-width="2.4"/>'
        f'<path d="{ticks}" stroke="currentColor"/>{door}</svg>\n'
    )


#: The icon, on a square of 32: the waist as two strokes, the lower back between them, the spine as ticks.
WAIST = "M4 0c1.8 4.6 2.6 8.5 2.6 13C6.6 19.5 3 22 3 32M28 0c-1.8 4.6-2.6 8.5-2.6 13 0 6.5 3.6 9 3.6 19"
PATCH = "M8.5 10.3c5 .8 10 .8 15 0-.8 4-.6 6.7.8 9.7-2.6 2-5.3 3-8.3 4-3-1-5.7-2-8.3-4 1.4-3 1.6-5.7.8-9.7z"
DARK = "@media(prefers-color-scheme:dark){.p{fill:#101a17}.i{stroke:#edf3f0}.r{fill:#f0a07a}.t{stroke:#101a17}}"


def icon() -> str:
    """The mark of a timeline, for the size of a tab: strokes as wide as a pixel of 16, and nothing thinner."""
    light = f".p{{fill:#f4f7f5}}.i{{stroke:#14231f}}.r{{fill:{COPPER}}}.t{{stroke:#f4f7f5}}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><style>{light}{DARK}</style>'
        f'<rect class="p" width="32" height="32" rx="4"/><path class="r" d="{PATCH}"/>'
        f'<g fill="none" stroke-width="2"><path class="i" d="{WAIST}M13 3h6M13 7h6M16 27v5"/>'
        f'<path class="t" d="M13 13h6M13 17h6"/></g></svg>\n'
    )


def signs() -> dict[str, str]:
    """Every sign by name."""
    return {"street": street(), **{f"key-{level}": swatch(level) for level in SWATCHES}}
