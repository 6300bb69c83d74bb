"""The drawings of the back, from control points to SVG files: `python -m dev.figure`.

One unit is a hundredth of the head's height, x = 0 is the spine, y grows downward. Only the right half is listed; the
left is mirrored. Left half: what shows on the skin. Right half: the muscles under it. `strokes` is the line engine,
`body` the control points, `plates` puts them together. Every file stays under 12 kB.
"""
