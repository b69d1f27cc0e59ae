"""The measurements behind the laboratory's figures: each checks its counts and contents before it gives a time.

Times are in nanoseconds. Memory is touched beforehand unless a measurement says that it is cold.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter_ns

import numpy as np
from numpy.typing import NDArray

from vm.abi import PAGE_SHIFT, PAGE_SIZE
from vm.cpu.sv32 import PPN_SHIFT, PROTECTED, A, D, V, W
from vm.events import Costs, Reaped
from vm.kernel.pausing import Pause
from vm.laboratory import host
from vm.laboratory.experiment import Experiment, ExperimentFailed
from vm.laboratory.measuring import Stopwatch, boot_in_machine, run_in_machine
from vm.memory import AddressSpace, PhysicalMemory, tables
from vm.memory.areas import LOWEST_FREE
from vm.memory.mappings import READ_WRITE
from vm.memory.resident import resident
from vm.memory.segments import access_bits
from vm.memory.strategies import STRATEGIES
from vm.run import Run

HEAP = 0x1000_0000
ENTRIES_OF_TABLE = 1024
MIB = 1 << 20


def new_memory(size: int, *, touched: bool = True) -> PhysicalMemory:
    """Physical memory for a process with a heap of ``size`` bytes and one copy of it."""
    frames = 2 * (size // PAGE_SIZE + size // PAGE_SIZE // ENTRIES_OF_TABLE + 16)
    memory = PhysicalMemory(frames * PAGE_SIZE)
    if touched:
        memory.ram.fill(0)
        memory.references.fill(0)
    return memory


def new_process(memory: PhysicalMemory, size: int) -> AddressSpace:
    """An address space whose heap of ``size`` bytes is resident and holds no zeros."""
    space = AddressSpace(memory)
    space.map(HEAP, HEAP + size, READ_WRITE, "heap")
    first, end = HEAP >> PAGE_SHIFT, (HEAP + size) >> PAGE_SHIFT
    assert tables.map_clear(memory.frames, space.root, first, end, access_bits(READ_WRITE), space.tally)
    frames = resident(space).frames
    rows(memory)[frames] = np.arange(1, 513, dtype=np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15)
    rows(memory)[frames, 0] = np.arange(len(frames))
    unprotect(space)
    return space


def content(space: AddressSpace) -> NDArray[np.uint64]:
    """A copy of the content of the space's resident pages, uint64[pages, 512]."""
    return rows(space.memory)[resident(space).frames]


def rows(memory: PhysicalMemory) -> NDArray[np.uint64]:
    """Physical memory as frames, uint64[n, 512]."""
    return memory.ram.view(np.uint64).reshape(-1, 512)


def unprotect(space: AddressSpace) -> None:
    """Make every page table and page writable and used, as they are when the process has written all of them."""
    words = space.memory.tables
    slots = np.flatnonzero(words[space.root, : tables.USER_REGIONS] & V)
    words[space.root, slots] &= np.uint32(~PROTECTED & 0xFFFF_FFFF)
    for table in words[space.root, slots] >> PPN_SHIFT:
        row = words[int(table)]
        row[row & V != 0] |= np.uint32(W | A | D)
    space.flush()


def fork(space: AddressSpace, strategy: str) -> tuple[int, Costs, AddressSpace]:
    """The time of one fork by that strategy, its costs, and the child."""
    make = STRATEGIES[strategy]
    begin = perf_counter_ns()
    child, costs = make(space)
    return perf_counter_ns() - begin, costs, child


def copied(space: AddressSpace, size: int) -> int:
    """The time of a fork that copies; every page is copied and holds what the parent's does."""
    time, costs, child = fork(space, "copy")
    assert costs.copied == size // PAGE_SIZE
    assert np.array_equal(content(space), content(child))
    child.destroy()
    return time


