"""One picture becomes the files that browsers are sent. Runs apart from the site, as a program of its own.

    python -I picture_making.py [FOLDER]     one JSON line in for each picture ({digest, path}), one out ({digest, ...})

Without FOLDER pictures are only looked at. Whatever a file does to the decoders, it does it here: with little time,
little memory, and nobody waiting. Nothing of the project is imported.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image as Pillow

#: Part of every digest: a new recipe makes every picture anew.
RECIPE = "1"
WIDTHS = (400, 800, 1200, 1600)
#: Width and height of the picture that a shared link shows.
CARD = (1200, 630)
NARROWEST, LONGEST_SIDE, MOST_PIXELS = 200, 16_000, 50_000_000
#: A drawing has few colours and a ground: it is kept without loss, where a photograph may lose what nobody sees.
FEW_COLOURS = 2048
CPU_S, MEMORY_BYTES = 60, 2 * 1024**3
#: How files of other kinds begin: the offset, the bytes, the name.
OTHERS = (
    (8, b"WEBP", "WebP"), (4, b"ftypavif", "AVIF"), (4, b"ftyphei", "HEIC"), (4, b"ftypmif1", "HEIC"),
    (0, b"GIF8", "GIF"), (0, b"BM", "BMP"), (0, b"II*\0", "TIFF"), (0, b"MM\0*", "TIFF"), (0, b"%PDF", "PDF"),
    (0, b"<svg", "SVG"), (0, b"<?xml", "SVG"), (0, b"<!DOCTYPE", "web page"), (0, b"<html", "web page"),
)  # fmt: skip

#: Where in a file a camera writes the place.
GPS = 0x8825

Record = dict[str, Any]


class Refused(Exception):
    """Why a file is no picture for the site, and the mend."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.problem, self.mend = problem, mend


def look(path: Path, digest: str, folder: Path | None) -> Record:
    """What is known of one picture: {problem, mend}, or its files ({width, height, fallback, widths, card, placed}).

    `widths` is empty without a `folder` to write to. `width` and `height` are those of the largest file, upright.
    `placed`: the original says where it was taken.
    """
    try:
        return _look(path, digest, folder)
    except Refused as refusal:
        return {"problem": refusal.problem, "mend": refusal.mend}
    except MemoryError:
        return {"problem": "needs too much memory", "mend": "save it 2,000 pixels wide"}
    except Exception:  # decoders raise whatever they like on broken files
        return {"problem": "is broken or cut off", "mend": "export it again from the original, and open it once to see"}


def _look(path: Path, digest: str, folder: Path | None) -> Record:
    from PIL import Image  # lazy: this program's own; the site never loads it for this

    Image.MAX_IMAGE_PIXELS = None  # the measure below is stricter, and says how to mend it
    data = path.read_bytes()
    with _opened(data) as picture:
        _check(picture, path.suffix.lower())
        # a decoder of JPEG can leave out what would be scaled away; all of the file is still read
        picture.draft("RGB", (WIDTHS[-1], WIDTHS[-1]) if folder else (1, 1))
        picture.load()
        placed = bool(picture.getexif().get_ifd(GPS))
        if folder is None:
            return {"widths": [], "placed": placed}
        drawing = _is_drawing(picture)
        upright = _upright(picture)
    fallback = "png" if drawing or upright.mode == "RGBA" else "jpg"
    widths = [width for width in WIDTHS if width < upright.width * 0.9] + [upright.width]
    for width in widths:
        sized = _sized(upright, (width, max(1, round(upright.height * width / upright.width))))
        for ending in ("avif", "webp", fallback):
            _keep(folder / f"{digest}-{width}.{ending}", _encoded(sized, ending, drawing))
    card = _card(upright)
    if card is not None:
        _keep(folder / f"{digest}-card.jpg", _encoded(card, "jpg", drawing=False))
    height = max(1, round(upright.height * widths[-1] / upright.width))
    size = list(card.size) if card else None
    made = {"width": widths[-1], "height": height, "fallback": fallback, "widths": widths, "card": size}
    return {**made, "placed": placed}


def _opened(data: bytes) -> Pillow.Image:
    from PIL import Image, UnidentifiedImageError  # lazy: this program's own; the site never loads it for this

    if not data:
        raise Refused("is empty", "put the picture there again")
    try:
        return Image.open(io.BytesIO(data), formats=("JPEG", "PNG"))
    except UnidentifiedImageError:
        for offset, start, name in OTHERS:
            if data[offset:].startswith(start):
                raise Refused(f"is a {name}, whatever its name says", "save it as JPEG or PNG") from None
        if data.startswith(b"version https://git-lfs"):
            raise Refused("is only a pointer to a picture kept by Git LFS", "run: git lfs pull") from None
        raise Refused("is no picture, or a broken one", "save it again as JPEG or PNG") from None


