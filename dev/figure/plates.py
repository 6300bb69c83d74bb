"""Plates, thumbnails and marks: which part of the figure each shows, and what is named on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dev.figure.body import (
    CONTOUR,
    EDGES,
    HAIR,
    HAIR_CLOSE,
    MUSCLES,
    NECK_EDGES,
    NECK_MUSCLES,
    NECK_SHADE,
    NECK_SURFACE,
    REGIONS,
    SHADE,
    SURFACE,
    TRAPEZIUS,
    TRAPEZIUS_EDGES,
)
from dev.figure.strokes import SCALE, Family, Nib, Pen, Point, fibre, lay, swell

#: The least share of a family's points that must lie in a view for it to be drawn there.
SHOWN = 0.43
#: A view in units: left, top, width, height.
Box = tuple[float, float, float, float]
Leader = tuple[str, list[Point]]
COPPER, TINT = "#9C4521", "#F3DDD2"


@dataclass(frozen=True, slots=True)
class Plate:
    """A large drawing of one region, with names at the ends of leader lines."""

    box: Box
    names: list[Leader]
    arms: bool = True
    deep: bool = False


PLATES = {
    "lower": Plate(
        (-95, 211, 328, 226),
        [
            ("latissimus dorsi", [(56, 240), (96, 240)]),
            ("long back muscles", [(11, 286), (96, 286)]),
            ("edge of hip bone", [(56, 320.4), (96, 317)]),
            ("gluteus medius", [(62, 343), (96, 345)]),
            ("gluteus maximus", [(48, 384), (96, 384)]),
        ],
        arms=False,
    ),
    "upper": Plate(
        (-120, 78, 372, 226),
        [
            ("trapezius", [(44, 133), (86, 103)]),
            ("ridge of the blade", [(62, 149), (102, 126)]),
            ("rear deltoid", [(90, 172), (114, 152)]),
            ("infraspinatus", [(46, 182), (114, 180)]),
            ("latissimus dorsi", [(58, 222), (115, 208)]),
        ],
    ),
    "neck": Plate(
        (-98, -5, 312, 199),
        [
            ("edge of the skull", [(18, 75.6), (58, 48)]),
            ("splenius", [(13.6, 95), (58, 72)]),
            ("levator scapulae", [(27.4, 106), (58, 92)]),
            ("last neck bone", [(0, 119), (84, 112)]),
            ("trapezius, part", [(64, 134), (97, 134)]),
            ("rhomboids", [(17, 160), (112, 160)]),
        ],
        deep=True,
    ),
}
THUMBS: dict[str, Box] = {
    "neck": (-62, 18, 124, 124),
    "upper": (-110, 96, 186, 186),
    "lower": (-92, 232, 168, 168),
}
MAP: Box = (-140, -6, 312, 462)
MAP_LEADERS: list[list[Point]] = [[(16, 104), (172, 104)], [(52, 186), (172, 186)], [(44, 292), (172, 292)]]
BLANK: Box = (-140, -6, 280, 462)
MARK: Box = (-92, 204, 184, 218)
#: How close the hatching of a mark is: gap and weight of its lines in file steps.
LEVELS = {3: (46, 12), 2: (84, 12), 1: (150, 12)}


def steps(*values: float) -> str:
    """Units as whole file steps."""
    return " ".join(str(round(v * SCALE)) for v in values)


def inside(point: Point, box: Box) -> bool:
    """Whether a point lies in the view, or just beside it."""
    return box[0] - 4 <= point[0] <= box[0] + box[2] and box[1] + 3 <= point[1] <= box[1] + box[3]


def contours(nibs: Sequence[Nib], box: Box | None = None, weight: float = 1) -> str:
    """Path data of contours that touch `box`."""
    pen = Pen()
    for nib in nibs:
        if box and not any(inside(p, box) for p in nib.points):
            continue
        if len(nib.points) == 3:
            first, middle, last = nib.points
            fibre(pen, first, middle, last, nib.width * weight)
        else:
            swell(pen, nib, weight)
    return str(pen)


def fibres(families: Sequence[Family], box: Box | None = None, density: float = 1, weight: float = 1) -> str:
    """Path data of the families that show in `box`: of the others a tip would, for as many bytes."""
    pen = Pen()
    for family in families:
        points = [p for warp in family.warps for p in warp]
        if not box or sum(inside(p, box) for p in points) >= SHOWN * len(points):
            lay(pen, family, density, weight)
    return str(pen)


def patch(name: str) -> str:
    """Path data of one half of a region."""
    half = REGIONS[name]
    pen = Pen()
    pen.move(half[0])
    pen.through(half)
    return f"{pen}z"


def spine(*, neck: bool = False) -> str:
    """The spine as a rule: one tick a vertebra; C7, T12 and L5 are longer. `neck`: with the bones above C7."""
    above = f'<path stroke-width="22" stroke-dasharray="4 31" d="M0 {steps(78.6)}V{steps(116)}"/>' if neck else ""
    return (
        f'<g class="spine" fill="none" stroke="currentColor">{above}'
        f'<path stroke-width="26" stroke-dasharray="4 52.5" d="M0 {steps(130)}V{steps(250)}"/>'
        f'<path stroke-width="26" stroke-dasharray="4 63" d="M0 {steps(268)}V{steps(330)}"/>'
        f'<path stroke-width="5" d="M-27 {steps(119)}h54M-27 {steps(254.6)}h54M-27 {steps(334)}h54"/></g>'
    )


def hatch(ident: str, gap: float, weight: float) -> str:
    """A pattern of parallel lines."""
    return (
        f'<pattern id="{ident}" width="{gap}" height="{gap}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><path class="hatch" d="M{gap / 2:g} 0v{gap}" stroke="{COPPER}" '
        f'stroke-width="{weight}"/></pattern>'
    )


def leader(points: list[Point], name: str | None = None) -> str:
    """A line from a dot on the body to its name."""
    d = "M" + "L".join(steps(*p) for p in points)
    x, y = points[0]
    drawn = (
        f'<path class="halo" fill="none" d="{d}"/>'
        f'<path class="lead" fill="none" stroke="currentColor" stroke-width="3" d="{d}"/>'
        f'<circle class="dot" cx="{steps(x)}" cy="{steps(y)}" r="10"/>'
    )
    if name:
        tx, ty = points[-1]
        drawn += f'<text x="{steps(tx + 4)}" y="{steps(ty + 4)}">{name}</text>'
    return drawn


def _trunk_only(nibs: Sequence[Nib], farthest: float) -> list[Nib]:
    return [nib for nib in nibs if max(x for x, _ in nib.points) < farthest]


def _near_spine(families: Sequence[Family]) -> list[Family]:
    def middle(family: Family) -> float:
        xs = [x for warp in family.warps for x, _ in warp]
        return sum(xs) / len(xs)

    return [family for family in families if middle(family) < 84]


def figure(
    hot: Sequence[str],
    *,
    box: Box | None = None,
    arms: bool = True,
    deep: bool = False,
    density: float = 1,
    bold: float = 1,
    gap: float = 20,
    weight: float = 3,
) -> str:
    """The body with the regions `hot` tinted: hatched on the skin half, the fibres in copper on the muscle half.

    `deep` takes the trapezius away, so that the muscles of the neck show. `density` is the share of the fibres
    that is drawn and `bold` how much heavier each is, for drawings too small to show them all.
    """
    contour, surface, shade = CONTOUR, SURFACE, SHADE
    muscles = [*(NECK_MUSCLES if deep else TRAPEZIUS), *MUSCLES]
    if deep:
        surface, shade = [*SURFACE, *NECK_SURFACE], [*SHADE, *NECK_SHADE]
    edges = [*(NECK_EDGES if deep else TRAPEZIUS_EDGES), *EDGES]
    if not arms:
        contour = [nib for nib in CONTOUR if min(x for x, _ in nib.points) < 70]
        edges, surface = _trunk_only(edges, 90), _trunk_only(SURFACE, 90)
        muscles, shade = _near_spine(muscles), _near_spine(SHADE)
    halves = "".join(f'<path id="r{i}" d="{patch(name)}"/>' for i, name in enumerate(hot))
    both = [f'<use href="#r{i}"/><use href="#r{i}" transform="scale(-1 1)"/>' for i in range(len(hot))]
    hair = fibres([*HAIR, *(HAIR_CLOSE if deep else ())]) if not box or box[1] < 60 else ""
    return "".join(
        [
            f'<defs>{hatch("h", gap, weight)}{halves}<clipPath id="c">{"".join(both)}</clipPath></defs>',
            *(f'<g class="tint r-{name}" fill="{TINT}">{use}</g>' for name, use in zip(hot, both, strict=True)),
            '<path clip-path="url(#c)" fill="url(#h)" class="skin-hatch" d="M0 0H-725V2320H0z"/>',
            f'<g id="o"><path d="{contours(contour, box)}{hair}"/></g><use href="#o" transform="scale(-1 1)"/>',
            '<path class="skin" transform="scale(-1 1)" '
            f'd="{contours(surface, box)}{fibres(shade, box, density, bold)}"/>',
            f'<g class="m"><path id="m" d="{contours(edges, box)}{fibres(muscles, box, density, bold)}"/></g>',
            f'<use href="#m" class="hot" fill="{COPPER}" clip-path="url(#c)"/>',
            spine(neck=deep),
        ]
    )


def mark(level: int | None) -> str:
    """A small plate for timelines, skin only. `level` 0 to 3 sets how close the hatching is; None leaves it out."""
    trunk = [nib for nib in CONTOUR if min(x for x, _ in nib.points) < 70 and nib.points[0][1] > 190]
    shown = [
        nib
        for nib in SURFACE
        if min(x for x, _ in nib.points) < 70 and nib.points[-1][1] > 203 and nib.points[-1][0] < 70
    ]
    mirror = '<use href="#{0}"/><use href="#{0}" transform="scale(-1 1)"/>'.format
    drawn = f'<defs><g id="b"><path d="{contours(trunk, MARK, 2)}{contours(shown, MARK, 1.7)}"/></g>'
    if level:
        drawn += hatch("k", *LEVELS[level])
    drawn += f'<g id="z"><path d="{patch("lower")}"/></g></defs>'
    if level is not None:
        drawn += f'<g class="tint" fill="{TINT}">{mirror("z")}</g>'
    if level:
        drawn += f'<g fill="url(#k)">{mirror("z")}</g>'
    return drawn + mirror("b") + spine()


def document(view: Box, drawn: str, kind: str, title: str | None = None) -> str:
    """A whole SVG file. With `title` it is an image with a name; without, it is decoration beside words."""
    size = round(view[2] * SCALE * 0.047)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fig {kind}" viewBox="{steps(*view)}" '
        f'fill="currentColor" font-size="{size}"'
    )
    if title:
        return f'{head} role="img" aria-label="{title}">{drawn}</svg>\n'
    return f'{head} aria-hidden="true" focusable="false">{drawn}</svg>\n'


def drawings() -> dict[str, str]:
    """Every drawing by name."""
    leaders = "".join(leader(points) for points in MAP_LEADERS)
    files = {"map": document(MAP, figure(("neck", "upper", "lower"), density=0.61) + leaders, "fig-map")}
    for region, plate in PLATES.items():
        place = region if region == "neck" else f"{region} back"
        words = ", ".join(name for name, _ in plate.names)
        title = "The body from behind. Left half: the skin. Right half: the muscles. "
        files[f"plate-{region}"] = document(
            plate.box,
            figure((region,), box=plate.box, arms=plate.arms, deep=plate.deep)
            + "".join(leader(p, name) for name, p in plate.names),
            "fig-plate",
            f"{title}The {place} is tinted. Named: {words}.",
        )
        box = THUMBS[region]
        thumb = figure(
            (region,),
            box=box,
            arms=region != "lower",
            deep=region == "neck",
            density=0.3,
            bold=1.7,
            gap=round(box[2] / 4.2),
            weight=round(box[2] / 25),
        )
        files[f"thumb-{region}"] = document(box, thumb, "fig-thumb")
    for level in (0, 1, 2, 3, None):
        files[f"mark-{'none' if level is None else level}"] = document(MARK, mark(level), "fig-mark")
    files["blank"] = document(BLANK, spine(), "fig-blank")
    return files
