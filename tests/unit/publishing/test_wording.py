"""What must not be said about health is found wherever it is written, and nothing innocent is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.publishing.front_matter import read_yaml
from app.publishing.wording import Ban, WordingRules, check_wording, pattern_of

CONTENT = Path(__file__).resolve().parents[3] / "content"


SHIPPED = WordingRules.model_validate(read_yaml((CONTENT / "lint" / "wording.yml").read_text()).data)


@pytest.fixture
def rules() -> WordingRules:
    return SHIPPED


def said(text: str, rules: WordingRules, **more: bool) -> list[tuple[int, str]]:
    return [(problem.line, problem.severity) for problem in check_wording("a.md", text, rules, **more)]


@pytest.mark.parametrize(
    "text",
    [
        "It flushes out toxins.", "DETOX your back", "A detoxifying massage", "Massage heals.", "It was healing well",
        "We cure backs", "curing pain", "cured", "a guaranteed result", "life, pain-free", "Pain free in a week",
        "permanently better", "We fix your back", "the root cause", "realigned your spine", "realignment",
        "correct your posture", "muscle imbalances", "releases adhesions", "breaks down scar tissue",
        "lengthens muscles", "reduces inflammation", "anti-inflammatory", "speeds up healing", "improves circulation",
        "prevents injuries", "improving performance", "clinically proven", "our specialists", "toxin-free",
        "reduce\ninflammation",
    ],
)  # fmt: skip
def test_what_must_not_be_said_is_found(text: str, rules: WordingRules) -> None:
    assert "error" in {severity for _, severity in said(text, rules)}


@pytest.mark.parametrize(
    "text",
    [
        "Nobody can say how your back will be.", "It may ease for a while for some people.", "health and wealth",
        "the best time to phone", "secure payment", "procure", "obscure", "accurate", "affix", "prefix", "healthy",
        "a manual", "exercise helps", "we reset the page", "unguaranteed", "the permanence of ink",
    ],
)  # fmt: skip
def test_innocent_words_are_left_alone(text: str, rules: WordingRules) -> None:
    assert said(text, rules) == []


@pytest.mark.parametrize(
    "line",
    ["title: Toxins and you", "summary: It heals", "  - {question: Does it cure?, answer: No.}", "alt: A healed back"],
)
def test_front_matter_that_readers_see_is_read_too(line: str, rules: WordingRules) -> None:
    assert said(f"---\n{line}\nstatus: ready\n---\nText", rules) == [(2, "error")]


def test_keys_that_nobody_reads_are_not(rules: WordingRules) -> None:
    assert said("---\nslug: does-massage-heal\naliases: [cure]\n---\nText", rules) == []
    assert said("See [the page](/articles/does-massage-heal).", rules) == []


def test_a_reason_lets_a_line_through_and_is_listed(rules: WordingRules) -> None:
    text = "It does not remove toxins. <!-- lint-ok: says that the claim is wrong -->\nIt removes toxins."
    (waived, refused) = check_wording("a.md", text, rules)
    assert (waived.line, waived.severity) == (1, "waived")
    assert "says that the claim is wrong" in waived.message
    assert (refused.line, refused.severity) == (2, "error")


def test_a_reason_on_a_line_of_its_own_counts_for_the_next(rules: WordingRules) -> None:
    text = "---\n# lint-ok: a myth, told as one\nsummary: Does it remove toxins? No.\n---\n"
    assert said(text, rules) == [(3, "waived")]


def test_a_waiver_without_a_reason_is_an_error(rules: WordingRules) -> None:
    assert (1, "error") in said("It heals. <!-- lint-ok: -->", rules)


def test_words_to_look_at_warn_only(rules: WordingRules) -> None:
    assert said("People with sciatica come too.", rules) == [(1, "warning")]


@pytest.mark.parametrize(
    "text",
    [
        "He came on 12 March 2024.", "She works at Acme.", "He worked for the Council.", "Mr Smith came.",
        "a runner named Peter", "He is 34 years old.",
    ],
)  # fmt: skip
def test_what_tells_who_someone_is(text: str, rules: WordingRules) -> None:
    assert said(text, rules) == []
    assert said(text, rules, about_a_person=True) == [(1, "error")]


VERBS = st.sampled_from(["heal", "cure", "flush", "remedy", "fix", "realign", "melt", "stop"])


@given(VERBS, st.sampled_from([" ", "\n", ". ", ", ", "(", "“"]), st.sampled_from([" ", ".", "!", ",", ")", "\n"]))
def test_a_word_is_found_between_any_marks_in_each_form(verb: str, before: str, after: str) -> None:
    rules = WordingRules(banned=(Ban(words=(verb,), because="x", instead="y"),))
    stem = verb[:-1] if verb[-1] in "ey" else verb
    forms = [verb, f"{stem}ing" if verb[-1] != "y" else f"{stem}ying"]
    forms.append({"e": f"{stem}ed", "y": f"{stem}ied"}.get(verb[-1], f"{verb}ed"))
    for form in forms:
        assert check_wording("a.md", f"x{before}{form}{after}x", rules), form
        assert not check_wording("a.md", f"x{before}un{form}{after}x", rules)
        assert not check_wording("a.md", f"x{before}{form}ness{after}x", rules)


def test_a_phrase_may_break_over_lines_and_hyphens() -> None:
    pattern = pattern_of(("break scar tissue",))
    assert pattern.search("it breaks\nscar  tissue")
    assert pattern.search("breaking-scar-tissue")
    assert not pattern.search("break a scar tissue")


@given(
    st.lists(st.sampled_from(["pain-free", "PROMISE", "detoxing", "root", "cause", "calm", "healed", "fix", ".", "\n"]))
)
def test_passing_over_rules_loses_no_hit(words: list[str]) -> None:
    text, rules = " ".join(words), SHIPPED
    every = {rule for pattern, rule in rules.patterns if pattern.search(text)}
    assert every <= {rule for _, rule in rules.rules_for(text)}
