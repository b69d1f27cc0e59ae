"""Who is ready and who waits: a queue of ready threads, and wait queues by channel."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from vm.kernel.files.opened import Channel, Watcher
from vm.kernel.process.policy import FIFO, Policy
from vm.kernel.process.task import State, Task, Wait
from vm.kernel.process.timers import Timers


def channel_text(channel: tuple[object, ...]) -> str:
    """Return a channel as events tell it."""
    return " ".join([str(part) for part in channel])


def _may_run(task: Task) -> bool:
    """Tell whether a thread that is ready may run: its process is not stopped, and nobody holds it."""
    return not (task.process.stopped or task.is_held)


class Scheduler:
    """Ready and waiting threads. ``quantum`` is the number of instructions one of them runs before the next may.

    The first in ``ready`` is the next. They stand there in the order in which they became ready, until somebody gets a
    policy of its own (:meth:`change`): then those of a higher rank stand before all others (sched(7)).
    ``woken`` has a note of each that waits no more: its number and the channel on which it was woken. They are
    taken while ``notes_wanted``; whoever wants them takes them off.
    """

    _follow: ClassVar[tuple[str, ...]] = ("ready", "timers", "woken", "_waiting", "_watching")

    def __init__(self, quantum: int) -> None:
        self.quantum = quantum
        self.ready: list[Task] = []
        self.has_policies = False
        self.timers = Timers()
        self.notes_wanted = False
        self.woken: list[tuple[int, tuple[object, ...]]] = []
        self._waiting: dict[tuple[object, ...], list[Task]] = {}
        self._watching: dict[Channel, dict[Watcher, None]] = {}

    def add(self, task: Task, *, first: bool = False) -> None:
        """Make ``task`` ready: behind everyone else, or first of all; of those of its rank."""
        task.state = State.READY
        task.slice_used = 0
        if self.has_policies:
            task.has_yielded = False
            self._insert(task, first=first)
        else:
            self.ready.insert(0 if first else len(self.ready), task)

    def _insert(self, task: Task, *, first: bool) -> None:
        """Put ``task`` into the list of those who are ready, before or behind those of its rank."""
        rank, at = task.rank, 0
        for other in self.ready:
            if other.rank < rank or (first and other.rank == rank):
                break
            at += 1
        self.ready.insert(at, task)

    def able(self, most: int | None = None) -> list[Task]:
        """Return the threads of which one is to run now, at most so many, in the order in which they became ready."""
        able: list[Task] = []
        for task in self.ready:
            if task.process.stopped or task.is_held:
                continue
            if able and (len(able) == most or (self.has_policies and task.rank != able[0].rank)):
                break
            able.append(task)
        return able

    @property
    def is_anyone_ready(self) -> bool:
        """True when a thread other than the running one could run."""
        ready = self.ready  # whose first is hardly ever stopped
        return bool(ready) and (_may_run(ready[0]) or any(_may_run(task) for task in ready))

    def turn(self, task: Task) -> int:
        """Return how many instructions ``task`` may run before the next of its rank."""
        return task.policy.turn(self.quantum) if self.has_policies else self.quantum

    def end_turn(self, task: Task) -> None:
        """Let those who are ready run before ``task``, which runs, goes on; SCHED_FIFO does not care."""
        task.slice_used = self.turn(task)

    def give_way(self, task: Task) -> None:
        """Let those of the rank of ``task``, which runs, go before it (sched_yield(2))."""
        task.has_yielded = self.has_policies
        self.end_turn(task)

    def is_outranked(self, task: Task) -> bool:
        """True when somebody is ready who runs before ``task`` whenever that is so."""
        rank = task.rank
        for other in self.ready:
            if other.rank <= rank:
                return False
            if _may_run(other):
                return True
        return False

    def has_rivals(self, task: Task) -> bool:
        """True when others are ready with whom ``task``, which runs, takes turns; SCHED_FIFO does if it yields."""
        policy = task.policy
        if policy.kind == FIFO and not task.has_yielded:
            task.slice_used = 0
            return False
        rank = task.rank
        is_rivalled = any(other.rank == rank and _may_run(other) for other in self.ready)
        task.has_yielded = is_rivalled and task.has_yielded
        return is_rivalled

    def terms(self, task: Task) -> tuple[int, bool]:
        """Return how long the turn of ``task`` is, which runs, and whether its end changes nothing.

        It is no longer at all once somebody of a higher rank is ready.
        """
        return (0, False) if self.is_outranked(task) else (self.turn(task), not self.has_rivals(task))

    def put_back(self, task: Task) -> None:
        """``task`` has run, and is ready: with what is left of its turn before those of its rank, else behind them."""
        used = task.slice_used
        if self.has_policies and self.is_outranked(task):
            has_more = used < self.turn(task) or (task.policy.kind == FIFO and not task.has_yielded)
            self.add(task, first=has_more)
            task.slice_used = used if has_more else 0
        else:
            self.add(task)

    def change(self, task: Task, policy: Policy) -> None:
        """Give ``task`` another policy. It comes behind others of its new rank; before them if it had a higher one."""
        former, task.policy = task.rank, policy
        self.has_policies = True
        self._reposition(task, former)

    def lend(self, task: Task, rank: int) -> None:
        """Let ``task`` run as one of that rank, if its own is lower, until it is lent another."""
        former, task.lent = task.rank, rank
        self._reposition(task, former)

    def _reposition(self, task: Task, former: int) -> None:
        if task.rank != former and task in self.ready:
            self.ready.remove(task)
            self._insert(task, first=task.rank < former)

    def block(self, task: Task, wait: Wait) -> None:
        """Suspend ``task`` until :meth:`wake` on one of the wait's channels, or :meth:`unblock` at its deadline."""
        task.state = State.BLOCKED
        task.wait = wait
        for channel in wait.channels:
            self._waiting.setdefault(channel, []).append(task)
        if wait.deadline is not None:
            self.timers.set(("deadline", task.tid), wait.deadline)

    @property
    def queues(self) -> list[list[Task]]:
        """Those who wait on each channel, in the order in which they began to."""
        return [*self._waiting.values()]

    @property
    def channels(self) -> list[tuple[object, ...]]:
        """The channels that somebody waits on, in the order in which they were first waited on."""
        return [*self._waiting]

    def move(self, task: Task, old: tuple[object, ...], new: tuple[object, ...]) -> None:
        """Let ``task``, which waits on the channel ``old``, wait on ``new`` instead, behind the others."""
        assert task.wait is not None
        self._leave_queue(task, old)
        self._waiting.setdefault(new, []).append(task)
        channels = tuple([new if channel == old else channel for channel in task.wait.channels])
        task.wait = replace(task.wait, channels=channels)

    @property
    def watchers(self) -> list[list[Watcher]]:
        """Those who watch each channel, in the order in which they began to."""
        return [list(watchers) for watchers in self._watching.values()]

    def wake(self, *channel: object) -> None:
        """Make everyone ready who waits on ``channel``, in the order in which they began to.

        Those who watch it hear of it: first the last of them, and those that are exclusive in turn, behind the others.
        """
        for task in self.waiting(*channel):
            self.unblock(task, *channel)
        if self._watching and channel in self._watching:
            watchers = list(self._watching[channel])
            for watcher in reversed(watchers):
                if not watcher.is_exclusive:
                    watcher.notice()
            for watcher in watchers:
                if watcher.is_exclusive and watcher.notice():
                    break

    def watch(self, channel: Channel, watcher: Watcher) -> None:
        """Tell ``watcher`` of every wake-up on ``channel`` from now on."""
        self._watching.setdefault(channel, {})[watcher] = None

    def unwatch(self, channel: Channel, watcher: Watcher) -> None:
        """Tell ``watcher`` of them no more."""
        watchers = self._watching[channel]
        del watchers[watcher]
        if not watchers:
            del self._watching[channel]

    def waiting(self, *channel: object) -> list[Task]:
        """Return who waits on ``channel``, in the order in which they began to."""
        return list(self._waiting.get(channel, ()))

    def unblock(self, task: Task, *channel: object) -> None:
        """Make one blocked task ready, whatever it waits for, as on a wake-up on ``channel``."""
        if self.notes_wanted:
            self.woken.append((task.tid, channel))
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
            self._leave_queue(task, channel)
        if task.wait.deadline is not None:
            self.timers.cancel(("deadline", task.tid))
        task.wait = None

    def _leave_queue(self, task: Task, channel: tuple[object, ...]) -> None:
        queue = self._waiting[channel]
        queue.remove(task)
        if not queue:
            del self._waiting[channel]
