"""Whom a client's packets mean: the threads that it has selected, and the one that has stopped."""

from __future__ import annotations

from collections.abc import Sequence

from vm.abi.errors import Errno
from vm.debug.parsing import EVERYBODY, ThreadId
from vm.debug.stop_replies import Client
from vm.debug.target import Refused, Stop, Target, ThreadLine, Why


class Selection:
    """A machine as one client sees it.

    ``general`` and ``resumed`` are what it has selected (packet ``H``): for what is looked at and changed, and for what
    goes on. ``last`` is the stop that it was told last. ``is_listing``: a list of threads was asked for, and what is
    read next may be each one's. ``bare`` are processes that execute another image since it read their libraries; None
    while it has read those of nobody.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.client = Client()
        self.general = EVERYBODY
        self.resumed = EVERYBODY
        self.last: Stop | None = None
        self.is_listing = False
        self._seen = 0
        self.bare: set[int] | None = None
        self._known: Sequence[ThreadLine] | None = None

    def threads(self) -> Sequence[ThreadLine]:
        """Return the threads, which stay the same until somebody says that they have :meth:`changed`."""
        if self._known is None:
            self._known = self.target.threads()
        return self._known

    def changed(self) -> None:
        """Note that the machine is not what it was."""
        self._known = None

    def stopped(self, stop: Stop) -> None:
        """Note a stop. What is asked next is asked of its thread, as clients take for granted."""
        self.changed()
        self.last = stop
        if stop.why is Why.EXEC and self.bare is not None:
            self.bare.add(stop.pid)
        is_there = stop.why not in (Why.EXITED, Why.KILLED, Why.NOBODY)
        self.general = ThreadId(stop.pid, stop.tid) if is_there else EVERYBODY
        self._seen, self.is_listing = stop.tid, False

    def meant(self, who: ThreadId) -> ThreadLine:
        """A thread that ``who`` stands for, the one that has stopped if it can be that. Raises Refused for none."""
        those = [thread for thread in self.threads() if is_named(thread, who)]
        if not those:
            raise Refused(Errno.ESRCH)
        last = self.last
        return next((thread for thread in those if last and thread.tid == last.tid), those[0])

    def thread(self) -> ThreadLine:
        """The thread that is looked at."""
        return self.meant(self.general)

    def looked_at(self) -> int:
        """Return the number of the thread that was looked at last, 0 where there is none."""
        threads = [thread.tid for thread in self.threads()]
        return self._seen if self._seen in threads else threads[0] if threads else 0

    def look(self, who: ThreadId) -> None:
        """Note that the thread is looked at, if it is there."""
        found = next((thread.tid for thread in self.threads() if is_named(thread, who)), 0)
        if found and not self.is_listing and who != EVERYBODY:
            self._seen = found

    def moving(self) -> ThreadLine:
        """The thread that a step means: the one that is to go on, or of several the one that is selected."""
        selected = self.thread()
        return selected if is_named(selected, self.resumed) else self.meant(self.resumed)

    def going_back(self) -> ThreadId:
        """What a step back means: the thread that is to go on, or of several the one that was looked at last.

        gdb does not say which, where several go on. It selects others to set their breakpoints in between.
        """
        threads = self.threads()
        if not threads:
            raise Refused(Errno.ESRCH)
        named = [thread for thread in threads if is_named(thread, self.resumed)]
        if not named:  # it is gone, and that is what is told next
            return self.resumed
        thread = next((thread for thread in named if thread.tid == self._seen), named[0])
        return ThreadId(thread.pid, thread.tid)

    def process(self, pid: int) -> int:
        """``pid``, if there is such a process; Refused otherwise."""
        return self.meant(ThreadId(pid, None)).pid

    def processes(self) -> list[int]:
        """Return the pids."""
        return sorted({thread.pid for thread in self.threads()})

    def identify(self, thread: ThreadLine) -> bytes:
        """Return the thread's id as the client understands it."""
        return self.client.identify(thread.pid, thread.tid).encode()


def is_named(thread: ThreadLine, who: ThreadId) -> bool:
    """True if ``who`` stands for the thread."""
    return who.pid in (None, thread.pid) and who.tid in (None, thread.tid)
