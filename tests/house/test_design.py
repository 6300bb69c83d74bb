"""The style sheet and the script: small, without leftovers, and every part shown in the style guide."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from pathlib import Path

from app import create_app
from config import Settings
from tests.house.source import ROOT

PUBLIC_CSS = sorted((ROOT / "app/static/css").glob("*.css"))
#: The staff area adds a file of its own, which no reader loads.
CSS = [*PUBLIC_CSS, ROOT / "app/static/staff.css"]
LARGEST_CSS, LARGEST_JS = 20_000, 8_000
#: Classes that only scripts, tests or other style sheets look for.
HOOKS = {"axis", "entry", "hold", "next", "preview", "scale", "scores", "street"}
#: Classes of the drawings that need no rule.
DRAWN = {"fig-blank", "fig-thumb", "spine", "dot", "lead"}


def _rules() -> str:
    """The whole style sheet without comments and without the bodies of its rules."""
    sheet = "\n".join(path.read_text() for path in CSS)
    return re.sub(r"\{[^{}]*\}", "{}", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL))


def _markup() -> str:
    made = ROOT / "app/publishing/pictures/figures.py"
    files = [*(ROOT / "app/templates").rglob("*.html"), *(ROOT / "app/static/figure").glob("*.svg"), made]
    return "\n".join(path.read_text() for path in files if "mail" not in path.parts)


def test_what_is_sent_stays_small() -> None:
    script = (ROOT / "app/static/site.js").read_bytes()
    assert len(gzip.compress(b"\n".join(path.read_bytes() for path in CSS))) <= LARGEST_CSS
    assert len(gzip.compress(script)) <= LARGEST_JS


def test_every_class_of_the_style_sheet_is_used() -> None:
    classes = set(re.findall(r"\.([a-z][\w-]*)", _rules()))
    words = set(re.findall(r"[\w-]+", _markup()))
    unused = {name for name in classes if name not in words and not re.match(r"to-(neck|upper|lower)$|is-", name)}
    assert not unused, f"no template or drawing has them: {sorted(unused)}"


def test_every_class_of_the_templates_has_a_rule() -> None:
    classes = set(re.findall(r"\.([a-z][\w-]*)", _rules())) | HOOKS | DRAWN
    given = re.sub(r"\{[{%].*?[%}]\}", " ", _markup())
    used = {name for group in re.findall(r'class="([^"]*)"', given) for name in group.split()}
    assert not {name for name in used - classes if not name.endswith("-")}


def test_nothing_is_styled_or_scripted_inline() -> None:
    pages = [p for p in (ROOT / "app/templates").rglob("*.html") if "mail" not in p.parts]
    for page in pages:
        text = page.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*(src=|ld\+json))", text), page


def test_colours_stand_in_one_file() -> None:
    for path in CSS:
        if path.name[0] not in "19":  # tokens, and print, which sets them for paper
            assert not re.search(r"#(?!0000\b)[0-9a-fA-F]{3,8}\b|rgb|hsl", path.read_text()), path.name


def test_a_component_is_written_in_one_macro() -> None:
    ones = {
        "btn",
        "lnk",
        "note",
        "label",
        "safe",
        "pager",
        "step",
        "strip",
        "sum",
        "problem",
        "visits",
        "evi",
        "next",
    }
    for path in (ROOT / "app/templates").rglob("*.html"):
        if path.parent.name in ("parts", "mail", "styleguide"):
            continue
        by_hand = {name for group in re.findall(r'class="([\w -]*)', path.read_text()) for name in group.split()} & ones
        assert not by_hand, f"{path.relative_to(ROOT)}: use the macro of {sorted(by_hand)} in templates/parts"


def test_the_style_guide_shows_every_part(base_settings: Settings) -> None:
    page = create_app(base_settings).test_client().get("/styleguide").text
    parts = {path.stem.split("-", 1)[1] for path in PUBLIC_CSS if path.name[0] not in "129"}
    shown = set(re.findall(r'<section class="wrap band" id="([\w-]+)"', page))
    assert not parts - shown, "no section in templates/styleguide/styleguide.html"


def test_the_style_guide_shows_every_part_of_the_staff_area() -> None:
    templates = ROOT / "app/templates"
    parts = "\n".join(path.read_text() for path in (templates / "parts").glob("staff*.html"))
    shown = parts + "".join((templates / file).read_text() for file in ("styleguide/staff.html", "layouts/staff.html"))
    unseen = set(re.findall(r"macro (\w+)\(", parts)) - set(re.findall(r"(?<!macro )\b(\w+)\(", shown))
    assert not unseen, f"no sample in templates/styleguide/staff.html: {sorted(unseen)}"


def test_the_style_guide_is_not_there_in_production(base_settings: Settings) -> None:
    app = create_app(replace(base_settings, environment="production"))
    client = app.test_client()
    for address in ("/styleguide", "/styleguide/staff", "/styleguide/dark.css"):
        assert client.get(address, base_url=base_settings.base_url).status_code == 404


def test_the_folder_of_the_style_sheet_holds_nothing_else() -> None:
    assert {Path(path).suffix for path in (ROOT / "app/static/css").iterdir()} == {".css"}
