"""What the tape of an address space tells of a vfork child while its processes run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vm.abi import PAGE_SHIFT, PAGE_SIZE, Protection
from vm.cpu import tape as tapes
from vm.cpu.state import PC, Context
from vm.cpu.tape import CALL
from vm.engine.protocol import Engine
from vm.engine.recording import Going, Recording
from vm.engine.roll import MOST_PAGES, Roll
from vm.hazards import effects
from vm.hazards.calls import History
from vm.hazards.changed_bytes import ChangedBytes
from vm.hazards.neighbours import Neighbours
from vm.hazards.spinning import is_spinning
from vm.hazards.windows import ERRORS, CallMade, Handling, Layout, Moment, Window
from vm.isa import A0, A7, RA, SP
from vm.kernel.errors import MachineStopped
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import State, Task
from vm.memory import AddressSpace
from vm.values import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONG = 1_000_000
"""Instructions of a run that a limit ended: a child that the parent waited for that long, and for more than half of the
run, is taken for one that never ends."""
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


def shared_ranges(space: AddressSpace) -> tuple[tuple[int, int], ...]:
    """Start and end of each segment whose content is everybody's who maps it (MAP_SHARED)."""
    return tuple([(segment.start, segment.end) for segment in space.segments if segment.shared])


@dataclass(slots=True)
class _Open:
    """An open window: what bounds its part of the tape, and what its pages held before if others stored there."""

    window: Window
    retired: int
    first_call: int
    saved_control: tuple[int, int]
    images: dict[int, NDArray[np.uint8]]


class _Pending(NamedTuple):
    """A call that has begun: what it can do to what is shared, and that before it (see :mod:`vm.hazards.effects`)."""

    moment: Moment
    number: int
    arguments: tuple[int, ...]
    before: tuple[int, int] | None
    taken: Layout


