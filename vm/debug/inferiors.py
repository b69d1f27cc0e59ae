"""Which processes whoever debugs knows of, and what is still to be told of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable

from vm.debug.target import Action, Stop, Why


def is_named(pid: int, tid: int, actions: Iterable[Action]) -> bool:
    """Tell whether one of the actions is for that thread."""
    return any(action.pid in (None, pid) and action.tid in (None, tid) for action in actions)


class Inferiors:
    """The processes that a debugger knows: those that it was told of, that have not ended and that it has not let go.

    ``detached`` are those that it has let go, ``passed_over`` those of them that it has never taken. ``related`` are
    those that it knows to have their parent's memory, ``ended`` those that it was told the end of, which may live again
    on the way back. ``unnamed`` are those that it was told of and has not named since: gdb takes no note of a child
    where it refuses to go on. ``unlisted`` are those that live again on the way back, of which it knows once it has
    asked for a list of threads. ``vforks`` are the threads, and their processes, that vfork children suspend;
    ``awaited`` those whose child it has let go, of whom it waits to be told that they go on. ``waiting`` are stops that
    are told before the machine goes on. ``programs`` are the paths of all that it was told of.
    """

    def __init__(self, pids: Collection[int]) -> None:
        self.known = set(pids)
        self.detached: set[int] = set()
        self.passed_over: set[int] = set()
        self.related: set[int] = set()
        self.ended: set[int] = set()
        self.unnamed: set[int] = set()
        self.unlisted: set[int] = set()
        self.vforks: dict[int, tuple[int, int]] = {}
        self.awaited: dict[int, int] = {}
        self.waiting: deque[Stop] = deque()
        self.programs: set[bytes] = set()

    def __contains__(self, pid: int) -> bool:
        return pid in self.known

    def end(self, pid: int) -> None:
        """Forget a process: it has ended, was let go, or never was."""
        if pid in self.known:
            self.ended.add(pid)
        self.known.discard(pid)
        self.related.discard(pid)
        self.unnamed.discard(pid)
        self.unlisted.discard(pid)
        self.vforks.pop(pid, None)
        self.awaited = {tid: of for tid, of in self.awaited.items() if of != pid}
        self.waiting = deque(stop for stop in self.waiting if stop.pid != pid)

    def learn(self, pid: int) -> None:
        """Know a process, whose birth is told."""
        self.known.add(pid)
        self.unnamed.add(pid)
        self.detached.discard(pid)
        self.passed_over.discard(pid)
        self.ended.discard(pid)

    def forget(self, pid: int) -> bool:
        """Forget a process that has ended and of which that was still to be told; False if there is none."""
        is_one = any(stop.pid == pid for stop in self.waiting)
        self.end(pid)
        return is_one

    def detach(self, pid: int) -> None:
        """Let a process go, of which nothing is told any more."""
        if pid in self.vforks:
            tid, parent = self.vforks[pid]
            self.awaited[tid] = parent
        self.end(pid)
        self.ended.discard(pid)
        self.detached.add(pid)

    def pass_over(self, named: Collection[int]) -> None:
        """The debugger goes on: children that it has not named, nor names now, go their own way.

        gdb 13 does so in a command of several steps where a fork is caught, and never takes such a child. It remembers
        that its parent has one, which it kills or lets go with it.
        """
        for pid in self.unnamed - set(named):
            self.end(pid)
            self.ended.discard(pid)
            self.detached.add(pid)
            self.passed_over.add(pid)
        self.unnamed.clear()

    def match(self, living: Collection[int]) -> list[int]:
        """After a way back: know those that live, and return those that it knew and that do not, which it forgets.

        Those that it had let go stay so, until it is told of their birth again.
        """
        undone = sorted(self.known - set(living))
        for pid in undone:
            self.end(pid)
        again = set(living) - self.detached - self.known
        self.known |= again
        self.unlisted |= again
        self.ended -= self.known
        return undone

    def wait(self, stops: Iterable[Stop]) -> None:
        """Let these be told, in this order."""
        self.waiting.extend(stops)

    def take_waiting(self, actions: Iterable[Action]) -> Stop | None:
        """Take the first stop that waits and is one of a thread that is to go on: no other may be told of one."""
        for stop in self.waiting:
            if is_named(stop.pid, stop.tid, actions):
                self.waiting.remove(stop)
                return stop
        return None

    def take_awaited(self) -> Stop | None:
        """Return that a vfork is over, if that is awaited of one."""
        for tid, pid in list(self.awaited.items()):
            del self.awaited[tid]
            return Stop(Why.VFORK_DONE, pid, tid)
        return None
