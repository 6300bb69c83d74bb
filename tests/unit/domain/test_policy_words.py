"""What is written and what happens agree at every edge, to the second, across clock changes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.policy import BookingFacts, due_now, outcome_of_cancelling, outcome_of_moving
from app.domain.policy_page import cancel_rules, differing_sections, move_rules, policy_sentences
from app.domain.policy_rules import (
    AgeRule,
    CancelBand,
    CancelRule,
    DepositRule,
    HomeVisitRule,
    LateRule,
    MoveBand,
    MoveRule,
    NoShowRule,
    Policy,
)
from app.domain.policy_words import (
    cancel_sentences,
    cancel_terms,
    cancel_words,
    move_terms,
    move_words,
)

ZONES = ("Europe/London", "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe")
#: Clock changes of 2027, as instants.
CHANGES = {
    "Europe/London": ("2027-03-28T01:00", "2027-10-31T01:00"),
    "Europe/Amsterdam": ("2027-03-28T01:00", "2027-10-31T01:00"),
    "America/New_York": ("2027-03-14T07:00", "2027-11-07T06:00"),
    "Australia/Lord_Howe": ("2027-04-03T15:00", "2027-10-02T15:30"),
}
SECOND = timedelta(seconds=1)
MOMENT = re.compile(r"(\d\d:\d\d(?::\d\d)?)( \S+)? on \w+ (\d+)\s(\w+)")


def read_moments(text: str, zone: str) -> list[datetime]:
    """The moments a sentence names, read as a person with a calendar would."""
    found = []
    for clock, tzname, day, month in MOMENT.findall(text):
        shape = "%Y %B %d %H:%M:%S" if clock.count(":") == 2 else "%Y %B %d %H:%M"
        wall = datetime.strptime(f"2027 {month} {day} {clock} +0000", f"{shape} %z")
        both = [wall.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1)]
        if tzname:
            both = [one for one in both if one.tzname() == tzname.strip()]
        found.append(both[0].astimezone(UTC))
    return found


@st.composite
def bands(draw: st.DrawFn, kinds: tuple[str, ...]) -> list[tuple[int, str]]:
    """Bands in falling order down to 0 hours, each bringing less than the one before."""
    hours = sorted(draw(st.sets(st.sampled_from([1, 2, 6, 12, 24, 36, 48, 72]), max_size=len(kinds) - 1)), reverse=True)
    chosen = sorted(draw(st.sets(st.sampled_from(range(len(kinds))), min_size=len(hours) + 1, max_size=len(hours) + 1)))
    return [(hour, kinds[kind]) for hour, kind in zip([*hours, 0], chosen, strict=True)]


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    cancel = draw(bands(("choice", "money", "credit", "kept")))
    move = draw(bands(("carried", "kept", "refused")))
    return Policy(
        cancel=CancelRule(
            tuple(CancelBand(hours, returned) for hours, returned in cancel),  # type: ignore[arg-type]
            fee_minor=draw(st.sampled_from([0, 0, 250])),
            by=draw(st.sampled_from(["online", "online", "phone"])),
        ),
        move=MoveRule(
            tuple(MoveBand(hours, deposit) for hours, deposit in move),  # type: ignore[arg-type]
            allowed=draw(st.sampled_from([None, 0, 2])),
            by=draw(st.sampled_from(["online", "online", "phone"])),
        ),
    )


@st.composite
def visits(draw: st.DrawFn) -> tuple[BookingFacts, str]:
    """A visit in the days around a clock change, so that edges fall before, on and after it."""
    zone = draw(st.sampled_from(ZONES))
    change = datetime.fromisoformat(draw(st.sampled_from(CHANGES[zone]))).replace(tzinfo=UTC)
    start = change + timedelta(minutes=5 * draw(st.integers(-12, 80 * 12)))
    return BookingFacts(start, draw(st.sampled_from([0, 1200, 6000])), draw(st.integers(0, 3))), zone


@settings(max_examples=300, deadline=None)
@given(policies(), visits(), st.integers(0, 100 * 3600))
def test_the_sentence_in_force_is_what_happens_at_every_edge(
    policy: Policy, visit: tuple[BookingFacts, str], seconds_before: int
) -> None:
    booking, zone = visit
    at = booking.starts_at - timedelta(seconds=seconds_before)
    edges = [booking.starts_at - timedelta(hours=band.hours) for band in (*policy.cancel.bands, *policy.move.bands)]
    moments = {t for edge in (*edges, at, booking.starts_at) for t in (edge - SECOND, edge, edge + SECOND) if t >= at}
    for moment in sorted(moments):
        cancelled = outcome_of_cancelling(policy, booking, moment)
        moved = outcome_of_moving(policy, booking, moment)
        if moment < booking.starts_at:
            assert cancel_words(policy, cancelled).lower() in in_force(
                cancel_terms(policy, booking, at, zone), moment, zone
            )
            assert move_words(policy, moved).lower() in in_force(move_terms(policy, booking, at, zone), moment, zone)
        else:
            assert not cancelled.allowed
            assert not moved.allowed


def in_force(terms: tuple, moment: datetime, zone: str) -> str:
    """The one sentence that, read by its own words, speaks about `moment`."""
    speaking, that = [], None
    for term in terms:
        text, named = term.text, read_moments(term.text, zone)
        begun = not text.startswith("After that") or (that is not None and that < moment)
        if text.startswith(("Up to", "After that, and up to")):
            holds, that = begun and moment <= named[0], named[0]
        else:
            holds = begun
        if holds:
            speaking.append(text.lower())
    assert len(speaking) == 1
    return speaking[0]


def test_the_shipped_rules_read_well() -> None:
    booking = BookingFacts(datetime(2026, 11, 25, 16, 15, tzinfo=UTC), 1200)
    early = cancel_sentences(Policy(), booking, datetime(2026, 11, 20, tzinfo=UTC), "Europe/London")
    assert [plain(sentence) for sentence in early] == [
        "Up to 16:15 on Tuesday 24 November: £12.00 goes back to your card.",
        "After that: we keep the £12.00 you paid, and you pay no more.",
    ]
    late = cancel_sentences(Policy(), booking, datetime(2026, 11, 25, tzinfo=UTC), "Europe/London")
    assert [plain(sentence) for sentence in late] == ["We keep the £12.00 you paid, and you pay no more."]


def test_a_moment_that_comes_twice_names_its_zone() -> None:
    booking = BookingFacts(datetime(2027, 11, 1, 1, 30, tzinfo=UTC), 1200)
    (first, _) = cancel_sentences(Policy(), booking, datetime(2027, 10, 20, tzinfo=UTC), "Europe/London")
    assert "01:30 GMT on Sunday 31" in first


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@settings(max_examples=100, deadline=None)
@given(policies())
def test_the_policy_page_names_every_band(policy: Policy) -> None:
    sections = {section.id: " ".join(section.sentences) for section in policy_sentences(policy)}
    for band in policy.cancel.bands:
        assert band.hours == 0 or f"{band.hours}\N{NO-BREAK SPACE}hour" in sections["cancelling"]
    if policy.cancel.by == "phone":
        assert "phone" in sections["cancelling"]
    assert ("£2.50" in sections["cancelling"]) is (
        policy.cancel.fee_minor > 0 and any(band.returned in ("money", "choice") for band in policy.cancel.bands)
    )


def test_general_rules_read_well() -> None:
    assert [plain(rule) for rule in cancel_rules(Policy())] == [
        "Cancel 24 hours or more before, and you get your deposit back on your card.",
        "Later than that: we keep the deposit, and nothing more.",
    ]
    assert [plain(rule) for rule in move_rules(Policy())] == [
        "Move 24 hours or more before, and your deposit moves with you.",
        "Later than that: a visit can no longer be moved, only cancelled.",
    ]
    rich = Policy(
        deposit=DepositRule("full"),
        cancel=CancelRule((CancelBand(48, "choice"), CancelBand(24, "credit"), CancelBand(0, "kept")), fee_minor=200),
        move=MoveRule((MoveBand(6, "kept"), MoveBand(0, "refused")), allowed=2),
    )
    assert [plain(rule) for rule in cancel_rules(rich)] == [
        "Cancel 48 hours or more before, and you choose: your payment back on your card, or kept for your next visit.",
        "Later, but 24 hours or more before: we keep your payment for your next visit.",
        "Later than that: we keep the payment, and nothing more.",
        "When money goes back to your card, we keep a fee of £2.00.",
    ]
    assert plain(move_rules(rich)[0]) == "Move 6 hours or more before, and you pay again."
    assert move_rules(rich)[-1] == "A visit can be moved twice."


def test_a_practice_that_takes_no_money_ahead_does_not_speak_of_it() -> None:
    free = Policy(deposit=DepositRule("none"), no_show=NoShowRule(then="phone"))
    words = " ".join((*cancel_rules(free), *move_rules(free)))
    assert "deposit" not in words
    assert "lose nothing" in words
    assert move_rules(Policy(move=MoveRule(allowed=0))) == (
        "A visit cannot be moved. You can cancel it and book again.",
    )


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        (DepositRule("none"), "payment"),  # only who missed visits pays ahead
        (DepositRule(asked_of="new"), "deposit"),
        (DepositRule(above_minor=4000), "deposit"),
    ],
)
def test_who_may_have_paid_nothing_is_not_promised_money_back(rule: DepositRule, word: str) -> None:
    policy = Policy(deposit=rule)
    assert [plain(line) for line in cancel_rules(policy)] == [
        "You can cancel up to the start of your visit. If you have paid nothing, you lose nothing.",
        f"If you paid when you booked: cancel 24 hours or more before, and you get your {word} back on your card.",
        f"Later than that: we keep the {word}, and nothing more.",
    ]
    assert plain(move_rules(policy)[0]) == "Move 24 hours or more before, and anything you paid moves with you."


def test_the_policy_page_says_what_is_due() -> None:
    for rule, words in (
        (DepositRule(), "£15.00 or 20% of the price, whichever is lower"),
        (DepositRule("fixed", 2000), "a deposit of £20.00"),
        (DepositRule("percent", percent=30), "30% of the price"),
        (DepositRule("full"), "the full price"),
        (DepositRule("none"), "nothing when you book"),
        (DepositRule("fixed", 2000, above_minor=3000), "a price of £30.00 or less"),
        (DepositRule("fixed", 2000, asked_of="new"), "new to us"),
    ):
        page = " ".join(policy_sentences(Policy(deposit=rule))[0].sentences)
        assert words in page
        amount = due_now(Policy(deposit=rule), 6000).amount_minor
        assert (amount == 0) is ("nothing when you book" in page)


def test_rules_that_are_off_are_not_written_and_those_that_are_on_are() -> None:
    ids = {section.id for section in policy_sentences(Policy())}
    assert ids == {"deposit", "cancelling", "moving", "our-cancelling", "late", "missed", "age"}
    full = Policy(
        no_show=NoShowRule(3, 6, "phone"),
        late=LateRule(10),
        age=AgeRule(16, 18),
        intake_hours=4,
        home_visits=HomeVisitRule(("BS1", "BS2"), 20, 10),
        vouchers=True,
    )
    words = plain(" ".join(s for section in policy_sentences(full) for s in section.sentences))
    for part in (
        "3 missed visits within 6 months",
        "by phone only",
        "10 minutes",
        "from 16 years",
        "Under 18",
        "4 hours before",
        "BS1 and BS2",
        "20 minutes to set up",
        "voucher",
    ):
        assert part in words


def test_a_treatment_with_rules_of_its_own_shows_only_what_differs() -> None:
    own = Policy(deposit=DepositRule("fixed", 2000))
    assert [section.id for section in differing_sections(Policy(), own)] == ["deposit"]
    assert differing_sections(Policy(), Policy()) == ()
