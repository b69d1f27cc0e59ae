"""Copies of a machine at earlier moments, from which it is run again: dense near the present, thinner in the past."""

from __future__ import annotations

import resource
from bisect import bisect_left, bisect_right, insort
from collections import deque
from operator import attrgetter
from statistics import median
from threading import Thread
from time import thread_time

from vm.abi import PAGE_SIZE
from vm.cpu.decode import ROW
from vm.kernel.pausing import Moment
from vm.run import Run
from vm.values import dataclass

OBJECTS = 256 << 10
"""Bytes of the host's that a copy takes beside its frames, about."""

SECONDS_PER_BYTE = 2e-10
"""What a copy takes at least, as long as none that is as large has been made."""
COSTS = 3
"""So many copies are looked at to say what one costs."""

FRAME_SPACE = PAGE_SIZE + 8 * ROW + 10
"""Bytes of address space that a frame takes in a copy, used or not, with what is kept beside it."""
LEAST = 3
"""Checkpoints for which there is room in any case."""

_moment_of = attrgetter("moment")


@dataclass(frozen=True, slots=True)
class Limits:
    """What going back may cost.

    ``memory``: bytes that all checkpoints take at most, estimated by the frames that they have in use; the first one is
    there in any case. ``instructions``: what is retired at least from one to the next while the machine goes forward.
    ``share``: the part of the host's time that is spent on making them meanwhile. ``rest``: on the way back none is
    made from where the rest of the way takes less of the host's time than this part of a copy.
    """

    memory: int = 512 << 20
    instructions: int = 1_000_000
    share: float = 0.01
    rest: float = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A copy of the machine at ``moment``, which never runs itself.

    ``changes`` of those that were noted were made before. ``size`` are bytes.
    """

    moment: Moment
    run: Run
    changes: int
    size: int


def let_go(run: Run) -> None:
    """Give back at once what a machine has of the host's memory, whose run nobody uses any more.

    It refers to itself in circles, and Python would only find that out some copies later.
    """
    run.kernel.memory.__dict__.clear()


def most_copies(frames: int) -> int:
    """Return how many copies of a machine of so many frames half of the address space has room for (setrlimit(2)).

    The other half is for the machines that run, and for what is looked at.
    """
    kinds = (resource.RLIMIT_AS, resource.RLIMIT_DATA)
    limits = [limit for limit, _ in map(resource.getrlimit, kinds) if limit != resource.RLIM_INFINITY]
    return max(min(limits, default=1 << 62) // 2 // (frames * FRAME_SPACE), LEAST)


class Checkpoints:
    """The checkpoints of a run, at most one at a moment; the first one is its beginning, and stays.

    ``used`` is one that somebody runs again from, which stays, too.
    """

    def __init__(self, first: Run, limits: Limits) -> None:
        self.used: Checkpoint | None = None
        self._limits = limits
        self._most = most_copies(first.kernel.memory.count)
        self._costs: deque[float] = deque(maxlen=COSTS)
        self._preparation: Thread | None = None
        self._all: list[Checkpoint] = [self._copy(first, 0)]
        for each in [self._copy(first, 0) for _ in range(COSTS)]:  # as the later ones: all in memory of their own
            let_go(each.run)
        self._made = thread_time()

    @property
    def cost(self) -> float:
        """Seconds of the host's that one takes as a rule; the first takes longer, and so do some for no reason."""
        return median(self._costs)

    def is_near(self, seconds: float) -> bool:
        """Tell whether the rest of a way, which takes so long, is too short for a checkpoint on it."""
        return seconds < self._limits.rest * self.cost

    @property
    def all(self) -> tuple[Checkpoint, ...]:
        """All of them, in the order of their moments."""
        return tuple(self._all)

    @property
    def size(self) -> int:
        """Bytes that they take, about."""
        return sum(each.size for each in self._all)

    def last_before(self, moment: Moment, *, inclusive: bool = False) -> Checkpoint:
        """Return the last one before ``moment``, or at it if that is ``inclusive``; the first one if none is."""
        find = bisect_right if inclusive else bisect_left
        return self._all[max(find(self._all, moment, key=_moment_of) - 1, 0)]

    def is_due(self, run: Run) -> bool:
        """Tell whether a machine that goes forward has come so far that one is to be made, and there is memory."""
        clock, last = run.kernel.clock, self.last_before(run.kernel.moment, inclusive=True)
        if clock - last.moment.clock < self._limits.instructions:
            return False
        cost = max(self.cost, run.kernel.memory.used * PAGE_SIZE * SECONDS_PER_BYTE)
        return (thread_time() - self._made) * self._limits.share >= cost and self.is_prepared(run)

    def is_prepared(self, run: Run) -> bool:
        """Tell whether a copy of a machine does not wait for the host's memory; begin to get some if nobody has."""
        if self._preparation is None:
            self._preparation = run.kernel.memory.prepare_copy()
        elif not self._preparation.is_alive():
            self._preparation = None
        return self._preparation is None

    def make(self, run: Run, changes: int, present: Moment | None = None) -> None:
        """Keep a copy of ``run``, in which so many changes were made, unless there is one of that moment.

        Others go if they take too much together: those that are missed least at the ``present`` moment, which is that
        of ``run`` unless it is given.
        """
        moment = run.kernel.moment
        if run.kernel.system.ending is None and self.last_before(moment, inclusive=True).moment != moment:
            made = self._copy(run, changes)
            self._made = thread_time()
            insort(self._all, made, key=_moment_of)
            self._thin_out(present or moment)

    def _copy(self, run: Run, changes: int) -> Checkpoint:
        begin = thread_time()
        copy = run.copy()
        self._costs.append(thread_time() - begin)
        self.is_prepared(run)
        size = OBJECTS + run.kernel.memory.used * PAGE_SIZE
        return Checkpoint(run.kernel.moment, copy, changes, size)

    def _thin_out(self, present: Moment) -> None:
        """Let checkpoints go until there is room: each time the one whose neighbours are nearest for their distance."""
        while self.size > self._limits.memory or len(self._all) > self._most:
            clocks = [each.moment.clock for each in self._all]
            gaps = [
                ((clocks[number + 1] - clocks[number - 1]) / (abs(present.clock - clocks[number]) + 1), number)
                for number in range(1, len(clocks) - 1)
                if self._all[number] is not self.used
            ]
            if not gaps:
                break
            let_go(self._all.pop(min(gaps)[1]).run)

    def forget_after(self, moment: Moment, changes: int) -> None:
        """Forget those of a future that is no more: behind ``moment``, or with more than so many ``changes``."""
        kept = [each for each in self._all[1:] if each.moment <= moment and each.changes <= changes]
        for each in self._all[1:]:
            if each not in kept:
                let_go(each.run)
        self._all[1:] = kept
