"""Breakpoints and watchpoints as a debugger sets them: by process, and by kind of the remote protocol's Z packets."""

from __future__ import annotations

from collections.abc import Iterable

from vm.abi import Errno
from vm.cpu.guards import MOST_GUARDS
from vm.cpu.state import CHANGES, READS, WRITES
from vm.debug.target import Refused, Why
from vm.kernel.stops import Watched, Watchpoint

SOFTWARE, HARDWARE, WRITE, READ, ACCESS = range(5)
"""Kinds of a Z packet (gdb's manual, Packets)."""
POINTS_LIMIT = 10_000
"""Points that may be set at a time."""
WATCHED_LIMIT = 1 << 20
"""Bytes that one watchpoint may have."""
_KINDS = {WRITE: CHANGES, READ: READS, ACCESS: READS | WRITES}
_WHY = {WRITE: Why.WATCH, READ: Why.READ_WATCH, ACCESS: Why.ACCESS_WATCH}


class Points:
    """What is set in each process."""

    def __init__(self) -> None:
        self._set: dict[tuple[int, int, int, int], None] = {}

    def insert(self, pid: int, kind: int, address: int, size: int) -> None:
        """Set a point. Raises Refused for a kind that there is not, a size that is none, and for too many."""
        if kind not in (SOFTWARE, HARDWARE, *_KINDS):
            raise Refused(Errno.ENOTSUP)
        if not 0 <= address <= 0xFFFF_FFFF:
            raise Refused(Errno.EFAULT)
        if kind in _KINDS and not 0 < size <= min(WATCHED_LIMIT, 0x1_0000_0000 - address):
            raise Refused(Errno.EINVAL, "a watchpoint has from 1 to 1,048,576 bytes")
        if len(self._set) >= POINTS_LIMIT:
            raise Refused(Errno.ENOSPC, f"no more than {POINTS_LIMIT:,} breakpoints and watchpoints can be set")
        if kind in _KINDS and not self._can_watch((kind, address, size)):
            raise Refused(Errno.ENOSPC, f"no more than {MOST_GUARDS} different watchpoints can be set")
        self._set[pid, kind, address, size] = None

    def _can_watch(self, wanted: tuple[int, int, int]) -> bool:
        """Tell whether an engine can guard all that is watched, in all processes, since these may share memory."""
        watched = {point[1:] for point in self._set if point[1] in _KINDS}
        return len(watched | {wanted}) <= MOST_GUARDS

    def remove(self, pid: int, kind: int, address: int, size: int) -> None:
        """Take a point back, if it is set."""
        self._set.pop((pid, kind, address, size), None)

    def forget(self, pid: int) -> None:
        """Take all points of a process back: it has ended, or executes another image."""
        self._set = {point: None for point in self._set if point[0] != pid}

    def breakpoints(self, pids: Iterable[int]) -> dict[int, frozenset[int]]:
        """The addresses of each process that has some."""
        wanted, found = set(pids), dict[int, set[int]]()
        for pid, kind, address, _ in self._set:
            if kind in (SOFTWARE, HARDWARE) and pid in wanted:
                found.setdefault(pid, set()).add(address)
        return {pid: frozenset(addresses) for pid, addresses in found.items()}

    def watchpoints(self, pids: Iterable[int]) -> dict[int, tuple[Watchpoint, ...]]:
        """The watchpoints of each process that has some."""
        wanted, found = set(pids), dict[int, list[Watchpoint]]()
        for pid, kind, address, size in self._set:
            if kind in _KINDS and pid in wanted:
                found.setdefault(pid, []).append(Watchpoint(address, size, _KINDS[kind]))
        return {pid: tuple(points) for pid, points in found.items()}

    def why(self, address: int) -> Why:
        """Tell a breakpoint that was met as what it was set, in whichever process."""
        is_soft = any(point[1:3] == (SOFTWARE, address) for point in self._set)
        return Why.BREAKPOINT if is_soft else Why.HARDWARE_BREAKPOINT

    def why_watched(self, watched: Watched) -> Why:
        """Tell an access to a watchpoint as what that was set."""
        point = watched.watchpoint
        for kind, why in _WHY.items():
            is_set = (watched.owner, kind, point.address, point.size) in self._set
            if is_set and _KINDS[kind] & watched.kinds:
                return why
        return Why.ACCESS_WATCH
