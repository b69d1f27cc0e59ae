"""What became of one page in every address space of a run: for those who ask where it comes from."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary

from vm import events
from vm.abi import CALL_NAMES, CALL_NUMBERS, PAGE_SHIFT
from vm.cpu.sv32 import PPN_SHIFT, V
from vm.debug.monitor.places import STACK_KEPT, offset_in_image
from vm.isa import A7
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.memory import AddressSpace
from vm.memory.segments import FilePages, Segment, SharedMemory
from vm.observe.deaths.remains import Standing, standing
from vm.text import printable, shortened
from vm.values import dataclass

MOST = 16
"""Entries of a page's story that are kept: its last ones."""
_CALLS = frozenset(
    CALL_NUMBERS[name] for name in ("mmap2", "munmap", "mremap", "mprotect", "brk", "madvise", "shmat", "shmdt")
)
"""Calls that change what is mapped."""
ECALL = bytes.fromhex("73000000")
"""The instruction that a system call is."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened to the page at guest time ``clock``, in words; ``frame`` is its frame since then, None without one.

    A thread of the program ``path`` did it where it stood, None where that is not known; in ``call``, if in any.
    """

    clock: int
    text: str
    frame: int | None
    path: str = ""
    where: Standing | None = None
    call: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """The last entries of a page in one address space, and how many there were before them."""

    entries: tuple[Entry, ...] = ()
    before: int = 0
    is_mapped: bool = False

    def having(self, entry: Entry, *, is_mapped: bool) -> Chain:
        """Return the chain with one more entry."""
        kept = self.entries[-MOST + 1 :]
        return Chain((*kept, entry), self.before + len(self.entries) - len(kept), is_mapped)

    @property
    def frame(self) -> int | None:
        """The frame of the page, as far as was told."""
        return self.entries[-1].frame if self.entries else None


