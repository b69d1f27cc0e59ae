"""Walks by chance through programs that fork, vfork, execute, signal and have threads, with the real gdb.

After each command the machine is one that was stepped to the same moment, gdb shows what it is, and nothing was passed
over on the way.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.debug.walks.gdb import is_missing
from tests.debug.walks.programs import IN_C, PATHS
from tests.debug.walks.travelling import SETTINGS, walk_by_chance
from tests.debug.walks.walking import Setup
from tests.sampling import first_of

pytestmark = pytest.mark.skipif(is_missing(), reason="needs gdb-multiarch")
LENGTH = 20
A_CHUNK = 10


def setup_of(seed: int, names: list[str]) -> Setup:
    """All programs in turn, and for each the settings in turn."""
    multiple, detach, follow = SETTINGS[seed // len(names) % len(SETTINGS)]
    return Setup(names[seed % len(names)], multiple, detach, follow)


@pytest.mark.parametrize("seed", first_of(5, range(8)))
def test_a_walk(seed: int, tmp_path: Path) -> None:
    names = ["trunk", "pipeline", "signals", "fork_tree"]
    multiple, detach, follow = SETTINGS[seed]
    walk_by_chance(Setup(names[seed % 4], multiple, detach, follow), seed, LENGTH, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("chunk", range(100))
def test_a_thousand_walks(chunk: int, tmp_path: Path) -> None:
    names = [*PATHS, *IN_C]
    for seed in range(chunk * A_CHUNK, (chunk + 1) * A_CHUNK):
        folder = tmp_path / str(seed)
        folder.mkdir()
        walk_by_chance(setup_of(seed, names), seed, LENGTH, folder)
