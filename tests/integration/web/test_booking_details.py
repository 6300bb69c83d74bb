"""Details as people mistype, paste and forge them: told beside the field, nothing lost."""

from __future__ import annotations

import pytest

from tests.booking_visitor import DETAILS, BookingVisitor

NAMES_REFUSED = {
    "": "Enter your full name",
    "   ": "Enter your full name",
    "x" * 10_000: "Shorten the name",
    "Robin\x00Example": "Remove hidden characters",
    "Robin\u202eelpmaxE": "Remove hidden characters",
    "Robin\u200bExample": "Remove hidden characters",
    "12345": "at least one letter",
    "💆": "at least one letter",
    "Robin <b>": "without links",
    "see www.example.org": "without links",
}


class TestDetails:
    @pytest.mark.parametrize(("name", "words"), NAMES_REFUSED.items(), ids=range(len(NAMES_REFUSED)))
    def test_names_that_cannot_be_are_told_beside_the_field(
        self, booker: BookingVisitor, name: str, words: str
    ) -> None:
        booker.reach_details()
        booker.send("/book/details", **{**DETAILS, "name": name})
        assert booker.status == 200
        assert words in booker.errors()["name"]
        assert booker.page.one("input", name="email").attributes["value"] == DETAILS["email"]
        assert booker.page.one("input", name="name").attributes["aria-invalid"] == "true"

    @pytest.mark.parametrize(
        "name", ["José Ñandú", "Åsa O’Brien-Ünal", "李小龍", "محمد", "X Æ A-12", "Robin 💆 Example"]
    )
    def test_names_of_real_people_are_kept_as_they_are(self, booker: BookingVisitor, name: str) -> None:
        booker.reach_check(name=name)
        booker.get("/book/check")
        assert name in (booker.answer.text if booker.answer else "")

    @pytest.mark.parametrize(
        "email",
        ["", "robin", "robin@", "@client.example", "a b@c.de", "robin@x", "x@y.de\r\nBcc: z@y.de", "e" * 9000],
    )
    def test_addresses_that_cannot_be(self, booker: BookingVisitor, email: str) -> None:
        booker.reach_details()
        booker.send("/book/details", **{**DETAILS, "email": email})
        assert "email" in booker.errors()

    def test_an_address_that_our_mail_cannot_reach_is_told_before_paying(self, booker: BookingVisitor) -> None:
        booker.reach_details()
        booker.send("/book/details", **{**DETAILS, "email": "zoë@client.example"})
        assert "before the @" in booker.errors()["email"]

    @pytest.mark.parametrize("phone", ["", "call me", "123", "0" * 400, "٠٧٧٠٠٩٠٠١٢٣", "07700 900123; drop"])
    def test_numbers_that_cannot_be(self, booker: BookingVisitor, phone: str) -> None:
        booker.reach_details()
        booker.send("/book/details", **{**DETAILS, "phone": phone})
        assert "phone" in booker.errors()

    @pytest.mark.parametrize(
        ("pasted", "kept"),
        [
            ("\u202a+44 7700 900123\u202c", "+44 7700 900123"),  # as contact lists copy it
            ("07700\u202f900\u2011123", "07700 900-123"),
        ],
    )
    def test_numbers_as_they_are_pasted(self, booker: BookingVisitor, pasted: str, kept: str) -> None:
        booker.reach_check(phone=pasted)
        booker.get("/book/check")
        assert kept in booker.page.one("main").text

    def test_every_mistake_is_told_at_once(self, booker: BookingVisitor) -> None:
        booker.reach_details()
        booker.send("/book/details", note="n" * 301)
        assert list(booker.errors()) == ["name", "email", "phone", "returning-0", "note"]
        assert "n" * 301 in booker.page.one("textarea").text

    def test_what_was_typed_is_shown_as_text_only(self, booker: BookingVisitor) -> None:
        booker.reach_check(note="{{ 7 * 7 }} & co")
        booker.get("/book/details")
        assert "{{ 7 * 7 }} &amp; co" in (booker.answer.text if booker.answer else "")

    def test_a_huge_form_is_refused(self, booker: BookingVisitor) -> None:
        booker.reach_details()
        booker.send("/book/details", **{**DETAILS, "note": "n" * 300_000})
        assert booker.status == 413
        assert booker.heading == "That was too much at once"
