"""Observing vfork children.

A :class:`WindowObserver` opens a :class:`Window` at every vfork. While one is open the interpreter runs the processes
of that address space with a tape (:mod:`vm.cpu.tape`); when the parent is resumed, the pages that were stored to are
compared with their content before. What differs is watched from then on, until the parent reads or overwrites it.
Without a window and without watched bytes nothing is observed, and nothing costs anything.
"""

from __future__ import annotations

from collections.abc import Callable

from vm import events
from vm.cpu.state import PC
from vm.engine.roll import Roll
from vm.hazards.recorder import Recorder, layout_of, shared_ranges
from vm.hazards.windows import Sending, Site, Window
from vm.isa import RA, SP
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.memory import AddressSpace

STACK_KEPT, DEEP_STACK_KEPT = 4096, 16384
"""Bytes of the parent's stack that are kept to find its frames; the second where it holds the child's stack too."""


class WindowObserver:
    """Observes every vfork of ``kernel``.

    ``settled`` is called with each window once nothing about it will change any more, ``demand_room`` before each; what
    that raises ends the run.
    """

    def __init__(
        self, kernel: Kernel, settled: Callable[[Window], None], demand_room: Callable[[], None] = lambda: None
    ) -> None:
        self.kernel = kernel
        self._settled = settled
        self._demand_room = demand_room
        self._count = 0
        self._images: dict[str, bytes] = {}
        self._sites: dict[tuple[object, ...], Site] = {}
        self._open: dict[int, Recorder] = {}
        self._recorders: dict[AddressSpace, Recorder] = {}
        self._spare: list[Roll] = []
        self._resting: Recorder | None = None
        self._is_stalled = False
        stream = kernel.events
        stream.subscribe(events.Created, self._created)
        stream.subscribe(events.Resumed, self._resumed)
        stream.subscribe(events.Exited, self._exited)
        stream.subscribe(events.ThreadExited, self._thread_exited)
        stream.subscribe(events.Faulted, self._faulted)
        stream.subscribe(events.Handled, self._handled)
        stream.subscribe(events.SpaceEnded, self._space_ended)
        stream.subscribe(events.Signalled, self._signalled)
        stream.subscribe(events.Stalled, self._stalled)

    def _created(self, event: events.Created) -> None:
        if event.how != "share" or event.meant != "vfork":
            return
        parent, child = self._thread(event.thread), self._thread(event.child)
        self._demand_room()
        space = parent.memory
        recorder = self._recorders.get(space) or self._recorder_of(space)
        site = self._site(parent, child, event.call)
        outer = parent.tid in self._open
        self._open[child.tid] = recorder
        layout = layout_of(space)
        window = Window(site, self._count, parent.tid, child.tid, event.clock, outer, layout, shared_ranges(space))
        self._count += 1
        recorder.open(window)

    def _thread(self, tid: int) -> Task:
        task = self.kernel.processes.thread(tid)
        assert task is not None, f"there is no thread {tid}"
        return task

    def _site(self, parent: Task, child: Task, call: str) -> Site:
        """The site of a call; the first window there speaks for all, and keeps the stack to name its variables."""
        context = parent.context
        pc, link, pointer, child_pointer = int(context[PC]), int(context[RA]), int(context[SP]), int(child.context[SP])
        key = (parent.process.path, pc, link, pointer, child_pointer)
        site = self._sites.get(key)
        if site is None:
            path = parent.process.path
            if path not in self._images:
                self._images[path] = self.kernel.loader.image_file(path)
            stack = parent.memory.peek(pointer, STACK_KEPT if pointer == child_pointer else DEEP_STACK_KEPT)
            registers = tuple(context[:32].tolist())
            site = self._sites[key] = Site(path, self._images[path], call, pc, registers, child_pointer, stack)
        return site

    def _recorder_of(self, space: AddressSpace) -> Recorder:
        """Start a recorder for ``space``: the one that rested last, if it was its own."""
        resting, self._resting = self._resting, None
        if resting is not None and resting.space is space:
            recorder = resting
        else:
            roll = resting.roll if resting is not None else self._spare.pop() if self._spare else Roll()
            recorder = Recorder(self.kernel, space, roll, self._settled, self._at_rest)
        self._recorders[space] = recorder
        recorder.start()
        return recorder

    def _at_rest(self, recorder: Recorder) -> None:
        if self._resting is not None:
            self._spare.append(self._resting.roll)
        self._resting = recorder
        del self._recorders[recorder.space]

    def _resumed(self, event: events.Resumed) -> None:
        recorder = self._open.pop(event.child, None)
        if recorder is not None:
            recorder.close(event.child, event.why)

    def _exited(self, event: events.Exited) -> None:
        recorder = self._open.get(event.pid)
        if recorder is not None:
            window = recorder.window_of(event.pid)
            window.exit_code, window.signal = event.exit_code, event.signal
        self._abandon({thread.tid for thread in self.kernel.processes[event.pid].threads})

    def _thread_exited(self, event: events.ThreadExited) -> None:
        self._abandon({event.thread})

    def _abandon(self, threads: set[int]) -> None:
        """These threads have ended: what they were suspended for has no parent any more."""
        for child, other in list(self._open.items()):
            if other.window_of(child).parent in threads:
                other.abandon(child)
                del self._open[child]

    def _space_ended(self, event: events.SpaceEnded) -> None:
        for recorder in [recorder for space, recorder in self._recorders.items() if not space.users]:
            recorder.dismiss()

    def _faulted(self, event: events.Faulted) -> None:
        recorder = self._open.get(event.pid)
        if recorder is not None:
            where = recorder.moment(event.pid, event.pc)
            recorder.window_of(event.pid).fault = (event.reason, where, event.address)

    def _handled(self, event: events.Handled) -> None:
        task = self._thread(event.pid)
        recorder = self._recorders.get(task.memory)
        if recorder is not None:
            recorder.handle(task, event.handler)

    def _signalled(self, event: events.Signalled) -> None:
        recorder = self._open.get(event.pid)
        if recorder is not None:
            task = self._thread(event.pid)
            own = recorder.moment(event.pid, int(task.context[PC])) if event.sender == event.pid else None
            recorder.window_of(event.pid).sent = Sending(event.signal, event.sender, own)
        senders = self._open.get(event.sender)
        if senders is not None:
            window = senders.window_of(event.sender)
            if event.pid == window.parent:
                window.raised |= {event.signal}

    def _stalled(self, event: events.Stalled) -> None:
        self._is_stalled = True

    def finish(self) -> None:
        """The run is over: windows that never ended are completed as far as they can be."""
        for child, recorder in reversed(list(self._open.items())):
            recorder.close(child, "", is_stalled=self._is_stalled)
        self._open.clear()
        for recorder in list(self._recorders.values()):
            recorder.dismiss()
