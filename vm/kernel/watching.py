"""Which accesses to memory are looked at in a run, and what was seen of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from vm.cpu.state import READS, WRITES, Context, StopReason
from vm.engine.accesses import Access
from vm.engine.protocol import Engine
from vm.engine.watching import NOTHING, Watching
from vm.kernel.process.table import ProcessTable
from vm.kernel.process.task import Process, Task
from vm.memory import AddressSpace
from vm.values import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORDS_LIMIT = 1 << 20
"""Words that may be watched."""
LOG_LIMIT = 1_000_000
"""Words that all stretches hold at most which nobody has taken; further ones are lost."""
_SYSCALL = int(StopReason.SYSCALL)


@dataclass(slots=True)
class Stretch:
    """What ``thread`` has accessed between two calls of its, or from when it was let run on to when others were.

    ``reads`` and ``writes`` are the addresses of words, each with the pc of the first instruction that read or wrote
    it. ``is_whole``: nothing was left out for want of room.
    """

    _follow: ClassVar[tuple[str, ...]] = ("reads", "writes")

    thread: int
    reads: dict[int, int] = field(default_factory=dict)
    writes: dict[int, int] = field(default_factory=dict)
    is_whole: bool = True


class Watch:
    """What is looked at: accesses to ``words``, and with ``logs`` all to memory that others may share.

    ``stretches`` are what was logged, and not taken yet; ``is_over``: the last of them is. ``common`` are the address
    spaces in which two threads could run at a time: what one does later, too, may be done before the end of another.
    """

    _follow: ClassVar[tuple[str, ...]] = ("words", "stretches", "common")

    def __init__(self) -> None:
        self.words = NOTHING.copy()
        self.logs = False
        self.stretches: list[Stretch] = []
        self.is_over = True
        self.common: list[AddressSpace] = []
        self._held = 0

    def set_words(self, addresses: Iterable[int]) -> None:
        """Watch the words at these addresses, and no others. Raises ValueError for what is no address."""
        found = sorted({address & -4 for address in addresses})
        if found and not 0 <= found[0] <= found[-1] <= 0xFFFF_FFFF:
            raise ValueError("addresses are from 0 to 0xffffffff")
        if len(found) > WORDS_LIMIT:
            raise ValueError(f"no more than {WORDS_LIMIT:,} words can be watched")
        self.words = np.array(found, np.int64)

    def take(self) -> list[Stretch]:
        """Return the stretches so far, and forget them. The next access begins another."""
        taken, self.stretches = self.stretches, []
        self.is_over, self._held = True, 0
        return taken

    def add(self, thread: int, accesses: list[tuple[int, int, int]]) -> None:
        """Add to the last stretch, or begin the next one."""
        if self._held < LOG_LIMIT and (self.is_over or self.stretches[-1].thread != thread):
            self.stretches.append(Stretch(thread))
            self.is_over, self._held = False, self._held + 1
        stretch = self.stretches[-1]
        for word, pc, kind in accesses:
            for bit, words in ((READS, stretch.reads), (WRITES, stretch.writes)):
                if kind & bit and word not in words:
                    if self._held >= LOG_LIMIT:
                        stretch.is_whole = False
                        return
                    words[word] = pc
                    self._held += 1


class Watcher:
    """Lets threads run so that what ``watch`` says is seen."""

    def __init__(self, watch: Watch, processes: ProcessTable) -> None:
        self.watch = watch
        self._processes = processes
        self._engine = Watching()
        self._thread = 0

    @property
    def done(self) -> Access:
        """The access to a watched word that was made last."""
        assert self._engine.done is not None, "no access was made"
        return self._engine.done

    def around(self, others: Engine, task: Task, *, is_recording: bool, has_to_stop: bool) -> Engine:
        """Return what runs ``task``, which ``others`` would if nobody looked.

        ``is_recording``: they look at each instruction, too. ``has_to_stop``: somebody wants to know of accesses to
        watched words.
        """
        engine = self._engine
        engine.words = self.watch.words if has_to_stop else NOTHING
        engine.areas = self._areas(task.process) if self.watch.logs else NOTHING
        if not (len(engine.words) or len(engine.areas)):
            return others
        engine.beneath = others if is_recording else None
        engine.passes = task.is_preempted
        if self.watch.logs and (self._thread != task.tid or self.watch.is_over):
            engine.log_all()
        self._thread = task.tid
        return self

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run the thread, and keep what was logged."""
        reason = self._engine.execute(context, space, budget, stop)
        accesses = self._engine.take_log()
        if accesses:
            self.watch.add(self._thread, accesses)
        if reason == _SYSCALL:
            self.watch.is_over = True
        return reason

    def _areas(self, process: Process) -> NDArray[np.int64]:
        """Where others may see what a thread of ``process`` stores: starts and ends, in ascending order."""
        segments = process.memory.segments
        if self._is_common(process):
            found = [segment for segment in segments if segment.shared or segment.is_writable]
        else:
            found = [segment for segment in segments if segment.shared]
        ends = [(segment.start, segment.end) for segment in found]
        return np.array(ends, np.int64).ravel() if ends else NOTHING

    def _is_common(self, process: Process) -> bool:
        """Tell whether another thread can or could run in the same memory: not one that a vfork has suspended."""
        space, common = process.memory, self.watch.common
        if space in common:
            return True
        if space.users == 1 and len(process.threads) == 1:
            return False
        processes = [process] if space.users == 1 else [each for each in self._processes if each.space is space]
        threads = [thread for each in processes for thread in each.threads]
        suspended = {thread.vfork_parent for thread in threads if thread.vfork_parent}
        if sum(thread.tid not in suspended for thread in threads) < 2:
            return False
        common[:] = [space, *(each for each in common if each.users)]
        return True
