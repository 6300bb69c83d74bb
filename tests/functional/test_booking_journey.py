"""The main job in a real browser: read, find your condition, book, pay the deposit, get confirmed."""

from __future__ import annotations

import email
import email.policy
import re
import uuid
from datetime import datetime, timedelta

import icalendar
import pytest

from dev.mail_viewer.letters import Letter
from tests.functional.conftest import (
    Client,
    Product,
    Visit,
    Windows,
    choose,
    fill_details,
    go_to_payment,
    pass_gate,
    pay,
    reach_details,
    reach_payment,
)
from tests.functional.running import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def someone() -> Client:
    return Client(email=f"client-{uuid.uuid4().hex[:8]}@client.example")


def the_letter(product: Product, client: Client) -> Letter:
    """The one letter sent to the client."""
    letters = eventually(lambda: product.letters_to(client.email))
    assert len(letters) == 1
    return letters[0]


def await_letters(product: Product, client: Client, number: int) -> None:
    """The client has been sent so many letters."""
    eventually(lambda: len(product.letters_to(client.email)) == number)


def held_text(visit: Visit) -> str:
    return visit.page.locator("main").inner_text()


@pytest.mark.parametrize(("width", "javascript"), [(320, True), (360, False), (768, False), (1280, True)])
def test_from_an_article_to_a_confirmed_visit(windows: Windows, product: Product, javascript: bool, width: int) -> None:
    visit, client = windows.open(javascript=javascript, width=width), someone()
    visit.open("/articles/")
    article = "/articles/runner-back-pain-five-visits"
    visit.follow(visit.page.locator(f"main a[href='{article}']").first, f"**{article}")
    visit.picture("1-article")
    assert visit.page.context.cookies() == []
    visit.follow(visit.page.locator("main a[href^='/book?']").first, "**/book?**")
    assert visit.page.locator("main input[name='condition']:checked").get_attribute("value") == "lower-back"
    visit.picture("2-reason")
    visit.press("Continue")
    visit.picture("3-safety")
    pass_gate(visit)
    visit.picture("4-visit")
    visit.press("See free times")
    visit.picture("5-time")
    choose(visit, "time")
    visit.press("Continue")
    visit.picture("6-details")
    fill_details(visit, client)
    visit.picture("7-check")
    # the condition stands in no address after the first step
    assert "lower-back" not in visit.page.url
    when = visit.page.locator("dl.check time").inner_text()
    go_to_payment(visit)
    pay(visit)
    visit.picture("8-booked")
    assert visit.page.get_by_role("button", name="Print this page").is_visible() is javascript
    assert when.split(" to ")[0] in held_text(visit)
    letter = the_letter(product, client)
    assert "back" not in letter.subject.lower()
    # the browser that booked has a link of its own; the client's is in the letter, and leads to the same booking
    own, mailed = visit.page.url, re.search(rf"{re.escape(product.site)}/booking/\S+", letter.text)
    assert mailed is not None
    assert mailed[0] != own
    visit.open(mailed[0].removeprefix(product.site))
    assert when.split(" to ")[0] in held_text(visit)


def test_the_keyboard_alone_is_enough(windows: Windows, product: Product) -> None:
    visit, client = windows.open(width=320), someone()
    keyboard = visit.page.keyboard
    visit.open("/book?condition=upper-back")

    def tab_to(words: str = "", name: str | None = None) -> None:
        """Tab on until the focus is on what is called `words`, or on the field called `name`."""
        for _ in range(80):
            keyboard.press("Tab")
            here = visit.page.evaluate(
                "() => { const e = document.activeElement;"
                " return [e.labels?.[0]?.innerText || e.innerText || '', e.name || ''] }"
            )
            if here[1] == name or (name is None and words in here[0]):
                return
        raise AssertionError(f"{name or words} cannot be reached with the Tab key")

    def press(words: str) -> None:
        tab_to(words)
        with visit.leaving():
            keyboard.press("Enter")

    press("Continue")
    for _ in range(2):
        tab_to("None of these fit me")
        keyboard.press("Space")
        press("Continue")
    press("See free times")
    tab_to(name="time")
    keyboard.press("Space")
    press("Continue")
    for field in ("name", "email", "phone"):
        tab_to(name=field)
        keyboard.type(getattr(client, field))
    tab_to(name="returning")
    keyboard.press("Space")
    press("Continue")
    press("deposit and book")
    assert "/c/pay/" in visit.page.url
    press("Pay ")
    visit.page.wait_for_url("**/booking/**")
    press("Move this visit")
    tab_to(name="day")
    keyboard.press("ArrowDown")
    press("Show times for this day")
    tab_to(name="time")
    keyboard.press("Space")
    press("Continue")
    press("Move to ")
    assert "Your visit is moved" in held_text(visit)
    press("Cancel this visit")
    press("Cancel this visit")
    assert "Your visit is cancelled" in held_text(visit)


