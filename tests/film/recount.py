"""What a machine is at this moment, counted from its raw state for comparison with a film.

Page tables are walked in the bytes of physical memory, by the RISC-V privileged specification, section "Sv32:
Page-Based 32-bit Virtual-Memory Systems"; threads, segments and outputs are read off the kernel's own records. Nothing
here listens to an event while the machine runs, and nothing is shared with what makes films.

A film numbers address spaces and objects of shared memory. Here they are told apart by who they are, and a
:class:`Naming` finds which number of the film is which of them, the same at all moments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from vm import events
from vm.abi import CALL_NAMES
from vm.cpu.state import PC
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Moment, Until
from vm.kernel.process.task import State, Task
from vm.machine import Run
from vm.memory import AddressSpace

PAGE = 4096
USER_REGIONS = 512
"""Entries of a root table for the user's addresses; each stands for 4 MiB."""
VALID, WRITABLE, DIRTY, PROTECTED = 1, 1 << 2, 1 << 7, 1 << 8
"""Bits of an entry; the last one, in a pointer entry, lets no write through."""

Use = tuple[int, str, Any, int]
"""A frame, what it is used for, whose it is (a space, an object of shared memory, or None), and the place in that."""
Segment = tuple[int, int, str, str, str, int, bool]
"""Start, end, protection, name, path, offset of the file, and whether it is shared."""


@dataclass
class Thread:
    """A thread: ``state`` and ``why`` as a film tells them, ``registers`` x0 to x31 and pc; ``call`` is blocked."""

    tid: int
    pid: int
    parent: int
    state: str
    why: str
    name: str
    space: AddressSpace | None
    registers: list[int]
    call: str


@dataclass
class Space:
    """An address space: who is in it, its segments, and its pages as (address, frame, shared, writable, dirty)."""

    owners: list[int]
    segments: list[Segment]
    pages: list[tuple[int, int, bool, bool, bool]]


@dataclass
class Recount:
    """All that is compared at one moment; the spaces and what the frames are used for are by identity."""

    moment: Moment
    threads: dict[int, Thread]
    spaces: dict[AddressSpace, Space]
    uses: list[Use]
    output: dict[str, bytes]
    frames: int


def advance_to(run: Run, moment: Moment) -> bool:
    """Let ``run`` stand at exactly that moment, which is not behind it; False where it has gone too far.

    The loop looks at moments before instructions, calls and signals, and between turns. It can stand as well where a
    thread was chosen and its call is to be made again: there it stops for who listens to choices of that kind.
    """
    while run.kernel.moment < moment and run.kernel.system.ending is None:
        run.advance(Until(events=(events.Scheduled,), moment=moment))
    return run.kernel.moment == moment


def recount(run: Run) -> Recount:
    """Look at the machine of ``run`` as it stands."""
    kernel = run.kernel
    threads = {task.tid: _thread(kernel, task) for task in kernel.processes.threads}
    owners: dict[AddressSpace, list[int]] = {}
    for thread in threads.values():
        if thread.space is not None:
            owners.setdefault(thread.space, []).append(thread.tid)
    uses = list(_uses(kernel, list(owners)))
    often = Counter(frame for frame, *_ in uses)
    spaces = {
        space: Space(tids, segments(space), [
            (address, frame, often[frame] > 1, writable, dirty)
            for address, frame, writable, dirty in leaves(kernel, space.root)
        ])
        for space, tids in owners.items()
    }  # fmt: skip
    output = {"output": bytes(kernel.console.output.data), "errors": bytes(kernel.console.errors.data)}
    return Recount(kernel.moment, threads, spaces, uses, output, kernel.memory.count)


def contents(run: Run, frames: list[int]) -> np.ndarray:
    """The bytes of frames, uint8[n, 4096]."""
    return run.kernel.memory.ram.reshape(-1, PAGE)[frames]


# --- threads ----------------------------------------------------------------------------------------------------------


def _thread(kernel: Kernel, task: Task) -> Thread:
    process = task.process
    state = _state(kernel, task)
    why = _why(task) if state in ("blocked", "suspended") else ""
    space = process.space if state != "zombie" else None
    registers = [*task.context[:32].tolist(), int(task.context[PC])]
    call = CALL_NAMES.get(task.call[0], "") if task.call is not None else ""
    return Thread(
        task.tid, task.pid, process.parent, state, why, task.name, space, registers, call
    )  # fmt: skip


def _why(task: Task) -> str:
    if task.wait is None:
        return ""
    deadline = task.wait.deadline
    return task.wait.why + (f", until clock {deadline:,}" if deadline is not None else "")


