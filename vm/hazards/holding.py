"""Who holds which lock, from the functions of the C library that threads call.

The locks are those of POSIX's threads, and the library's own of the allocator and of streams. A lock is held from when
the function that takes it has returned until one is called that gives it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import NamedTuple

from vm.cpu.tape import CALL, FIRST, FROM, KIND, RETURN, TO
from vm.values import dataclass

TAKES = {
    "pthread_mutex_lock": True, "pthread_mutex_trylock": True, "pthread_mutex_timedlock": True,
    "pthread_mutex_clocklock": True, "pthread_spin_lock": True, "pthread_spin_trylock": True,
    "pthread_rwlock_wrlock": True, "pthread_rwlock_trywrlock": True, "pthread_rwlock_timedwrlock": True,
    "mtx_lock": True, "mtx_trylock": True, "mtx_timedlock": True, "__lock": False, "__lockfile": False,
}  # fmt: skip
"""Functions that take the lock that is their first argument, and whether 0 is what they return when they have."""
GIVES_BACK = frozenset(
    ("pthread_mutex_unlock", "pthread_mutex_init", "pthread_mutex_destroy", "pthread_spin_unlock", "pthread_spin_init",
     "pthread_rwlock_unlock", "pthread_rwlock_init", "mtx_unlock", "mtx_init", "__unlock", "__unlockfile")
)  # fmt: skip
"""Functions after which nobody holds the lock that is their first argument."""
DEEPEST = 256
"""Open calls of a thread that are remembered."""


class Hold(NamedTuple):
    """Thread ``tid`` holds a lock; ``chain`` is where it called the function that took it, innermost first."""

    tid: int
    function: str
    chain: tuple[int, ...]


class Called(NamedTuple):
    """A function whose name is wanted was called: with this first argument, from where ``chain`` says."""

    function: str
    argument: int
    chain: tuple[int, ...]


class _Taking(NamedTuple):
    """A function that takes a lock has not returned; ``depth`` calls will be open when it has."""

    depth: int
    argument: int
    hold: Hold


@dataclass(slots=True)
class Holding:
    """What the threads of one process hold. ``functions`` are the names that are wanted, by address."""

    functions: dict[int, str]
    held: dict[int, Hold] = field(default_factory=dict)
    _open: dict[int, list[int]] = field(default_factory=dict)
    _taking: dict[int, list[_Taking]] = field(default_factory=dict)

    def follow(self, tid: int, rows: Iterable[list[int]]) -> list[Called]:
        """Follow the jumps of a thread, rows of :class:`vm.cpu.tape.Tape`'s ``calls``; return the calls of interest."""
        found: list[Called] = []
        calls, taking = self._open.setdefault(tid, []), self._taking.setdefault(tid, [])
        for row in rows:
            if row[KIND] == RETURN:
                self._return(row, calls, taking)
                continue
            name = self.functions.get(row[TO])
            if name is not None:
                chain = (row[FROM], *reversed(calls))
                found.append(Called(name, row[FIRST], chain))
                if name in TAKES:
                    depth = len(calls) - (row[KIND] != CALL)  # a function that is jumped to returns to the caller's
                    taking.append(_Taking(depth, row[FIRST], Hold(tid, name, chain)))
                elif name in GIVES_BACK:
                    self.held.pop(row[FIRST], None)
            if row[KIND] == CALL:
                calls.append(row[FROM])
                if len(calls) > DEEPEST:
                    del calls[: DEEPEST // 2]
        return found

    def _return(self, row: list[int], calls: list[int], taking: list[_Taking]) -> None:
        site, depth = row[TO] - 4, len(calls) - 1
        while depth >= 0 and calls[depth] != site:
            depth -= 1
        del calls[max(depth, 0) :]
        while taking and taking[-1].depth >= len(calls):
            done = taking.pop()
            if not TAKES[done.hold.function] or row[FIRST] == 0:
                self.held[done.argument] = done.hold

    def chain(self, tid: int) -> tuple[int, ...]:
        """Return where the functions were called that a thread is in, innermost first."""
        return tuple(reversed(self._open.get(tid, ())))

    def forget(self, tid: int) -> None:
        """A thread has ended; what it holds stays held."""
        self._open.pop(tid, None)
        self._taking.pop(tid, None)

    def forked(self, tid: int, child: int) -> Holding:
        """Return what the child of thread ``tid`` holds: what that did, and nothing of the others'."""
        own = {lock: hold._replace(tid=child) for lock, hold in self.held.items() if hold.tid == tid}
        return Holding(self.functions, own, {child: list(self._open.get(tid, ()))})
