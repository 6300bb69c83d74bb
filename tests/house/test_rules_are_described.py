"""Every rule that a practice may write down is described where its people look."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.publishing.schema.fronts import PractitionerFront, TreatmentFront
from app.publishing.schema.practice import DiaryFront
from app.publishing.schema.practice_rules import (
    CancelFront,
    DepositFront,
    HomeVisitsFront,
    MoveFront,
    NoShowFront,
    OwnRules,
    Rules,
)

WORDS = (Path(__file__).resolve().parents[2] / "docs" / "practice-rules.md").read_text()
NAMED = {word for key in re.findall(r"`([a-z_.]+)`", WORDS) for word in (key, *key.split("."))}
#: Keys of a text, not of a rule; docs/publishing.md describes them.
OF_TEXTS = {"title", "slug", "summary", "status", "order", "for_whom", "name", "role", "photo", "example"}
OF_TEXTS |= {"qualifications", "rules", "price_minor"}


def test_it_names_every_rule() -> None:
    fronts = (Rules, OwnRules, DepositFront, CancelFront, MoveFront, NoShowFront, HomeVisitsFront, DiaryFront)
    missing = {key for front in fronts for key in front.model_fields} - NAMED
    assert missing == set()


@pytest.mark.parametrize("front", [TreatmentFront, PractitionerFront])
def test_it_names_the_rules_of_visits_and_people(front: type[TreatmentFront] | type[PractitionerFront]) -> None:
    own = set(front.__annotations__)
    assert own - OF_TEXTS - NAMED == set()


def test_it_names_nothing_that_does_not_exist() -> None:
    known = {"valid_from", "valid_until", "holidays_country", "holidays_region", "hours", "returned", "deposit"}
    for front in (Rules, OwnRules, DepositFront, CancelFront, MoveFront, NoShowFront, HomeVisitsFront, DiaryFront):
        known |= set(front.model_fields)
    known |= set(TreatmentFront.__annotations__) | set(PractitionerFront.__annotations__) | {"diary"}
    rows = [line.split("|")[1:3] for line in WORDS.splitlines() if line.startswith("| ")]
    keys = {word for row in rows for key in re.findall(r"`([a-z_.]+)`", " ".join(row[:2])) for word in key.split(".")}
    values = {"none", "fixed", "percent", "full", "lower_of", "everyone", "new", "after_no_show", "online", "phone"}
    values |= {"new_or_after_no_show", "prepay", "true", "false", "practice", "yml"}
    assert keys - known - values == set()
