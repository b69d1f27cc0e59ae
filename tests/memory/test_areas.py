"""The host's memory goes from copies that are gone to the next ones, which find nothing of what it held."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vm.abi import PAGE_SIZE
from vm.copying import Copier
from vm.cpu.decode import MOST_ROWS, ROWS_MADE, decode_frame
from vm.memory import PhysicalMemory, areas
from vm.memory.frames import drop, take_clear

COUNT = 256
ROOT = Path(__file__).parents[2]


@pytest.fixture
def memory() -> PhysicalMemory:
    """A memory with three frames in use, while no areas are kept."""
    gc.collect()
    areas._POOL.kept.clear()
    memory = PhysicalMemory(COUNT * PAGE_SIZE)
    for number in range(1, 4):
        memory.tables[taken(memory)] = number
    return memory


def taken(memory: PhysicalMemory) -> int:
    """A frame, which is the machine's own, so that the accounts are right."""
    memory.commit(1)
    frame = int(take_clear(memory.frames))
    memory.machine_frames += (frame,)
    return frame


def place(memory: PhysicalMemory) -> int:
    """Where the frames of a memory are in the host's."""
    return int(memory.ram.ctypes.data)


def everything(memory: PhysicalMemory) -> list[Any]:
    """All that a memory is made of, but for decoded rows."""
    arrays = memory.ram, memory.is_decoded, memory.decoded[-8:], *memory.frames
    return [array.tolist() for array in arrays if array is not memory.frames.lines]


def use(memory: PhysicalMemory, frames: int) -> None:
    """Have some more frames, fill them, and give up every other one."""
    for frame in [taken(memory) for _ in range(frames)]:
        memory.tables[frame] = 0xFFFFFFFF
        decode_frame(memory.words, memory.decoded, frame)
        memory.is_decoded[frame] = memory.frames.left[frame] = 1
    for frame in memory.machine_frames[3::2]:
        drop(memory.frames, frame)
        memory.uncommit(1)
    memory.machine_frames = (*memory.machine_frames[:3], *memory.machine_frames[4::2])


@pytest.mark.parametrize("frames", [0, 1, 20, areas.LARGEST_KEPT - 3])
def test_a_copy_in_the_place_of_another_is_as_any(memory: PhysicalMemory, frames: int) -> None:
    copy = Copier().copy(memory)
    expected, where = everything(copy), place(copy)
    use(copy, frames)
    del copy
    again = Copier().copy(memory)
    assert place(again) == where
    assert everything(again) == expected
    assert (again.decoded[ROWS_MADE], again.decoded[MOST_ROWS]) == (0, memory.decoded[MOST_ROWS])
    use(again, frames)
    other = Copier().copy(memory)
    assert place(other) != where
    assert everything(other) == expected


@pytest.mark.parametrize("name", ["ram", "words", "tables", "decoded", "references", "is_decoded"])
def test_what_somebody_still_looks_at_is_not_lent(memory: PhysicalMemory, name: str) -> None:
    copy = Copier().copy(memory)
    where, seen = place(copy), getattr(copy, name)[1:2]
    before = seen.copy()
    del copy
    assert place(Copier().copy(memory)) != where
    assert (seen == before).all()
    del seen
    gc.collect()
    assert where in {place(copy) for copy in [Copier().copy(memory) for _ in range(3)]}


def test_a_memory_that_was_much_used_is_not_kept(memory: PhysicalMemory) -> None:
    copy = Copier().copy(memory)
    use(copy, areas.LARGEST_KEPT)
    del copy
    assert areas._POOL.kept.get(COUNT, []) == []


def test_few_are_kept(memory: PhysicalMemory) -> None:
    other = PhysicalMemory(2 * COUNT * PAGE_SIZE)
    lent = len(areas._POOL.lent)
    copies = [Copier().copy(each) for each in [memory, other] * areas.MOST_KEPT]
    assert len(areas._POOL.lent) == lent + 2 * areas.MOST_KEPT
    del copies
    assert len(areas._POOL.lent) == lent
    assert 0 < sum(map(len, areas._POOL.kept.values())) <= areas.MOST_KEPT


ENDS = """
import sys
sys.path.insert(0, ".")
from vm.copying import Copier
from vm.memory import PhysicalMemory
import vm.memory.areas as kept_until_the_end
circle = [Copier().copy(PhysicalMemory(1 << 20)) for _ in range(50)]
circle.append(circle)
sys.last_words = Copier().copy(circle[0]), circle[1].ram
"""


def test_python_ends_without_a_word() -> None:
    done = subprocess.run([sys.executable, "-c", ENDS], capture_output=True, text=True, check=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("", "")
