"""What a machine is, told from its raw state: page tables in its memory, contexts of its threads.

None of it goes through what a debugger uses. Two machines that went different ways to one moment are compared here,
and what gdb shows is held against one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tests.accounting import leaves, walk
from vm.cpu.state import PC
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Moment
from vm.kernel.process.task import REAPER, Process, State, Task
from vm.memory.segments import Segment

PAGE = 4096


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread that lives: its process, its instructions so far, x0 to x31 and pc."""

    tid: int
    pid: int
    retired: int
    registers: tuple[int, ...]

    @property
    def pc(self) -> int:
        """The address of its next instruction."""
        return self.registers[32]


@dataclass(frozen=True, slots=True)
class View:
    """A machine at a ``moment``: instructions in all, threads by number, what memory holds by process.

    ``digest`` is the machine's own name for its state, if that was asked for, ``memory`` a recount of ours.
    """

    moment: Moment
    retired: int
    threads: dict[int, Thread]
    memory: dict[int, str]
    digest: str

    @property
    def pids(self) -> set[int]:
        """The processes that live."""
        return {thread.pid for thread in self.threads.values()}


def registers_of(task: Task) -> tuple[int, ...]:
    """x0 to x31 and pc, as they are in its context."""
    words = task.context.tolist()
    return (*words[:32], words[PC])


def living(kernel: Kernel) -> list[Task]:
    """Every thread of the program that has not ended."""
    return [task for task in kernel.processes.threads if task.tid != REAPER and task.state is not State.ZOMBIE]


def view_of(kernel: Kernel, digest: str) -> View:
    """Look at a machine, whose own name for its state is ``digest``. Nothing in it changes."""
    tasks = living(kernel)
    processes = {task.pid: task.process for task in tasks}
    return View(
        kernel.moment, kernel.retired,
        {task.tid: Thread(task.tid, task.pid, task.retired, registers_of(task)) for task in tasks},
        {pid: _memory_digest(kernel, process) for pid, process in processes.items()}, digest,
    )  # fmt: skip


def _memory_digest(kernel: Kernel, process: Process) -> str:
    """A name for all that the resident pages of a process hold, by their addresses and what may be done to them."""
    digest = hashlib.sha256()
    memory = kernel.memory
    for page, entry in sorted(leaves(memory, process.memory.root).items()):
        frame = entry >> 10
        digest.update(f"{page:#x} {entry & 0b1110}".encode())
        digest.update(memory.ram[frame * PAGE : (frame + 1) * PAGE].tobytes())
    return digest.hexdigest()


def read(kernel: Kernel, process: Process, address: int, size: int) -> bytes:
    """What a process has there, as far as its segments go; pages that nobody has touched hold zeros."""
    data = b""
    while len(data) < size:
        here = address + len(data)
        count = min(size - len(data), PAGE - here % PAGE)
        found = walk(kernel.memory, process.memory.root, here) if here < 1 << 31 else None
        if found is not None:
            data += kernel.memory.ram[found[1] : found[1] + count].tobytes()
        elif _segment(process, here) is not None:
            data += bytes(count)
        else:
            break
    return data


def _segment(process: Process, address: int) -> Segment | None:
    return next((it for it in process.memory.segments if it.start <= address < it.end), None)


def differences(one: View, other: View, names: tuple[str, str]) -> list[str]:
    """Where two machines differ, a line each; empty where they do not."""
    lines = []
    first, second = names
    for what in ("moment", "retired"):
        if getattr(one, what) != getattr(other, what):
            lines.append(f"{what}: {getattr(one, what)} in {first}, {getattr(other, what)} in {second}")
    for tid in sorted(one.threads.keys() | other.threads.keys()):
        mine, theirs = one.threads.get(tid), other.threads.get(tid)
        if mine is None or theirs is None:
            lines.append(f"thread {tid} is in {second if mine is None else first} alone")
        elif mine != theirs:
            lines.append(f"thread {tid}: {_thread_differences(mine, theirs)} ({first}, {second})")
    for pid in sorted(one.memory.keys() & other.memory.keys()):
        if one.memory[pid] != other.memory[pid]:
            lines.append(f"the memory of {pid} differs")
    if not lines and one.digest and one.digest != other.digest:
        lines.append(f"the digests differ: {one.digest} in {first}, {other.digest} in {second}")
    return lines


def _thread_differences(mine: Thread, theirs: Thread) -> str:
    found = [f"retired {mine.retired} and {theirs.retired}"] if mine.retired != theirs.retired else []
    for number, (here, there) in enumerate(zip(mine.registers, theirs.registers, strict=True)):
        if here != there:
            found.append(f"{'pc' if number == 32 else f'x{number}'} {here:#x} and {there:#x}")
    return ", ".join(found)
