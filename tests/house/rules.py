"""The house rules as data: what each room may import, and who is let in without a key."""

from __future__ import annotations

#: Rooms of app/ that a room may import besides itself. The rule table of docs/architecture.md.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "domain": frozenset(),
    "publishing": frozenset({"domain"}),
    "db": frozenset({"domain"}),
    "services": frozenset({"domain", "db"}),
    "gateways": frozenset({"domain"}),
    "web": frozenset({"domain", "publishing", "services"}),
    "jobs": frozenset({"domain", "publishing", "services"}),
}

#: Outside packages that belong to one room alone.
ONLY_IN: dict[str, frozenset[str]] = {
    "stripe": frozenset({"gateways"}),
    "smtplib": frozenset({"gateways"}),
    "argon2": frozenset({"services"}),
    "pyotp": frozenset({"services"}),
    "sqlalchemy": frozenset({"db", "services"}),
    "flask_sqlalchemy": frozenset({"db"}),
    "markdown": frozenset({"publishing"}),
    "frontmatter": frozenset({"publishing"}),
}

#: Rooms that must not know Flask at all.
WITHOUT_FLASK = frozenset({"domain", "publishing", "gateways"})

#: Names that say nothing about a purpose.
EMPTY_NAMES = frozenset({"util", "utils", "helper", "helpers", "common", "misc"})

LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
