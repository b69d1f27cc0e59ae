"""Observing vfork children.

A :class:`Watcher` opens a :class:`Window` at every vfork. While one is open the interpreter runs the processes of that
address space with a tape (:mod:`vm.cpu.tape`); when the parent is resumed, the pages that were stored to are compared
with their content before. What differs is watched from then on, until the parent reads or overwrites it. Without a
window and without watched bytes nothing is observed, and nothing costs anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vm import events
from vm.abi import PAGE_SHIFT, PAGE_SIZE, CloneFlag, Protection
from vm.cpu import tape as tapes
from vm.cpu.decode import WITHOUT_ENTRIES
from vm.cpu.interpreter import execute
from vm.cpu.state import PC, StopReason
from vm.cpu.sv32 import PPN_SHIFT, V
from vm.cpu.tape import CALL, Tape
from vm.kernel.kernel import Kernel
from vm.kernel.process import Task
from vm.memory import AddressSpace
from vm.observe.calls import History
from vm.observe.windows import ROW_ALIGNMENT, ROWS_KEPT, CallMade, Change, Fate, Layout, Moment, Window

_SYSCALL, _BUDGET = int(StopReason.SYSCALL), int(StopReason.BUDGET)
_LLSEEK = 62
MOST_CALLS = 1 << 18
"""Calls of a child that are logged; of later ones nothing is said, and stores are put down to the last one's."""
WORD = 4
"""Changed bytes no farther apart than this are told together."""

STACK_KEPT, DEEP_STACK_KEPT = 4096, 16384
"""Bytes of the parent's stack that are kept to find its frames; the second where it holds the child's stack too."""


def _layout(space: AddressSpace) -> Layout:
    """Name, start, end and protection of each segment; a stack is the same however far it has grown."""
    return tuple(
        [
            (segment.name, segment.start if segment.floor is None else segment.floor, segment.end, segment.protection)
            for segment in space.segments
        ]
    )


_NOTHING: NDArray[np.uint8] = np.zeros(0, np.uint8)


def _runs(places: NDArray[np.intp], moments: NDArray[np.uint32]) -> list[tuple[int, int]]:
    """Changed places of a page as ranges: close to one another, and changed by one activation of a function."""
    first, last = int(places[0]), int(places[-1])
    if last - first < WORD and moments[first] == moments[last]:
        return [(first, last + 1)]
    apart = np.flatnonzero((places[1:] - places[:-1] > WORD) | (moments[places[1:]] != moments[places[:-1]]))
    edges = [0, *(apart + 1).tolist(), len(places)]
    return [(int(places[low]), int(places[high - 1]) + 1) for low, high in pairwise(edges)]


