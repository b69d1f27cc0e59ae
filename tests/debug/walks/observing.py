"""A target whose every stop is held against the story of the run: was something passed over, is it where it says it is?

The story is that of a run which nobody looks at. So a target is judged until a client holds a thread, changes something
or sends a signal of its own: from then on it is another run.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from tests.debug.walks.judging import living, read
from tests.debug.walks.story import Row, Story
from vm.debug.target import Action, Move, Stop, Why
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Moment

CHANGING = frozenset({"set_registers", "write"})


class Observed:
    """Stands before ``target``, whose machine ``kernel`` gives. ``complaints`` are what it found, a line each.

    ``undone`` are processes that came undone on a way back, of which that is still to be told. ``let_go`` are those
    that gdb does not want, ``killed`` those whose end is on its way. ``announced`` are those that it was told of, and
    that it has not listed since.
    """

    def __init__(self, target: Any, kernel: Callable[[], Kernel], story: Story) -> None:
        self._target = target
        self._kernel = kernel
        self._story = story
        self._points: set[tuple[int, int, int, int]] = set()
        self.is_as_it_would_be = True
        self.complaints: list[str] = []
        self.undone: set[int] = set()
        self.let_go: set[int] = set()
        self.killed: set[int] = set()
        self.announced: set[int] = set()

    def __getattr__(self, name: str) -> Any:
        if name in CHANGING:
            self.is_as_it_would_be = False
        return getattr(self._target, name)

    # --- what is set ----------------------------------------------------------------------------------------------

    def insert(self, pid: int, kind: int, address: int, size: int) -> None:
        self._target.insert(pid, kind, address, size)
        self._points.add((pid, kind, address, size))

    def remove(self, pid: int, kind: int, address: int, size: int) -> None:
        self._target.remove(pid, kind, address, size)
        self._points.discard((pid, kind, address, size))

    def detach(self, pid: int) -> None:
        self._target.detach(pid)
        self.let_go.add(pid)

    def kill(self, pid: int) -> None:
        """A signal does that, which acts once the machine goes on."""
        self.is_as_it_would_be = False
        self._target.kill(pid)
        self.killed.add(pid)

    def _is_at_point(self, row: Row) -> bool:
        """True where the process has a breakpoint of its own there."""
        return any(kind < 2 and (pid, address) == (row.pid, row.pc) for pid, kind, address, _ in self._points)

    # --- going ----------------------------------------------------------------------------------------------------

    def resume(self, actions: Sequence[Action]) -> Stop:
        known = {line.pid for line in self._target.threads()}
        tasks = [task for task in living(self._kernel()) if task.pid in known]
        if not all(any(_names(action, task.pid, task.tid) for action in actions) for task in tasks):
            self.is_as_it_would_be = False
        if any(action.signal for action in actions):
            self.is_as_it_would_be = False
        before, retired = self._now, {task.tid: task.retired for task in tasks}
        stop: Stop = self._target.resume(actions)
        passed_over = self._target._inferiors.passed_over  # which gdb has not taken, and will not
        self.let_go |= passed_over
        known -= passed_over
        self._forget(stop)
        self._judge_whose(before, stop)
        if self.is_as_it_would_be:
            self._judge_forward(actions, known, before, retired, stop)
        return stop

    def go_back(self, pid: int | None, tid: int | None, *, step: bool, alone: bool = False) -> Stop:
        before = self._now
        retired = {task.tid: task.retired for task in living(self._kernel())}
        known = {line.pid for line in self._target.threads()}
        stop: Stop = self._target.go_back(pid, tid, step=step, alone=alone)
        self.killed &= {task.pid for task in living(self._kernel()) if task.signals.is_due}
        self._forget(stop)
        self.undone |= known - {task.pid for task in living(self._kernel())}
        self.undone.discard(stop.pid)
        self._judge_whose(before, stop)
        if self.is_as_it_would_be:
            self._judge_back(pid, tid, step, known, before, retired, stop)
        return stop

    @property
    def _now(self) -> Moment:
        return self._kernel().moment

    def _forget(self, stop: Stop) -> None:
        if stop.why in (Why.FORK, Why.VFORK):
            self.announced.add(stop.number)
            self.undone.discard(stop.number)
            self.let_go.discard(stop.number)
        if stop.why in (Why.EXITED, Why.KILLED):
            self.undone.discard(stop.pid)
        if stop.why in (Why.EXEC, Why.EXITED, Why.KILLED):
            self._points = {point for point in self._points if point[0] != stop.pid}

    def _complain(self, before: Moment, stop: Stop, text: str) -> None:
        self.complaints.append(f"from {before} to {self._now} ({stop}): {text}")

    def _judge_whose(self, before: Moment, stop: Stop) -> None:
        """What is told is told of a process that gdb has, or finds in the list of threads."""
        has_ended = stop.why in (Why.EXITED, Why.KILLED)
        alive = {(task.pid, task.tid) for task in living(self._kernel())}
        if stop.pid in self.let_go or not (has_ended or stop.why is Why.NOBODY or (stop.pid, stop.tid) in alive):
            self._complain(before, stop, "gdb does not have that process")

    def _judge_forward(
        self, actions: Sequence[Action], known: set[int], before: Moment, retired: dict[int, int], stop: Stop
    ) -> None:
        now = self._now
        if now < before:
            self._complain(before, stop, "it has gone back")
            return
        passed = [row for row in self._story.between(before, now) if self._is_at_point(row)]
        passed = [row for row in passed if row.pid in known and row.number > retired.get(row.tid, -1)]
        if passed:
            self._complain(before, stop, f"a breakpoint was passed over: {passed[0]}")
        self._judge_events(known, before, stop)
        self._judge_watched(before, now, stop)
        task = next((task for task in living(self._kernel()) if task.tid == stop.tid), None)
        if stop.why in (Why.BREAKPOINT, Why.HARDWARE_BREAKPOINT):
            self._judge_at_point(before, stop)
        stepping = next((action for action in actions if action.move is Move.STEP), None)
        if stop.why is Why.SIGNAL and stop.signal == 5 and stepping is not None and task is not None:
            made = task.retired - retired.get(task.tid, 0)
            if stepping.span is None and made not in (0, 1):
                self._complain(before, stop, f"a step has made {made} instructions")

    def _judge_events(self, known: set[int], before: Moment, stop: Stop) -> None:
        """What is told of processes happens at the end of a stretch: nothing before it was left out."""
        moments = self._story.moments
        told = [(moment, event) for moment, event in self._story.events if before < moment < self._now]
        left_out = [
            (moment, type(event).__name__)
            for moment, event in told
            if event.pid in known and moments[bisect_right(moments, moment)] < self._now  # type: ignore[attr-defined]
        ]
        if left_out:
            self._complain(before, stop, f"this was not told: {left_out[0]}")

    def _judge_at_point(self, before: Moment, stop: Stop) -> None:
        tid, pc = self._story.stands.get(self._now, (0, 0))
        if tid != stop.tid:
            self._complain(before, stop, f"no thread stands anew before an instruction there, but {tid or 'nobody'}")
        elif not any(kind < 2 and address == pc for _, kind, address, _ in self._points):
            self._complain(before, stop, f"nobody has a breakpoint at {pc:#x}")

    def _judge_watched(self, start: Moment, end: Moment, stop: Stop) -> None:
        """No watched word has changed from one moment to another, but by the instruction that was next at the first."""
        watched = [point for point in self._points if point[1] == 2]
        if not watched or not start < end:
            return
        words: dict[tuple[int, int, int, int], bytes] = {}
        retired = 0
        for run in self._story.runs(start, end):
            kernel = run.kernel
            for point in watched:
                pid, _, address, size = point
                process = kernel.processes.get(pid)
                if process is None or process.space is None:
                    continue
                word = read(kernel, process, address, size)
                if retired and kernel.retired > retired + 1 and words.get(point, word) != word:
                    self._complain(start, stop, f"{point} has changed at {kernel.moment}, up to {end}")
                    return
                words[point] = word
            retired = retired or kernel.retired

    def _judge_back(
        self, pid: int | None, tid: int | None, step: bool, known: set[int], before: Moment, retired: dict[int, int],
        stop: Stop,
    ) -> None:  # fmt: skip
        now = self._now
        if stop.why is Why.VFORK_DONE:
            return
        if now > before:
            self._complain(before, stop, "it has gone forwards")
        elif step and stop.why is Why.SIGNAL and now < before:
            number = retired.get(tid or 0, 0) - 1
            row = next((row for row in self._story.rows if (row.tid, row.number) == (tid, number)), None)
            if tid == stop.tid and (row is None or row.stood != now):
                self._complain(before, stop, f"a step back of thread {tid} from {retired.get(tid or 0)} leads to {row}")
        elif not step and now < before:
            self._judge_watched(now, before, stop)
            rows = self._story.between(now, before)
            passed = [row for row in rows if row.pid in known and self._is_at_point(row)]
            passed = [row for row in passed if row.number < retired.get(row.tid, 1 << 40)]
            if passed:
                self._complain(before, stop, f"a breakpoint was passed over: {passed[-1]}")


def _names(action: Action, pid: int, tid: int) -> bool:
    return action.pid in (None, pid) and action.tid in (None, tid)