def test_a_declined_card_then_another(windows: Windows, product: Product) -> None:
    visit, client = windows.open(), someone()
    reach_payment(visit, client)
    visit.follow(visit.page.locator("button[value='decline']").first, "**declined=1")
    assert product.letters_to(client.email) == []
    pay(visit)
    the_letter(product, client)


def test_paid_and_the_tab_closed(windows: Windows, product: Product) -> None:
    visit, client = windows.open(), someone()
    reach_payment(visit, client)
    visit.follow(visit.page.locator("button[value='pay-and-close']"))
    assert visit.heading() == "Paid, and the way back was lost"
    visit.page.close()
    assert "http" in the_letter(product, client).text


def test_back_from_the_payment_page_keeps_everything(windows: Windows, product: Product) -> None:
    visit, client = windows.open(javascript=False), someone()
    reach_payment(visit, client)
    visit.follow(visit.page.locator("button[value='back'], a:has-text('Back')").first, "**/book/check")
    assert client.email in held_text(visit)
    visit.open("/book/details")
    assert visit.page.locator("input[name='email']").input_value() == client.email
    visit.open("/book/check")
    go_to_payment(visit)


def test_two_people_want_the_same_time(windows: Windows) -> None:
    first, second = windows.open(), windows.open(javascript=False)
    for visit in (first, second):
        visit.open("/book?condition=neck")
        visit.press("Continue")
        pass_gate(visit)
        choose(visit, "treatment", "45-minute-visit")
        choose(visit, "practitioner", "example-therapist-a")
        visit.press("See free times")
        choose(visit, "time")
    wanted = first.page.locator("main input[name='time']:checked").get_attribute("value")
    assert second.page.locator("main input[name='time']:checked").get_attribute("value") == wanted
    first.press("Continue")
    assert first.heading() == "Your details"
    second.press("Continue")
    assert second.heading() == "That time has just gone"
    second.picture("time-gone")
    second.follow(second.page.locator("main form button").first, "**/book/details")


def test_mistakes_are_told_beside_their_fields_and_nothing_typed_is_lost(windows: Windows) -> None:
    visit = windows.open(width=320)
    reach_details(visit)
    visit.page.locator("input[name='name']").fill("Åsa O’Brien-Ünal")
    visit.page.locator("input[name='email']").fill("asa@")
    visit.press("Continue")
    visit.picture("details-with-mistakes")
    assert visit.page.title().startswith("Error: ")
    assert visit.page.evaluate("() => document.activeElement.classList.contains('problem')")
    assert visit.page.locator("input[name='name']").input_value() == "Åsa O’Brien-Ünal"
    assert visit.page.locator("input[name='email']").input_value() == "asa@"
    assert visit.page.locator("input[name='email']").get_attribute("aria-invalid") == "true"
    for link in visit.page.locator(".problem a").all():
        assert visit.page.locator(link.get_attribute("href") or "").count() == 1
    assert visit.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_the_time_left_is_shown_and_can_be_made_longer(windows: Windows) -> None:
    visit = windows.open()
    reach_details(visit)
    left = visit.page.locator("[data-left]")
    assert re.search(r"\d+\smin", left.inner_text())
    until = visit.page.locator("[data-hold]").get_attribute("data-hold")
    visit.page.locator("input[name='name']").fill("Robin Example")
    visit.press("Start the 10 minutes again")
    assert int(visit.page.locator("[data-hold]").get_attribute("data-hold") or 0) >= int(until or 0)
    assert visit.page.locator("input[name='name']").input_value() == "Robin Example"
    visit.press("Give it back")
    assert visit.heading() == "Choose a day and time"


