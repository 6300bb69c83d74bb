"""Files as the world makes them: each fault is told for that file alone, in bounded time, and the others are shown."""

from __future__ import annotations

import os
import random
import shutil
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.jobs.content_commands import check_content
from app.publishing.checks.source_check import check_source
from app.publishing.library import Shelf
from app.publishing.markdown import render
from app.publishing.reading.front_matter import read_yaml, split_document
from app.publishing.reading.loading import ContentMissing, load_shelf
from app.publishing.schema.problems import Unreadable

CONTENT = Path(__file__).resolve().parents[3] / "content"
GOOD = (CONTENT / "articles" / "does-sports-massage-help.md").read_text()
ARTICLES = {path.stem for path in (CONTENT / "articles").glob("*.md")}
#: Of the processor, which a busy machine gives to others as well.
PATIENCE_S = 3.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONTENT, tmp_path / "content")
    return tmp_path / "content"


def read(folder: Path) -> Shelf:
    start = time.process_time()
    shelf = load_shelf(folder)
    assert time.process_time() - start < PATIENCE_S
    assert set(shelf.documents["articles"]) >= ARTICLES
    return shelf


def fault(folder: Path, data: bytes | str, name: str = "new.md") -> str:
    """What is said about one bad file; everything else stays as it is."""
    path = folder / "articles" / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    shelf = read(folder)
    (problem,) = [p for p in shelf.problems if p.path == f"articles/{name}" and p.severity == "error"]
    assert name.removesuffix(".md") not in shelf.documents["articles"]
    return str(problem)


def body(text: str) -> str:
    """A good article with another body."""
    return GOOD.split("---\n")[0] + "---\n" + GOOD.split("---\n")[1] + "---\n" + text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "front matter: is missing"),
        (b"\xff\xfe\x00\x01", "not UTF-8"),
        (random.Random(7).randbytes(4096), "not UTF-8"),
        ("---\ntitle: x\x00\n---\n", "not text"),
        ("---\ntitle: x\n", "has no end"),
        ("just text", "front matter: is missing"),
        ("---\n- a\n- b\n---\n", "must be lines of 'key: value'"),
        ("---\na: &a [x, x]\nb: [*a, *a, *a]\nc: &c [*a]\n---\n", "anchor"),
        ("---\n" + "a: " + "[" * 500 + "]" * 500 + "\n---\n", "not proper YAML|nested too deeply"),
        ("---\n" + "{a: " * 60 + "1" + "}" * 60 + "\n---\n", "nested too deeply|not proper YAML"),
        ("---\ntitle: a: b\n---\n", "has a second colon"),
        ("---\n? [x]\n: y\n---\n", "not a word|not proper"),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_document_is_said_to_be_none(folder: Path, data: bytes | str, said: str) -> None:
    words = fault(folder, data)
    assert any(part in words for part in said.split("|")), words


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("Fine\n\n<script>alert(1)</script>", 3, "holds HTML"),
        ("<img src=x onerror=alert(1)>", 1, "holds HTML"),
        ("a\nb <b>c</b>", 2, "holds HTML"),
        ("walk <and/or> run", 1, "holds HTML"),  # what a browser takes for a tag would be left out without a word
        ("a line<br/>", 1, "holds HTML"),
        ("[x](javascript:alert(1))", 1, "links to"),
        ("[x](JaVaScRiPt:alert)", 1, "links to"),
        ("[x](data:text/html;base64,AAAA)", 1, "links to"),
        ("\n\n[x]: vbscript:x", 3, "links to"),
        ("<javascript:alert(1)>", 1, "links to|HTML"),
        ("# Title", 1, "first level"),
        ("## A\n\n#### B", 3, "jumps from"),
        ("- " * 10_000 + "x", 1, "nested too deeply"),
        (">" * 5_000 + " x", 1, "nested too deeply"),
        ("Title\n=====", 2, "first level"),
        ("a\n\n#Title", 3, "first level"),
        ("a\n\n- # Title", 3, "first level"),
        ("> # Title", 1, "first level"),
        ("!!! note\n    # Title", 2, "first level"),
        ("Title\n---\n\n####Deep", 4, "jumps from a level 2 to a level 4"),
        ("```\nnever closed\n\n# Title", 4, "first level"),
        ("~~~ js/2\n\n# Title\n\n~~~", 3, "first level"),
    ],
    ids=range(22),
)  # fmt: skip
def test_what_must_not_be_in_a_text_is_told_with_its_line(folder: Path, text: str, line: int, said: str) -> None:
    words = fault(folder, body(text))
    assert any(part in words for part in said.split("|")), words
    first = body("").count("\n") + 1
    if line:
        assert f"new.md:{first + line - 1}:" in words


