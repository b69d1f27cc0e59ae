"""Observing vfork children.

A :class:`Watcher` opens a :class:`Window` at every vfork. While one is open the interpreter runs the processes of that
address space with a tape (:mod:`vm.cpu.tape`); when the parent is resumed, the pages that were stored to are compared
with their content before. What differs is watched from then on, until the parent reads or overwrites it. Without a
window and without watched bytes nothing is observed, and nothing costs anything.
"""

from __future__ import annotations

from vm import events
from vm.abi import CloneFlag
from vm.cpu.state import PC
from vm.kernel.kernel import Kernel
from vm.memory import AddressSpace
from vm.observe.recorder import Recorder, layout_of
from vm.observe.roll import Roll
from vm.observe.windows import Window

STACK_KEPT, DEEP_STACK_KEPT = 4096, 16384
"""Bytes of the parent's stack that are kept to find its frames; the second where it holds the child's stack too."""


class Watcher:
    """Observes every vfork of ``kernel``; ``windows`` are in the order of their calls.

    ``images`` keeps the bytes of every image that a parent ran, by path.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.windows: list[Window] = []
        self.images: dict[str, bytes] = {}
        self._spare: list[Roll] = []
        self._resting: Recorder | None = None
        self._sites: set[tuple[object, ...]] = set()
        self._open: dict[int, Recorder] = {}
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
        assert isinstance(space.recorder, Recorder)
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
            layout_of(space), {}, 0, 0, (0, 0),
        )  # fmt: skip
        self.windows.append(window)
        space.recorder.open(window)

    def _recorder_of(self, space: AddressSpace) -> Recorder:
        """A recorder for ``space``: the one that rested last, if it was its own."""
        resting, self._resting = self._resting, None
        if resting is not None and resting.space is space:
            return resting
        roll = resting.roll if resting is not None else self._spare.pop() if self._spare else Roll()
        return Recorder(self.kernel, space, roll, self.windows, self._at_rest)

    def _at_rest(self, recorder: Recorder) -> None:
        if self._resting is not None:
            self._spare.append(self._resting.roll)
        self._resting = recorder

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
        if isinstance(recorder, Recorder):
            recorder.handle(task, event.handler)

    def finish(self) -> list[Window]:
        """The run is over: windows that never ended are completed as far as they can be."""
        for child, recorder in reversed(list(self._open.items())):
            recorder.close(child, "", self.kernel.clock)
        self._open.clear()
        return self.windows
