"""The practice's rules as general sentences, for pages that speak of no booking in particular."""

from __future__ import annotations

from app.domain.policy_page import cancel_rules, day_rules, deposit_rules, move_rules

__all__ = ["cancel_rules", "day_rules", "deposit_rules", "move_rules"]
