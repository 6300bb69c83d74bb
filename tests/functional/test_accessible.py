"""Every page and every state of booking, as people who see, hear, point or move otherwise meet them."""

from __future__ import annotations

from tests.functional.conftest import Client, Product, Windows, choose, fill_details, pass_gate, reach_details
from tests.functional.looking import WIDTHS, faults_of_look, public_paths

#: Pages of each kind whose pictures are kept at every width, by what the picture is called.
PICTURED = {
    "/": "page-home",
    "/conditions/lower-back": "page-condition",
    "/articles/runner-back-pain-five-visits": "page-case-study",
    "/treatments/": "page-treatments",
    "/contact": "page-contact",
}


def test_reading_pages(windows: Windows, product: Product) -> None:
    visit = windows.open()
    found = []
    seen: set[str] = set()
    for path in public_paths(product):
        visit.open(path)
        # pages of one kind have the same controls: the Tab key goes through the first of them
        kind = path.rpartition("/")[0]
        found += faults_of_look(visit.page, stops=0 if kind in seen else 40, like_another=kind in seen)
        seen |= {kind} & {"/treatments", "/techniques", "/team"}
        for width in WIDTHS if path in PICTURED else ():
            visit.resize(width)
            visit.picture(PICTURED[path])
    assert not found, "\n".join(found)


def test_every_step_of_booking_and_its_errors(windows: Windows) -> None:
    visit = windows.open()
    page = visit.page
    found = []
    visit.open("/book")
    found += faults_of_look(page)
    visit.press("Continue")
    found += faults_of_look(page)
    visit.open("/book?condition=neck")
    visit.press("Continue")
    found += faults_of_look(page)
    visit.press("Continue")
    found += faults_of_look(page)
    choose(visit, "answer", "none")
    visit.press("Continue")
    found += faults_of_look(page)
    choose(visit, "answer", "none")
    visit.press("Continue")
    found += faults_of_look(page)
    visit.press("See free times")
    found += faults_of_look(page)
    visit.press("Continue")
    found += faults_of_look(page)
    choose(visit, "time")
    visit.press("Continue")
    found += faults_of_look(page)
    visit.press("Continue")
    assert page.title().lower().startswith("error"), page.title()
    found += faults_of_look(page)
    fill_details(visit, Client(email="sam@client.example"))
    found += faults_of_look(page)
    assert not found, "\n".join(found)


def test_several_visits_in_one_go(windows: Windows) -> None:
    visit, found = windows.open(), []
    visit.open("/book?programme=runner-back-pain-five-visits&condition=lower-back")
    visit.press("Continue")
    pass_gate(visit)
    found += faults_of_look(visit.page)
    visit.press("Change visit 2")
    found += faults_of_look(visit.page)
    visit.press("Take this date")
    visit.press("Hold these five dates")
    found += faults_of_look(visit.page)
    fill_details(visit, Client(email="sam@client.example"))
    found += faults_of_look(visit.page)
    assert not found, "\n".join(found)


def test_asking_for_a_call_and_its_mistakes(windows: Windows) -> None:
    visit = windows.open(width=320)
    visit.open("/ask/call?condition=neck&from=call")
    found = faults_of_look(visit.page)
    visit.picture("ask-for-a-call")
    visit.press("Book the call")
    assert visit.page.title().startswith("Error")
    found += faults_of_look(visit.page)
    choose(visit, "time")
    for name, value in (("name", "Sam Example"), ("email", "call@client.example"), ("phone", "07700 900123")):
        visit.page.locator(f"main input[name='{name}']").fill(value)
    visit.page.wait_for_timeout(3500)  # programs are quicker than people
    visit.press("Book the call")
    assert visit.heading().startswith("A call on ")
    visit.picture("call-booked")
    found += faults_of_look(visit.page)
    assert not found, "\n".join(found)


def test_someone_sent_to_a_doctor(windows: Windows) -> None:
    visit = windows.open()
    visit.open("/book?condition=neck")
    visit.press("Continue")
    choose(visit, "answer", "some")
    visit.press("Continue")
    assert "/book/help" in visit.page.url or "/book/call" in visit.page.url
    found = faults_of_look(visit.page)
    assert not found, "\n".join(found)


def test_forced_colours_keep_every_control_visible(windows: Windows) -> None:
    visit = windows.open()
    visit.page.emulate_media(forced_colors="active")
    reach_details(visit)
    bare = visit.page.evaluate(
        """() => [...document.querySelectorAll("main .in, main .btn")]
            .filter((it) => it.checkVisibility() && getComputedStyle(it).borderTopStyle === "none")
            .map((it) => it.outerHTML.slice(0, 90))"""
    )
    assert not bare, bare
    visit.open("/book?condition=neck")
    chosen, other = (visit.page.locator(f"main label:has(input{of})").first for of in (":checked", ":not(:checked)"))
    ringed = [label.evaluate("(it) => getComputedStyle(it).outlineStyle") != "none" for label in (chosen, other)]
    assert ringed == [True, False]


def test_nothing_moves_for_those_who_asked_for_rest(windows: Windows) -> None:
    visit = windows.open()
    for path in ("/", "/conditions/neck", "/book", "/styleguide"):
        visit.open(path)
        moving = visit.page.evaluate(
            """() => [...document.querySelectorAll("*")].filter((it) => {
                const look = getComputedStyle(it);
                return Math.max(...(look.transitionDuration + "," + look.animationDuration).split(",")
                    .map((s) => parseFloat(s))) > 0.01;
            }).map((it) => it.outerHTML.slice(0, 90))"""
        )
        assert not moving, moving


def test_pages_pass_into_each_other_only_for_those_who_like_it(windows: Windows) -> None:
    visit = windows.open()
    visit.page.add_init_script(
        "addEventListener('pagereveal', (shown) => { window.passed = Boolean(shown.viewTransition); })"
    )
    for wish in ("reduce", "no-preference"):
        visit.page.emulate_media(reduced_motion=wish)
        visit.open("/")
        visit.follow(visit.page.locator("main a[href='/conditions/neck']").first, "**/conditions/neck")
        assert visit.page.evaluate("window.passed") is (wish == "no-preference"), wish


def test_the_gate_is_one_group_with_a_name(windows: Windows) -> None:
    visit = windows.open()
    visit.open("/book?condition=neck")
    visit.press("Continue")
    assert visit.page.get_by_role("group").first.locator("legend").inner_text().strip()
    assert visit.page.get_by_role("radio").count() >= 2
    pass_gate(visit)