def shared(space: AddressSpace, size: int, strategy: str) -> int:
    """The time of a fork that defers: counts are those of its pages (cow) or of its page tables (on-demand)."""
    unprotect(space)
    time, costs, child = fork(space, strategy)
    pages, regions = size // PAGE_SIZE, len(range(HEAP >> 22, ((HEAP + size - 1) >> 22) + 1))
    assert costs.copied == 0
    if strategy == "cow":
        assert (costs.shared, costs.entries, costs.protected) == (pages, pages + regions, pages)
    else:
        assert (costs.tables_shared, costs.entries, costs.protected) == (regions, regions, regions)
    child.destroy()
    return time


def numpy_copy(source: NDArray[np.uint8], target: NDArray[np.uint8]) -> int:
    """The time of numpy's own copy between two buffers."""
    begin = perf_counter_ns()
    np.copyto(target, source)
    return perf_counter_ns() - begin


def buffers(size: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Two buffers of ``size`` bytes, both touched."""
    source = np.arange(size, dtype=np.uint32).view(np.uint8)[:size].copy()
    return source, np.zeros(size, np.uint8) + np.uint8(1)


def shuffle(memory: PhysicalMemory, seed: int) -> None:
    """Put the free frames into random order."""
    free = memory.free_frames
    np.random.default_rng(seed).shuffle(free)
    memory.frames.free[: len(free)] = free
    memory.frames.counters[LOWEST_FREE] = 0


def copy_times(size: int, round_number: int) -> dict[str, int]:
    """One fork by copy with a fresh, a fragmented and a cold allocator, and one by cow."""
    times = {}
    memory = new_memory(size)
    space = new_process(memory, size)
    times["copy, fresh"] = copied(space, size)
    times["cow"] = shared(space, size, "cow")
    space.destroy()
    shuffle(memory, round_number)
    space = new_process(memory, size)
    times["copy, fragmented"] = copied(space, size)
    space.destroy()
    memory = new_memory(size, touched=False)
    space = new_process(memory, size)
    times["copy, cold"] = copied(space, size)
    space.destroy()
    return times


@contextmanager
def interleaved(experiments: list[Experiment]) -> Iterator[Callable[[], list[Stopwatch]]]:
    """Boot a guest for each experiment; what this gives runs their rounds in random turns and returns the watches.

    The first round of each, which fills caches, comes before; its times are in the watches as well.
    """
    with ExitStack() as stack:
        guests = [stack.enter_context(boot_in_machine(experiment)) for experiment in experiments]
        for guest, _ in guests:
            _run_round(guest)

        def run() -> list[Stopwatch]:
            order = random.Random(0)
            for _ in range(experiments[0].rounds):
                for guest, _ in order.sample(guests, len(guests)):  # nobody always follows the same one
                    _run_round(guest)
            return [watch for _, watch in guests]

        yield run
        for guest, _ in guests:
            guest.finish()  # what the last creations had put off is told at the end


def _run_round(guest: Run) -> None:
    """Let a guest go on until its first process has collected a child."""
    while isinstance(pause := guest.advance(Reaped), Pause):
        if isinstance(pause.event, Reaped) and pause.event.pid == guest.program.pid:
            return
    raise ExperimentFailed(f"the guest has ended before its round: {pause}")


def small_times(rounds: int) -> dict[str, float]:
    """fork and vfork of a small process until it is collected, in the machine and on its host: medians of one turn.

    The machine's process has a heap of 64 KiB, the host's one of a page, as the machine's has in a last figure.
    """
    times = {}
    for method in ("copy", "vfork"):
        name = "fork" if method == "copy" else method
        found = run_in_machine(Experiment(method, 64 << 10, rounds=rounds))
        assert found.counts is not None
        assert (found.counts.copied_pages == 0) is (method == "vfork")
        times[f"{name}, machine"] = found.round.median
        times[f"{name}, host"] = host.run_on_host(Experiment(name, PAGE_SIZE, rounds=rounds)).round.median
    times["fork, machine, heap of a page"] = run_in_machine(Experiment("copy", PAGE_SIZE, rounds=rounds)).round.median
    return times