def test_every_fault_of_a_file_is_told_at_once(folder: Path) -> None:
    text = GOOD.replace("kind: guide", "kind: tale\ncolour: red", 1).replace("title: Does", "title: Heal. Does", 1)
    text += "\n<b>one</b>\n\n[x](javascript:x)\n\n##### Deep\n\n![](a.jpg)\n\nIt cures.\n"
    (folder / "articles" / "New one.md").write_text(text)
    lines = text.split("\n")
    told = {(p.line, p.field, p.message) for p in load_shelf(folder).problems if p.path == "articles/New one.md"}
    for start, field, words in (
        ("---", "file", "makes no good address"),
        ("title:", "title", "says 'Heal'"),
        ("kind:", "kind", "'tale' is not a choice"),
        ("colour:", "colour", "is not a known key"),
        ("<b>", "text", "holds HTML"),
        ("[x](java", "text", "links to"),
        ("##### ", "text", "jumps from"),
        ("![](", "text", "does not say what"),
        ("It cures", "text", "says 'cures'"),
    ):
        number = next(number for number, line in enumerate(lines, 1) if line.startswith(start))
        assert any((number, field) == (p[0], p[1]) and words in p[2] for p in told), (start, sorted(told))


def test_a_file_with_thousands_of_faults_is_told_a_few(folder: Path) -> None:
    (folder / "articles" / "new.md").write_text(body("<b>x</b>\n\nIt heals.\n\n" * 700))
    told = [p.message for p in load_shelf(folder).problems]
    assert 10 < sum("holds HTML" in message for message in told) <= 50
    assert 10 < sum("says 'heals'" in message for message in told) <= 100


def test_code_is_what_the_converter_takes_for_it(folder: Path) -> None:
    text = (
        "```\n# no heading\n"
        + " " * 40
        + "far in\n![](no-picture.jpg)\n[x](javascript:x)\n```\n\nUse `# this` and `<b>`.\n"
    )
    (folder / "articles" / "new.md").write_text(body(text))
    document = read(folder).documents["articles"]["new"]
    assert "<h1" not in document.html
    assert "<img" not in document.html
    assert "# no heading" in document.html
    assert "&lt;b&gt;" in document.html


def test_a_file_of_fifty_megabytes_is_not_read(folder: Path) -> None:
    with (folder / "articles" / "new.md").open("wb") as file:
        file.truncate(50_000_000)
    (problem,) = [p for p in read(folder).problems if p.severity == "error"]
    assert "kB large" in problem.message


@pytest.mark.parametrize("name", ["With Space.md", "UPPER.md", "übung.md", "a_b.md", "..md", "a--b.md"])
def test_names_that_make_no_address(folder: Path, name: str) -> None:
    assert "makes no good address" in fault(folder, GOOD, name)


def test_line_ends_of_windows_and_a_byte_order_mark_are_fine(folder: Path) -> None:
    (folder / "articles" / "new.md").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    shelf = read(folder)
    assert not [problem for problem in shelf.problems if problem.severity == "error"]
    old, new = (shelf.documents["articles"][slug] for slug in ("does-sports-massage-help", "new"))
    assert new.html == old.html


def test_links_out_of_the_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text(GOOD)
    os.symlink(secret, folder / "articles" / "leak.md")
    os.symlink("/dev/zero", folder / "articles" / "zero.md")
    os.symlink("leak.md", folder / "articles" / "loop.md")
    shelf = read(folder)
    assert set(shelf.documents["articles"]) == ARTICLES