class Watcher:
    """Observes every vfork of ``kernel``; ``windows`` are in the order of their calls.

    ``images`` keeps the bytes of every image that a parent ran, by path.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.windows: list[Window] = []
        self.images: dict[str, bytes] = {}
        self.spare: list[Tape] = []
        self.resting: _Recorder | None = None
        self._sites: set[tuple[object, ...]] = set()
        self._open: dict[int, _Recorder] = {}
        stream = kernel.events
        stream.subscribe(events.Created, self._created)
        stream.subscribe(events.Resumed, self._resumed)
        stream.subscribe(events.Exited, self._exited)
        stream.subscribe(events.Faulted, self._faulted)
        stream.subscribe(events.Handled, self._handled)

    def _created(self, event: events.Created) -> None:
        parent, child = self.kernel.processes[event.pid], self.kernel.processes[event.child]
        registers = tuple(parent.context[:32].tolist())
        if event.how != "share" or (event.call == "clone" and not registers[10] & CloneFlag.CLONE_VFORK):
            return
        space = parent.memory
        if space.recorder is None:
            space.recorder = self._recorder_of(space)
        assert isinstance(space.recorder, _Recorder)
        if parent.path not in self.images:
            self.images[parent.path] = self.kernel.loader.image_file(parent.path)
        outer = self._open.get(parent.pid)
        self._open[child.pid] = space.recorder
        number = len(self.windows)
        pointer, pc = int(child.context[2]), int(parent.context[PC])
        # Of vforks at the same place the first one speaks for all, and needs the stack to name its variables.
        site = (parent.path, pc, registers[1], registers[2])
        size = 0 if site in self._sites else STACK_KEPT if pointer == registers[2] else DEEP_STACK_KEPT
        self._sites.add(site)
        kept = space.peek(registers[2], size)
        window = Window(
            number, parent.pid, child.pid, event.call, pc, registers, pointer, parent.path, event.clock,
            outer.window_of(parent.pid).number if outer else None, kept,
            _layout(space), {}, 0, 0, (0, 0),
        )  # fmt: skip
        self.windows.append(window)
        space.recorder.open(window)

    def _recorder_of(self, space: AddressSpace) -> _Recorder:
        """A recorder for ``space``: the one that rested last, if it was its own."""
        resting, self.resting = self.resting, None
        if resting is not None and resting.space is space:
            return resting
        if resting is not None:
            self.spare.append(resting.tape)
        return _Recorder(self, space)

    def _resumed(self, event: events.Resumed) -> None:
        recorder = self._open.pop(event.child, None)
        if recorder is not None:
            recorder.close(event.child, event.why, event.clock)

    def _exited(self, event: events.Exited) -> None:
        recorder = self._open.get(event.pid)
        if recorder is not None:
            recorder.window_of(event.pid).status = event.status
        for child, other in list(self._open.items()):
            if other.window_of(child).parent == event.pid:
                other.abandon(child, event.clock)
                del self._open[child]

    def _faulted(self, event: events.Faulted) -> None:
        recorder = self._open.get(event.pid)
        if recorder is not None:
            where = recorder.moment(event.pid, event.pc)
            recorder.window_of(event.pid).fault = (event.reason, where, event.address)

    def _handled(self, event: events.Handled) -> None:
        task = self.kernel.processes[event.pid]
        recorder = task.memory.recorder
        if isinstance(recorder, _Recorder):
            recorder.handle(task, event.handler)

    def finish(self) -> list[Window]:
        """The run is over: windows that never ended are completed as far as they can be."""
        for child, recorder in reversed(list(self._open.items())):
            recorder.close(child, "", self.kernel.clock)
        self._open.clear()
        return self.windows


class _Recorder:
    """Observes one address space for ``watcher``."""

    def __init__(self, watcher: Watcher, space: AddressSpace) -> None:
        self.watcher = watcher
        self.space = space
        self.tape = watcher.spare.pop() if watcher.spare else tapes.new_tape()
        self.open_windows: list[Window] = []
        self._watched = 0
        self._watch_pages: list[int] = []
        self._shadows: dict[int, NDArray[np.int64]] = {}
        self._slices: list[tuple[int, int]] = []
        self._pending: dict[int, tuple[Moment, int, tuple[int, ...], Any]] = {}

    # --- windows ----------------------------------------------------------------------------------------------

    def window_of(self, child: int) -> Window:
        """The open window of that child."""
        return next(window for window in self.open_windows if window.child == child)

    def open(self, window: Window) -> None:
        """Begin to remember."""
        control = self.tape.control
        if not self.open_windows:
            self._forget()
        else:
            window.images = {page: self._content(page) for page in self._pages()}
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
            window.segments_after = _layout(self.space)
            self._compare(window, history)
        control = self.tape.control
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
        if not self.open_windows and not self._watched and self.space.recorder is self:
            self.space.recorder = None
            self._forget()
            for page in self._watch_pages:
                self.tape.watch_slots[page] = 0
            self._watch_pages.clear()
            if self.watcher.resting is not None:
                self.watcher.spare.append(self.watcher.resting.tape)
            self.watcher.resting = self

    def _pages(self) -> list[int]:
        pages: list[int] = self.tape.pages[: self.tape.control[tapes.PAGES]].tolist()
        return pages

    def _content(self, page: int) -> bytes:
        return self.space.peek(page << PAGE_SHIFT, PAGE_SIZE).ljust(PAGE_SIZE, b"\0")

    def _forget(self) -> None:
        tape = self.tape
        for page in self._pages():
            tape.slots[page] = 0
        if tape.control[tapes.CALLS]:
            tape.seen[:] = 0
        tape.control[tapes.PAGES] = tape.control[tapes.CALLS] = 0
        self._slices.clear()
        self._pending.clear()

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
                self._slices.append((int(self.tape.control[tapes.CALLS]), task.pid))
        tape = self.tape
        if recording and len(tape.calls) < MOST_CALLS:
            if tape.control[tapes.CALLS] >= len(tape.calls):
                self._more_calls()
                tape = self.tape
            budget = min(budget, len(tape.calls) - int(tape.control[tapes.CALLS]))
        tape.control[tapes.RECORDING] = recording
        space = self.space.engine_arguments
        reason = int(execute(task.context, *space, budget, stop, WITHOUT_ENTRIES, tape, shadow))
        if reason == tapes.NO_ROOM:
            self._more_pages()
            return _BUDGET
        if reason == tapes.WATCHED:
            self._touched_by_instruction(task)
            return _BUDGET
        if recording and reason == _SYSCALL:
            self._call_entered(task)
        return reason

    def _more_calls(self) -> None:
        calls = self.tape.calls
        self.tape = self.tape._replace(calls=np.concatenate([calls, np.zeros_like(calls)]))

    def _more_pages(self) -> None:
        grown = {
            name: np.concatenate([array, np.zeros_like(array)])
            for name in ("pages", "images", "writers", "moments")
            for array in [getattr(self.tape, name)]
        }
        self.tape = self.tape._replace(**grown)

    def moment(self, pid: int, pc: int, call: int | None = None) -> Moment:
        """Where ``pid`` is now, by its shadow stack."""
        shadow = self._shadows.get(pid)
        sites: list[int] = []
        if shadow is not None:
            depth = int(shadow[tapes.DEPTH])
            sites = [site - 4 for site in shadow[tapes.SHADOW : tapes.SHADOW + depth].tolist()]
        return Moment(pid, (pc, *reversed(sites)), call, self.watcher.kernel.clock)

    def handle(self, task: Task, handler: int) -> None:
        """A signal handler begins: it was not called, but it will return."""
        shadow, tape = self._shadow(task.pid), self.tape
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
            self._more_calls()
        self.tape.calls[row] = back - 4, handler, CALL, int(task.context[2])
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
            task = self.watcher.kernel.processes.get(window.child)
            if task is not None:
                window.last = self.moment(task.pid, int(task.context[PC]))

    def _shared_offset(self, task: Task, number: int, arguments: tuple[int, ...]) -> int | None:
        """The offset that an lseek of ``task`` would move for its vfork parent too."""
        window = next((window for window in self.open_windows if window.child == task.pid), None)
        parent = self.watcher.kernel.processes.get(window.parent) if window else None
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
        task = self.watcher.kernel.running
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
            while tapes.remember(self.tape, memory.words, memory.ram, self.space.root, page) < 0:
                self._more_pages()
            slot = self.tape.slots[page] - 1
            first, last = address & (PAGE_SIZE - 1), min(end - (page << PAGE_SHIFT), PAGE_SIZE)
            self.tape.writers[slot, first:last] = writer
            self.tape.moments[slot, first:last] = self.tape.control[tapes.CALLS]
            address = (page + 1) << PAGE_SHIFT

    # --- what the child called --------------------------------------------------------------------------------

    def _history(self, window: Window) -> History:
        """The calls of the window's child, apart from those of others who ran meanwhile."""
        end = int(self.tape.control[tapes.CALLS])
        rows: list[tuple[int, list[int]]] = []
        if end > window.first_call:
            starts = [first for first, _ in self._slices[1:]]
            for (first, pid), stop in zip(self._slices, [*starts, end], strict=True):
                first = max(first, window.first_call)
                if pid == window.child and stop > first:
                    rows.extend(enumerate(self.tape.calls[first:stop].tolist(), first))
        return History(window.child, rows)

    # --- what the child changed -------------------------------------------------------------------------------

    def _compare(self, window: Window, history: History) -> None:
        """Find the bytes that differ, sort them into changes, and watch those that could matter."""
        tape = self.tape
        for page in sorted(self._pages()):
            slot = int(tape.slots[page]) - 1
            kept = window.images.get(page)
            image = tape.images[slot] if kept is None else np.frombuffer(kept, np.uint8)
            now = self._page(page)
            if not len(now):
                continue
            places = (now != image).nonzero()[0]
            if not len(places):
                continue
            writers, moments = tape.writers[slot], tape.moments[slot]
            for start, stop in _runs(places, moments):
                address = (page << PAGE_SHIFT) + start
                row = slice(start & -ROW_ALIGNMENT, (start & -ROW_ALIGNMENT) + ROWS_KEPT)
                old, new = image[start:stop], now[start:stop]
                fates = self._first_fates(window, address, stop - start)
                if stop - start > 1:
                    fates[old == new] = Fate.SAME
                change = Change(
                    address, old.tobytes(), new.tobytes(), writers[start:stop].copy(),
                    history.sites(int(moments[start])), address - start + row.start,
                    image[row].tobytes(), now[row].tobytes(), fates,
                )  # fmt: skip
                window.changes.append(change)
                self._watch(window, change)

    def _page(self, page: int) -> NDArray[np.uint8]:
        """The bytes of a page as they are; none when it is no longer there."""
        entry = self.space.entry(page << PAGE_SHIFT)
        frame = entry >> PPN_SHIFT << PAGE_SHIFT
        return self.space.memory.ram[frame : frame + PAGE_SIZE] if entry & V else _NOTHING

    def _first_fates(self, window: Window, address: int, size: int) -> NDArray[np.uint8]:
        """What is known of changed bytes before the parent has gone on."""
        fates = np.zeros(size, np.uint8)
        if address >= window.pointer and address >= window.registers[2]:
            return fates
        lowest, pointer, resumed = int(self.tape.control[tapes.LOWEST]), window.pointer, window.registers[2]
        if address < resumed and (stack := self.space.find(resumed)) is not None:
            floor = stack.start if stack.floor is None else stack.floor
            fates[max(floor - address, 0) : max(resumed - address, 0)] = Fate.BELOW
        if address < pointer and address + size > lowest:
            fates[max(lowest - address, 0) : pointer - address] = Fate.OWN
        return fates

    # --- what the parent did with it --------------------------------------------------------------------------

    def _rows(self, address: int, size: int, *, make: bool = False) -> Iterator[tuple[int, NDArray[np.uint32]]]:
        """Who watches the bytes of a range, page by page: (address, owners). Pages nobody watches are left out."""
        end = min(address + size, 1 << 32)
        while address < end:
            page = address >> PAGE_SHIFT
            last = min(end, (page + 1) << PAGE_SHIFT)
            slot = int(self.tape.watch_slots[page])
            if make and not slot:
                slot = self._new_watch_page(page)
            if slot:
                base = page << PAGE_SHIFT
                yield address, self.tape.owners[slot - 1, address - base : last - base]
            address = last

    def _new_watch_page(self, page: int) -> int:
        tape = self.tape
        self._watch_pages.append(page)
        slot = len(self._watch_pages)
        if slot > len(tape.owners):
            self.tape = tape = tape._replace(owners=np.concatenate([tape.owners, np.zeros_like(tape.owners)]))
        tape.watch_slots[page] = slot
        tape.owners[slot - 1] = 0
        return slot

    def _watch(self, window: Window, change: Change) -> None:
        """Let ``window`` own the bytes whose fate is open, whoever did before."""
        if len(change.old) <= WORD:
            for address, fate in enumerate(change.fates.tolist(), change.address):
                if fate == Fate.UNREAD:
                    self._watch_byte(address, window.number + 1)
        elif not change.fates.all():
            self._watch_range(window, change)

    def _watch_byte(self, address: int, owner: int) -> None:
        page, offset = address >> PAGE_SHIFT, address & (PAGE_SIZE - 1)
        slot = int(self.tape.watch_slots[page]) or self._new_watch_page(page)
        owners = self.tape.owners[slot - 1]
        self._watched += not owners[offset]
        owners[offset] = owner

    def _watch_range(self, window: Window, change: Change) -> None:
        for address, owners in self._rows(change.address, len(change.old), make=True):
            first = address - change.address
            is_open = change.fates[first : first + len(owners)] == Fate.UNREAD
            self._watched += int(np.count_nonzero(is_open) - np.count_nonzero(owners[is_open]))
            owners[is_open] = window.number + 1

    def _touched_by_instruction(self, task: Task) -> None:
        control = self.tape.control
        address, size = int(control[tapes.HIT_ADDRESS]), int(control[tapes.HIT_SIZE])
        value = None
        if control[tapes.HIT_WRITES] and not control[tapes.HIT_READS]:
            word = int.from_bytes(self.space.peek(int(task.context[PC]), 4), "little")
            value = int(task.context[word >> 20 & 31])
        self._touched(task, address, size, reads=bool(control[tapes.HIT_READS]), value=value)

    def _touched(
        self, task: Task, address: int, size: int, *, reads: bool, call: int | None = None, value: int | None = None
    ) -> None:
        """Settle the fate of the watched bytes in a range that ``task`` reads or overwrites."""
        where: Moment | None = None
        for start, owners in self._rows(address, size):
            for offset in np.flatnonzero(owners).tolist():
                owner = int(owners[offset])
                if not owner:
                    continue  # settled together with one before it
                window = self.watcher.windows[owner - 1]
                change = window.change_at(start + offset)
                index = start + offset - change.address
                if reads:
                    where = where or self.moment(task.pid, int(task.context[PC]), call)
                    change.uses[int(change.writers[index])] = where
                    self._settle(change, owner, *change.run_at(index), Fate.READ)
                else:
                    is_result = size == 4 and value == window.child and not change.new.strip(b"\0")
                    fate = Fate.RESULT if is_result else Fate.OVERWRITTEN
                    self._settle(change, owner, index, index + 1, fate)
        self._rest()

    def _settle(self, change: Change, owner: int, first: int, end: int, fate: Fate) -> None:
        """Bytes ``first`` to ``end`` of a change meet their fate, as far as they are watched for it."""
        for address, owners in self._rows(change.address + first, end - first):
            mine = owners == owner
            place = address - change.address
            change.fates[place : place + len(owners)][mine] = fate
            owners[mine] = 0
            self._watched -= int(np.count_nonzero(mine))
