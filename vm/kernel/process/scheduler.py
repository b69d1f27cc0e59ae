"""Who is ready and who waits: a queue of ready processes, and wait queues by channel."""

from __future__ import annotations

from typing import ClassVar

from vm.kernel.process.task import State, Task, Wait
from vm.kernel.process.timers import Timers


def channel_text(channel: tuple[object, ...]) -> str:
    """Return a channel as events tell it."""
    return " ".join([str(part) for part in channel])


class Scheduler:
    """Ready and waiting processes. ``quantum`` is the number of instructions a process runs before the next may.

    ``woken`` has a note of each process that waits no more: its pid and the channel on which it was woken. They are
    taken while ``notes_wanted``; whoever wants them takes them off.
    """

    _follow: ClassVar[tuple[str, ...]] = ("ready", "timers", "woken", "_waiting")

    def __init__(self, quantum: int) -> None:
        self.quantum = quantum
        self.ready: list[Task] = []
        self.timers = Timers()
        self.notes_wanted = False
        self.woken: list[tuple[int, tuple[object, ...]]] = []
        self._waiting: dict[tuple[object, ...], list[Task]] = {}

    def add(self, task: Task, *, first: bool = False) -> None:
        """Make ``task`` ready: behind everyone else, or first of all."""
        task.state = State.READY
        task.slice_used = 0
        self.ready.insert(0 if first else len(self.ready), task)

    @property
    def able(self) -> list[Task]:
        """The processes that could run now, in the order in which they became ready."""
        return [task for task in self.ready if not task.stopped]

    @property
    def is_anyone_ready(self) -> bool:
        """True when a process other than the running one could run."""
        ready = self.ready  # whose first is hardly ever stopped
        return bool(ready) and (not ready[0].stopped or any(not task.stopped for task in ready))

    def block(self, task: Task, wait: Wait) -> None:
        """Suspend ``task`` until :meth:`wake` on one of the wait's channels, or :meth:`unblock` at its deadline."""
        task.state = State.BLOCKED
        task.wait = wait
        for channel in wait.channels:
            self._waiting.setdefault(channel, []).append(task)
        if wait.deadline is not None:
            self.timers.set(("deadline", task.pid), wait.deadline)

    @property
    def queues(self) -> list[list[Task]]:
        """Those who wait on each channel, in the order in which they began to."""
        return [*self._waiting.values()]

    def wake(self, *channel: object) -> None:
        """Make everyone ready who waits on ``channel``, in the order in which they began to."""
        for task in self.waiting(*channel):
            self.unblock(task, *channel)

    def waiting(self, *channel: object) -> list[Task]:
        """Return who waits on ``channel``, in the order in which they began to."""
        return list(self._waiting.get(channel, ()))

    def unblock(self, task: Task, *channel: object) -> None:
        """Make one blocked task ready, whatever it waits for, as on a wake-up on ``channel``."""
        if self.notes_wanted:
            self.woken.append((task.pid, channel))
        self._leave(task)
        self.add(task)

    def forget(self, task: Task) -> None:
        """Take a dying task out of every queue."""
        self._leave(task)
        if task in self.ready:
            self.ready.remove(task)

    def is_awaited(self, *channel: object) -> bool:
        """Tell whether somebody waits on ``channel``."""
        return channel in self._waiting

    def _leave(self, task: Task) -> None:
        if task.wait is None:
            return
        for channel in task.wait.channels:
            queue = self._waiting[channel]
            queue.remove(task)
            if not queue:
                del self._waiting[channel]
        if task.wait.deadline is not None:
            self.timers.cancel(("deadline", task.pid))
        task.wait = None
