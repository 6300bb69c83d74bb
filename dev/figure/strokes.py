"""The line engine: curves through points, strokes that swell like a pressed nib, and families of fibres."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]
Curve = Sequence[Point]

#: Files hold whole numbers: one step is a fifth of a unit.
SCALE = 5

#: Which part of its run each fibre of a family is drawn on. Neighbours differ, so tone fades instead of stopping.
WEAVES: dict[str, list[Point]] = {
    "belly": [(0.02, 0.60), (0.36, 0.98), (0.0, 0.42), (0.52, 1)],  # light falls on the middle
    "long": [(0.0, 0.42), (0.24, 0.70), (0.52, 0.98), (0.08, 0.52), (0.40, 0.84), (0.62, 1)],
    "root": [(0.0, 0.55), (0.02, 0.98), (0.0, 0.40), (0.05, 0.78)],  # dark at the origin
    "whole": [(0.02, 0.98), (0.06, 0.90)],
    "tip": [(0.45, 1), (0.05, 0.98), (0.62, 1), (0.25, 0.99)],  # dark at the insertion
}


@dataclass(frozen=True, slots=True)
class Nib:
    """A contour: widest (`width`, in units) at share `peak` of its length, `ends` wide where it begins and stops."""

    points: Curve
    width: float
    peak: float = 0.5
    ends: Point = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Family:
    """Fibres laid across `warps`, from the first to the last: one muscle, or the shade on one form."""

    warps: Sequence[Curve]
    count: int
    weave: str = "belly"
    width: float = 0.8
    seed: int = 1


def slopes(points: Curve) -> list[Point]:
    """The direction of a smooth curve at each of its points (weighted by the chords on either side)."""
    chords = [math.dist(a, b) or 0.01 for a, b in itertools.pairwise(points)]
    along = [((b[0] - a[0]) / c, (b[1] - a[1]) / c) for a, b, c in zip(points, points[1:], chords, strict=False)]
    middle = []
    for i in range(1, len(points) - 1):
        w = chords[i] / (chords[i - 1] + chords[i])
        middle.append((along[i - 1][0] * w + along[i][0] * (1 - w), along[i - 1][1] * w + along[i][1] * (1 - w)))
    return [along[0], *middle, along[-1]]


def spline(points: Curve, steps: int = 14) -> list[Point]:
    """Dense points on a curve that passes through every control point."""
    way, dense = slopes(points), []
    for i, (a, b) in enumerate(itertools.pairwise(points)):
        chord = math.dist(a, b)
        for j in range(steps):
            t = j / steps
            h = (2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, -2 * t**3 + 3 * t**2, t**3 - t**2)
            u, v = way[i], way[i + 1]
            dense.append(
                (
                    h[0] * a[0] + h[1] * chord * u[0] + h[2] * b[0] + h[3] * chord * v[0],
                    h[0] * a[1] + h[1] * chord * u[1] + h[2] * b[1] + h[3] * chord * v[1],
                )
            )
    return [*dense, points[-1]]


def at(dense: Sequence[Point], share: float) -> Point:
    """The point at a share (0 to 1) of the length of a dense curve."""
    runs = [0.0]
    for a, b in itertools.pairwise(dense):
        runs.append(runs[-1] + math.dist(a, b))
    wanted = max(0.0, min(1.0, share)) * runs[-1]
    for i in range(1, len(runs)):
        if runs[i] >= wanted:
            f = (wanted - runs[i - 1]) / ((runs[i] - runs[i - 1]) or 1)
            a, b = dense[i - 1], dense[i]
            return (a[0] + (b[0] - a[0]) * f, a[1] + (b[1] - a[1]) * f)
    return dense[-1]


class Pen:
    """Writes relative path commands in whole numbers, without drift."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._x = self._y = 0

    def _write(self, letter: str, points: Curve) -> None:
        text = ""
        for p in points:
            for value in (round(p[0] * SCALE) - self._x, round(p[1] * SCALE) - self._y):
                text += f"{value}" if not text or value < 0 else f" {value}"
        if letter:
            text = letter + text
        elif not text.startswith("-"):
            text = " " + text
        self._written.append(text)
        self._x, self._y = round(points[-1][0] * SCALE), round(points[-1][1] * SCALE)

    def move(self, point: Point) -> None:
        """Lift the pen to a point."""
        self._write("m" if self._written else "M", [point])

    def line(self, point: Point) -> None:
        """A straight line."""
        self._write("l", [point])

    def bows(self, first: tuple[Point, Point], second: tuple[Point, Point]) -> None:
        """Two quadratic curves, each a control point and an end."""
        self._write("q", first)
        self._write("", second)

    def through(self, points: Curve, way: Sequence[Point] | None = None) -> None:
        """Smooth cubics through `points` (`way`: known directions); the pen stands on the first already."""
        way = way or slopes(points)
        for i, (a, b) in enumerate(itertools.pairwise(points)):
            h = (math.dist(a, b) or 0.01) / 3
            u, v = way[i], way[i + 1]
            before, after = (a[0] + u[0] * h, a[1] + u[1] * h), (b[0] - v[0] * h, b[1] - v[1] * h)
            self._write("" if i else "c", [before, after, b])

    def __str__(self) -> str:
        return "".join(self._written)


