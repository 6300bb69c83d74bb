"""`flask --app wsgi money ...`: what the practice and its bookkeeper ask about deposits."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click
from flask import Flask

from app.domain.checkout import CheckoutError
from app.domain.local_time import month_of
from app.domain.refusals import BookingNotFound, NotMarkable
from app.domain.wording import money, sortable_moment
from app.jobs.command_group import CommandGroup
from app.jobs.papers import Paper, make_paper
from app.jobs.tools import Tools
from app.services.money.audit import audit_money
from app.services.money.credit import read_credit, take_credit
from app.services.money.key_rights import check_key
from app.services.money.month import keep_movements, month_as_csv, read_month
from app.services.money.restoring import restore_paid
from app.services.money.story import Story, read_story


def register_money_commands(app: Flask, tools: Tools) -> None:
    """Add the `money` group."""
    group = CommandGroup("money", help="Deposits, refunds and the books.")
    app.cli.add_command(group)

    @group.command("audit")
    @click.option("--days", type=click.IntRange(1, 180), default=3, show_default=True)
    def audit(days: int) -> None:
        """Compare the last days with Stripe, in both directions. Exit 1 when something is not the same."""
        try:
            report = audit_money(tools.checkout, now=tools.clock(), days=days)
        except CheckoutError as error:
            raise click.ClickException(f"Stripe does not answer ({error}). Nothing was compared.") from None
        for difference in report.differences:
            click.echo(difference.words)
        click.echo(f"{report.checked} checked, {len(report.differences)} differences")
        raise SystemExit(bool(report.differences))

    _add_books(group, tools)
    _add_restoring(group, tools)
    _add_credit(group, tools)
    _add_key(group, tools)
    _add_papers(group, tools)


def _add_books(group: CommandGroup, tools: Tools) -> None:
    @group.command("story")
    @click.argument("reference")
    def story(reference: str) -> None:
        """Print all that happened to one booking and its money, in order. For a dispute, add the mails themselves."""
        try:
            found = read_story(reference.strip().upper())
        except BookingNotFound:
            raise click.UsageError(f"No booking has the reference {reference}.") from None
        click.echo(_as_text(found, tools.library().practice.zone))

    @group.command("month")
    @click.argument("month", type=click.DateTime(["%Y-%m"]), metavar="YYYY-MM")
    def month_csv(month: datetime) -> None:
        """Print a month's payments, refunds, disputes, fees and payouts as CSV: it adds up to Stripe's report."""
        first, until = month_of(tools.library().practice.zone, month.date())
        try:
            keep_movements(tools.checkout, first, until)
        except CheckoutError as error:
            raise click.ClickException(f"Stripe does not answer ({error}). The month may lack its last days.") from None
        lines = read_month(first, until)
        click.echo(month_as_csv(lines, tools.library().practice.zone), nl=False)
        for currency in sorted({line.currency for line in lines}):
            nets = [line.net_minor for line in lines if line.currency == currency]
            click.echo(f"{len(nets)} movements, the balance changed by {money(sum(nets), currency)}", err=True)


def _add_restoring(group: CommandGroup, tools: Tools) -> None:
    @group.command("paid-at-stripe")
    @click.option("--days", type=click.IntRange(1, 180), default=90, show_default=True)
    def paid_at_stripe(days: int) -> None:
        """Print what was paid at Stripe, for a practice that lost its database: whom to write to, and about what."""
        try:
            sessions = tools.checkout.list_sessions(created_after=tools.clock() - timedelta(days=days))
        except CheckoutError as error:
            raise click.ClickException(f"Stripe does not answer ({error}).") from None
        for one in sessions:
            if one.payment_status == "paid" and one.reference.startswith("dep_"):
                amount = money(one.amount_minor, one.currency)
                click.echo(f"{one.booking_reference or '-'}  {amount}  {one.email or '-'}  {one.id}")


def _add_papers(group: CommandGroup, tools: Tools) -> None:
    def write(reference: str, paper: Paper, out: Path | None) -> None:
        name = reference.strip().upper()
        try:
            page = make_paper(tools, name, paper, now=tools.clock())
        except BookingNotFound:
            raise click.UsageError(f"No booking has the reference {reference}.") from None
        path = out or Path(f"{paper}-{name}.html")
        try:
            path.write_text(page, encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"{path} cannot be written ({type(error).__name__}).") from None
        click.echo(f"Written: {path}")

    where = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write.")

    @group.command("evidence")
    @click.argument("reference")
    @where
    def evidence(reference: str, out: Path | None) -> None:
        """Write one page for a dispute: visit, payment, accepted rules, e-mails, attendance, all in order. Print it."""
        write(reference, "evidence", out)

    @group.command("receipt")
    @click.argument("reference")
    @where
    def receipt(reference: str, out: Path | None) -> None:
        """Write a receipt: what was paid for one booking, and what went back."""
        write(reference, "receipt", out)


def _add_key(group: CommandGroup, tools: Tools) -> None:
    @group.command("check-key")
    def check() -> None:
        """Try each right that the key needs, with requests that change nothing. Exit 1 when one is missing."""
        try:
            missing = check_key(tools.checkout, now=tools.clock())
        except CheckoutError as error:
            raise click.ClickException(f"Stripe does not answer ({error}).") from None
        for right in missing:
            click.echo(f"missing: {right}")
        click.echo(f"{'live' if tools.checkout.livemode else 'test'} key, {len(missing)} rights missing")
        raise SystemExit(bool(missing))

    @group.command("restore-from-stripe")
    @click.option("--days", type=click.IntRange(1, 365), default=180, show_default=True)
    def restore(days: int) -> None:
        """After a lost database: put back every visit that was paid at Stripe and is unknown here. Exit 1 when some
        are left for people: they are on the staff's list.
        """
        try:
            report = restore_paid(tools.library().catalogue, tools.checkout, now=tools.clock(), days=days)
        except CheckoutError as error:
            raise click.ClickException(f"Stripe does not answer ({error}). Run it again: it goes on.") from None
        for reference in report.restored:
            click.echo(f"put back: {reference}")
        for words in report.by_hand:
            click.echo(f"by hand: {words}")
        click.echo(f"{report.known} known, {len(report.restored)} put back, {len(report.by_hand)} by hand")
        raise SystemExit(bool(report.by_hand))


def _add_credit(group: CommandGroup, tools: Tools) -> None:
    @group.command("credit")
    @click.argument("email")
    def credit(email: str) -> None:
        """Print the credit of the client with this e-mail address, and how it came about."""
        zone, sums = tools.library().practice.zone, dict[str, int]()
        for line in read_credit(email):
            sums[line.currency] = sums.get(line.currency, 0) + line.amount_minor
            when, amount = sortable_moment(line.at, zone), money(line.amount_minor, line.currency)
            click.echo(f"{when}  {amount:>10}  {line.kind.removeprefix('credit_')}  {line.booking}")
        there = ", ".join(money(amount, currency) for currency, amount in sums.items())
        click.echo(f"Credit: {there or 'none'}")

    @group.command("take-credit")
    @click.argument("reference")
    def take(reference: str) -> None:
        """Let the client's credit pay what is left to pay of a visit: for the desk, on the day."""
        name = reference.strip().upper()
        try:
            taken = take_credit(name, now=tools.clock())
        except BookingNotFound:
            raise click.UsageError(f"No booking has the reference {reference}.") from None
        except NotMarkable:
            raise click.UsageError(f"{name} is not booked any more.") from None
        currency = tools.library().practice.currency
        click.echo(f"{money(taken, currency)} of {name} is paid from credit.")


def _as_text(story: Story, zone: str) -> str:
    lines = [f"Booking {story.reference}"]
    for entry in story.entries:
        amount = money(entry.amount_minor, story.currency) if entry.amount_minor else ""
        when = sortable_moment(entry.at, zone)
        was = f" {sortable_moment(entry.was_at, zone)}" if entry.was_at else ""
        whose = f", with {entry.was_with}" if entry.was_with else ""
        lines.append(f"{when}  {amount:>10}  {entry.what}{was}{whose}  {entry.reference}".rstrip())
    return "\n".join([*lines, f"With the practice: {money(story.balance_minor, story.currency)}"])
