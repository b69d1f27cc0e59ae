"""Threads that poll: they come back to where they were, and nothing has changed.

What a thread does next follows from its registers and its memory. If both are what they were before, and nothing that
it has looked at meanwhile has changed, it will do the same for ever: it waits for a change, as if it were blocked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from vm.cpu.state import SINK
from vm.kernel.process.task import Task
from vm.memory.digest import Description, describe
from vm.outcomes.history import Looked
from vm.outcomes.orders import Descent
from vm.values import dataclass


def registers_of(task: Task) -> bytes:
    """Return the registers of a thread, but for where engines put what is written to x0."""
    registers = task.context.copy()
    registers[SINK] = 0
    return registers.tobytes()


def memory_of(task: Task) -> str:
    """Return a digest of what a thread can read."""
    description = Description(task.memory.memory)
    describe(task.memory, description)
    return description.digest()


def state_of(task: Task) -> bytes:
    """Return the registers of a thread and a digest of its memory: what it does next follows from these."""
    return registers_of(task) + memory_of(task).encode()


@dataclass(slots=True, eq=False)
class _Loop:
    """What a thread has done since it last changed anything: where it was, and what it has looked at.

    ``met``: its registers before each of its steps, with a digest of its memory once they were met again. ``looked``:
    what it has looked at, and how often that had been changed then.
    """

    met: dict[bytes, str] = field(default_factory=dict)
    looked: list[tuple[Looked, int]] = field(default_factory=list)

    @property
    def has_changed(self) -> bool:
        return any(thing.version != version for thing, version in self.looked)


class Pollers:
    """Finds out which threads poll."""

    def __init__(self) -> None:
        self._loops: dict[Descent, _Loop] = {}
        self._waiting: set[Descent] = set()

    def made(self, thread: Descent, looked: Sequence[Looked], *, has_changed: bool) -> None:
        """``thread`` has made a step, by which it has changed something, or has only looked at things."""
        if has_changed:
            self._loops.pop(thread, None)
        else:
            loop = self._loops.setdefault(thread, _Loop())
            loop.looked.extend([(thing, thing.version) for thing in looked])

    def polls(self, thread: Descent, task: Task) -> bool:
        """Tell whether ``thread``, which is about to make a step, would only make the same ones again."""
        loop = self._loops.get(thread)
        if loop is None:
            return False
        if loop.looked and loop.has_changed:
            del self._loops[thread]
            return False
        state = registers_of(task)
        if state not in loop.met:
            loop.met[state] = ""
            return False
        memory = memory_of(task)
        if loop.met[state] != memory:
            loop.met[state] = memory
            return False
        self._waiting.add(thread)
        return True

    def waits(self, thread: Descent) -> bool:
        """Tell whether ``thread`` polls, and nothing has changed since."""
        if thread not in self._waiting:
            return False
        loop = self._loops.get(thread)
        if loop is None or loop.has_changed:
            self._waiting.discard(thread)
            self._loops.pop(thread, None)
            return False
        return True
