"""Who is there and what each thread does, as the events of a machine tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from vm import events
from vm.abi import Signal, signal_name


class Doing(NamedTuple):
    """What a thread does: ``state`` is a word, and ``why`` says what it waits for, or which signal stopped it."""

    state: str
    why: str = ""


class Thread:
    """A thread. ``wait`` is there while it waits, ``is_zombie`` once it has ended, as first of its process's threads.

    ``has_ended``: it does nothing any more, and nobody sees it.
    """

    __slots__ = ("has_ended", "is_zombie", "process", "tid", "wait")

    def __init__(self, tid: int, process: Process) -> None:
        self.tid, self.process = tid, process
        self.wait: Doing | None = None
        self.is_zombie = self.has_ended = False


class Process:
    """A process with its ``threads`` by number, the first one too while it is a zombie. ``stopped`` by which signal."""

    __slots__ = ("pid", "stopped", "threads")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.threads: dict[int, Thread] = {}
        self.stopped = 0


class Living:
    """The processes and threads of a machine, from now on.

    ``running`` is the thread that runs, None where nobody does. ``actor`` is the one that does what happens at this
    moment: it may have ended, or begun to wait.
    """

    def __init__(self) -> None:
        self.processes: dict[int, Process] = {}
        self.threads: dict[int, Thread] = {}
        self.running: Thread | None = None
        self.actor: Thread | None = None
        self._has_begun = False
        self._hearers: dict[type[events.Event], Callable[[Any], Iterable[Thread]]] = {
            events.Created: self._created, events.ThreadCreated: self._thread_created,
            events.Scheduled: self._scheduled, events.Blocked: self._blocked, events.Woken: self._woken,
            events.Stopped: self._stopped, events.Continued: self._continued, events.Signalled: self._signalled,
            events.ThreadExited: self._thread_exited, events.ThreadLeads: self._leads, events.Exited: self._exited,
            events.Reaped: self._reaped,
        }  # fmt: skip

    def thread(self, number: int) -> Thread:
        """The thread with this number; nobody tells of the birth of the first one. Raises KeyError for another."""
        if not self._has_begun:
            self._join(Process(number), number)
        return self.threads[number]

    def go_on(self) -> None:
        """Time goes on: what happens from now on is no act of who does not run."""
        self.actor = self.running

    def doing(self, thread: Thread) -> Doing | None:
        """What a thread does; None once it has ended."""
        if thread.has_ended:
            return None
        if thread.is_zombie:
            return Doing("zombie")
        if thread.wait is not None:
            return thread.wait
        if thread.process.stopped:
            return Doing("stopped", signal_name(thread.process.stopped))
        return Doing("running" if thread is self.running else "ready")

    def hear(self, event: events.Event) -> Iterable[Thread]:
        """Take an event; return the threads that may do something else now."""
        hearer = self._hearers.get(type(event))
        return hearer(event) if hearer is not None else ()

    # --- births ---------------------------------------------------------------------------------------------------

    def _join(self, process: Process, tid: int) -> Thread:
        self._has_begun = True
        thread = self.threads[tid] = process.threads[tid] = Thread(tid, process)
        self.processes[process.pid] = process
        return thread

    def _created(self, event: events.Created) -> Iterable[Thread]:
        return (self._join(Process(event.child), event.child),)

    def _thread_created(self, event: events.ThreadCreated) -> Iterable[Thread]:
        return (self._join(self.thread(event.pid).process, event.thread),)

    # --- turns and waits ------------------------------------------------------------------------------------------

    def _scheduled(self, event: events.Scheduled) -> Iterable[Thread]:
        thread, former = self.thread(event.pid), self.running
        self.running = self.actor = thread
        return (thread,) if former is None else (former, thread)

    def _blocked(self, event: events.Blocked) -> Iterable[Thread]:
        thread = self.thread(event.pid)
        is_suspended = any(channel.startswith("vfork ") for channel in event.channels)
        thread.wait = Doing("suspended" if is_suspended else "blocked", event.why)
        self._leave(thread)
        return (thread,)

    def _woken(self, event: events.Woken) -> Iterable[Thread]:
        thread = self.thread(event.pid)
        thread.wait = None
        return (thread,)

    def _leave(self, *threads: Thread) -> None:
        """None of these threads runs now."""
        if self.running in threads:
            self.running = None

    # --- stops ----------------------------------------------------------------------------------------------------

    def _stopped(self, event: events.Stopped) -> Iterable[Thread]:
        process = self.thread(event.pid).process
        process.stopped = event.signal
        self._leave(*process.threads.values())
        return process.threads.values()

    def _continued(self, event: events.Continued) -> Iterable[Thread]:
        return self._go_on(event.pid)

    def _go_on(self, number: int) -> Iterable[Thread]:
        process = self.thread(number).process
        process.stopped = 0
        return process.threads.values()

    def _signalled(self, event: events.Signalled) -> Iterable[Thread]:
        """SIGKILL lets a stopped process go on, and nobody is told that it does."""
        return self._go_on(event.pid) if event.signal == Signal.SIGKILL else ()

    # --- ends -----------------------------------------------------------------------------------------------------

    def _end(self, thread: Thread) -> Iterable[Thread]:
        thread.has_ended, thread.wait = True, None
        del self.threads[thread.tid], thread.process.threads[thread.tid]
        self._leave(thread)
        return (thread,)

    def _become_zombie(self, thread: Thread) -> Iterable[Thread]:
        thread.is_zombie, thread.wait = True, None
        self._leave(thread)
        return (thread,)

    def _thread_exited(self, event: events.ThreadExited) -> Iterable[Thread]:
        thread = self.thread(event.thread)
        return self._become_zombie(thread) if thread.tid == event.pid else self._end(thread)

    def _leads(self, event: events.ThreadLeads) -> Iterable[Thread]:
        """The first thread lives again, as the one that has executed a program."""
        former, first = self.thread(event.former), self.thread(event.pid)
        first.is_zombie = False
        self.running = self.actor = first
        return (*self._end(former), first)

    def _exited(self, event: events.Exited) -> Iterable[Thread]:
        threads = [*self.thread(event.pid).process.threads.values()]
        for thread in threads:
            if thread.tid == event.pid:
                self._become_zombie(thread)
            else:
                self._end(thread)
        return threads

    def _reaped(self, event: events.Reaped) -> Iterable[Thread]:
        process = self.processes.pop(event.child, None)
        ended = [] if process is None else [*process.threads.values()]
        for thread in ended:
            self._end(thread)
        return ended
