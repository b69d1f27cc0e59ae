"""A run in the smallest steps there are: who retired which instruction at what moment, and the machine at any of them.

It is what a debugger's stops are held against. Nothing in it is stopped at, or taken back.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tests.debug.walks.judging import View, living, registers_of, view_of
from vm import events
from vm.events import Event
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Ending, Moment, Pause, Until
from vm.kernel.process.task import State
from vm.kernel.system import Turn
from vm.run import Run

BETWEEN_COPIES = 256
"""Steps after which a copy of the machine is kept."""
LONGEST = 200_000
"""More steps than the runs have that are judged."""
TOLD = (events.Created, events.Executed, events.Exited)


@dataclass(frozen=True, slots=True)
class Row:
    """One instruction: thread ``tid`` stood before its number ``number`` at ``pc``, and has retired it.

    It was about to execute it at ``stood`` for the first time. Where it has met a page fault or is a call that has
    waited, it was retired later, in the step that began at ``before``.
    """

    stood: Moment
    before: Moment
    after: Moment
    tid: int
    pid: int
    number: int
    pc: int


class Story:
    """Steps through what ``boot`` makes, and can show the machine at each moment again.

    ``rows`` are its instructions as they were retired, ``in_order`` as they were stood before. ``stands`` has the
    thread and the address where an instruction was stood before for the first time, be it that it is never retired.
    """

    def __init__(self, boot: Callable[[], Run]) -> None:
        self.rows: list[Row] = []
        self.moments: list[Moment] = []
        self.events: list[tuple[Moment, Event]] = []
        self._copies: list[tuple[Moment, Run]] = []
        self.stands: dict[Moment, tuple[int, int]] = {}
        self._views: dict[Moment, View] = {}
        self._stood: dict[tuple[int, int, int], Moment] = {}
        run = boot()
        for kind in TOLD:
            run.subscribe(kind, self._note)
        self._now = Moment(0, 0)
        run.start()
        self._retired = run.kernel.retired
        self.events.clear()
        next_copy = 0
        for _ in self._steps(run):
            if run.kernel.host.steps == 0 and len(self.moments) >= next_copy:
                self._copies.append((run.kernel.moment, run.copy()))
                next_copy = len(self.moments) + BETWEEN_COPIES
            self.moments.append(run.kernel.moment)
            assert len(self.moments) < LONGEST, "the program is too long to be stepped through"
        self.end = run.kernel.moment
        self.ending = run.kernel.system.ending
        self.in_order = sorted(self.rows, key=lambda row: row.stood)

    def _note(self, event: Event) -> None:
        self.events.append((self._now, event))

    def _steps(self, run: Run) -> Iterator[None]:
        """Step to the end, before each step of it."""
        kernel = run.kernel
        outcome: object = None
        while not isinstance(outcome, Ending):
            yield
            self._now = before = kernel.moment
            self._note_standing(kernel)
            old = {task.tid: (task.retired, registers_of(task)[32], task.pid) for task in living(kernel)}
            outcome = _step(run)
            after = kernel.moment
            assert after > before or isinstance(outcome, Ending), f"a step led from {before} to {after}"
            self._note_retired(kernel, old, before, after)

    def _note_standing(self, kernel: Kernel) -> None:
        """Note the thread that is about to execute an instruction, if its turn is not over."""
        task, scheduler = kernel.running, kernel.scheduler
        if task is None or kernel.system.turn is not Turn.GOES_ON or task.state is not State.READY:
            return
        if task.signals.is_due or task.call is not None or task.process.stopped:
            return
        if task.slice_used < scheduler.quantum or not scheduler.is_anyone_ready:
            pc = registers_of(task)[32]
            if self._stood.setdefault((task.tid, task.retired, pc), kernel.moment) == kernel.moment:
                self.stands[kernel.moment] = task.tid, pc

    def _note_retired(
        self, kernel: Kernel, old: dict[int, tuple[int, int, int]], before: Moment, after: Moment
    ) -> None:
        new = {task.tid: task.retired for task in kernel.processes.threads}
        moved = [tid for tid, (retired, _, _) in old.items() if new.get(tid, retired) != retired]
        made = kernel.retired - self._retired
        self._retired = kernel.retired
        if made and not moved and kernel.running is not None:  # its last one, behind which nothing is left of it
            moved = [kernel.running.tid]
        assert made == len(moved) <= 1, f"{made} instructions in one step, by threads {moved}"
        for tid in moved:
            number, pc, pid = old[tid]
            assert new.get(tid, number + 1) == number + 1, f"thread {tid} has made more than one instruction in a step"
            stood = self._stood.pop((tid, number, pc), before)
            self.rows.append(Row(stood, before, after, tid, pid, number, pc))

    def at(self, moment: Moment) -> View:
        """The machine at that moment. Raises KeyError where the run has no such moment."""
        if moment not in self._views:
            run = self.run_at(moment)
            self._views[moment] = view_of(run.kernel, run.digest())
        return self._views[moment]

    def run_at(self, moment: Moment) -> Run:
        """A machine that was stepped to that moment. Raises KeyError where the run has no such moment."""
        index = bisect_right(self.moments, moment, key=lambda it: it) - 1
        if moment != self.end and (index < 0 or self.moments[index] != moment):
            raise KeyError(f"the run has no moment {moment}")
        run = self._copies[bisect_right(self._copies, moment, key=lambda it: it[0]) - 1][1].copy()
        while run.kernel.moment < moment and not isinstance(_step(run), Ending):
            pass
        return run

    def runs(self, start: Moment, end: Moment) -> Iterator[Run]:
        """One machine that is stepped from a moment to another: as it is at the first, and behind each step."""
        run = self.run_at(start)
        yield run
        while run.kernel.moment < end and not isinstance(_step(run), Ending):
            yield run

    def between(self, start: Moment, end: Moment) -> Iterable[Row]:
        """The instructions that a thread stood before strictly between two moments."""
        return (row for row in self.rows if start < row.stood < end)


def _step(run: Run) -> Pause | Ending:
    """Make the smallest step there is."""
    now = run.kernel.moment
    return run.advance(Until(moment=Moment(now.clock, now.steps + 1)))


class Retold:
    """Another way for the run that ``boot`` makes to go: with these changes, each made at its moment."""

    def __init__(self, boot: Callable[[], Run], changes: Sequence[tuple[Moment, Callable[[Run], object]]]) -> None:
        self._boot = boot
        self._changes = changes

    def at(self, moment: Moment) -> View:
        """The machine at that moment, with the changes that were made there. Raises KeyError where there is none."""
        run, left = self._boot().start(), deque(self._changes)
        while True:
            now = run.kernel.moment
            while left and left[0][0] <= now:
                left.popleft()[1](run)
            if now >= moment:
                break
            _step(run)
            if run.kernel.moment == now:
                break
        if run.kernel.moment != moment:
            raise KeyError(f"the run with {len(self._changes)} changes has no moment {moment}")
        return view_of(run.kernel, "")
