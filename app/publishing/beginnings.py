"""Files to begin with: front matter with a comment at each key, and headings to fill in."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from app.publishing.fields import SLUG


class CannotWrite(Exception):
    """Why no file was written, in words for whoever asked."""


REVIEW = """\
author: Your name
reviewed_by: Who checked it          # a person with the training to do so
reviewed_at: {today}             # the day they did
review_due: {due}              # a year later at most
"""

CASE_STUDY = (
    """\
---
title: A short title without a promise     # up to 60 characters
kind: case-study
summary: Two short sentences about what the reader will find.   # up to 160 characters
status: draft                        # draft and review are hidden; ready is shown
"""
    + REVIEW
    + """\
regions: [lower]                     # neck, upper or lower
techniques: []                       # names of files in content/techniques
audiences: []                        # for whom, like runners or desk-workers
evidence:                            # each graded sentence names its claim in content/claims.yml
  - {{claim: C20, says: Exercise helps with long-lasting low back pain.}}
visits:                              # the timeline; mark is how much it was felt, 3 to 0, or none
  - {{label: Before, caption: every day, mark: "3", felt: "What they noticed.", changed: "What changed."}}
  - {{label: Visit 1, caption: less often, mark: "2", felt: "What they noticed.", did: "What was done."}}
not_shown:                           # what this story does not prove
  - That massage did this. Other things changed as well.
consent: {{basis: composite, date: {today}, ref: "Where the agreement is filed"}}   # real needs it in writing
questions:
  - {{question: Is this a real person?, answer: "It is an illustrative composite. It shows how visits can go."}}
hero: {{region: lower}}                # or src: a picture beside this file, with alt: what it shows
cta: {{label: See times for a first visit, condition: lower-back, treatment: first-visit}}
---
Who came, and why, in two sentences. Nothing that could tell who it is.

## How it began {{#began}}

What they noticed and what they did.

## The visits {{#visits}}

The drawings show what they told us, visit by visit.

## What we take from it {{#lesson}}

One thing a reader can use.
"""
)

GUIDE = (
    """\
---
title: A short title without a promise     # up to 60 characters
kind: guide
summary: Two short sentences about what the reader will find.   # up to 160 characters
status: draft                        # draft and review are hidden; ready is shown
"""
    + REVIEW
    + """\
regions: [lower]                     # neck, upper or lower
techniques: []                       # names of files in content/techniques
audiences: []                        # for whom, like first-timers
evidence:                            # each graded sentence names its claim in content/claims.yml
  - {{claim: C20, says: Exercise helps with long-lasting low back pain.}}
questions:
  - {{question: A question as people ask it?, answer: "A short and honest answer."}}
hero: {{region: lower}}                # or src: a picture beside this file, with alt: what it shows
cta: {{label: See times for a first visit, condition: lower-back, treatment: first-visit}}
---
What this is about, in two sentences.

## The first thing to know {{#know}}

Short sentences. One thought each.

## What this means for you {{#you}}

Where to read on, and when to see a doctor.
"""
)

TECHNIQUE = """\
---
title: Name of the technique
summary: One or two short sentences without a promise.
status: draft                        # draft and review are hidden; ready is shown
short_text: What it is, in one sentence. How it may feel, in another.
order: 50                            # its place in lists
---
What happens, in plain words. No story about how it works that nobody has shown.
"""

PAGE = """\
---
title: Name of the page
summary: One or two short sentences.
status: draft                        # draft and review are hidden; ready is shown
---
## A heading {{#heading}}

Text.
"""

#: By the name that is typed: the folder and the text.
TEMPLATES: dict[str, tuple[str, str]] = {
    "case-study": ("articles", CASE_STUDY),
    "guide": ("articles", GUIDE),
    "technique": ("techniques", TECHNIQUE),
    "page": ("pages", PAGE),
}


def write_template(folder: Path, kind: str, slug: str, *, today: date) -> Path:
    """Write the beginning of a text of that kind and return its path. Raises CannotWrite."""
    if not re.fullmatch(SLUG, slug):
        raise CannotWrite(
            f"'{slug}' makes no good address: use small letters, digits and single hyphens, like sore-neck"
        )
    place, text = TEMPLATES[kind]
    path = folder / place / f"{slug}.md"
    filled = text.format(today=today.isoformat(), due=today.replace(year=today.year + 1, day=min(today.day, 28)))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(filled)
    except FileExistsError:
        raise CannotWrite(f"{path} is already there; choose another name") from None
    return path
