"""From a template's name to the text and the HTML of a mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app

from app.domain.wording import NBSP


def render(template: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Text and HTML. Days and money are written by the site's own template filters, exactly as on its pages."""
    import css_inline  # lazy: a native library that only the worker needs

    # not render_template: its context is made of the request, and there is none here
    environment = current_app.jinja_env
    text = environment.get_template(f"mail/{template}.txt").render(facts)
    html = environment.get_template(f"mail/{template}.html").render(facts)
    inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
    return text.replace(NBSP, " ").strip() + "\n", inliner.inline(html)
