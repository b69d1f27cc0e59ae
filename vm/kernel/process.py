"""Task control blocks and the process table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from vm.cpu.state import Context, new_context
from vm.kernel.files import Descriptors
from vm.memory import AddressSpace

REAPER = 1
"""Pid of the machine's own process, which adopts and collects orphans."""


class State(Enum):
    """What a process is doing."""

    READY = "ready"
    BLOCKED = "blocked"
    ZOMBIE = "zombie"


@dataclass(frozen=True, slots=True)
class Block:
    """A system call cannot go on: the process waits for a wake-up on one of ``channels``, then the call is run again.

    ``why`` completes "pid 3 waits for …". An uninterruptible wait ends by its wake-up or by SIGKILL alone.
    """

    channels: tuple[tuple[object, ...], ...]
    why: str
    interruptible: bool = True


@dataclass(slots=True, eq=False)
class Task:
    """One process: a slot of the process table (a TCB).

    ``call``: the system call (number, arguments) that is blocked; ``progress`` is that call's own note of how far it
    has come. ``vfork_parent``: the pid suspended until this process execs or exits. ``status`` is its wait status once
    it is a zombie. ``stop_report`` and ``continue_report`` are changes of state that its parent has not collected.
    """

    pid: int
    parent: int
    group: int
    uid: int
    gid: int
    space: AddressSpace | None
    files: Descriptors
    context: Context = field(default_factory=new_context)
    state: State = State.READY
    stopped: bool = False
    children: list[int] = field(default_factory=list)
    name: str = ""
    path: str = ""
    directory: tuple[str, ...] = ()
    call: tuple[int, tuple[int, ...]] | None = None
    progress: int = 0
    wait: Block | None = None
    slice_used: int = 0
    retired: int = 0
    vfork_parent: int = 0
    status: int = 0
    exit_signal: int = 0
    stop_report: int = 0
    continue_report: bool = False

    @property
    def memory(self) -> AddressSpace:
        """The address space of a live process."""
        assert self.space is not None, f"pid {self.pid} has no address space"
        return self.space


class ProcessTable:
    """At most ``size`` processes, by pid. Pids count up and are not used again."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._tasks: dict[int, Task] = {}
        self._next_pid = REAPER

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[Task]:
        return iter(list(self._tasks.values()))

    def get(self, pid: int) -> Task | None:
        """The process with that pid, zombies included."""
        return self._tasks.get(pid)

    def __getitem__(self, pid: int) -> Task:
        return self._tasks[pid]

    @property
    def is_full(self) -> bool:
        """True when no slot is free: fork fails with EAGAIN."""
        return len(self._tasks) >= self.size

    def new_pid(self) -> int:
        """The next pid."""
        pid = self._next_pid
        self._next_pid += 1
        return pid

    def add(self, task: Task) -> None:
        """Put a new task into a free slot and among its parent's children."""
        assert not self.is_full, "the process table is full"
        self._tasks[task.pid] = task
        if parent := self._tasks.get(task.parent):
            parent.children.append(task.pid)

    def remove(self, task: Task) -> None:
        """Free the slot of a task that has been reaped."""
        del self._tasks[task.pid]
        if parent := self._tasks.get(task.parent):
            parent.children.remove(task.pid)
