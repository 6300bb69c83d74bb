"""`flask --app wsgi content ...`: what staff and their checks run over the words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import click
from flask import Flask

from app.jobs.command_group import CommandGroup
from app.publishing.beginnings import FOLDERS, CannotWrite, write_template
from app.publishing.checks.review import review
from app.publishing.checks.strays import strays
from app.publishing.pictures.folder import Pictures
from app.publishing.previews import PreviewLinks, UnknownText, find_text
from app.publishing.reading.index import ContentIndex
from app.publishing.reading.loading import ContentMissing, load_indexed
from app.publishing.schema.problems import Problem


@dataclass(frozen=True, slots=True)
class Desk:
    """What the commands work with: the words in `folder`, what is known of them, and `clock` (aware UTC).

    `base_url` has no trailing slash.
    """

    folder: Path
    index: ContentIndex
    pictures: Pictures
    clock: Callable[[], datetime]
    previews: PreviewLinks
    base_url: str


def register_content_commands(app: Flask, desk: Desk) -> CommandGroup:
    """Add and return the `content` group."""
    group = CommandGroup("content", help="Check and prepare the practice's words.")
    app.cli.add_command(group)
    _add_check(group, desk)
    _add_writing(group, desk)
    return group


def _add_check(group: CommandGroup, desk: Desk) -> None:
    @group.command("check")
    @click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
    @click.option("--format", "style", type=click.Choice(["text", "json", "github"]), default="text")
    def check(paths: tuple[Path, ...], style: str) -> None:
        """Say what is wrong, as FILE:LINE: FIELD: what and how to mend it. Exit 1 when anything is an error."""
        now, folder = desk.clock(), desk.folder
        for path in paths:
            if not path.resolve().is_relative_to(folder.resolve()):
                raise click.UsageError(f"{path} does not lie in {folder}: nothing there is checked")
        found = check_content(folder, now.date(), desk.index, desk.pictures)
        problems = [p for p in found if _wanted(folder, p, paths)]
        _tell(folder, problems, style, now)
        raise SystemExit(1 if any(p.severity == "error" for p in problems) else 0)


def _add_writing(group: CommandGroup, desk: Desk) -> None:
    @group.command("preview-link")
    @click.argument("slug")
    def preview_link(slug: str) -> None:
        """Print a link that shows a draft as it will look. It works for a week, for whoever has it."""
        try:
            document = find_text(load_indexed(desk.folder, {}, desk.index), slug)
        except UnknownText as error:
            raise click.UsageError(str(error)) from None
        click.echo(f"{desk.base_url}/preview/{desk.previews.token_for(document)}")

    @group.command("new")
    @click.argument("kind", type=click.Choice(sorted(FOLDERS)))
    @click.argument("slug")
    def new(kind: str, slug: str) -> None:
        """Write a commented file to fill in, as content/<folder>/SLUG.md. Nothing that exists is overwritten."""
        try:
            path = write_template(desk.folder, kind, slug, today=desk.clock().date())
        except CannotWrite as error:
            raise click.UsageError(str(error)) from None
        click.echo(f"Wrote {path}. Fill it in, then: flask --app wsgi content check {path}")


def check_content(
    folder: Path, today: date, index: ContentIndex | None = None, pictures: Pictures | None = None
) -> tuple[Problem, ...]:
    """Every problem of the folder as of `today`, files that may not be missing included."""
    try:
        shelf = load_indexed(folder, {}, index)
        if pictures is not None:
            pictures.illustrate(shelf)
            pictures.inspect()
            shelf = pictures.illustrate(shelf)
        unused = pictures.unused() if pictures is not None else ()
        return tuple(sorted({*shelf.problems, *review(shelf, today), *unused, *strays(folder)}))
    except ContentMissing as error:
        return error.problems


def _wanted(folder: Path, problem: Problem, paths: tuple[Path, ...]) -> bool:
    place = (folder / problem.path).resolve()
    return not paths or any(place == p.resolve() or place.is_relative_to(p.resolve()) for p in paths)


def _tell(folder: Path, problems: list[Problem], style: str, now: datetime) -> None:
    if style == "json":
        click.echo(json.dumps({"checked_at": now.isoformat(), "problems": [p.as_dict() for p in problems]}))
        return
    for problem in problems if style == "github" else sorted(problems, key=_by_weight):
        if style == "github":
            click.echo(_annotation(folder.name, problem))
        else:
            click.echo(f"{folder.name}/{problem}")
    if style == "text":
        errors, warnings = (sum(p.severity == name for p in problems) for name in ("error", "warning"))
        told = f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"
        click.echo(f"{told}, {len(problems) - errors - warnings} waived", err=True)


def _by_weight(problem: Problem) -> int:
    """What has to be mended is said last, where a reader's eye is."""
    return ("waived", "warning", "error").index(problem.severity)


def _annotation(folder: str, problem: Problem) -> str:
    """The problem as GitHub puts it beside its line. What such commands are made of is escaped."""

    def escaped(text: str, marks: str) -> str:
        return "".join(f"%{ord(mark):02X}" if mark in marks else mark for mark in text)

    level = "notice" if problem.severity == "waived" else problem.severity
    words = escaped(f"{problem.field}: {problem.message}. {problem.mend}", "%\r\n")
    place = escaped(f"{folder}/{problem.path}", "%\r\n:,")
    return f"::{level} file={place},line={problem.line}::{words}"
