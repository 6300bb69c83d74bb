"""Write what must be pixels: the icon, and the backgrounds of the social cards (a plate on the site's paper).

    python -m dev.figure.cards

The site itself writes a page's title on them. Needs a Chromium, once, when a drawing has changed.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parents[2] / "app" / "static"
#: Each card's drawing, and the words at the ends of leader lines that have none of their own: how far down, in percent.
CARDS: dict[str, tuple[str, tuple[tuple[str, float], ...]]] = {
    "home": ("map", (("Neck", 23.8), ("Upper back", 41.6), ("Lower back", 64.5))),
    "lower": ("plate-lower", ()),
    "upper": ("plate-upper", ()),
    "neck": ("plate-neck", ()),
}
SIZE = (1200, 630)
COLOURS = 64
#: Pixels: the largest of the sizes that favicon.ico holds.
ICON = 48
PAGE = """<!doctype html><meta charset="utf-8"><style>
* {{ margin: 0; box-sizing: border-box }}
body {{ width: 1200px; height: 630px; background: #f4f7f5; color: #14231f; border-bottom: 14px solid #0b5a4a }}
div {{ position: absolute; top: 308px; right: 40px; width: 522px; translate: 0 -50%; background: #fff;
  border: 1px solid #74857e; outline: 1px solid #c9d5cf; outline-offset: 4px;
  font-family: Charter, "Noto Serif", serif }}
svg {{ display: block; width: 100%; height: auto; overflow: hidden; font-style: italic }}
.fig-map {{ width: 360px; margin-left: 2px }}
.fig-map :is(.skin-hatch, .hot) {{ opacity: 0 }}
.m, .skin {{ fill: #3b4d46 }}
.halo {{ stroke: #fff; stroke-width: 13 }}
text {{ font-size: .9em }}
p {{ position: absolute; left: 370px; font-size: 25px; line-height: 1; white-space: nowrap; translate: 0 -60% }}
</style><div>{drawing}{names}</div>"""


def main() -> int:
    """Draw every card; the exit code is 1 without a browser."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        print("No Chromium found: set CHROMIUM to its path.", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        for name, (drawing, words) in CARDS.items():
            svg = (STATIC / "figure" / f"{drawing}.svg").read_text()
            names = "".join(f'<p style="top: {down}%">{word}</p>' for word, down in words)
            page.set_content(PAGE.format(drawing=svg, names=names))
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            file = STATIC / "social" / f"{name}.png"
            picture.quantize(COLOURS).save(file, optimize=True)
            print(f"{name:6} {file.stat().st_size:7}")
        icon = browser.new_page(viewport={"width": ICON, "height": ICON})
        icon.set_content(
            "<style>body { margin: 0 } svg { display: block }</style>" + (STATIC / "favicon.svg").read_text()
        )
        picture = Image.open(io.BytesIO(icon.screenshot(omit_background=True)))
        picture.save(STATIC / "favicon.ico", sizes=[(16, 16), (32, 32), (ICON, ICON)])
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