def test_what_is_passed_over_is_told_by_the_check(folder: Path, tmp_path: Path) -> None:
    articles = folder / "articles"
    (articles / "folder.md").mkdir()
    os.mkfifo(articles / "pipe.md")
    (tmp_path / "secret.md").write_text(GOOD)
    (articles / "leak.md").symlink_to(tmp_path / "secret.md")
    (articles / "loop.md").symlink_to("loop.md")
    (articles / "nowhere.md").symlink_to("gone.md")
    (articles / "no-ending").write_text(GOOD)
    (articles / "My story.txt").write_text(GOOD)
    (articles / ".gitkeep").write_text("")
    (folder / "lost.md").write_text(GOOD)
    (folder / "article").mkdir()
    assert set(read(folder).documents["articles"]) == ARTICLES
    told = {p.path: p.message for p in check_content(folder, date(2026, 12, 1)) if p.severity == "error"}
    assert told == {
        "articles/folder.md": "is a folder, and texts in it are not read",
        "articles/pipe.md": "is no file",
        "articles/leak.md": "is a link that leads out of the content folder",
        "articles/loop.md": "is a link that leads nowhere",
        "articles/nowhere.md": "is a link that leads nowhere",
        "articles/no-ending": "is neither a text nor a picture",
        "articles/My story.txt": "is neither a text nor a picture",
        "lost.md": "lies where nothing is read",
        "article": "lies where nothing is read",
    }


@settings(max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=600))
def test_no_text_breaks_the_reader(text: str) -> None:
    for reader, given_text in ((split_document, f"---\n{text}\n---\n{text}"), (read_yaml, text)):
        with suppress(Unreadable):  # a refusal is an answer; anything else is a fault
            reader(given_text)


SOUP = st.lists(
    st.sampled_from(["# ", "## ", "- ", "> ", "| a | b |\n|---|---|\n", "```", "[^1]", "[x](", ")", "![", "*", "_", "`",
                     "\n", "\n\n", "    ", "<", ">", "&lt;", "javascript:", "word ", ": def", "{#id}", "\\",
                     "](data:x)", "\u202e"]),
    max_size=60,
)  # fmt: skip


