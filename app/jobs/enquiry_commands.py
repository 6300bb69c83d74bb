"""`flask --app wsgi enquiries ...`: the questions of people who have not booked, and the answers to them."""

from __future__ import annotations

import sys
from datetime import datetime

import click
from flask import Flask

from app.domain.refusals import EnquiryNotFound
from app.domain.wording import sortable_moment
from app.jobs.command_group import CommandGroup, known_staff
from app.jobs.tools import Tools
from app.services.asking.enquiries import Thread, answer_enquiry, keep_reply, list_enquiries, read_thread
from app.services.staff.accesses import note_question_opened
from app.services.staff.people import read_staff

LONGEST = 10_000


def register_enquiry_commands(app: Flask, tools: Tools) -> None:
    """Add the `enquiries` group."""
    group = CommandGroup("enquiries", help="Questions from the website, and answers by mail.")
    app.cli.add_command(group)
    _add_reading(group, tools)
    _add_writing(group, tools)


def _add_reading(group: CommandGroup, tools: Tools) -> None:
    @group.command("list")
    @click.option("--waiting", is_flag=True, help="Only those without an answer.")
    def list_(waiting: bool) -> None:
        """List the questions that are kept, the newest first."""
        for thread in list_enquiries():
            if thread.waits or not waiting:
                state = "waits" if thread.waits else "answered"
                click.echo(f"Q{thread.number}  {_clock(tools, thread.asked_at)}  {state}  {thread.enquiry.name}")

    @group.command("show")
    @click.argument("number", type=int)
    @click.option(
        "--as", "reader", metavar="EMAIL", required=True, help="Who reads it, as in: staff list. It is noted."
    )
    def show(number: int, reader: str) -> None:
        """Print a question with everything that was written since. It may tell of health: who reads it is noted."""
        staff = known_staff(lambda: read_staff(reader), reader)
        thread = _read(number)
        note_question_opened(staff.id, number, now=tools.clock())
        click.echo(_as_text(tools, thread))


def _add_writing(group: CommandGroup, tools: Tools) -> None:
    @group.command("answer")
    @click.argument("number", type=int)
    def answer(number: int) -> None:
        """Send what stands on standard input to who asked, by mail, and keep it with the question."""
        thread, words = _read(number), _words()
        answer_enquiry(number, words, now=tools.clock())
        click.echo(f"The answer to Q{number} goes to {thread.enquiry.email}.")

    @group.command("keep")
    @click.argument("number", type=int)
    def keep(number: int) -> None:
        """Keep what stands on standard input, which the client wrote back, with the question."""
        _read(number)
        keep_reply(number, _words(), now=tools.clock())
        click.echo(f"Kept with Q{number}.")


def _read(number: int) -> Thread:
    try:
        return read_thread(number)
    except EnquiryNotFound:
        raise click.ClickException(f"there is no question Q{number}; see: enquiries list") from None


def _words() -> str:
    words = sys.stdin.read(LONGEST + 1).strip()
    if not words:
        raise click.UsageError("write the text to standard input, for example: enquiries answer 12 < answer.txt")
    if len(words) > LONGEST:
        raise click.UsageError(f"the text is longer than {LONGEST} characters")
    return words


def _as_text(tools: Tools, thread: Thread) -> str:
    enquiry = thread.enquiry
    lines = [f"Q{thread.number}, {_clock(tools, thread.asked_at)}, deleted after {_clock(tools, thread.delete_after)}"]
    lines += [f"From {enquiry.name}, {enquiry.email}" + (f", {enquiry.phone}" if enquiry.phone else "")]
    lines += [f"{what}: {value}" for what, value in (("About", enquiry.about), ("Call", enquiry.call)) if value]
    lines += ["", enquiry.question or "(nothing was written)"]
    for said in thread.said:
        lines += ["", f"{'We' if said.ours else 'They'}, {_clock(tools, said.at)}:", said.words]
    return "\n".join(lines)


def _clock(tools: Tools, at: datetime) -> str:
    return sortable_moment(at, tools.library().practice.zone)
