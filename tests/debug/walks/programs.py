"""The programs that are walked through, their stories, and what commands about them can name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.debug.walks.commands import Terrain, terrain_of
from tests.debug.walks.story import Story
from vm.machine import Machine
from vm.run import Run

PROGRAMS = Path(__file__).parents[3] / "programs"
GUESTS = Path(__file__).with_name("guests")
PATHS = {
    "fork": PROGRAMS / "fork.s",
    "trunk": GUESTS / "trunk.s",
    "signals": GUESTS / "signals.s",
    "pipeline": PROGRAMS / "pipeline.s",
    "fork_tree": PROGRAMS / "fork_tree.s",
    "vfork_global": PROGRAMS / "vfork_global.s",
    "threads": PROGRAMS / "threads.s",
    "exec_resets": PROGRAMS / "exec_resets.s",
    "vfork_killed": PROGRAMS / "vfork_killed.s",
    "wait": PROGRAMS / "wait.s",
    "orphan": PROGRAMS / "orphan.s",
}
IN_C = {
    "vfork_damage": PROGRAMS / "c" / "vfork_damage.c",
    "sigchld": PROGRAMS / "c" / "sigchld.c",
    "pipe_words": PROGRAMS / "c" / "pipe_words.c",
}
QUANTUM = 37


def booting(name: str, engine: str = "interpreter", fork: str = "cow") -> Callable[[], Run]:
    """What makes a machine with that program, each time the same: one of PATHS or IN_C."""
    path = (PATHS | IN_C)[name]
    machine = Machine(root=path.parent, fork=fork, quantum=QUANTUM, engine=engine)  # type: ignore[arg-type]
    return lambda: machine.boot(path.name, keep=False)


@cache
def story(name: str) -> Story:
    """The program's run in its smallest steps."""
    return Story(booting(name))


@cache
def terrain(name: str) -> Terrain:
    """What commands can be about."""
    run = booting(name)().start()
    image = run.kernel.loader.image_file(run.program.process.path)
    return terrain_of(image, [row.pc for row in story(name).rows])
