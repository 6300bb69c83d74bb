"""What is typed into a line of a form, as it is kept."""

from __future__ import annotations

import time

import pytest

from app.web.booking.forms import one_line, phone_line, several_lines

#: As much as a form may send, of marks that each have to be put before the one in front of them.
MARKS = "a" + "\u0344\u0301\u0316" * 14_000


def test_letters_are_composed_and_spaces_put_right() -> None:
    assert one_line("  Zoe\u0308 \t\u00a0 O\u2019Brien ") == "Zo\u00eb O\u2019Brien"
    assert several_lines("Zoe\u0308\r\n  lives here ") == "Zo\u00eb\nlives here"


@pytest.mark.parametrize("read", [one_line, phone_line, several_lines])
def test_a_form_full_of_marks_holds_nobody_up(read: object) -> None:
    begun = time.process_time()
    assert callable(read)
    assert read(MARKS)
    assert time.process_time() - begun < 0.5
