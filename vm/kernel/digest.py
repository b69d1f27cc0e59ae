"""A name for the state of a machine: equal for machines that go on alike, however they came to where they are.

What has an identity but no name of its own (inodes, open files, pipes, frames) is numbered in the order in which it is
met; processes and threads are named by their descent, and met in its order. Left out is what is no state: what was
written out of the machine, who listens, what was decided, what only saves time, what is only counted, and where on
which host folders lie. Of a host's file that somebody has met it has the size and the beginning, of one that nobody
has met nothing; of the input how much was read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import chain
from operator import attrgetter
from typing import Any

import numpy as np

from vm.abi import PAGE_SIZE
from vm.cpu.state import SINK
from vm.kernel.clock import Clock
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
_OF_TIME = {"deadline", "alarms", "timers", "retired", "ended", "reaped"}
"""Attributes of threads and processes that say when something is due, and how long the processor has been theirs."""
_TOLD_APART = {
    "tid", "pid", "process", "vfork_parent", "child", "lock_owner", "context", "wait", "parent", "maker", "group",
    "session", "children", "threads", "leader", "next_taker", "space", "executable",
}  # fmt: skip
"""Attributes of threads and processes that name others, or are told of in another way."""


def digest(system: System, *, clock: bool = True, order: bool = True) -> str:
    """Return the digest of the state of ``system``: 32 hexadecimal digits.

    Without ``clock`` guest time is left out: the clock, the times of files and of processes, and what is due at a
    moment of it. Without ``order`` it does not matter who has run last, nor in which order threads are ready or wait:
    for who makes all choices.
    """
    return _Digest(system, clock, order).result()


class _Digest:
    """A digest in the making."""

    def __init__(self, system: System, clock: bool, order: bool) -> None:
        self._system = system
        self._clock = clock
        self._order = order
        self._to = Description(system.memory)
        self._met: deque[Any] = deque()
        tasks = system.processes.threads
        if system.program is not None and system.program.leader not in tasks:
            tasks.append(system.program.leader)
        self._tasks = sorted(tasks, key=lambda task: task.random.descent)
        self._names = {task.tid: task.random.descent for task in self._tasks}

    def result(self) -> str:
        """Tell of everything, and return the digest."""
        system, tell, numbers = self._system, self._to.tell, self._system.processes.numbers
        if self._order:
            tell(system.turn.name, self._name(system.running))
        tell(self._named(system.foreground), system.words)
        tell(system.memory.committed, system.memory.used, len(system.processes), numbers.next, *numbers.to_come())
        tell(repr(system.ending), system.meter.left, getattr(system.console.input, "consumed", 0))
        if self._clock:
            tell(system.clock.now, system.clock.idle)
        if system.settings.calls is not None:
            tell(system.calls, system.memory.work)
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
        self._record(task)
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
        self._record(process)

    def _queues(self) -> None:
        """Who is ready, who waits before whom, and what is due."""
        scheduler = self._system.scheduler
        ordered: Callable[[Iterable[Any]], list[Any]] = list if self._order else sorted
        self._to.tell(*ordered(self._name(task) for task in scheduler.ready))
        queues = zip(scheduler.queues, scheduler.channels, strict=True)
        for names in sorted([_word(channel), *ordered(map(self._name, queue))] for queue, channel in queues):
            self._to.tell(*names)
        for watchers in scheduler.watchers:
            if len(watchers) > 1:
                self._value(watchers)
        if self._clock:
            for moment, (kind, number) in scheduler.timers.all():
                self._to.tell(moment, kind, None if kind in OF_FILES else self._named(number))

    # --- everything else ------------------------------------------------------------------------------------------

    def _values(self, values: Iterable[Any]) -> None:
        """Tell of values; what has an identity is only numbered here, and told of later."""
        say, plain, tellers = self._to.said.append, _PLAIN, _TELLERS
        for value in values:
            if type(value) in plain:
                say(value)
            else:
                tellers[type(value)](self, value)

    def _value(self, value: Any) -> None:
        self._values((value,))

    def _text(self, value: str) -> None:
        self._to.said.append(str(value))

    def _bytes(self, value: bytes | bytearray) -> None:
        self._to.data(value)

    def _number(self, value: int) -> None:
        self._to.said.append(int(value))  # whatever name it goes by

    def _member(self, value: Enum) -> None:
        self._to.said.append(value.name)

    def _sequence(self, value: Sequence[Any]) -> None:
        self._to.tell(len(value))
        self._values(value)

    def _dict(self, value: dict[Any, Any]) -> None:
        self._to.tell(len(value))
        self._values(chain.from_iterable(_in_order(value)))

    def _set(self, value: set[Any] | frozenset[Any]) -> None:
        self._sequence(sorted(value))

    def _block(self, value: MappedBlock) -> None:
        self._to.meet_frames([value.frame])

    def _task(self, value: Task) -> None:
        self._to.said.append(value.random.descent)

    def _host_file(self, value: HostFile) -> None:
        self._to.tell(value.size)
        self._to.data(value.beginning)

    def _host_folder(self, value: HostFolder) -> None:
        self._to.tell("HostFolder", *sorted(value.listed))

    def _told_elsewhere(self, value: Any) -> None:
        self._to.tell(type(value).__name__)

    def _thing(self, value: Any) -> None:
        if self._to.meet(value):
            self._met.append(value)

    def _record(self, value: Any) -> None:
        kind, clock = type(value), self._clock
        self._values((_OF_FIELDS.get((kind, clock)) or _of_fields(kind, clock))(value))

    def _attributes(self, thing: Any) -> None:
        """Tell of all that something is made of."""
        kind = type(thing)
        self._to.said.append(kind.__name__)
        if isinstance(thing, SharedMemory):
            pages = sorted(thing.frames)
            self._to.array(np.array(pages, np.int64))
            self._to.meet_frames([thing.frames[page] for page in pages])
        else:
            shape = (kind, self._clock, *getattr(thing, "__dict__", ()))
            self._values((_OF_ATTRIBUTES.get(shape) or _of_attributes(*shape))(thing))


class _Tellers(dict[type, Callable[[_Digest, Any], None]]):
    """How to tell of a value, by its type; types are added as they are met."""

    def __missing__(self, kind: type) -> Callable[[_Digest, Any], None]:
        teller = next((teller for kinds, teller in _KINDS if issubclass(kind, kinds)), None)
        if teller is None and hasattr(kind, "_follow"):
            teller = _Digest._thing
        elif teller is None:
            assert is_dataclass(kind), f"{kind} has no digest"
            teller = _Digest._record
        self[kind] = teller
        return teller


_KINDS: tuple[tuple[Any, Callable[[_Digest, Any], None]], ...] = (
    (str, _Digest._text), (bytes | bytearray, _Digest._bytes), (int, _Digest._number), (Enum, _Digest._member),
    (list | tuple | deque, _Digest._sequence), (dict, _Digest._dict), (set | frozenset, _Digest._set),
    (MappedBlock, _Digest._block), (Task, _Digest._task), (HostFile, _Digest._host_file),
    (HostFolder, _Digest._host_folder),
    (Prepared | PhysicalMemory | Console | System, _Digest._told_elsewhere),
)  # fmt: skip
_TELLERS = _Tellers()
_PLAIN = {type(None), bool, int, str}
"""Types of what is told as it is."""


def _getter(names: Sequence[str]) -> Callable[[Any], Iterable[Any]]:
    """What gives the attributes of these names, None for those that are not there."""
    get = attrgetter(*names, "__class__", "__class__")  # so that there is always more than one

    def values(thing: Any) -> Iterable[Any]:
        try:
            found: tuple[Any, ...] = get(thing)
        except AttributeError:
            return [getattr(thing, name, None) for name in names]
        return found[:-2]

    return values


_Getters = dict[tuple[Any, ...], Callable[[Any], Iterable[Any]]]
_OF_FIELDS: _Getters = {}
"""What gives the fields of a dataclass, by (class, whether with guest time)."""
_OF_ATTRIBUTES: _Getters = {}
"""What gives all attributes of an object, by (class, whether with guest time) and the names in its dict."""


def _of_fields(kind: type, clock: bool) -> Callable[[Any], Iterable[Any]]:
    names = [field.name for field in fields(kind)]
    if kind is Task or kind is Process:
        left_out = _TOLD_APART if clock else _TOLD_APART | _OF_TIME
        names = [name for name in names if name not in left_out]
    get = _OF_FIELDS[kind, clock] = _getter(names)
    return get


def _of_attributes(kind: type, clock: bool, *held: str) -> Callable[[Any], Iterable[Any]]:
    left_out = _NUMBERS | _NO_STATE | _HOSTS if clock else _NUMBERS | _NO_STATE | _HOSTS | _TIMES
    if kind is Clock and not clock:  # file systems have it
        left_out |= {"now", "idle"}
    slots = [name for base in reversed(kind.__mro__) for name in base.__dict__.get("__slots__", ())]
    names = [name for name in sorted({*slots, *held}) if name not in left_out and not name.startswith("__")]
    get = _OF_ATTRIBUTES[kind, clock, *held] = _getter(names)
    return get


def _word(channel: tuple[object, ...]) -> str:
    """The word of memory that a channel stands for, whatever space or frame that is in; nothing for other channels.

    The call of a waiter does not tell, once it was moved to another word (futex(2), FUTEX_REQUEUE).
    """
    kind, number = str(channel[0]), channel[-1]
    if len(channel) == 3 and isinstance(number, int):
        return f"{kind} {number}"
    return f"{kind} {number % PAGE_SIZE}" if kind.startswith("shared ") and isinstance(number, int) else ""


def _in_order(value: dict[Any, Any]) -> Iterable[tuple[Any, Any]]:
    """A dict's items by their keys, if those are plain; the others stay in the order in which they came."""
    if len(value) < 2:
        return value.items()
    if len(kinds := set(map(type, value))) == 1 and kinds <= {int, str, bytes}:
        return [(key, value[key]) for key in sorted(value)]
    return sorted(value.items(), key=_place)


def _place(item: tuple[Any, Any]) -> str:
    return repr(item[0]) if isinstance(item[0], int | str | bytes | tuple) else ""
