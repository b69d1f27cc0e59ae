"""The calls that the C library makes for posix_spawn, which nobody has written who uses it.

The library makes a pipe that exec closes, and a child in its memory, which writes to the pipe if it cannot execute the
program; the parent reads that, and then collects the child. Source: musl, src/process/posix_spawn.c.
"""

from __future__ import annotations

from vm.abi import OpenFlag
from vm.grade.conduct import SPAWN

_IN_CHILD = frozenset(("close", "fcntl64", "rt_sigaction", "rt_sigprocmask", "write"))
_IN_PARENT = frozenset(("close", "read", "wait4", "waitid"))
_MOST = 4
"""Calls of the parent, behind that which makes the child."""
_CLOSED_BY_EXEC = int(OpenFlag.O_CLOEXEC)
NO_CALL = -1


class Spawning:
    """Follows what threads call, all of it, and tells what of that is the library's."""

    def __init__(self) -> None:
        self._pipes: dict[int, int] = {}
        self._left: dict[int, int] = {}

    def is_librarys(self, thread: int, name: str, is_spawned: bool) -> bool:
        """Return True for a call of ``thread`` that the library makes; ``is_spawned``: in the child, before exec."""
        if is_spawned:
            return name in _IN_CHILD
        left = self._left.pop(thread, 0)
        if left and name in _IN_PARENT:
            self._left[thread] = left - 1
            return True
        return False

    def follow(self, thread: int, name: str, arguments: tuple[int, ...], number: int) -> int:
        """Follow a call, which has this number among those that are recorded, or NO_CALL.

        Return the number of an earlier one which turns out to have been the library's; NO_CALL where there is none.
        """
        pipe = self._pipes.pop(thread, None)
        if name == "pipe2" and arguments[1] & _CLOSED_BY_EXEC:
            self._pipes[thread] = number
        elif name == SPAWN and pipe is not None:
            self._left[thread] = _MOST
            return pipe
        return NO_CALL
