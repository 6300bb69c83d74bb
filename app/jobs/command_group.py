"""Groups of commands that end with a sentence, not with a stack trace, where the machine is not set up yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from flask.cli import AppGroup

from app.domain.refusals import StaffNotFound, StoreUnavailable
from app.publishing.reading.loading import ContentMissing

Done = TypeVar("Done")


class CommandGroup(AppGroup):
    """A group of `flask` commands, each in an application context. Exit 1 without a database or usable content."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except StoreUnavailable as error:
            words = f"The database does not answer, or has no tables yet ({error}). Try: flask --app wsgi db upgrade"
            raise click.ClickException(words) from error
        except ContentMissing as error:
            raise click.ClickException(f"The content cannot be used:\n{error}") from None


def known_staff(act: Callable[[], Done], email: str) -> Done:
    """What `act` brings about somebody of the practice; a sentence when nobody has that address."""
    try:
        return act()
    except StaffNotFound:
        raise click.ClickException(f"nobody has the address {email}; see: staff list") from None
