"""What must not be said about health is found wherever it is written, and nothing innocent is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.publishing.checks.phrases import pattern_of
from app.publishing.checks.wording import check_wording
from app.publishing.checks.wording_rules import Ban, WordingRules
from app.publishing.reading.front_matter import read_yaml

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
        "a runner named Peter", "He is 34 years old.", "He came on 12 March.", "She came on March 12, 2024.",
        "He came on 12/03/2024.", "the 12th of March", "on 2024-03-12", "Peter Jones came.", "with Sarah O’Neill",
        "a nurse at Example Hospital", "a job at Example", "the runner Xavier", "a 34-year-old",
    ],
)  # fmt: skip
def test_what_tells_who_someone_is(text: str, rules: WordingRules) -> None:
    assert said(text, rules) == []
    assert set(said(text, rules, about_a_person=True)) == {(1, "error")}


@pytest.mark.parametrize(
    "text",
    [
        "It **flushes** out toxin-like things.", "flush **out**", "flush _out_", "he**al**s", "__cures__",
        "*cures*", "`cures`",
        "pain\u2011free", "pain\u00a0free", "pain\u00adfree", "he\u00adal", "he\u200bal", "flush\u200b out",
        "flush\u2060 out",
        "painfree", "ｈｅａｌ", "he&shy;al", "flush&nbsp;out", "h&#101;al", "\\*cure\\*",
        "[flush](/x) out", "[flush][1] out",
        "flush[^1] out", "reduce\n> inflammation", "> reduce\n> inflammation", "he<!-- lint-ok: x -->al\nIt heals.",
        "flush **_out_**", "flush\u00a0\nout", "[he](/a)[al](/b)",
    ],
)  # fmt: skip
def test_no_mark_hides_a_word(text: str, rules: WordingRules) -> None:
    assert "error" in {severity for _, severity in said(text, rules)}


@pytest.mark.parametrize(
    "text",
    [
        '[a page](/x "It heals")', "[a page](/x 'It heals')", "[a page](</x y> \"It heals\")",
        '![A back](b.jpg "It heals")',
        "![A healed back](b.jpg)", '[1]: /x "It heals"', '[a page](/x){title="It heals"}',
        "[a page](/x){: title='It heals'}",
        "![A healed back][1]", '[a page](/x "It heals\nwell")',
    ],
)  # fmt: skip
def test_titles_and_alternative_texts_are_read(text: str, rules: WordingRules) -> None:
    assert said(f"Fine.\n\n{text}", rules) == [(3, "error")]


@pytest.mark.parametrize("value", ['"It h\\x65als"', '"It \\u0068eals"', "It he\u00adals", "It **heals**"])
def test_no_escape_hides_a_word_in_front_matter(value: str, rules: WordingRules) -> None:
    assert said(f"---\nsummary: {value}\n---\nText", rules) == [(2, "error")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # not a comment: words of the text, of a value, of the wrong language
        ("It heals. lint-ok: because", [(1, "error")] * 2),
        ("It heals. # lint-ok: because", [(1, "error")] * 2),
        ("It heals. <!-- not lint-ok: because -->", [(1, "error")] * 2),
        ('---\nsummary: "It heals # lint-ok: because"\n---\n', [(2, "error")] * 2),
        ("---\nsummary: It heals#lint-ok: because\n---\n", [(2, "error")] * 2),
        ("---\nsummary: It heals <!-- lint-ok: because -->\n---\n", [(2, "error")] * 2),
        (
            "---\nsummary: |\n  It heals\n  # lint-ok: because\n  and heals\n---\n",
            [(4, "error"), *[(n, "error") for n in (3, 5)]],
        ),
        # for its own line only
        ("It heals. <!-- lint-ok: said by others -->\nIt heals.", [(1, "waived"), (2, "error")]),
        ("<!-- lint-ok: said by others --> It heals.\nIt heals.", [(1, "waived"), (2, "error")]),
        ("<!-- lint-ok: said by others -->\nIt heals.\nIt heals.", [(2, "waived"), (3, "error")]),
        ("---\n# lint-ok: said by others\nsummary: It heals\ntitle: It cures\n---\n", [(3, "waived"), (4, "error")]),
        # a phrase over two lines needs a reason on both; one that begins inside another is found by itself
        ("They reduce <!-- lint-ok: said by others -->\ninflammation.", [(1, "error")]),
        ("It is the root <!-- lint-ok: said by others -->\ncause", [(1, "error")]),
        # several on one line share its reason
        ("It heals and cures. <!-- lint-ok: said by others -->", [(1, "waived")] * 2),
    ],
)  # fmt: skip
def test_a_reason_counts_as_a_comment_and_for_its_line_alone(
    text: str, expected: list[tuple[int, str]], rules: WordingRules
) -> None:
    assert said(text, rules) == expected


@pytest.mark.parametrize(
    "text",
    [
        "---\nauthor: Jane Example\nreviewed_by: Peter Example\nreviewed_at: 2026-11-02\n---\nText",
        "---\nconsent:\n  date: 2026-11-02\n---\nText", "The World Health Organization says so.",
        "March 2024 was cold, and he ran 10 miles in June.", "Mark the day. Rose early.", "4 to 6 out of 10",
    ],
)  # fmt: skip
def test_who_works_here_and_what_is_common_tells_nothing(text: str, rules: WordingRules) -> None:
    assert said(text, rules, about_a_person=True) == []


def test_what_tells_who_someone_is_may_be_waived_and_is_listed(rules: WordingRules) -> None:
    text = (
        "The guideline of 12 March 2024 says so. <!-- lint-ok: the date of a guideline -->\nHe came on 12 March 2024."
    )
    (waived, told) = check_wording("a.md", text, rules, about_a_person=True)
    assert (waived.line, waived.severity) == (1, "waived")
    assert "the date of a guideline" in waived.message
    assert "12 March 2024" in waived.message
    assert (told.line, told.severity) == (2, "error")


@given(st.text(max_size=300))
def test_no_text_breaks_the_check(text: str) -> None:
    for whole in (text, f"---\ntitle: {text}\n---\n{text}"):
        lines = whole.count("\n") + 1
        assert all(1 <= problem.line <= lines for problem in check_wording("a.md", whole, SHIPPED, about_a_person=True))


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
def test_passing_over_places_loses_no_hit(words: list[str]) -> None:
    text, rules = " ".join(words), SHIPPED
    every = [match.group() for pattern, _ in rules.patterns for match in pattern.finditer(text)]
    told = [problem.message for problem in check_wording("a.md", text, rules)]
    assert len(told) >= len(every)
    for hit in every:
        assert any(f"says '{re.sub(chr(92) + 's+', ' ', hit)}'" in message for message in told)
