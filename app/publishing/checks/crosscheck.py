"""Checks between files: what one names must exist in another, and what may not be said is not said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import replace
from datetime import timedelta

from app.domain.availability import LONGEST_BUSY
from app.publishing.library import Document, Shelf
from app.publishing.markdown import section_ids
from app.publishing.reading.front_matter import split_document
from app.publishing.reading.index import SourceLost
from app.publishing.reading.listed import Listed
from app.publishing.schema.fronts import (
    ArticleFront,
    ConditionFront,
    Evidence,
    Graded,
    PractitionerFront,
    Reviewed,
    TreatmentFront,
)
from app.publishing.schema.practice_rules import contradictions, policy_of
from app.publishing.schema.problems import Place, Problem, dotted, faulty_paths
from app.publishing.schema.programmes import programme_faults

#: The H2 ids that every condition page must have: its template puts the other parts between them.
CONDITION_SECTIONS = ("feel", "visit", "self", "many")

_KEY_ENDS = re.compile(r"[.\[]")
Report = Callable[[Place, str, str], None]


#: Faults in these parts would put something false or incomplete in front of a patient: the document is left out.
#: An unknown page named elsewhere is an error too, but the document stays and the template passes over the name.
GRAVE = ("evidence", "safety", "rules", "at_home", "minutes", "")


def cross_check(shelf: Shelf) -> Shelf:
    """The shelf without the documents that have a grave fault, with every fault on it."""
    at_fault = faulty_paths(shelf.faults)
    named: set[str] = set().union(*[document.meta.names for document in shelf.documents["articles"].values()])
    absent = {name for name in named if not shelf.has(name)}
    faults = [
        fault
        for kind in shelf.documents.values()
        for document in kind.values()
        if not _is_surely_right(document, shelf, absent)
        for fault in _faults_of(document, shelf, at_fault)
    ]
    bad = {fault.path for fault in faults if _is_grave(fault)}
    documents = {
        kind: {s: d for s, d in of.items() if d.path not in bad} if bad else of for kind, of in shelf.documents.items()
    }
    return replace(shelf, documents=documents, faults=tuple(sorted({*shelf.faults, *faults})))


def _is_surely_right(document: Document, shelf: Shelf, absent: Set[str]) -> bool:
    """Whether an article names nothing `absent`: so for almost every article nothing more has to be looked at."""
    meta = document.meta
    if not isinstance(meta, Listed):
        return document.unread  # nothing is shown of it before its own turn
    if meta.aliases or (absent and not absent.isdisjoint(meta.names)):
        return False
    if meta.programme is None:
        return True
    return not programme_faults(document.slug, document.kind, meta, shelf.documents["treatments"], shelf.practice)


def is_gravely_wrong(document: Document, shelf: Shelf) -> bool:
    """Whether a document names what would put something false in front of a patient: it is not shown then."""
    if _is_surely_right(document, shelf, {name for name in document.meta.names if not shelf.has(name)}):
        return False
    return any(_is_grave(fault) for fault in _faults_of(document, shelf, faulty_paths(shelf.faults)))


def _is_grave(fault: Problem) -> bool:
    return _KEY_ENDS.split(fault.field)[0] in GRAVE


def _faults_of(document: Document, shelf: Shelf, at_fault: frozenset[str]) -> list[Problem]:
    found: list[Problem] = []

    def report(place: Place, message: str, mend: str) -> None:
        lines = lines_of(document)
        near = place
        while near and near not in lines:
            near = near[:-1]
        field = dotted(place)
        found.append(Problem(document.path, lines.get(near, 1), field, message, mend))

    def known(place: Place, slugs: Iterable[str | None], kind: str) -> None:
        for slug in slugs:
            if slug is not None and slug not in shelf.documents[kind] and f"{kind}/{slug}.md" not in at_fault:
                names = ", ".join(sorted(shelf.documents[kind])) or "none yet"
                report(place, f"'{slug}' is not in content/{kind}/", f"there are: {names}")

    meta = document.front
    _check_aliases(document, shelf, report)
    _check_evidence(meta.evidence if isinstance(meta, Graded) else (), shelf, report)
    if isinstance(meta, Reviewed):
        known(("techniques",), meta.techniques, "techniques")
        known(("related",), meta.related, "articles")
    if isinstance(meta, ConditionFront):
        known(("treatment",), [meta.treatment], "treatments")
        known(("case_study",), [meta.case_study], "articles")
        _check_condition(document, meta, shelf, report)
    if isinstance(meta, ArticleFront):
        known(("cta", "condition"), [meta.cta.condition], "conditions")
        known(("cta", "treatment"), [meta.cta.treatment], "treatments")
    if isinstance(meta, TreatmentFront):
        _check_rules(meta, shelf, report)
    for fault in programme_faults(document.slug, document.kind, meta, shelf.documents["treatments"], shelf.practice):
        report(*fault)
    if isinstance(meta, PractitionerFront):
        known(("treatments",), meta.treatments, "treatments")
    return found


def lines_of(document: Document) -> Mapping[Place, int]:
    """The line of each key of the front matter; none when the text is not to be had any more."""
    try:
        return split_document(document.whole).lines
    except SourceLost:
        return {}


def _check_aliases(document: Document, shelf: Shelf, report: Report) -> None:
    for alias in document.meta.aliases:
        other = shelf.documents[document.kind].get(alias) or shelf.former[document.kind, alias]
        if other is not document:
            report(("aliases",), f"'{alias}' is used by {other.path}", "an old address can lead to one page only")


def _check_evidence(evidence: Iterable[Evidence], shelf: Shelf, report: Report) -> None:
    for i, item in enumerate(evidence):
        claim = shelf.claims.get(item.claim)
        place: Place = ("evidence", i, "claim")
        if claim is None:
            report(place, f"{item.claim} is not in claims.yml", "use the id of a claim that is")
        elif not claim.sayable:
            report(place, f"{item.claim} has grade {claim.grade}: it may not be said", "take it out")
        elif not shelf.is_sourced(claim):
            report(place, f"{item.claim} has no checked reference", "check one and mark it in references.yml")


def _check_rules(meta: TreatmentFront, shelf: Shelf, report: Report) -> None:
    practice = shelf.practice
    policy = policy_of(practice, practice.currency, meta.rules)
    lead = practice.diary.lead_hours * 60 if meta.lead_minutes is None else meta.lead_minutes
    for place, problem in (
        contradictions(policy, lead_minutes=lead) if meta.rules or meta.lead_minutes is not None else ()
    ):
        report(("rules", *place), problem.message, problem.mend)
    if meta.at_home and policy.home_visits is None:
        report(("at_home",), "no districts for home visits are named", "add home_visits to practice.yml or to rules")
    home = policy.home_visits if meta.at_home else None
    busy = meta.buffer_before + meta.minutes + meta.first_visit_minutes + meta.buffer_after
    busy += home.set_up_minutes + home.pack_up_minutes if home else 0
    longest = LONGEST_BUSY // timedelta(minutes=1)
    if busy > longest:  # the diary looks no further back for what may still keep its time
        report(("minutes",), f"the visit keeps {busy} minutes with its buffers", f"keep it to {longest} at most")


def _check_condition(document: Document, meta: ConditionFront, shelf: Shelf, report: Report) -> None:
    for row_id in meta.safety:
        row = shelf.safety.row(row_id)
        if row is None:
            report(("safety",), f"'{row_id}' is not in safety.yml", "use the id of a row that is")
        elif row.regions and meta.region not in row.regions:
            report(("safety",), f"{row_id} does not concern the {meta.region} region", "choose another row")
    missing = [name for name in CONDITION_SECTIONS if name not in section_ids(document.source)]
    if missing:
        report((), f"has no section {', '.join('{#' + name + '}' for name in missing)}", "add the heading with that id")
