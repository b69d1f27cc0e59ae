"""Moments of guest time at which something happens: a queue of (moment, what), with what was set later behind.

Everything is plain data: a *key* names what happens (its kind, and to which process or file), and has one moment at
most.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import ClassVar

NEVER = 1 << 62
"""The end of guest time, in nanoseconds: 146 years. What is to happen then or later never does."""

Key = tuple[str, int]
"""(kind, number) of what is due: "deadline" of a wait, "alarm", "timers" or "processor time" of a process, or a kind of
those of files."""
OF_FILES = frozenset({"timerfd"})
"""Kinds whose number is a file's, and no process's."""


class Timers:
    """Keys by moment; ``next`` is the earliest moment, :data:`NEVER` without one."""

    _follow: ClassVar[tuple[str, ...]] = ("_moments", "_heap")

    def __init__(self) -> None:
        self.next = NEVER
        self._moments: dict[Key, tuple[int, int]] = {}
        self._heap: list[tuple[int, int, Key]] = []
        self._count = 0

    def set(self, key: Key, moment: int) -> None:
        """Let ``key`` be due at ``moment`` (guest time), instead of at any other."""
        moment = min(moment, NEVER)
        self._count += 1
        self._moments[key] = (moment, self._count)
        heappush(self._heap, (moment, self._count, key))
        self._settle()

    def cancel(self, key: Key) -> None:
        """Forget ``key``, if it was set."""
        if self._moments.pop(key, None) is not None:
            self._settle()

    def moment(self, key: Key) -> int | None:
        """Return when ``key`` is due; None when it was not set."""
        found = self._moments.get(key)
        return found[0] if found else None

    def all(self) -> list[tuple[int, Key]]:
        """Return all moments with their keys, the first of them first."""
        return [(moment, key) for (moment, _), key in sorted((place, key) for key, place in self._moments.items())]

    def due(self, now: int) -> list[Key]:
        """Return the keys whose moment has come at ``now``, the first of them first."""
        if self.next > now:
            return []
        return [key for _, key in sorted((moment, key) for key, moment in self._moments.items() if moment[0] <= now)]

    def _settle(self) -> None:
        """Drop what was cancelled or set anew from the top of the heap, so that ``next`` holds."""
        heap = self._heap
        if len(heap) > 2 * len(self._moments) + 64:
            heap[:] = sorted((moment, count, key) for key, (moment, count) in self._moments.items())
        while heap and self._moments.get(heap[0][2]) != heap[0][:2]:
            heappop(heap)
        self.next = heap[0][0] if heap else NEVER
