"""Physical memory: frames with reference counts, a free list, and the promises made on them.

A *promise* is a frame that may be needed later: a page of a private writable segment that nobody has touched, a page
table not built yet. ``committed`` counts frames in use and promises together and never exceeds the number of frames
(Linux's strict overcommit mode), so a write or a page-table walk never finds memory exhausted; only a call that asks
for more does. Frames that no address space pays for (read-only image pages, which all share) pay for themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vm.abi import PAGE_SHIFT, PAGE_SIZE
from vm.copying import Copier
from vm.cpu.decode import MOST_ROWS, ROW, ROWS_MADE
from vm.memory import areas
from vm.memory.areas import LOWEST_FREE, Areas
from vm.native.hostmemory import give_back
from vm.native.jit import jit, python_entry
from vm.settings import LARGEST_MEMORY

if TYPE_CHECKING:
    from threading import Thread

    from numpy.typing import NDArray

FREE = 0
"""Index in ``counters``: frames on the free list."""
ZERO = 2
"""Index in ``counters``: the zero frame, -1 before there is one."""
EPOCH = 3
"""Index in ``counters``: how often a shared page table was copied. Both copies lose A then, so that translations
cached before are not used any more: each space looks at this before it runs."""
COUNTERS = 4
SCRATCH = 16

FREE_IN_USE = "a frame on the free list is in use"
NOT_IN_USE = "a frame that nobody uses is given up"
"""What stops the machine before a frame is handed out or freed twice: its accounts are wrong, which is a bug."""

LARGEST_DECODED = 48 << 20
"""Bytes of the host's that decoded code takes at most, twice as many as the code itself."""


class OutOfMemory(Exception):
    """A promise for frames could not be made; nothing has changed."""


class FrameArrays(NamedTuple):
    """What jitted code sees of physical memory; n is the number of frames.

    words: uint32[n * 1024]; lines: uint64[n * 512], the same memory; references: int32[n]; free: int32[n], a stack of
    the ``counters[FREE]`` free frames, of which the lowest ``counters[LOWEST_FREE]`` are not written down: they were
    never taken, and are n - 1, n - 2, and so on; counters: int64[COUNTERS]; is_decoded: uint8[n];
    left: uint8[n], 1 for a frame that one of its users left for a copy, and that nobody has accessed since;
    scratch: int64[SCRATCH], for counts that nobody reads.
    """

    words: NDArray[np.uint32]
    lines: NDArray[np.uint64]
    references: NDArray[np.int32]
    free: NDArray[np.int32]
    counters: NDArray[np.int64]
    is_decoded: NDArray[np.uint8]
    left: NDArray[np.uint8]
    scratch: NDArray[np.int64]


FRAMES = "NamedTuple((u4[::1], u8[::1], i4[::1], i4[::1], i8[::1], u1[::1], u1[::1], i8[::1]), FrameArrays)"
"""numba's type of :class:`FrameArrays`."""


@jit
def take(frames: FrameArrays) -> int:
    """Take a free frame, content undefined, one reference; -1 when there is none."""
    left = frames.counters[FREE] - 1
    if left < 0:
        return np.int64(-1)
    frames.counters[FREE] = left
    if left < frames.counters[LOWEST_FREE]:
        frames.counters[LOWEST_FREE] = left
        frame = np.int64(len(frames.free) - 1 - left)
    else:
        frame = np.int64(frames.free[left])
    if frames.references[frame] != 0:
        raise AssertionError(FREE_IN_USE)
    frames.references[frame] = 1
    return frame


@jit
def clear(frames: FrameArrays, frame: int) -> None:
    """Fill ``frame`` with zero bytes."""
    for index in range(frame * 512, frame * 512 + 512):
        frames.lines[np.uint64(index)] = 0


@jit
def copy(frames: FrameArrays, source: int, target: int) -> None:
    """Copy one frame's 4096 bytes."""
    for index in range(512):
        frames.lines[np.uint64(target * 512 + index)] = frames.lines[np.uint64(source * 512 + index)]