def _state(kernel: Kernel, task: Task) -> str:
    if task.state is State.ZOMBIE:
        return "zombie"
    if task.process.stopped:
        return "stopped"
    if task.state is State.BLOCKED:
        children = [each for each in kernel.processes.threads if each.vfork_parent == task.tid]
        return "suspended" if children else "blocked"
    # It runs until another is chosen, be its turn over or not; at the very beginning nobody was chosen.
    return "running" if kernel.system.running is task and kernel.moment > (0, 0) else "ready"


# --- memory -----------------------------------------------------------------------------------------------------------


def _table(kernel: Kernel, frame: int) -> np.ndarray:
    """The 1024 words of a page table."""
    return np.frombuffer(kernel.memory.ram[frame * PAGE : (frame + 1) * PAGE].tobytes(), "<u4")


def _valid(table: np.ndarray) -> Iterator[tuple[int, int]]:
    """The entries of a table that are valid: (index, entry)."""
    for index in np.flatnonzero(table & VALID).tolist():
        yield index, int(table[index])


def tables(kernel: Kernel, root: int) -> Iterator[tuple[int, int, int]]:
    """The tables below a root: the first address of each, its pointer entry's bits, and its frame."""
    for region, pointer in _valid(_table(kernel, root)[:USER_REGIONS]):
        yield region << 22, pointer & 0x3FF, pointer >> 10


def leaves(kernel: Kernel, root: int) -> list[tuple[int, int, bool, bool]]:
    """The pages with a frame: address, frame, whether it can be written at once, whether it was."""
    found = []
    for start, bits, table in tables(kernel, root):
        for index, entry in _valid(_table(kernel, table)):
            writable = bool(entry & WRITABLE) and not bits & PROTECTED
            found.append((start | index << 12, entry >> 10, writable, bool(entry & DIRTY)))
    return found


def _uses(kernel: Kernel, spaces: list[AddressSpace]) -> Iterator[Use]:
    for space in spaces:
        yield space.root, "root", space, 0
        for start, _, table in tables(kernel, space.root):
            yield table, "table", space, start
        for address, frame, _, _ in leaves(kernel, space.root):
            yield frame, "page", space, address
    for shared in _shared_objects(kernel, spaces):
        for number, frame in shared.frames.items():
            yield frame, "shared", shared, number * PAGE
    for frame in kernel.memory.machine_frames:
        yield frame, "machine", None, 0


def _shared_objects(kernel: Kernel, spaces: list[AddressSpace]) -> list[Any]:
    """What keeps frames for whoever maps it, System V's objects too, be it that nobody does."""
    found = [segment.backing for space in spaces for segment in space.segments if hasattr(segment.backing, "frames")]
    part = kernel.system.parts.get("SharedObjects")
    return list(dict.fromkeys([*found, *(each.memory for each in getattr(part, "objects", ()))]))


def segments(space: AddressSpace) -> list[Segment]:
    """The segments of a space, neighbours that nothing tells apart as one."""
    found: list[Segment] = []
    for segment in space.segments:
        path, offset = "", 0
        if hasattr(segment.backing, "content"):
            file = segment.backing.content
            path, offset = file.path.decode(errors="surrogateescape"), (0 if file.is_image else file.start)
            offset += segment.offset
        letters = "".join(letter if segment.protection & bit else "-" for letter, bit in (("r", 1), ("w", 2), ("x", 4)))
        found.append((segment.start, segment.end, letters, segment.name, path, offset, segment.shared))
    return joined(found)


def joined(found: list[Segment]) -> list[Segment]:
    """Segments, of which those are one that follow each other and are alike."""
    result: list[Segment] = []
    for start, end, *about, path, offset, shared in found:
        if result:
            before, last, *alike, its_path, its_offset, is_shared = result[-1]
            follows = last == start and (not path or its_offset + last - before == offset)
            if follows and (*alike, its_path, is_shared) == (*about, path, shared):
                result[-1] = (before, end, *result[-1][2:])
                continue
        result.append((start, end, *about, path, offset, shared))
    return result


class Naming:
    """Which number of a film means which space, or object of shared memory: each has one, and keeps it."""

    def __init__(self) -> None:
        self._of: dict[int, Any] = {}
        self._numbers: dict[Any, int] = {}

    def is_consistent(self, number: int, thing: Any) -> bool:
        """Tell whether ``number`` may mean ``thing``, and remember that it does."""
        if number not in self._of and thing not in self._numbers:
            self._of[number], self._numbers[thing] = thing, number
        return self._of.get(number) is thing and self._numbers.get(thing) == number
