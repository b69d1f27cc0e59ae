"""What is noted of a run while it goes on: the step that is under way, and who is who."""

from __future__ import annotations

from collections.abc import Callable

from vm import events
from vm.cpu.state import PC
from vm.kernel.files.opened import OpenFile
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import REAPER, Process, Task
from vm.outcomes import uses
from vm.outcomes.history import Answer, History
from vm.outcomes.orders import Descent, Written
from vm.outcomes.sharing import Accesses
from vm.outcomes.uses import Asked

End = tuple[int, bool]
"""An end of a pipe: its number, and True for the end to read from."""


def address_of(task: Task) -> int:
    """Return the address of the instruction that a thread is at."""
    return int(task.context[PC])


class Notes:
    """Notes of a run of ``kernel``, in which ``site`` says from where a thread makes the call that it is about to make.

    ``asked`` are the calls that threads are in, by number. ``inside`` is the number of the thread whose call is being
    made. Of the step that is under way: what it has ``written``, its ``answers`` to choices, the children that it has
    ``reaped``; whether it ``has_effects`` that others can see, and ``is_local``, which nothing unknown can depend on.
    ``accesses``: those to memory that others may share. ``sleeping``: the threads that have begun to wait on a futex,
    and the step that has woken them, -1 if none has. ``mapped``: files that are mapped so that
    others see what is stored; ``watched``: those that an epoll(7) is told of, which keeps the order of what happens
    to them. ``unclaimed``: the processes that have ended, and that nobody is
    to wait for. ``held``: the ends of pipes that each process has, and by which step. ``choices`` counts how often a
    thread was chosen to run. ``exit`` is how the first program has ended. For the rest see
    :class:`~vm.outcomes.history.Trace`.
    """

    def __init__(self, kernel: Kernel, site: Callable[[Task], int] = address_of) -> None:
        self.kernel = kernel
        self.site = site
        self.history = History()
        self.asked: dict[int, Asked] = {}
        self.inside = 0
        self.written: list[Written] = []
        self.answers: list[Answer] = []
        self.reaped: list[int] = []
        self.has_effects = False
        self.is_local = True
        self.held: dict[Descent, dict[End, int]] = {}
        self.exit: events.Exited | None = None
        self.alternatives: dict[int, tuple[Descent, ...]] = {}
        self.rivals: dict[int, list[int]] = {}
        self.bounds: set[str] = set()
        self.unclaimed: set[Descent] = set()
        self.sleeping: dict[int, int] = {}
        self.polled: set[int] = set()
        self.at_once: set[int] = set()
        self.mapped: set[int] = set()
        self.watched: set[int] = set()
        self.killed: list[tuple[Descent, int]] = []
        self.choices = 0
        self.accesses = Accesses()
        self._names: dict[int, Descent] = {}
        self._kept: dict[int, object] = {}

    def name(self, tid: int) -> Descent:
        """Return the descent of a thread, also of one that has ended since it was first asked for."""
        name = self._names.get(tid)
        if name is None:
            task = self.kernel.processes.thread(tid)
            name = task.random.descent if task is not None else (0, tid)
            self._names[tid] = name
        return name

    def task(self, tid: int) -> Task:
        """Return a thread that there is."""
        task = self.kernel.processes.thread(tid)
        assert task is not None, f"no thread {tid}"
        return task

    def number(self, thing: object) -> int:
        """Return a number for something that has no name. It is kept, so that nothing else gets the same."""
        self._kept[id(thing)] = thing
        return id(thing)

    def watch(self, file: OpenFile | None) -> None:
        """An epoll(7) is told of what happens to ``file``."""
        if file is not None:
            self.watched.add(self.number(file.inode))
            self.watched.add(-uses.pipe_of(file))

    def take_accesses(self) -> None:
        """Note what threads have accessed since the last step."""
        watch = self.kernel.system.watch
        if watch is not None:
            for stretch in watch.take():
                thread = self.name(stretch.thread)
                self.accesses.add(thread, self.history.counts.get(thread, 0), stretch)

    def access(self, task: Task, address: int, size: int, *, writes: bool) -> None:
        """The step that is under way accesses ``size`` bytes of memory, which others may share, for ``task``."""
        segment, watch = task.memory.find(address), self.kernel.system.watch
        if segment is None:
            return
        words = range(address & -4, min(address + size, segment.end), 4)
        watched = set() if watch is None else set(words).intersection(watch.words.tolist())
        if segment.shared or task.memory.users > 1 or len(task.process.threads) > 1:
            thread = task.random.descent
            number = self.history.counts.get(thread, 0)
            self.accesses.add_words(thread, number, set(words) - watched, writes=writes)
        if not segment.shared:
            self.accesses.private |= watched
        for word in sorted(watched):
            key = ("memory", word) if segment.shared else ("memory", word, self.number(task.memory))
            if writes:
                self.history.change(*key)
            else:
                self.history.look(*key)

    @property
    def living(self) -> list[Process]:
        """The processes that have not ended."""
        return [process for process in self.kernel.processes if process.pid != REAPER and not process.is_zombie]

    def forget_step(self) -> None:
        """Nothing of what is under way has happened, or all of it is noted elsewhere."""
        self.inside = 0
        self.history.links.clear()
        self.history.looked.clear()
        self.history.is_private = True
        self.written.clear()
        self.answers.clear()
        self.has_effects, self.is_local = False, True
