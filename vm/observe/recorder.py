"""Running the processes of an address space with a tape, and what it tells of a vfork child."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vm.abi import PAGE_SHIFT, PAGE_SIZE, Protection
from vm.cpu import tape as tapes
from vm.cpu.decode import WITHOUT_ENTRIES
from vm.cpu.interpreter import execute
from vm.cpu.state import PC, StopReason
from vm.cpu.tape import CALL
from vm.kernel.kernel import Kernel
from vm.kernel.process import Task
from vm.memory import AddressSpace
from vm.observe.calls import History
from vm.observe.roll import Roll
from vm.observe.watching import Watch
from vm.observe.windows import CallMade, Layout, Moment, Window

_SYSCALL, _BUDGET = int(StopReason.SYSCALL), int(StopReason.BUDGET)
_LLSEEK = 62
MOST_CALLS = 1 << 18
"""Calls of a child that are logged; of later ones nothing is said, and stores are put down to the last one's."""


def layout_of(space: AddressSpace) -> Layout:
    """Name, start, end and protection of each segment; a stack is the same however far it has grown."""
    return tuple(
        [
            (segment.name, segment.start if segment.floor is None else segment.floor, segment.end, segment.protection)
            for segment in space.segments
        ]
    )


class Recorder:
    """Observes ``space``. ``windows`` are all of the run, ``at_rest`` is called when there is nothing to observe."""

    def __init__(
        self,
        kernel: Kernel,
        space: AddressSpace,
        roll: Roll,
        windows: list[Window],
        at_rest: Callable[[Recorder], None],
    ) -> None:
        self.kernel = kernel
        self.space = space
        self.roll = roll
        self.watch = Watch(space, roll, windows)
        self.open_windows: list[Window] = []
        self._at_rest = at_rest
        self._shadows: dict[int, NDArray[np.int64]] = {}
        self._slices: list[tuple[int, int]] = []
        self._pending: dict[int, tuple[Moment, int, tuple[int, ...], Any]] = {}

    # --- windows ----------------------------------------------------------------------------------------------

    def window_of(self, child: int) -> Window:
        """The open window of that child."""
        return next(window for window in self.open_windows if window.child == child)

    def open(self, window: Window) -> None:
        """Begin to remember."""
        control = self.roll.tape.control
        if not self.open_windows:
            self._forget()
        else:
            window.images = {page: self._content(page) for page in self.roll.pages()}
        window.saved_control = int(control[tapes.LOWEST]), int(control[tapes.FLOOR])
        window.first_call = int(control[tapes.CALLS])
        segment = self.space.find(window.pointer - 1)
        window.floor = window.pointer
        if segment is not None:
            window.floor = segment.start if segment.floor is None else segment.floor
        control[tapes.LOWEST], control[tapes.FLOOR] = window.pointer, window.floor
        self._shadows[window.child] = np.zeros(tapes.SHADOW + tapes.SHADOW_SIZE, np.int64)
        self.open_windows.append(window)

    def close(self, child: int, why: str, clock: int) -> None:
        """The parent resumes: compare, and watch what differs."""
        window = self.window_of(child)
        self.open_windows.remove(window)
        window.ended, window.end_clock = why, clock
        self._finish_calls(window)
        history = self._history(window)
        window.entered, window.returns = history.entered, history.returns
        if self.space.users:
            window.segments_after = layout_of(self.space)
            self.watch.compare(window, history)
        control = self.roll.tape.control
        control[tapes.LOWEST], control[tapes.FLOOR] = window.saved_control
        window.images = {}
        self._shadows.pop(child, None)
        if not self.open_windows:
            self._shadow(window.parent)[tapes.DEPTH] = 0
            self._rest()

    def abandon(self, child: int, clock: int) -> None:
        """There is no parent any more whose memory could be damaged."""
        window = self.window_of(child)
        self.open_windows.remove(window)
        window.ended, window.end_clock = "abandoned", clock
        window.images = {}
        self._rest()

    def _rest(self) -> None:
        """Without windows and watched bytes, stop observing."""
        if not self.open_windows and not self.watch.count and self.space.recorder is self:
            self.space.recorder = None
            self._forget()
            self.roll.forget_watched()
            self._at_rest(self)

    def _forget(self) -> None:
        self.roll.forget_stores()
        self._slices.clear()
        self._pending.clear()

    def _content(self, page: int) -> bytes:
        return self.space.peek(page << PAGE_SHIFT, PAGE_SIZE).ljust(PAGE_SIZE, b"\0")

    # --- running ----------------------------------------------------------------------------------------------

    def _shadow(self, pid: int) -> NDArray[np.int64]:
        shadow = self._shadows.get(pid)
        if shadow is None:
            shadow = self._shadows[pid] = np.zeros(tapes.SHADOW + tapes.SHADOW_SIZE, np.int64)
        return shadow

    def run(self, task: Task, budget: int, stop: NDArray[np.int64]) -> int:
        """Run ``task`` with the tape: to remember what a child does, or to see what its parent touches."""
        shadow = self._shadow(task.pid)
        recording = bool(self.open_windows)
        if recording:
            self._call_returned(task, int(task.context[10]))
            if not self._slices or self._slices[-1][1] != task.pid:
                self._slices.append((int(self.roll.tape.control[tapes.CALLS]), task.pid))
        tape = self.roll.tape
        if recording and len(tape.calls) < MOST_CALLS:
            if tape.control[tapes.CALLS] >= len(tape.calls):
                self.roll.more_calls()
                tape = self.roll.tape
            budget = min(budget, len(tape.calls) - int(tape.control[tapes.CALLS]))
        tape.control[tapes.RECORDING] = recording
        space = self.space.engine_arguments
        reason = int(execute(task.context, *space, budget, stop, WITHOUT_ENTRIES, tape, shadow))
        if reason == tapes.NO_ROOM:
            self.roll.more_pages()
            return _BUDGET
        if reason == tapes.WATCHED:
            self._touched_by_instruction(task)
            return _BUDGET
        if recording and reason == _SYSCALL:
            self._call_entered(task)
        return reason

    def _touched_by_instruction(self, task: Task) -> None:
        control = self.roll.tape.control
        address, size = int(control[tapes.HIT_ADDRESS]), int(control[tapes.HIT_SIZE])
        value = None
        if control[tapes.HIT_WRITES] and not control[tapes.HIT_READS]:
            word = int.from_bytes(self.space.peek(int(task.context[PC]), 4), "little")
            value = int(task.context[word >> 20 & 31])
        self._touched(task, address, size, reads=bool(control[tapes.HIT_READS]), value=value)

    def _touched(
        self, task: Task, address: int, size: int, *, reads: bool, call: int | None = None, value: int | None = None
    ) -> None:
        now = partial(self.moment, task.pid, int(task.context[PC]), call)
        self.watch.touched(address, size, now, reads=reads, value=value)
        self._rest()

    def moment(self, pid: int, pc: int, call: int | None = None) -> Moment:
        """Where ``pid`` is now, by its shadow stack."""
        shadow = self._shadows.get(pid)
        sites: list[int] = []
        if shadow is not None:
            depth = int(shadow[tapes.DEPTH])
            sites = [site - 4 for site in shadow[tapes.SHADOW : tapes.SHADOW + depth].tolist()]
        return Moment(pid, (pc, *reversed(sites)), call, self.kernel.clock)

    def handle(self, task: Task, handler: int) -> None:
        """A signal handler begins: it was not called, but it will return."""
        shadow, tape = self._shadow(task.pid), self.roll.tape
        depth, back = int(shadow[tapes.DEPTH]), int(task.context[1])
        if depth < tapes.SHADOW_SIZE:
            shadow[tapes.SHADOW + depth] = back
            shadow[tapes.DEPTH] = depth + 1
        window = next((window for window in self.open_windows if window.child == task.pid), None)
        if window is None:
            return
        window.handlers.append(self.moment(task.pid, handler))
        row = int(tape.control[tapes.CALLS])
        if row >= len(tape.calls):
            if row >= MOST_CALLS:
                return
            self.roll.more_calls()
        self.roll.tape.calls[row] = back - 4, handler, CALL, int(task.context[2])
        tape.control[tapes.CALLS] = row + 1

    # --- system calls -----------------------------------------------------------------------------------------

    def _call_entered(self, task: Task) -> None:
        number, arguments = int(task.context[17]), tuple(task.context[10:16].tolist())
        moment = self.moment(task.pid, int(task.context[PC]), number)
        before = self._shared_offset(task, number, arguments)
        self._pending[task.pid] = (moment, number, arguments, before)

    def _call_returned(self, task: Task, result: int | None) -> None:
        pending = self._pending.pop(task.pid, None)
        if pending is None:
            return
        moment, number, arguments, before = pending
        moved = before is not None and before != self._shared_offset(task, number, arguments)
        window = next((window for window in self.open_windows if window.child == task.pid), None)
        if window is not None:
            window.calls.append(CallMade(moment, number, arguments, result, moved))

    def _finish_calls(self, window: Window) -> None:
        """The call that ended the child, or that it is still making."""
        pending = self._pending.pop(window.child, None)
        if pending is not None:
            moment, number, arguments, _ = pending
            window.last = moment
            window.calls.append(CallMade(moment, number, arguments, None))
        elif not window.ended:
            task = self.kernel.processes.get(window.child)
            if task is not None:
                window.last = self.moment(task.pid, int(task.context[PC]))

    def _shared_offset(self, task: Task, number: int, arguments: tuple[int, ...]) -> int | None:
        """The offset that an lseek of ``task`` would move for its vfork parent too."""
        window = next((window for window in self.open_windows if window.child == task.pid), None)
        parent = self.kernel.processes.get(window.parent) if window else None
        if number != _LLSEEK or parent is None:
            return None
        mine, theirs = task.files, parent.files
        for descriptor in range(theirs.limit):
            if theirs.find(descriptor) is not None and theirs.find(descriptor) is mine.find(arguments[0]):
                offset: int | None = getattr(mine.find(arguments[0]), "offset", None)
                return offset
        return None

    def transfer(self, address: int, size: int, access: Protection) -> None:
        """The kernel is about to read or write user memory for the running process."""
        task = self.kernel.running
        if task is None or task.space is not self.space or not size:
            return
        if not self.open_windows:
            self._touched(task, address, size, reads=access == Protection.READ, call=int(task.context[17]))
        elif access == Protection.WRITE:
            self._kernel_writes(task, address, size)

    def _kernel_writes(self, task: Task, address: int, size: int) -> None:
        memory = self.space.memory
        end = min(address + size, 1 << 32)
        writer = int(task.context[PC]) | 1
        while address < end:
            page = address >> PAGE_SHIFT
            while tapes.remember(self.roll.tape, memory.words, memory.ram, self.space.root, page) < 0:
                self.roll.more_pages()
            slot = self.roll.tape.slots[page] - 1
            first, last = address & (PAGE_SIZE - 1), min(end - (page << PAGE_SHIFT), PAGE_SIZE)
            self.roll.tape.writers[slot, first:last] = writer
            self.roll.tape.moments[slot, first:last] = self.roll.tape.control[tapes.CALLS]
            address = (page + 1) << PAGE_SHIFT

    # --- what the child called --------------------------------------------------------------------------------

    def _history(self, window: Window) -> History:
        """The calls of the window's child, apart from those of others who ran meanwhile."""
        end = int(self.roll.tape.control[tapes.CALLS])
        rows: list[tuple[int, list[int]]] = []
        if end > window.first_call:
            starts = [first for first, _ in self._slices[1:]]
            for (first, pid), stop in zip(self._slices, [*starts, end], strict=True):
                first = max(first, window.first_call)
                if pid == window.child and stop > first:
                    rows.extend(enumerate(self.roll.tape.calls[first:stop].tolist(), first))
        return History(window.child, rows)