class PageStory:
    """Follows the page that holds ``address`` in every address space of ``kernel``, which is at its beginning."""

    def __init__(self, kernel: Kernel, address: int) -> None:
        self._kernel = kernel
        self._address = address
        self._chains: WeakKeyDictionary[AddressSpace, Chain] = WeakKeyDictionary()
        for process in kernel.processes:
            if process.space is not None and process.space not in self._chains:
                self._note_program(process.space, process.path, process.pid)
        stream = kernel.events
        stream.subscribe(events.Executed, self._executed)
        stream.subscribe(events.Created, self._created)
        stream.subscribe(events.PageFault, self._faulted)
        stream.subscribe(events.CallReturned, self._returned)

    def chain(self, space: AddressSpace) -> Chain:
        """Return what is known of the page in ``space``."""
        return self._chains.get(space, Chain())

    # --- what happens ---------------------------------------------------------------------------------------------

    def _executed(self, event: events.Executed) -> None:
        process = self._kernel.processes.get(event.pid) or self._kernel.system.program  # which is in no table before
        if process is not None and process.space is not None:
            self._chains[process.space] = Chain()  # its pages were made before it was told
            self._note_program(process.space, event.path, event.pid)

    def _note_program(self, space: AddressSpace, path: str, pid: int) -> None:
        segment = space.segments.find(self._address)
        text = self._content_text(segment, path) if segment is not None else "nothing there"
        self._note(space, f"exec of {shortened(printable(path))} by {pid}: {text}", None)

    def _created(self, event: events.Created) -> None:
        thread, child = self._kernel.processes.thread(event.thread), self._kernel.processes.get(event.child)
        if thread is None or child is None or child.space is None:
            return
        space, made = thread.memory, f"{event.meant} by {event.pid} made {event.child}"
        if child.space is space:
            if space.segments.find(self._address) is not None:
                self._note(space, f"{made}, in the same address space", thread)
            return
        frame, copy = self._frame(space), self._frame(child.space)
        self._chains[child.space] = self.chain(space)
        if frame is None or frame != copy:
            how = "nothing to be copied" if copy is None else f"copied from frame {frame}"
            self._note(child.space, f"{made}: {how}", thread)
        else:
            for each in (space, child.space):
                self._note(each, f"{made}: both have the frame", thread)

    def _faulted(self, event: events.PageFault) -> None:
        thread = self._kernel.running
        if event.address >> PAGE_SHIFT != self._address >> PAGE_SHIFT or thread is None:
            return
        space = self._space_with(event.frame, thread)
        if space is None:
            return
        before = self.chain(space).frame
        done = {
            "new": f"first {event.access}: {self._source_text(space, thread)}",
            "shared": f"first {event.access}: {self._source_text(space, thread)}",
            "copied": f"{event.access}: copied from frame {before}, which others have, too",
            "kept": f"{event.access}: kept, since nobody else has the frame any more",
        }.get(event.page, "")
        if event.table == "copied":
            done = f"{done or event.access}; its page table was copied"
        if not done:
            return
        if event.page == "copied":
            self._note_at_others(space, before, f"{event.access} by {event.pid}, which has a copy now", thread)
        self._note(space, f"{done} (by {event.pid})", thread)

    def _note_at_others(self, space: AddressSpace, frame: int | None, text: str, thread: Task) -> None:
        """Note what happened at all other spaces that have ``frame`` at this page."""
        others = dict.fromkeys(process.space for process in self._kernel.processes if process.space is not None)
        for other in others:
            if other is not space and frame is not None and self._frame(other) == frame:
                self._note(other, text, thread)

    def _returned(self, event: events.CallReturned) -> None:
        if event.call_number not in _CALLS:
            return
        thread = self._kernel.processes.thread(event.pid)
        if thread is None or thread.process.space is None:
            return
        space = thread.memory
        chain, is_mapped = self.chain(space), space.segments.find(self._address) is not None
        if (chain.frame, chain.is_mapped) != (self._frame(space), is_mapped):
            what = "mapped" if is_mapped and not chain.is_mapped else "unmapped" if not is_mapped else "changed"
            self._note(space, f"{what} by {event.pid}", thread, behind=4)

    # --- looking --------------------------------------------------------------------------------------------------

    def _frame(self, space: AddressSpace) -> int | None:
        entry = space.entry(self._address)
        return entry >> PPN_SHIFT if entry & V else None

    def _space_with(self, frame: int, thread: Task) -> AddressSpace | None:
        """The address space that got ``frame``: that of who runs, but for what the kernel writes for others."""
        own = thread.process.space
        if own is not None and self._frame(own) == frame:
            return own
        spaces = [process.space for process in self._kernel.processes if process.space is not None]
        return next((space for space in spaces if self._frame(space) == frame), None)

    def _source_text(self, space: AddressSpace, thread: Task) -> str:
        segment = space.segments.find(self._address)
        if segment is not None and isinstance(segment.backing, SharedMemory):
            return "the frame of shared memory"
        if self._frame(space) == self._kernel.memory.zero_frame:
            return "the machine's page of zeros"
        return self._content_text(segment, thread.process.path) if segment is not None else "a frame"

    def _content_text(self, segment: Segment, path: str) -> str:
        """What the page shows at first, in words."""
        backing = segment.backing
        if isinstance(backing, SharedMemory):
            return "shared memory"
        if not isinstance(backing, FilePages):
            return "zeros"
        place: int | None = self._address - segment.start + segment.offset - backing.content.lead
        if backing.content.is_image:
            place = offset_in_image(self._kernel, path, self._address)
            return f"byte {place:#x} of the image" if place is not None else "zeros, where the image has nothing"
        assert place is not None
        return f"byte {backing.content.start + place:#x} of the file"

    def _note(self, space: AddressSpace, text: str, thread: Task | None, behind: int = 0) -> None:
        """Note what ``thread`` has done, which stands so many bytes behind the instruction with which it did that."""
        where, path, call = None, "", ""
        if thread is not None and thread.process.space is not None:
            where, path = standing(thread, STACK_KEPT), thread.process.path
            where = replace(where, pc=where.pc - behind)
            is_call = thread.memory.peek(where.pc, 4) == ECALL
            call = CALL_NAMES.get(where.registers[A7], "") if is_call else ""
        is_mapped = space.segments.find(self._address) is not None
        entry = Entry(self._kernel.clock, text, self._frame(space), path, where, call)
        self._chains[space] = self.chain(space).having(entry, is_mapped=is_mapped)