def swell(pen: Pen, nib: Nib, weight: float = 1) -> None:
    """Draw a contour that swells and thins."""
    dense = spline(nib.points)
    length = sum(math.dist(a, b) for a, b in itertools.pairwise(dense))
    n = max(3, min(8, round(length / (12 if length < 45 else 20))))
    left: list[Point] = []
    right: list[Point] = []
    way: list[Point] = []
    for i in range(n + 1):
        s = i / n
        p, a, b = at(dense, s), at(dense, s - 0.02), at(dense, s + 0.02)
        m = math.dist(a, b) or 1
        way.append(((b[0] - a[0]) / m, (b[1] - a[1]) / m))
        half = _width_at(nib, s) * weight / 2
        left.append((p[0] - way[-1][1] * half, p[1] + way[-1][0] * half))
        right.append((p[0] + way[-1][1] * half, p[1] - way[-1][0] * half))
    pen.move(left[0])
    pen.through(left, way)
    if nib.ends[1]:
        pen.line(right[-1])
    back = [right[-1] if nib.ends[1] else left[-1], *right[::-1][1:]]
    pen.through(back, [(-x, -y) for x, y in way[::-1]])
    if nib.ends[0]:
        pen.line(left[0])


def _width_at(nib: Nib, share: float) -> float:
    if share <= nib.peak:
        near, grown = nib.ends[0], share / nib.peak if nib.peak else 1.0
    else:
        near, grown = nib.ends[1], (1 - share) / (1 - nib.peak)
    return near + (nib.width - near) * math.sin(math.pi / 2 * grown)


def fibre(pen: Pen, a: Point, middle: Point, b: Point, width: float) -> None:
    """One engraved stroke: two quadratics that share their ends."""
    cx, cy = 2 * middle[0] - (a[0] + b[0]) / 2, 2 * middle[1] - (a[1] + b[1]) / 2
    m = math.dist(a, b) or 1
    ox, oy = -(b[1] - a[1]) / m * width, (b[0] - a[0]) / m * width
    pen.move(a)
    pen.bows(((cx + ox, cy + oy), b), ((cx - ox, cy - oy), a))


def lay(pen: Pen, family: Family, density: float = 1, weight: float = 1) -> None:
    """Draw a family of fibres. The same seed gives the same drawing."""
    chance = random.Random(family.seed)
    dense = [spline(warp) for warp in family.warps]
    parts = WEAVES[family.weave]
    count = max(3, round(family.count * density))
    for i in range(count):
        run = spline([at(d, (i + 0.5) / count) for d in dense], 10)
        s0, s1 = parts[i % len(parts)]
        a = s0 + chance.uniform(-0.03, 0.03) * (s0 > 0.1)
        b = s1 + chance.uniform(-0.03, 0.03) * (s1 < 0.95)
        fibre(pen, at(run, a), at(run, (a + b) / 2), at(run, b), family.width * weight * chance.uniform(0.82, 1.15))
