"""Films of runs that fail a test."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vm.grade.building import build, stage
from vm.grade.grading import Common
from vm.grade.images import Images
from vm.grade.lab import Test
from vm.grade.submissions import Submission
from vm.grade.trying import Attempt, environment_of, machine_of
from vm.observe.symbols import sources_below
from vm.run import CannotRun, Run
from vm.schedules.files import parse_schedule
from vm.values import dataclass

SHOWN = 2_000_000
"""Nanoseconds of guest time that a film shows: what hangs does the same thing for ever."""
INSTRUCTIONS = 5_000_000
"""Instructions of the run of a film at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A film to be made of a ``submission``, in the ``test`` of that name: under a ``schedule``, the text of its file,
    or the machine's own. ``title`` and ``caption`` are what it says of itself.
    """

    submission: Submission
    test: str
    schedule: str
    title: str
    caption: str


def film(common: Common, scene: Scene) -> bytes:
    """Make a film, and return its page; empty where the program cannot be run. Raises CannotGrade."""
    test = next(each for each in common.lab.tests if each.name == scene.test)
    built = build(common.lab, scene.submission)
    if test.program in built.failures:
        return b""
    with TemporaryDirectory(prefix="forklore-", ignore_cleanup_errors=True) as name, sources_below(Path(name)):
        stage({**scene.submission.files, **common.lab.given}, Path(name))
        try:
            made = _boot(test, built.images, scene.schedule).film(until=SHOWN, caption=scene.caption)
        except CannotRun:
            return b""
        made.title = scene.title
        return made.html.encode()


def _boot(test: Test, images: Images, text: str) -> Run:
    if not text:
        most = min(test.settings.instructions or INSTRUCTIONS, INSTRUCTIONS)
        return Attempt(replace(test, rules=(), settings=replace(test.settings, instructions=most)), images).run
    schedule = parse_schedule(text)
    settings: dict[str, Any] = dict(schedule.settings)
    machine = replace(machine_of(test, images), **settings)
    path = images.paths[test.program]
    return machine.boot(path, test.arguments, environment=environment_of(test), keep=False, schedule=schedule)
