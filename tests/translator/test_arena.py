"""Where translated code lies: nothing can be touched there but code, and that by nobody else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vm.engine import engines

pytestmark = pytest.mark.skipif(not engines.is_translator_supported(), reason="no translator for this host")


def test_the_arena_is_closed_on_all_sides(tmp_path: Path) -> None:
    """As the host's kernel tells it."""
    from vm.native.arena import GUARD, Arena

    arena = Arena(1 << 20)
    code = [arena.place(b"\xc3" * size) for size in (1, 5000)]
    start, end = code[0], code[0] + 16 + 5008
    allowed = dict.fromkeys(range(start - GUARD, start + (1 << 20) + GUARD, 4096), "")
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, protection, *_ = line.split()
        first, behind = (int(number, 16) for number in addresses.split("-"))
        allowed.update({page: protection for page in allowed if first <= page < behind})
    assert {page for page, protection in allowed.items() if protection != "---p"} == set(range(start, end, 4096))
    assert {allowed[page] for page in range(start, end, 4096)} == {"r-xp"}
    assert arena.place(bytes((1 << 20) - arena.used)) is not None
    assert arena.place(b"x") is None


FORK = """
import ctypes, os
from vm.native.arena import Arena
arena = Arena(1 << 20)
arena.place(b"1" * 16)
if os.fork() == 0:
    os._exit(arena.place(b"2" * 16) is None)
print(os.wait()[1], ctypes.string_at(arena.place(b"") - 16, 32))
"""


def test_a_forked_process_has_code_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, check=True)
    assert done.stdout == f"0 {b'1' * 16 + bytes(16)}\n"
