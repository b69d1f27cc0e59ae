"""The films of a lecture, made one after the other as ``forklore film`` makes each, and the page that leads to them."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from vm import userland
from vm.cli import fail, say
from vm.cli.booting import prepare, prepare_compiler
from vm.cli.film_making import notes, shoot, window_of
from vm.cli.film_recording import Recorded, Take
from vm.cli.writing import check_target, write_target
from vm.film.lecture import LESSONS, Lesson, index

INDEX = "index.html"


def make_lecture(folder: Path, is_quiet: bool) -> int:
    """Write all films into ``folder``, which is made if it is not there; the exit status."""
    programs = userland.programs_folder()
    for lesson in LESSONS:
        if not (programs / lesson.program).exists():
            fail(f"{programs / lesson.program} is not there: this installation is not complete")
        prepare_compiler(lesson.program)
    prepare(measured=False, checked=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"cannot make the folder {folder}: {error.strerror or error}")
    made = []
    for lesson in LESSONS:
        target = folder / f"{lesson.name}.html"
        check_target(str(target))
        with contextlib.chdir(programs.parent):  # so that pages name their sources as a checkout does
            recorded, page = _shoot(lesson)
        write_target(str(target), page)
        if not is_quiet:
            say(*notes(str(target), page, recorded, ()))
        for each in recorded:
            each.end()
        made.append((lesson, len(page), [lesson.address(scene, recorded[0].reel) for scene in lesson.scenes]))
    write_target(str(folder / INDEX), index(made).encode())
    if not is_quiet:
        say(f"{folder / INDEX} leads to {len(made)} films")
    return 0


def _shoot(lesson: Lesson) -> tuple[list[Recorded], bytes]:
    """Make one film, as its command line says; what was recorded, and its page."""
    context = click.get_current_context()
    with context.command.make_context("film", lesson.words, parent=context.parent) as own:
        options = dict(own.params)
        for name in ("target", "lecture", "quiet", "title", "caption"):
            del options[name]
        program, arguments, compared = (options.pop(name) for name in ("program", "arguments", "compared"))
        take = Take(program, arguments, options, window_of(options), input=b"").silent()
        return shoot(take, lesson.title, lesson.caption, compared or ())
