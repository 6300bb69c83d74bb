"""Pictures as staff have them: from a telephone, a drawing program, a scanner."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageCms, ImageDraw


def photograph(width: int = 1200, height: int = 900) -> Image.Image:
    """Something with many colours: a red half to the left, grain all over."""
    grain = Image.effect_noise((width // 4 or 1, height // 4 or 1), 40).resize((width, height)).convert("RGB")
    picture = Image.blend(Image.new("RGB", (width, height), "white"), grain, 0.3)
    picture.paste((200, 30, 30), (0, 0, width // 2, height))
    return Image.blend(picture, grain, 0.1)


def drawing(width: int = 900, height: int = 600) -> Image.Image:
    """Dark lines on nothing."""
    picture = Image.new("RGBA", (width, height), (255, 255, 255, 0))
    ImageDraw.Draw(picture).line((0, 0, width, height), fill=(20, 35, 31, 255), width=8)
    return picture


def as_jpeg(picture: Image.Image, **given: Any) -> bytes:
    """The bytes of a JPEG file."""
    return _bytes(picture.convert("RGB") if picture.mode == "RGBA" else picture, "JPEG", **given)


def as_png(picture: Image.Image, **given: Any) -> bytes:
    """The bytes of a PNG file."""
    return _bytes(picture, "PNG", **given)


def from_a_telephone(picture: Image.Image, *, turned: int = 1) -> bytes:
    """A JPEG with what telephones write beside it: place, maker, owner, colour profile, and how it was held."""
    exif = Image.Exif()
    exif[0x0112] = turned
    exif[0x010F] = "Telephone of Jane Example"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (51.0, 30.0, 26.0), "W", (0.0, 7.0, 39.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return as_jpeg(picture, exif=exif, icc_profile=profile, comment=b"Jane Example, at home")


def _bytes(picture: Image.Image, kind: str, **given: Any) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, kind, **given)
    return kept.getvalue()
