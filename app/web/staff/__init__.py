"""The staff area: the day from the treatment room. Every page is for signed-in people, unless `gate.PUBLIC` names it.

A module here puts its views on `staff_pages` (`@staff_pages.get("/diary")`), and is named in `app/web/staff/pages.py`.
"""

from __future__ import annotations

from flask import Blueprint

staff_pages = Blueprint("staff", __name__, url_prefix="/staff")