class Recorder:
    """Observes ``space``. ``settled`` is called with each window about which nothing will change any more, ``at_rest``
    when there is nothing to observe.
    """

    def __init__(
        self, kernel: Kernel, space: AddressSpace, roll: Roll, settled: Callable[[Window], None],
        at_rest: Callable[[Recorder], None],
    ) -> None:  # fmt: skip
        self.kernel = kernel
        self.space = space
        self.roll = roll
        self.changed = ChangedBytes(space, roll, settled)
        self._settled = settled
        self._at_rest = at_rest
        self._open: dict[int, _Open] = {}
        self._is_mapped_anew = False
        self._engine = Recording(roll, self)
        self._former: Engine | None = None
        self._shadows: dict[int, NDArray[np.int64]] = {}
        self._slices: list[tuple[int, int]] = []
        self._children: set[int] = set()
        self._pending: dict[int, _Pending] = {}

    # --- windows ----------------------------------------------------------------------------------------------

    def window_of(self, child: int) -> Window:
        """The open window of that child."""
        return self._open[child].window

    def open(self, window: Window) -> None:
        """Begin to remember."""
        control = self.roll.tape.control
        images = {}
        if not self._open:
            self._forget()
        else:
            images = {page: self._content(page) for page in self.roll.pages()}
        saved = int(control[tapes.LOWEST]), int(control[tapes.FLOOR])
        pointer = window.site.pointer
        segment = self.space.find(pointer - 1)
        control[tapes.LOWEST] = control[tapes.FLOOR] = pointer
        if segment is not None:
            control[tapes.FLOOR] = segment.start if segment.floor is None else segment.floor
        self._shadows[window.child] = _new_shadow()
        self._children.add(window.child)
        self._open[window.child] = _Open(window, self.kernel.retired, int(control[tapes.CALLS]), saved, images)

    def close(self, child: int, why: str, *, is_stalled: bool = False) -> None:
        """The parent resumes: compare, and watch what differs. At the end of a run, without a reason ``why``, it may be
        that everybody waited for ever.
        """
        opened = self._open.pop(child)
        window = opened.window
        window.ended = why
        window.is_stuck = not why and (is_stalled or self._seems_stuck(opened))
        self._finish_calls(window)
        history = self._history(child, opened.first_call)
        window.entered, window.returns = history.entered, history.returns
        window.transfers, window.kept = history.transfers, history.kept
        if self.space.users:
            window.segments_after = layout_of(self.space) if self._is_mapped_anew else window.segments
            self.changed.hand_over(window)
            self.changed.compare(window, history, opened.images, self._neighbours())
            if self._open:
                self.changed.inherit(window)
        else:
            self._settled(window)
        control = self.roll.tape.control
        control[tapes.LOWEST], control[tapes.FLOOR] = opened.saved_control
        self._shadows.pop(child, None)
        if not self._open:
            self._shadow(window.parent)[tapes.DEPTH] = 0
            self._rest()

    def _seems_stuck(self, opened: _Open) -> bool:
        """True when it cannot be the fault of the run's limit that a child has not ended."""
        retired = self.kernel.retired
        if retired - opened.retired > max(LONG, retired // 2):
            return True
        task = self.kernel.processes.thread(opened.window.child)
        if task is None or task.state is not State.READY or task.process.space is not self.space:
            return False
        return is_spinning(self.space, task.context)

    def abandon(self, child: int) -> None:
        """There is no parent any more whose memory could be damaged."""
        window = self._open.pop(child).window
        window.ended = "abandoned"
        self._settled(window)
        self._rest()

    def dismiss(self) -> None:
        """The space is given back: what its bytes would have been used for is not known."""
        self.changed.dismiss()
        self._rest()

    def start(self) -> None:
        """Let the processes of the space run with the tape, and be told of what the kernel does to its memory.

        Whoever recorded them before goes on when there is nothing to observe any more.
        """
        self._former = self.kernel.recording.get(self.space)
        self.kernel.recording[self.space] = self._engine
        self.space.transfer_observer = self.transfer

    @property
    def _is_recording(self) -> bool:
        return self.kernel.recording.get(self.space) is self._engine

    def _rest(self) -> None:
        """Without windows and watched bytes, stop observing."""
        if not self._open and not self.changed and self._is_recording:
            del self.kernel.recording[self.space]
            if self._former is not None:
                self.kernel.recording[self.space] = self._former
            self.space.transfer_observer = None
            self.roll.forget_watched()
            self._at_rest(self)

    def _forget(self) -> None:
        self.roll.forget_stores()
        self._slices.clear()
        self._children.clear()
        self._pending.clear()
        self._is_mapped_anew = False

    def _content(self, page: int) -> NDArray[np.uint8]:
        data = self.space.peek(page << PAGE_SHIFT, PAGE_SIZE)
        return np.frombuffer(bytearray(data.ljust(PAGE_SIZE, b"\0")), np.uint8)

    # --- running ----------------------------------------------------------------------------------------------

    def _shadow(self, pid: int) -> NDArray[np.int64]:
        shadow = self._shadows.get(pid)
        if shadow is None:
            shadow = self._shadows[pid] = _new_shadow()
        return shadow

    def _running(self) -> Task:
        task = self.kernel.running
        assert task is not None
        assert task.process.space is self.space
        return task

    def goes_on(self, context: Context, budget: int) -> Going:
        """A process goes on: to remember what a child does, or to see what its parent touches."""
        task = self._running()
        recording = bool(self._open)
        if recording:
            budget = self._continue(task, budget)
        self.roll.tape.control[tapes.RECORDING] = recording
        return Going(budget, self._shadow(task.tid))

    def calls(self, context: Context) -> None:
        """The process is about to make a system call."""
        if self._open:
            self._call_entered(self._running())
        elif int(context[A7]) in effects.MAPPING_CALLS:
            self._discard(int(context[A7]), tuple(context[A0 : A0 + 6].tolist()))
            self._rest()

    def needs_room(self) -> None:
        """Make room for more pages; MachineStopped when there are too many."""
        if not self.roll.more_stores():
            size = MOST_PAGES * PAGE_SIZE >> 20
            raise MachineStopped(f"limit of {size} MiB in which vfork children are observed at a time")

    def _continue(self, task: Task, budget: int) -> int:
        """``task`` goes on while windows are open; how many instructions it may execute before there is no room."""
        if task.tid in self._pending:
            self._call_returned(task, int(task.context[A0]))
        tape = self.roll.tape
        logged = int(tape.control[tapes.CALLS])
        if not self._slices or self._slices[-1][1] != task.tid:
            logged = self._part(logged)
            self._slices.append((logged, task.tid))
        room = len(self.roll.tape.calls)
        if room >= MOST_CALLS:
            return budget
        if logged >= room // 2:
            self.roll.more_calls()
        return min(budget, len(self.roll.tape.calls) - logged)

    def _part(self, logged: int) -> int:
        """Log a jump that nobody made, so that stores of two who run one after the other have different numbers."""
        if not self._slices or logged >= MOST_CALLS:
            return logged
        if logged >= len(self.roll.tape.calls):
            self.roll.more_calls()
        self.roll.tape.calls[logged] = 0
        self.roll.tape.control[tapes.CALLS] = logged + 1
        return logged + 1

    def _neighbours(self) -> Neighbours | None:
        """Who ran meanwhile that is no vfork child; None when nobody did."""
        threads = {tid for _, tid in self._slices} - self._children
        tasks = [task for task in map(self.kernel.processes.thread, sorted(threads)) if task is not None]
        if not threads:
            return None
        stacks = [self.space.find(int(task.context[SP])) for task in tasks]
        own = tuple([(segment.start, segment.end) for segment in stacks if segment is not None])
        return Neighbours(tuple(self._slices), frozenset(threads), own)

    def touches(self, context: Context, retired: int) -> bool:
        """Settle what became of the watched bytes that the next instruction touches."""
        control = self.roll.tape.control
        address, size, writes, reads = control[tapes.HIT_ADDRESS : tapes.HIT_READS + 1].tolist()
        pc, value = int(context[PC]), None
        if writes and not reads:
            word = int.from_bytes(self.space.peek(pc, 4), "little")
            value = int(context[word >> 20 & 31])
        moment = self.moment(self._running().tid, pc, retired=retired)
        self.changed.touched(address, size, moment, is_read=bool(reads), value=value)
        self._rest()
        return self._is_recording

    def moment(self, pid: int, pc: int, call: int | None = None, retired: int = 0) -> Moment:
        """Where ``pid`` is now, by its shadow stack; ``retired`` instructions of its are not counted yet."""
        shadow = self._shadows.get(pid)
        depth = int(shadow[tapes.DEPTH]) if shadow is not None else 0
        chain: tuple[int, ...] = (pc,)
        if shadow is not None and depth:
            sites = shadow[tapes.SHADOW : tapes.SHADOW + depth] - 4
            chain = (pc, *reversed(sites.tolist()))
        return Moment(pid, chain, call, self.kernel.clock + retired)

    def handle(self, task: Task, handler: int) -> None:
        """A signal handler begins: it was not called, but it will return."""
        shadow, tape = self._shadow(task.tid), self.roll.tape
        depth, back = int(shadow[tapes.DEPTH]), int(task.context[RA])
        if depth < tapes.SHADOW_SIZE:
            shadow[tapes.SHADOW + depth] = back
            shadow[tapes.DEPTH] = depth + 1
        if task.tid not in self._open:
            return
        window = self.window_of(task.tid)
        row = int(tape.control[tapes.CALLS])
        window.handlers.append(Handling(self.moment(task.tid, handler), row))
        if row >= len(tape.calls):
            if row >= MOST_CALLS:
                return
            self.roll.more_calls()
        self.roll.tape.calls[row] = back - 4, handler, CALL, int(task.context[SP]), int(task.context[A0])
        tape.control[tapes.CALLS] = row + 1

    # --- system calls -----------------------------------------------------------------------------------------

    def _call_entered(self, task: Task) -> None:
        number, arguments = int(task.context[A7]), tuple(task.context[A0 : A0 + 6].tolist())
        moment = self.moment(task.tid, int(task.context[PC]), number)
        before = self._shared_file(task, number, arguments)
        taken: Layout = ()
        if number in effects.MAPPING_CALLS:
            self._is_mapped_anew = True
            ranges = self._discard(number, arguments)
            if task.tid in self._open:
                taken = effects.overlap(ranges, self.window_of(task.tid).segments)
        self._pending[task.tid] = _Pending(moment, number, arguments, before, taken)

    def _call_returned(self, task: Task, result: int) -> None:
        moment, number, arguments, before, taken = self._pending.pop(task.tid)
        if task.tid in self._open:
            moved = before is not None and before != self._shared_file(task, number, arguments)
            taken = () if result >= ERRORS else taken
            logged = int(self.roll.tape.control[tapes.CALLS])
            made = CallMade(moment, number, arguments, result, moved, taken, logged)
            self.window_of(task.tid).calls.append(made)

    def _shared_file(self, task: Task, number: int, arguments: tuple[int, ...]) -> tuple[int, int] | None:
        opened = self._open.get(task.tid) if number in effects.SHARED_STATE else None
        parent = self.kernel.processes.thread(opened.window.parent) if opened else None
        return effects.shared_file(task, parent, number, arguments) if parent is not None else None

    def _discard(self, number: int, arguments: tuple[int, ...]) -> list[tuple[int, int]]:
        """What a call makes of memory is not what a child made of it: it is watched no longer."""
        ranges = effects.discarded(self.space, number, arguments)
        for start, end in ranges:
            self.changed.discard(start, end)
        return ranges

    def _finish_calls(self, window: Window) -> None:
        """The call that ended the child, or that it is still making."""
        pending = self._pending.pop(window.child, None)
        if pending is not None:
            window.last = pending.moment
            window.calls.append(CallMade(pending.moment, pending.number, pending.arguments, None))
        elif not window.ended:
            task = self.kernel.processes.thread(window.child)
            if task is not None:
                window.last = self.moment(task.tid, int(task.context[PC]))

    def transfer(self, address: int, size: int, access: Protection) -> None:
        """The kernel is about to read or write user memory for the running process."""
        task = self.kernel.running
        if task is None or task.process.space is not self.space or not size:
            return
        if self._open and access == Protection.WRITE:
            self._kernel_writes(task, address, size)
        elif self.changed.is_watched(address, size):
            call = int(task.context[A7])
            moment = self.moment(task.tid, int(task.context[PC]), call)
            self.changed.touched(address, size, moment, is_read=access == Protection.READ)
            self._rest()

    def _kernel_writes(self, task: Task, address: int, size: int) -> None:
        end = min(address + size, 1 << 32)
        while address < end:
            page = address >> PAGE_SHIFT
            while (row := tapes.remember(self.roll.tape, self.space.memory.words, self.space.root, page)) < 0:
                self.needs_room()
            tape = self.roll.tape
            first, last = address & (PAGE_SIZE - 1), min(end - (page << PAGE_SHIFT), PAGE_SIZE)
            writer = int(task.context[PC]) | 1
            tape.stores[row, first:last] = int(tape.control[tapes.CALLS]) << tapes.MOMENT | writer
            address = (page + 1) << PAGE_SHIFT

    # --- what the child called --------------------------------------------------------------------------------

    def _history(self, child: int, begin: int) -> History:
        """The calls of a window's child since ``begin``, apart from those of others who ran meanwhile."""
        end = int(self.roll.tape.control[tapes.CALLS])
        if end <= begin:
            return _NO_CALLS
        rows: list[tuple[int, list[int]]] = []
        starts = [first - 1 for first, _ in self._slices[1:]]  # before each is a jump that nobody made
        for (first, pid), stop in zip(self._slices, [*starts, end], strict=True):
            first = max(first, begin)
            if pid == child and stop > first:
                rows.extend(enumerate(self.roll.tape.calls[first:stop].tolist(), first))
        return History(child, rows)


_NO_CALLS = History(0, ())


def _new_shadow() -> NDArray[np.int64]:
    return np.zeros(tapes.SHADOW + tapes.SHADOW_SIZE, np.int64)
