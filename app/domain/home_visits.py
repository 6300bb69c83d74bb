"""Which homes are visited: by the district of a postcode, the part before the space."""

from __future__ import annotations

import re

from app.domain.policy_rules import HomeVisitRule

_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})")


def read_postcode(text: str) -> str | None:
    """A UK postcode as it is written, "BS1 4DJ"; None for what cannot be one."""
    found = _POSTCODE.fullmatch(re.sub(r"\s+", " ", text.strip().upper()))
    return f"{found[1]} {found[2]}" if found else None


def in_reach(rule: HomeVisitRule | None, postcode: str) -> bool:
    """Whether the practice visits this postcode. A district names itself only: BS1 is not BS16."""
    return rule is not None and postcode.partition(" ")[0] in rule.postcodes
