"""A name for the state of a machine: equal for machines that go on alike, however they came to where they are.

What has an identity but no name of its own (inodes, open files, pipes, frames) is numbered in the order in which it is
met; processes and threads are named by their descent, and met in its order. Left out is what is no state: what was
written out of the machine, who listens, what was decided, what only saves time, what is only counted, and where on
which host folders lie. Of a host's file that somebody has met it has the size and the beginning, of one that nobody
has met nothing; of the input how much was read.
"""

from __future__ import annotations

from collections import deque
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np

from vm.abi import PAGE_SIZE
from vm.cpu.state import SINK
from vm.kernel.files.terminal import Console
from vm.kernel.files.vfs.content import Prepared
from vm.kernel.files.vfs.host import HostFile, HostFolder
from vm.kernel.files.vfs.pages import MappedBlock
from vm.kernel.process.task import Process, Task
from vm.kernel.process.timers import OF_FILES
from vm.kernel.system import System
from vm.memory import PhysicalMemory
from vm.memory.digest import Description, describe
from vm.memory.segments import SharedMemory

_NUMBERS = {"number", "_number", "_numbers", "device", "_devices"}
"""Attributes that number what is met, in the order in which a machine met it."""
_TIMES = {
    "created",
    "accessed",
    "modified",
    "changed",
    "operated",
    "attached",
    "detached",
    "sent",
    "received",
    "lingering",
    "moment",
    "_boot",
}
_NO_STATE = {"_chunks", "_kept", "_system", "_waiters", "_mappers", "_runs", "console", "meter", "_before"}
"""Attributes that save time, or lead to what is told of elsewhere."""
_HOSTS = {"folder", "host_uid", "host_gids", "_identity", "_linked"}
"""Attributes that say where a folder lies, and whose it is there: its files have the guest's owners."""
_TOLD_APART = {
    "tid", "pid", "process", "vfork_parent", "child", "lock_owner", "context", "wait", "parent", "maker", "group",
    "session", "children", "threads", "leader", "next_taker", "space", "executable",
}  # fmt: skip
"""Attributes of threads and processes that name others, or are told of in another way."""


def digest(system: System, *, clock: bool = True) -> str:
    """Return the digest of the state of ``system``: 32 hexadecimal digits.

    Without ``clock`` guest time is left out: the clock, the times of files, and what is due at a moment of it.
    """
    return _Digest(system, clock).result()


