"""`flask --app wsgi content build-images`: the pictures of the texts, made before anybody waits for them."""

from __future__ import annotations

import click

from app.jobs.command_group import CommandGroup
from app.jobs.content_commands import Desk
from app.publishing.reading.loading import ContentMissing, load_indexed


def register_picture_commands(group: CommandGroup, desk: Desk) -> None:
    """Add the command to the `content` group for the words and pictures of `desk`."""

    @group.command("build-images")
    @click.option("--tidy", is_flag=True, help="Also remove the files of pictures that no text names any more.")
    def build_images(tidy: bool) -> None:
        """Make the files of all pictures that texts name, so that none waits for the worker. Exit 1 when one cannot."""
        pictures, folder, index = desk.pictures, desk.folder, desk.index
        try:
            pictures.illustrate(load_indexed(folder, {}, index))
            made = pictures.make(wait=True, again=True)
            pictures.illustrate(load_indexed(folder, {}, index))
            removed = pictures.store.tidy(pictures.digests()) if tidy else 0
        except (ContentMissing, OSError) as error:
            raise click.ClickException(str(error)) from None
        for fault in pictures.faults:
            click.echo(f"{folder.name}/{fault}")
        click.echo(f"{made} pictures made, {removed} old files removed", err=True)
        raise SystemExit(1 if pictures.faults else 0)
