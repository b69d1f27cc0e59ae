"""Walks from their settings to their end: with a machine, a server and a gdb of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from tests.debug.walks.gdb import Gdb
from tests.debug.walks.observing import Observed
from tests.debug.walks.programs import booting, story, terrain
from tests.debug.walks.serving import InThisProcess
from tests.debug.walks.story import Retold
from tests.debug.walks.walking import Difference, Setup, Walk, by_chance, minimised, play
from vm.debug.history import History
from vm.debug.machine_target import MachineTarget

SETTINGS = list(product((True, False), (False, True), ("parent", "child")))
"""schedule-multiple, detach-on-fork and follow-fork-mode."""


@contextmanager
def walking(setup: Setup, folder: Path) -> Iterator[Walk]:
    """A gdb that is connected to a machine with the program, in ``folder``."""
    boot = booting(setup.program)
    history = History(boot())
    target = Observed(MachineTarget(history), lambda: history.run.kernel, story(setup.program))
    retold = lambda: Retold(boot, [(noted.moment, noted.change.apply) for noted in history.changes])  # noqa: E731
    served = InThisProcess(folder, target, lambda: history.run, retold)
    try:
        with Gdb(folder, *setup.settings, steps=served.steps) as gdb:
            walk = Walk(setup, gdb, served, story(setup.program))
            walk.begin()
            yield walk
    finally:
        served.close()


def walk_by_chance(setup: Setup, seed: object, length: int, folder: Path) -> None:
    """Walk by chance. Raises Difference, whose text says how to walk there again, in as few commands as could be."""
    typed: list[str] = []
    found = _found(setup, lambda walk: by_chance(walk, terrain(setup.program), seed, length), folder / "first", typed)
    if found is None:
        return
    attempts = iter(range(1 << 20))

    def attempt(commands: list[str]) -> str | None:
        again = _found(setup, lambda _: commands, folder / str(next(attempts)), [])
        return None if again is None else again.kind

    commands = minimised(list(typed), found.kind, attempt)
    raise Difference(found.kind, f"{setup}, seed {seed}: {commands}\n{found}")


def _found(
    setup: Setup, commands: Callable[[Walk], Iterable[str]], folder: Path, typed: list[str]
) -> Difference | None:
    folder.mkdir()
    try:
        with walking(setup, folder) as walk:
            try:
                play(walk, commands(walk))
            finally:
                typed += walk.typed
    except Difference as difference:
        return difference
    return None