def _check(picture: Pillow.Image, ending: str) -> None:
    kind = "PNG" if picture.format == "PNG" else "JPEG"  # telephones write JPEG with a second picture as "MPO"
    if (kind == "PNG") != (ending == ".png"):
        raise Refused(f"is a {kind} with a name in {ending}", f"name it {'.png' if kind == 'PNG' else '.jpg'}")
    width, height = picture.size
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise Refused(f"has {width} x {height} pixels", "save it 2,000 pixels wide")
    if min(width, height) < NARROWEST:
        raise Refused(f"is only {width} x {height} pixels", f"use one of {NARROWEST} pixels at least on each side")


def _is_drawing(picture: Pillow.Image) -> bool:
    """Whether a PNG has few colours, and one of them as its ground."""
    if picture.format != "PNG" or picture.mode.startswith("I"):  # sixteen bits: a photograph, and not to be counted
        return False
    colours = picture.getcolors(FEW_COLOURS)
    return colours is not None and max(count for count, _ in colours) * 4 >= picture.width * picture.height


def _upright(picture: Pillow.Image) -> Pillow.Image:
    """The picture as it is to be seen, in sRGB, no wider than needed, without anything a camera wrote beside it."""
    from PIL import Image, ImageCms, ImageOps  # lazy: this program's own; the site never loads it for this

    turned = ImageOps.exif_transpose(picture)
    profile = picture.info.get("icc_profile")
    if turned.mode.startswith("I"):  # sixteen bits of grey
        turned = turned.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if profile and turned.mode in ("RGB", "CMYK"):
        with contextlib.suppress(ImageCms.PyCMSError, OSError):  # a broken profile: as if there were none
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            changed = ImageCms.profileToProfile(turned, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            turned = changed or turned
    seen_through = turned.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    plain = turned.convert("RGBA" if seen_through else "RGB")
    if plain.mode == "RGBA" and plain.getchannel("A").getextrema() == (255, 255):
        plain = plain.convert("RGB")
    if plain.width > WIDTHS[-1]:
        plain = _sized(plain, (WIDTHS[-1], max(1, round(plain.height * WIDTHS[-1] / plain.width))))
    clean = Image.new(plain.mode, plain.size)
    clean.paste(plain)
    return clean


def _sized(picture: Pillow.Image, size: tuple[int, int]) -> Pillow.Image:
    from PIL import Image  # lazy: this program's own; the site never loads it for this

    if size == picture.size:
        return picture
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _card(picture: Pillow.Image) -> Pillow.Image | None:
    """The middle of the picture in the shape of a card, never larger than it is; None when it is too small."""
    from PIL import Image, ImageOps  # lazy: this program's own; the site never loads it for this

    scale = min(1.0, picture.width / CARD[0], picture.height / CARD[1])
    if scale < 0.5:
        return None
    on_white = Image.new("RGB", picture.size, "white")
    on_white.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return ImageOps.fit(on_white, (round(CARD[0] * scale), round(CARD[1] * scale)), Image.Resampling.LANCZOS)


def _encoded(picture: Pillow.Image, ending: str, drawing: bool) -> bytes:
    kept = io.BytesIO()
    if ending == "avif":
        picture.save(kept, "AVIF", quality=80 if drawing else 55, speed=6, max_threads=1)
    elif ending == "webp":
        picture.save(kept, "WEBP", quality=78, method=4, lossless=drawing)
    elif ending == "jpg":
        picture.save(kept, "JPEG", quality=80, progressive=True, optimize=True)
    else:
        picture.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _keep(path: Path, data: bytes) -> None:
    """Write all of it or nothing."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(data)
        os.fchmod(file.fileno(), 0o644)
    Path(file.name).replace(path)


def main() -> None:
    """Answer each line of the standard input."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with contextlib.suppress(OSError, ValueError):  # a stricter limit is in force
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with contextlib.suppress(OSError):
        os.nice(10)
    for line in sys.stdin:
        job = json.loads(line)
        spent = resource.getrusage(resource.RUSAGE_SELF)
        until = int(spent.ru_utime + spent.ru_stime) + CPU_S
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
        record = look(Path(job["path"]), job["digest"], folder)
        print(json.dumps({"digest": job["digest"], **record}), flush=True)


if __name__ == "__main__":
    main()
