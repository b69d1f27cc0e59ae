"""The process table: who there is, by number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from vm.kernel.process.numbers import Numbers
from vm.kernel.process.task import Process, Task
from vm.memory.mappings import Pulse
from vm.memory.segments import SharedMemory


class ProcessTable:
    """Processes and their threads, by number: at most ``size`` threads in all.

    Both get their ``numbers`` from one place, and no number is used again. A process has the number of its first
    thread, which keeps its slot until the process is collected. ``revocations`` counts how often pages of shared memory
    were taken out of every address space.
    """

    _follow: ClassVar[tuple[str, ...]] = ("_processes", "_threads", "numbers")

    def __init__(self, size: int) -> None:
        self.size = size
        self._processes: dict[int, Process] = {}
        self._threads: dict[int, Task] = {}
        self.numbers = Numbers()
        self.revocations = 0

    def __len__(self) -> int:
        return len(self._processes)

    def __iter__(self) -> Iterator[Process]:
        return iter(list(self._processes.values()))

    def get(self, pid: int) -> Process | None:
        """Return the process with that pid, zombies included."""
        return self._processes.get(pid)

    def __getitem__(self, pid: int) -> Process:
        return self._processes[pid]

    def thread(self, tid: int) -> Task | None:
        """Return the thread with that number; a first thread that has ended is there as long as its process."""
        return self._threads.get(tid)

    @property
    def threads(self) -> list[Task]:
        """All threads, and the first ones that have ended, in the order in which they came into being."""
        return list(self._threads.values())

    @property
    def is_full(self) -> bool:
        """True when no slot is free: clone fails with EAGAIN."""
        return len(self._threads) >= self.size

    def new_pid(self, descent: tuple[int, ...]) -> int:
        """Return the number of a new process or thread."""
        return self.numbers.give(descent)

    def add(self, task: Task) -> None:
        """Put a new thread into a free slot; with the first of a process, that among its parent's children."""
        assert not self.is_full, "the process table is full"
        process = task.process
        self._threads[task.tid] = task
        if task is process.leader:
            self._processes[process.pid] = process
            if parent := self._processes.get(process.parent):
                parent.children.append(process.pid)

    def remove_thread(self, task: Task) -> None:
        """Free the slot of a thread that has ended, which is not the first of its process."""
        del self._threads[task.tid]

    def lead(self, task: Task) -> None:
        """Let ``task``, the last thread of its process, be its first, with its number (execve(2), de_thread)."""
        del self._threads[task.tid]
        task.process.leader, task.tid = task, task.pid
        self._threads[task.tid] = task

    def remove(self, process: Process) -> None:
        """Free the slot of a process that has been reaped; its parent inherits its times (getrusage(2))."""
        del self._processes[process.pid]
        del self._threads[process.pid]
        if parent := self._processes.get(process.parent):
            parent.children.remove(process.pid)
            parent.reaped += process.retired + process.reaped

    def revoke(self, shared: SharedMemory, first: int, pulse: Pulse) -> None:
        """Take the pages of ``shared`` from number ``first`` on out of every address space, in the order of pids.

        ``pulse`` is called between them; what it raises ends that.
        """
        self.revocations += 1
        for space in dict.fromkeys(process.space for process in self if process.space is not None):
            pulse()
            space.revoke(shared, first)