class _Digest:
    """A digest in the making."""

    def __init__(self, system: System, clock: bool) -> None:
        self._system = system
        self._clock = clock
        self._to = Description(system.memory)
        self._met: deque[Any] = deque()
        tasks = system.processes.threads
        if system.program is not None and system.program.leader not in tasks:
            tasks.append(system.program.leader)
        self._tasks = sorted(tasks, key=lambda task: task.random.descent)
        self._names = {task.tid: task.random.descent for task in self._tasks}
        left_out = _NUMBERS | _NO_STATE | _HOSTS
        self._left_out = left_out if clock else left_out | _TIMES

    def result(self) -> str:
        """Tell of everything, and return the digest."""
        system, tell, numbers = self._system, self._to.tell, self._system.processes.numbers
        tell(system.turn.name, self._name(system.running), self._named(system.foreground), system.words)
        tell(system.memory.committed, system.memory.used, len(system.processes), numbers.next, *numbers.to_come())
        tell(repr(system.ending), system.meter.left, getattr(system.console.input, "consumed", 0))
        if self._clock:
            tell(system.clock.now, system.clock.idle)
        for task in self._tasks:
            self._thread(task)
        self._queues()
        self._value(system.world.tree.root)
        if system.parts:
            self._value(system.parts)
        while self._met:
            self._attributes(self._met.popleft())
        return self._to.digest()

    # --- threads and processes ----------------------------------------------------------------------------------

    def _name(self, task: Task | None) -> object:
        return None if task is None else task.random.descent

    def _named(self, pid: int) -> object:
        """The descent of a process; its number once it is gone."""
        return self._names.get(pid, pid)

    def _thread(self, task: Task) -> None:
        """Tell of a thread, and with the first of a process of what its threads share."""
        process = task.process
        named = [self._named(number) for number in (process.pid, task.vfork_parent, task.child, task.lock_owner)]
        self._to.tell(task.random.descent, *named)
        registers = task.context.astype(np.int64)
        registers[SINK] = 0  # where engines put what is written to x0
        self._to.array(registers)
        if task.wait is not None:
            self._to.tell(task.wait.restart.name, task.wait.interruptible, self._clock and task.wait.deadline)
        self._fields(task)
        if task is process.leader:
            self._process(process)

    def _process(self, process: Process) -> None:
        named = [
            self._named(pid)
            for pid in (process.parent, process.maker, process.group, process.session, *process.children)
        ]
        self._to.tell(*named, *[self._name(task) for task in process.threads], self._name(process.next_taker))
        if process.space is not None:
            describe(process.space, self._to)
        self._value(process.executable)
        self._fields(process)

    def _fields(self, thing: Task | Process) -> None:
        for field in fields(thing):
            if field.name not in _TOLD_APART and (self._clock or field.name not in ("deadline", "alarms", "timers")):
                self._value(getattr(thing, field.name))

    def _queues(self) -> None:
        """Who is ready, who waits before whom, and what is due."""
        scheduler = self._system.scheduler
        self._to.tell(*[self._name(task) for task in scheduler.ready])
        queues = zip(scheduler.queues, scheduler.channels, strict=True)
        for names in sorted([_word(channel), *map(self._name, queue)] for queue, channel in queues):
            self._to.tell(*names)
        for watchers in scheduler.watchers:
            if len(watchers) > 1:
                self._value(watchers)
        if self._clock:
            for moment, (kind, number) in scheduler.timers.all():
                self._to.tell(moment, kind, None if kind in OF_FILES else self._named(number))

    # --- everything else ------------------------------------------------------------------------------------------

    def _value(self, value: Any) -> None:
        """Tell of a value; what has an identity is only numbered here, and told of later."""
        if value is None or isinstance(value, bool | str):
            self._to.tell(value)
        elif isinstance(value, bytes | bytearray):
            self._to.data(value)
        elif isinstance(value, int):
            self._to.tell(int(value))  # whatever name it goes by
        elif isinstance(value, Enum):
            self._to.tell(value.name)
        elif isinstance(value, list | tuple | deque):
            self._to.tell(len(value))
            for item in value:
                self._value(item)
        elif isinstance(value, dict):
            self._to.tell(len(value))
            for key, item in sorted(value.items(), key=_order):
                self._value(key)
                self._value(item)
        elif isinstance(value, set | frozenset):
            self._to.tell(*sorted(value))
        elif isinstance(value, MappedBlock):
            self._to.meet_frames(np.array([value.frame], np.int64))
        elif isinstance(value, Task):
            self._to.tell(value.random.descent)
        elif isinstance(value, HostFile):
            self._to.tell(value.size)
            self._to.data(value.beginning)
        elif isinstance(value, HostFolder):
            self._to.tell("HostFolder", *sorted(value.listed))
        elif isinstance(value, Prepared | PhysicalMemory | Console | System):
            self._to.tell(type(value).__name__)
        elif hasattr(type(value), "_follow"):
            if self._to.meet(value):
                self._met.append(value)
        else:
            assert is_dataclass(value), f"{type(value)} has no digest"
            for field in fields(value):
                self._value(getattr(value, field.name))

    def _attributes(self, thing: Any) -> None:
        """Tell of all that something is made of."""
        self._to.tell(type(thing).__name__)
        if isinstance(thing, SharedMemory):
            pages = sorted(thing.frames)
            self._to.array(np.array(pages, np.int64))
            self._to.meet_frames(np.array([thing.frames[page] for page in pages], np.int64))
            return
        names = [name for base in reversed(type(thing).__mro__) for name in base.__dict__.get("__slots__", ())]
        for name in sorted({*names, *getattr(thing, "__dict__", ())}):
            if name not in self._left_out and not name.startswith("__"):
                self._value(getattr(thing, name, None))


def _word(channel: tuple[object, ...]) -> str:
    """The word of memory that a channel stands for, whatever space or frame that is in; nothing for other channels.

    The call of a waiter does not tell, once it was moved to another word (futex(2), FUTEX_REQUEUE).
    """
    kind, number = str(channel[0]), channel[-1]
    if len(channel) == 3 and isinstance(number, int):
        return f"{kind} {number}"
    return f"{kind} {number % PAGE_SIZE}" if kind.startswith("shared ") and isinstance(number, int) else ""


def _order(item: tuple[Any, Any]) -> str:
    """The place of a dict's item: by its key, if that is plain; the others stay in the order in which they came."""
    return repr(item[0]) if isinstance(item[0], int | str | bytes | tuple) else ""