@python_entry(f"i8({FRAMES})")
def take_clear(frames: FrameArrays) -> int:
    """Take a frame of zero bytes; -1 when there is none."""
    frame = take(frames)
    if frame >= 0:
        clear(frames, frame)
    return frame


@jit
def drop(frames: FrameArrays, frame: int) -> None:
    """Give up one reference; the last one frees the frame, and with it its decoded form."""
    left = frames.references[frame] - 1
    if left < 0:
        raise AssertionError(NOT_IN_USE)
    frames.references[frame] = left
    if left == 0:
        frames.free[frames.counters[FREE]] = frame
        frames.counters[FREE] += 1
        frames.is_decoded[frame] = 0
        frames.left[frame] = 0


def copy_frames(source: NDArray[np.uint64], target: NDArray[np.uint64], frames: NDArray[np.int64]) -> None:
    """Copy ``frames``, in ascending order, from the lines of one memory into those of another, a run at a time."""
    if len(frames):
        ends = np.flatnonzero(frames[1:] - frames[:-1] != 1)
        firsts, lasts = [int(frames[0]), *frames[ends + 1].tolist()], [*frames[ends].tolist(), int(frames[-1])]
        for first, last in zip(firsts, lasts, strict=True):
            target[first * 512 : (last + 1) * 512] = source[first * 512 : (last + 1) * 512]


FEW_FRAMES = 512
"""Frames in use below which a copy has small pages of the host's: as much as one of the huge ones, which takes as long
to be cleared as all of them to be copied."""