def test_someone_with_a_warning_sign_is_helped_and_leaves_no_trace(windows: Windows) -> None:
    visit = windows.open()
    visit.open("/book?condition=lower-back")
    visit.press("Continue")
    choose(visit, "answer", "some")
    visit.press("Continue")
    visit.picture("see-a-doctor")
    assert visit.heading() == "Please get medical help first"
    assert visit.page.locator("a[href='tel:999']").count() == 1
    visit.open("/book/time")
    assert visit.page.url.endswith("/book/safety")
    visit.open("/book")
    assert visit.page.locator("main input[name='condition']:checked").count() == 0


def test_mail_and_calendar_file_as_other_programs_read_them(windows: Windows, product: Product) -> None:
    visit, client = windows.open(), someone()
    reach_payment(visit, client)
    pay(visit)
    letter = the_letter(product, client)
    raw = (product.folder / "mail" / f"{letter.name}.eml").read_bytes()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail.get_body(("plain",)) is not None
    assert mail.get_body(("html",)) is not None
    attached = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert attached
    calendar = icalendar.Calendar.from_ical(attached[0].get_payload(decode=True).decode())
    (event,) = calendar.walk("VEVENT")
    shown = datetime.fromisoformat(visit.page.locator("main time").first.get_attribute("datetime") or "")
    assert event["dtstart"].dt == shown
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=75)
    assert "neck" not in attached[0].get_payload(decode=True).decode().lower()
    with visit.page.expect_download() as download:
        visit.click(visit.page.locator("a[href$='calendar.ics']").first)
    downloaded = icalendar.Calendar.from_ical(download.value.path().read_text())
    assert downloaded.walk("VEVENT")[0]["uid"] == event["uid"]


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "plain"])
def test_a_paid_visit_is_moved_twice_and_then_cancelled(windows: Windows, product: Product, javascript: bool) -> None:
    visit, client = windows.open(javascript=javascript), someone()
    reach_payment(visit, client, treatment="30-minute-visit")
    pay(visit)
    the_letter(product, client)
    home = visit.page.url
    for number in (1, 2):
        visit.follow(visit.page.get_by_role("link", name="Move this visit"), "**/move")
        later = visit.page.locator("main input[name='day']").nth(3).get_attribute("value")
        choose(visit, "day", later)
        visit.press("Show times for this day")
        visit.click(visit.page.locator("main .times label").nth(number * 3))
        visit.press("Continue")
        visit.picture("move-check")
        new = visit.page.locator("main time").inner_text()
        visit.press("Move to ", "**done=moved")
        assert visit.page.locator("dl.check time").inner_text() == new
        await_letters(product, client, number + 1)
    visit.picture("own-booking")
    visit.follow(visit.page.get_by_role("link", name="Cancel this visit"), "**/cancel")
    visit.picture("cancel")
    assert "£7.00 goes back to your card" in held_text(visit)
    visit.press("Cancel this visit")
    assert "Your visit is cancelled" in held_text(visit)
    visit.picture("cancelled")
    eventually(lambda: product.letters_to(client.email)[0].subject.startswith("Cancelled"))
    raw = (product.folder / "mail" / f"{product.letters_to(client.email)[0].name}.eml").read_bytes()
    parts = email.message_from_bytes(raw, policy=email.policy.default).walk()
    (file,) = [part for part in parts if part.get_content_type() == "text/calendar"]
    assert file.get_param("method") == "CANCEL"
    calendar = icalendar.Calendar.from_ical(file.get_payload(decode=True).decode())
    assert calendar.walk("VEVENT")[0]["sequence"] == 3
    visit.page.goto(home)
    assert visit.page.get_by_role("link", name="Move this visit").count() == 0