@settings(max_examples=200, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(SOUP)
def test_what_is_let_through_is_harmless(parts: list[str]) -> None:
    source = "".join(parts)
    try:
        check_source(source)
    except Unreadable:
        return
    html = render(source).html.lower()
    assert "<script" not in html
    assert 'href="javascript:' not in html
    assert 'href="data:' not in html
    assert " onerror" not in html


#: What stands in the documentation of other projects, seen in several of them.
HEADS = (
    "",
    "---\ntitle: Guide\nlayout: layouts/docs.njk\neleventyNavigation:\n  key: Guide\n  order: 2\n---\n",
    "---js\n{ title: 'x' }\n---\n",
    "+++\ntitle = 'x'\n+++\n",
    "---\ntitle: x\ntags: [a, b]\ndate: 2024-01-02\n...\n",
    "---\ntitle: &t x\nother: *t\n---\n",
    "---\n\tid: x\n---\n",
    "--- \n---\n",
    "{% set x = 1 %}\n",
    "\ufeff",
    "\n\n---\n",
)
PARTS = (
    "# Title\n\n",
    "Title\n=====\n\n",
    "## Set up {#set-up}\n\n",
    "### Deep\n\n",
    "#No space\n\n",
    "import X from './x';\n\n",
    "<Tabs>\n  <TabItem value='a'>A</TabItem>\n</Tabs>\n\n",
    ":::note\nText\n:::\n\n",
    '!!! note "Title"\n    Text\n\n',
    "{% raw %}{{ page.title }}{% endraw %}\n\n",
    "{{< figure src='x.png' >}}\n\n",
    "```js/2-3\nconst a = '<b>';\n```\n\n",
    "~~~\n~~~\n",
    "````\n```\n````\n",
    "<details><summary>More</summary>\n\nText\n\n</details>\n\n",
    "<!-- note -->\n\n",
    "| a | b |\n|--|:-:|\n| `|` | <br> |\n\n",
    "- [ ] task\n    - deeper\n        - deepest\n            1. one\n\n",
    "* * *\n\n",
    "![diagram](../img/a.svg)\n\n",
    '[link][ref] and [ref]\n\n[ref]: https://example.org "T"\n\n',
    "Text[^1]\n\n[^1]: Note\n\n",
    "Line with two spaces  \nand <https://example.org> and a@b.example\n\n",
    "> > quoted\n> ```\n> code\n\n",
    "Term\n: Meaning\n\n",
    "**bold _both_** ~~gone~~ `code` &copy; &#x1F600; :tada: \U0001f389\n\n",
    "\tcode by tab\n\n",
    "a\\\nb\n\n",
    "$$x^2$$\n\n",
    "Ünïcödé 漢字 עברית \u202etext\n\n",
    "<script>alert(1)</script>\n\n",
    "[x](javascript:alert(1))\n\n",
    "Plain words that say little.\n\n",
)


def test_documentation_of_other_projects_is_read_or_refused_file_by_file(folder: Path) -> None:
    chance = random.Random(11)
    front = body("")
    for number in range(120):
        head = front if number % 2 else chance.choice(HEADS)
        text = head + "".join(chance.choices(PARTS, k=chance.randrange(1, 12)))
        ends = chance.choice(["\n", "\n", "\r\n"])
        (folder / "articles" / f"foreign-{number}.md").write_bytes(text.replace("\n", ends).encode())
    began = time.process_time()
    shelf = load_shelf(folder)
    assert time.process_time() - began < 10
    assert set(shelf.documents["articles"]) >= ARTICLES
    at_fault = {p.path for p in shelf.problems if p.severity == "error"}
    for number in range(120):
        document = shelf.documents["articles"].get(f"foreign-{number}")
        assert (document is None) == (f"articles/foreign-{number}.md" in at_fault)
        if document is not None:
            html = document.html.lower()
            assert "<script" not in html
            assert "javascript:" not in html
    assert not any(
        p.path.removeprefix("articles/").removesuffix(".md") in ARTICLES
        for p in shelf.problems
        if p.severity == "error"
    )
    assert any(f"foreign-{number}" in shelf.documents["articles"] for number in range(1, 120, 2))


@pytest.mark.parametrize(
    ("part", "most"),
    [
        ("[", 300), ("[a](b (", 300), ("[a][", 299), ("<a ", 3000), ("\n## a", 2900), ("\n- ", 2900), ("a\n\n", 1400),
        ("**a", 3000), ("\n!!! a", 2900), ("\"'", 4500), ("<!-- lint-ok: ", 700), ("&#", 4500), ("\n\n[x]:", 1400),
        ("\n|", 2900), ("_a", 4500), ("{a=", 3000), ("![a](b", 299),
        ("\n```a", 2900), ("\n~~~\n", 1400), ("a ", 4500), ("\n- # ", 2900), ("\u0430a", 4500), ("reduce ", 1200),
        ("a-", 4500), (", \"", 3000),
    ],
    ids=range(25),
)  # fmt: skip
def test_no_pattern_keeps_the_site_busy(folder: Path, part: str, most: int) -> None:
    """As much as is let through of what converters and patterns look ahead for, and twenty times as much."""
    for text in (part * most, part * 20 * most):
        (folder / "articles/busy.md").write_text(body(f"x{text}"))
        began = time.process_time()
        shelf = load_shelf(folder)
        document = shelf.documents["articles"].get("busy") or shelf.refused["articles"].get("busy")
        if document is not None:
            assert document.html is not None
        assert time.process_time() - began < 8
        assert set(shelf.documents["articles"]) >= ARTICLES


def test_a_text_of_too_many_lines_or_brackets_is_told_with_its_line(folder: Path) -> None:
    first = body("").count("\n") + 1
    assert f"new.md:{first + 3000}: text: has more than 3000 lines" in fault(folder, body("a\n" * 4000))
    assert f"new.md:{first + 2}: text: has a paragraph with 400 brackets" in fault(folder, body("a\n\n" + "[" * 400))
    assert f"new.md:{first + 2}: text: has a paragraph of 30000" in fault(folder, body("a\n\n" + "b" * 30_000))


def test_a_folder_that_cannot_be_read_harms_no_other(folder: Path, tmp_path: Path) -> None:
    shutil.move(folder / "techniques", tmp_path / "elsewhere")
    (folder / "techniques").symlink_to(tmp_path / "elsewhere")
    shelf = read(folder)
    assert shelf.documents["techniques"] == {}
    (folder / "techniques").unlink()
    (folder / "techniques").write_text("no folder")
    assert read(folder).documents["techniques"] == {}


def test_a_pattern_that_is_none_is_told(folder: Path) -> None:
    rules = folder / "lint/wording.yml"
    rules.write_text(rules.read_text().replace("identifying:\n", 'identifying:\n  - {pattern: "(x", finds: y}\n', 1))
    with pytest.raises(ContentMissing, match=r"lint/wording.yml:\d+: .*no pattern"):
        load_shelf(folder)
