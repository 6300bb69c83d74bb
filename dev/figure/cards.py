"""Write the backgrounds of the social cards: a plate on the site's paper, 1200 by 630, without words.

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
CARDS = {"home": "map", "lower": "plate-lower", "upper": "plate-upper", "neck": "plate-neck"}
SIZE = (1200, 630)
COLOURS = 64
PAGE = """<!doctype html><meta charset="utf-8"><style>
* {{ margin: 0; box-sizing: border-box }}
body {{ width: 1200px; height: 630px; background: #f4f7f5; color: #3b4d46; border-bottom: 14px solid #0b5a4a }}
div {{ position: absolute; inset: 40px 40px 54px 640px; background: #fff; border: 1px solid #74857e;
  outline: 1px solid #c9d5cf; outline-offset: 4px; display: grid; place-items: center;
  overflow: hidden; padding: 16px }}
svg {{ width: 100%; height: 100%; font-family: Charter, "Noto Serif", serif; font-style: italic }}
</style><div>{drawing}</div>"""


def main() -> int:
    """Draw every card; the exit code is 1 without a browser."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        print("No Chromium found: set CHROMIUM to its path.", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        for name, drawing in CARDS.items():
            page.set_content(PAGE.format(drawing=(STATIC / "figure" / f"{drawing}.svg").read_text()))
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            file = STATIC / "social" / f"{name}.png"
            picture.quantize(COLOURS).save(file, optimize=True)
            print(f"{name:6} {file.stat().st_size:7}")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
