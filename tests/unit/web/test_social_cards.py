"""Social cards: any title stands on them, within the picture."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from app.web.social_cards import SETTINGS, draw_card, fit

SOCIAL = Path(__file__).resolve().parents[3] / "app" / "static" / "social"


@pytest.mark.parametrize(
    "title", ["Neck", "A runner’s sore back, visit by visit", "word " * 80, "x" * 300, "Åse’s „long“ 李"]
)
def test_titles_of_any_length_fit(title: str) -> None:
    lines, size = fit(title)
    letters, most, _ = next(setting for setting in SETTINGS if setting[2] == size)
    assert 1 <= len(lines) <= most
    assert all(len(line) <= letters for line in lines)
    assert len(lines) * size * 1.3 < 420


def test_lines_of_a_title_are_of_like_length() -> None:
    assert fit("A stiff or sore neck")[0] == ["A stiff or", "sore neck"]
    assert fit("A extraordinarily")[0] == ["A", "extraordinarily"]


@pytest.mark.parametrize("region", ["home", "lower", "upper", "neck"])
def test_a_card_is_a_small_picture_of_the_agreed_size_with_something_on_it(region: str) -> None:
    body = draw_card(SOCIAL / f"{region}.png", "A runner’s sore back, visit by visit", "Example practice")
    with Image.open(io.BytesIO(body)) as card:
        assert card.size == (1200, 630)
        left, right = (
            len(card.convert("RGB").crop(box).getcolors(65536) or ())
            for box in ((40, 80, 600, 560), (640, 40, 1160, 570))
        )
        assert left > 2
        assert right > 8
    assert len(body) < 120_000
    assert body != draw_card(SOCIAL / f"{region}.png", "Another title", "Example practice")
