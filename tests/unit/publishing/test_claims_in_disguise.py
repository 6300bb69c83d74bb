"""A claim is found in whatever dress it comes, and an honest sentence that shares its words is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.publishing.checks.letters import as_seen
from app.publishing.checks.phrases import pattern_of
from app.publishing.checks.wording import check_wording
from app.publishing.checks.wording_rules import Ban, WordingRules
from app.publishing.reading.front_matter import read_yaml

CONTENT = Path(__file__).resolve().parents[3] / "content"
RULES = WordingRules.model_validate(read_yaml((CONTENT / "lint" / "wording.yml").read_text()).data)


def errors(text: str) -> list[tuple[int, str]]:
    found = check_wording("a.md", text, RULES)
    return [(problem.line, problem.message) for problem in found if problem.severity == "error"]


@pytest.mark.parametrize(
    "text",
    [
        "сurеs", "hе\u0430ls", "h\u03b5als", "\u041d\u0415AL", "héals", "cu\u0301res", "c\u0336u\u0336re\u0336s",
        "ᴄᴜʀᴇꜱ", "ⓒⓤⓡⓔⓢ", "🅲🆄🆁🅴🆂", "🇨🇺🇷🇪🇸", "𝓱𝓮𝓪𝓵𝓼", "ｃｕｒｅｓ", "ﬁx your back", "łęngthen muscles",
        "cures¹", "cures²", "cures™", "cures®", "he\u3164al", "he\u2061als", "he\ufe0fals", "heal\u2028ing",
        "c u r e s", "c-u-r-e-s", "c. u. r. e. s.", "H E A L S a back", "pain–free", "pain—free", "pain\u2212free",
        "he&#97ls", "he&shyals", "&#104&#101als", "heal&#8203ing",
    ],
)  # fmt: skip
def test_letters_that_look_like_others_hide_nothing(text: str) -> None:
    assert errors(f"Massage {text} backs"), text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("One\nprоmise", "two alphabets"),
        ("One\nτreat", "two alphabets"),
        ("One\n\u202esruc\u202c", "direction of writing"),
        ("One\n\u2067sruc\u2069", "direction of writing"),
    ],
)
def test_what_nobody_types_by_accident_is_told_with_its_line(text: str, said: str) -> None:
    assert [(line, said in words) for line, words in errors(text)][:1] == [(2, True)]


@pytest.mark.parametrize(
    "text",
    ["A café and a naïve résumé", "5 µg", "Привет", "£15 – that is all", "A, B and C",
     "20 °C", "a 2 × 2 grid", "U.S.A.", "Łódź", "e.g. this, i.e. that", "½ hour", "10–12 weeks", "fiancée"],
)  # fmt: skip
def test_honest_letters_are_left_alone(text: str) -> None:
    assert errors(text) == []


def test_lines_stay_where_they_are() -> None:
    for text in ("a\u2028b\nс\n\u00ad\nⓒ", "c u\nr e s", "c-\nu-\nr"):
        assert as_seen(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("front", "line"),
    [
        ('summary: "Massage he\\\nals"', 2),
        ('title: A\nsummary: "Massage\nstatus: it heals you"', 3),
        ("title: A\nsummary: 'Massage\nslug: it heals you'", 3),
        ('summary: "Massage\n\n  \\x68eals"', 2),
        ('hero: {src: a.jpg, alt: "It \\\n  heals"}', 2),
        ('questions:\n  - {question: A?, answer: "It h\\u0065als."}', 3),
        ("credit: It heals", 2),
        ("not_shown:\n  - That it heals", 3),
        ('visits:\n  - {label: One, felt: "Healed."}', 3),
        ("programme:\n  title: Five visits to a cure", 3),
    ],
)
def test_what_yaml_puts_together_is_read_together(front: str, line: int) -> None:
    assert [place for place, _ in errors(f"---\n{front}\n---\nText")] == [line]


@pytest.mark.parametrize(
    "text",
    [
        "flushes them out", "flush away waste", "It improves your overall performance", "improved athletic performance",
        "reduces the inflammation", "less inflammation", "boosts your natural immunity",
        "speeds your recovery", "faster recovery", "recover quicker", "boosts your circulation", "more blood flow",
        "improves posture", "corrects a bad posture", "straightens the spine", "lengthens tight muscles",
        "breaks down old adhesions", "broke up the scar tissue", "dissolves knots", "melts your tension",
        "prevents your next injury", "keeps back pain away", "keeps injuries at bay", "prevention of injuries",
        "free from pain", "no more pain", "no more back pain", "gone for good", "lasting relief", "long-term relief",
        "eliminates chronic pain", "gets rid of your pain", "say goodbye to back pain", "stops pain", "ends your pain",
        "fixes backs", "fixing the pain", "fixed in one visit", "the real cause", "root of your problem",
        "gets to the root", "treats the cause", "re-aligns", "re aligned", "misalignment", "back into alignment",
        "puts your spine back in place", "clinically tested", "proven method", "best massage in town",
        "the best sports massage", "recommended by doctors", "doctor-recommended", "100% effective", "curative",
        "relieves headaches", "strengthens weak and tired muscles", "resets your nervous system", "cure-all",
    ],
)  # fmt: skip
def test_claims_with_words_between_are_found(text: str) -> None:
    assert errors(f"Massage: {text}.")


@pytest.mark.parametrize(
    "text",
    [
        "We fix the date with you by phone. Your back can wait.", "The price is fixed. Pain has no price.",
        "You can reset your choices.", "We avoid areas of injury.", "Tell us, and we stop. Pain is a reason.",
        "The pressure is no more than a dull ache.", "It is best to wash hands first.", "Our best practice is written.",
        "The oil washes out of most fabrics.", "Wait until the wound has healed.", "We stay off a healing burn.",
        "Sit without pain\n\n- Free tea\n- Free water", "It causes no pain\n\nFree times are below.",
        "We cannot guarantee a time.", "Tell us about a pacemaker or a permanent implant.", "At best it helps.",
        "Ask how posture and pain are linked.", "Studies of posture found weak links.", "More pressure is not better.",
        "Exercise may help.", "Performance was not measured.", "Circulation is not our word.", "a curate's egg",
        "Nobody knows what caused it.", "Often no single cause can be found.", "The injury happened at work.",
        "Step back. In place of a towel we use a sheet.", "A knot is a word for a feeling.", "secure, procure",
        "You were told to sit up straight.", "We prevent double bookings.", "Keep the receipt. Pain may come back.",
    ],
)  # fmt: skip
def test_honest_sentences_are_left_alone(text: str) -> None:
    assert errors(text) == []


def test_a_phrase_stays_within_its_paragraph_and_its_point() -> None:
    pattern = pattern_of(("reduce * inflammation", "pain-free"))
    assert pattern.search("reduces the\nlocal inflammation")
    assert not pattern.search("reduces\n\ninflammation")
    assert not pattern.search("reduce one two three four inflammation")
    assert not pattern.search("reduce it. No inflammation")
    assert not pattern.search("pain\n- free")


def test_an_innocent_phrase_excuses_only_what_stands_in_it() -> None:
    rules = WordingRules(banned=(Ban(words=("heal",), unless=("wound * heal",), because="x", instead="y"),))
    assert not check_wording("a.md", "When the wound has healed, come.", rules)
    assert len(check_wording("a.md", "When the wound has healed, massage heals.", rules)) == 1


@pytest.mark.parametrize("phrase", ["* cure", "cure *", "*", "cu*re", "cure//heal", "/cure", "cure/"])
def test_a_phrase_that_cannot_be_read_is_told(phrase: str) -> None:
    with pytest.raises(ValidationError, match=r"\*|a/b"):
        Ban(words=(phrase,), because="x", instead="y")
