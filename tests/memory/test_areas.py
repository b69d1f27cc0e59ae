"""The host's memory goes from copies that are gone to the next ones, which find nothing of what it held."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vm.abi import PAGE_SIZE
from vm.copying import Copier
from vm.cpu.decode import MOST_ROWS, ROWS_MADE, decode_frame
from vm.memory import PhysicalMemory, areas, frames
from vm.memory.frames import drop, take_clear

COUNT = 256
ROOT = Path(__file__).parents[2]


@pytest.fixture
def memory() -> PhysicalMemory:
    """A memory with three frames in use, while no areas are kept."""
    gc.collect()
    areas._POOL.kept.clear()
    areas._LARGE_POOL.kept.clear()
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


def use(memory: PhysicalMemory, count: int) -> None:
    """Have some more frames, fill them, and give up every other one."""
    for frame in [taken(memory) for _ in range(count)]:
        memory.tables[frame] = 0xFFFFFFFF
        decode_frame(memory.words, memory.decoded, frame)
        memory.is_decoded[frame] = memory.frames.left[frame] = 1
    for frame in memory.machine_frames[3::2]:
        drop(memory.frames, frame)
        memory.uncommit(1)
    memory.machine_frames = (*memory.machine_frames[:3], *memory.machine_frames[4::2])


@pytest.fixture
def large(memory: PhysicalMemory, monkeypatch: pytest.MonkeyPatch) -> PhysicalMemory:
    """The same memory, whose copies are large ones, as everything is."""
    monkeypatch.setattr(frames, "FEW_FRAMES", 1)
    return memory


@pytest.mark.parametrize("kind", ["memory", "large"])
@pytest.mark.parametrize("count", [0, 1, 20, areas.LARGEST_KEPT - 3])
def test_a_copy_in_the_place_of_another_is_as_any(request: pytest.FixtureRequest, kind: str, count: int) -> None:
    memory = request.getfixturevalue(kind)
    copy = Copier().copy(memory)
    expected, where = everything(copy), place(copy)
    use(copy, count)
    del copy
    again = Copier().copy(memory)
    assert place(again) == where
    assert everything(again) == expected
    assert (again.decoded[ROWS_MADE], again.decoded[MOST_ROWS]) == (0, memory.decoded[MOST_ROWS])
    use(again, count)
    other = Copier().copy(memory)
    assert place(other) != where
    assert everything(other) == expected


def test_a_copy_that_had_more_in_use_leaves_nothing_to_a_smaller_one(large: PhysicalMemory) -> None:
    before = Copier().copy(large)
    use(large, 50)
    copy = Copier().copy(large)
    where = place(copy)
    del copy
    again = Copier().copy(before)
    assert place(again) == where
    assert everything(again) == everything(before)


def test_memory_for_a_copy_is_got_ahead(large: PhysicalMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    expected = everything(Copier().copy(large))
    areas._LARGE_POOL.kept.clear()
    thread = large.prepare_copy()
    assert thread is not None
    thread.join()
    assert large.prepare_copy() is None, "it is got once"
    (area,) = areas._LARGE_POOL.kept[COUNT]
    copy = Copier().copy(large)
    assert area in areas._LARGE_POOL.lent
    assert everything(copy) == expected


def test_no_memory_is_got_ahead_for_a_small_copy_nor_with_one_processor(
    memory: PhysicalMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert memory.prepare_copy() is None
    monkeypatch.setattr(frames, "FEW_FRAMES", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert memory.prepare_copy() is None


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