class PhysicalMemory:
    """``size`` bytes of RAM, a multiple of 4096.

    ``ram`` uint8[size], ``words`` uint32[size / 4] and ``tables`` uint32[n, 1024] are views of the same bytes;
    ``references`` int32[n] counts the users of each frame. With ``overcommit`` promises are not checked: a later write
    may then find no frame. Raises ValueError for a size that cannot be.

    ``machine_frames`` belong to the machine itself, not to a process; ``upper_entry`` is what every root page table
    holds for the addresses from the end of the user's on, 0 for nothing (:func:`vm.memory.trampoline.install`).
    ``committed`` are the frames in use or promised.
    ``unshared`` has a note of each fault that unshared something: (creation of its space, address, bits of
    :func:`vm.memory.faults.resolve`). They are taken while ``notes_wanted``; whoever wants them takes them off.
    ``faulted`` has a note of each fault that was resolved: (address, access, bits of resolve, True for a page that had
    no frame before, frame). They are taken while ``faults_wanted``.
    ``segments`` counts those of all address spaces. ``work`` adds up what the kernel has done for programs beside the
    instructions and calls that are counted: a page that is moved is one, or what takes about as long.
    """

    def __init__(self, size: int, *, overcommit: bool = False) -> None:
        if size % PAGE_SIZE or not 0 < size <= LARGEST_MEMORY:
            raise ValueError(f"memory size {size} is not a multiple of {PAGE_SIZE} between it and {LARGEST_MEMORY}")
        self.count = size >> PAGE_SHIFT
        self.overcommit = overcommit
        self.upper_entry = 0
        self.notes_wanted = False
        self.unshared: list[tuple[int, int, int]] = []
        self.faults_wanted = False
        self.faulted: list[tuple[int, int, int, bool, int]] = []
        self.segments = 0
        self.work = 0
        self.machine_frames: tuple[int, ...] = ()
        self.committed = 0
        self._counters = np.array([self.count, self.count, -1, 0], np.int64)
        self._provide(areas.new(self.count, sparse=False))

    def _provide(self, given: Areas) -> None:
        """Take what is as large as the memory."""
        self.ram: NDArray[np.uint8] = given.ram
        self.words = self.ram.view(np.uint32)
        self.tables = self.words.reshape(self.count, 1024)
        self.references, self.is_decoded, self.decoded = given.references, given.is_decoded, given.decoded
        self.decoded[MOST_ROWS] = LARGEST_DECODED // (ROW * 8)
        self.frames = FrameArrays(
            self.words,
            self.ram.view(np.uint64),
            given.references,
            given.free,
            self._counters,
            given.is_decoded,
            given.left,
            np.zeros(SCRATCH, np.int64),
        )

    def copied_by(self, copier: Copier) -> PhysicalMemory:
        """Copy the frames in use, and all accounts, so that the copy hands out the same frames as this memory will.

        What is decoded is not copied. Where little is in use the copy takes as little of the host's memory.
        """
        twin = copier.remember(self, PhysicalMemory.__new__(PhysicalMemory))
        twin.__dict__.update(self.__dict__)
        twin.unshared, twin.faulted = self.unshared.copy(), self.faulted.copy()
        twin._counters = self._counters.copy()
        if self.is_small:
            twin._provide(areas.lend(self.count, twin._counters))
        else:
            twin._provide(areas.lend_large(self.count, twin._counters, self.references != 0))
        twin.decoded[MOST_ROWS] = self.decoded[MOST_ROWS]
        # Frames are handed out in ascending order: those from ``peak`` on were never in use.
        end = self.peak
        twin.references[:end] = self.references[:end]
        twin.frames.left[:end] = self.frames.left[:end]
        written = slice(self.count - end, self.count - self.used)
        twin.frames.free[written] = self.frames.free[written]
        copy_frames(self.frames.lines, twin.frames.lines, np.flatnonzero(self.references[:end]))
        return twin

    @property
    def is_small(self) -> bool:
        """Whether few frames are in use, which a copy has in small pages of the host's."""
        return self.used < FEW_FRAMES

    def prepare_copy(self) -> Thread | None:
        """Begin to get the host's memory for the next copy, where that takes a while; return the thread that does."""
        return None if self.is_small else areas.prepare_large(self.count, self.used)

    @property
    def free_frames(self) -> NDArray[np.int32]:
        """The frames that are free, the next one to be taken last."""
        free, lowest = self.frames.free, int(self._counters[LOWEST_FREE])
        fresh = np.arange(self.count - 1, self.count - 1 - lowest, -1, dtype=np.int32)
        return np.concatenate([fresh, free[lowest : int(self._counters[FREE])]])

    @property
    def used(self) -> int:
        """Frames in use."""
        return self.count - int(self._counters[FREE])

    @property
    def epoch(self) -> int:
        """How often a shared page table was copied: spaces forget cached translations when it has changed."""
        return int(self._counters[EPOCH])

    @property
    def peak(self) -> int:
        """The most frames that were in use at once."""
        return self.count - int(self._counters[LOWEST_FREE])

    @property
    def zero_frame(self) -> int:
        """The frame of zero bytes that pages share which are read before they can be written; -1 before any could."""
        return int(self._counters[ZERO])

    def make_zero_frame(self) -> None:
        """Make the zero frame, which stays from then on; OutOfMemory."""
        if self._counters[ZERO] < 0:
            self.commit(1)
            frame = int(take_clear(self.frames))
            if frame < 0:
                self.uncommit(1)
                raise OutOfMemory("no frame for the zero page")
            self._counters[ZERO] = frame
            self.machine_frames += (frame,)

    def bound_decoded(self) -> bool:
        """Drop all decoded code if no more may be made, and say so; with it go translations, and TLBs are emptied."""
        most = int(self.decoded[MOST_ROWS])
        if self.decoded[ROWS_MADE] < most:
            return False
        self.is_decoded[:] = 0
        give_back(self.decoded)
        self.decoded[ROWS_MADE], self.decoded[MOST_ROWS] = 0, most
        self._counters[EPOCH] += 1
        return True

    def commit(self, count: int) -> None:
        """Promise ``count`` frames; raises :class:`OutOfMemory` when they were promised to others."""
        self.check(count)
        self.committed += count
        self.work += count >> 2  # some are never used

    def check(self, count: int) -> None:
        """Raise :class:`OutOfMemory` if ``count`` more frames cannot be promised."""
        if not self.overcommit and self.committed + count > self.count:
            raise OutOfMemory(f"{count} frames asked, {self.count - self.committed} left")

    def uncommit(self, count: int) -> None:
        """Take back a promise of ``count`` frames."""
        self.committed -= count
        assert self.committed >= 0, "more promises taken back than made"
