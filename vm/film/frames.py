"""Which frame is used for what, from when to when, and what brought that about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from vm import events
from vm.abi import CALL_NAMES, PAGE_SHIFT
from vm.events import Event
from vm.film.reel import NEVER_ENDED, Table, Texts
from vm.kernel.inventory import Range, ranges_of
from vm.kernel.kernel import Kernel
from vm.memory import AddressSpace
from vm.values import dataclass

USES = ("page", "table", "root", "shared", "machine")
"""What a frame is used for, by the number that a reel has for it."""
CAUSES = (
    "", "exec", "zeros", "file", "fork-shared", "fork-copied", "copied", "shared", "call", "table", "machine",
    "shared memory", "exit", "taken",
)  # fmt: skip
"""What begins or ends a use, by the number that a reel has for it; 0 is not known, or before the film."""
THERE, EXEC, ZEROS, FILE, FORK_SHARED, FORK_COPIED, COPIED, SHARED, CALL, TABLE, MACHINE, OBJECT, EXIT, TAKEN = range(
    len(CAUSES)
)

Place = tuple[int, int, int]
"""A use, the space or object that it is of, and the address or offset there: the frame for those of the machine."""
PAGES, TABLES, OTHERS = range(3)
"""What kind of bytes a frame holds for a use."""


@dataclass(slots=True)
class Use:
    """One use of ``frame`` from a moment on: ``cause`` is in CAUSES, ``origin`` the frame that it is a copy of or -1.

    ``by`` is the life that did it. ``detail``: the offset in a file, the number of a call's name, or -1.
    """

    frame: int
    start: int
    cause: int
    origin: int
    by: int
    detail: int


class Uses:
    """Follows who uses which frame, by what is told of it.

    ``is_beginning``: the program has just been executed, so that exec made what there is.
    """

    def __init__(self, kernel: Kernel, texts: Texts, *, is_beginning: bool) -> None:
        self.table = Table(
            "frame", "use", "space", "address", "from", "to", "cause", "origin", "by", "detail", "end", "ended_by"
        )  # fmt: skip
        self.kept = Table("frame", "moment", "by")
        self.segments = Table(
            "space", "start", "end", "protection", "name", "path", "offset", "shared", "from", "to"
        )  # fmt: skip
        self.space_of: dict[int, int] = {}
        self._kernel, self._texts = kernel, texts
        self._open: dict[Place, Use] = {}
        self._objects: dict[Place, int] = {}
        self._users: Counter[tuple[int, int]] = Counter()
        self._ranges: dict[int, dict[Range, int]] = {}
        self._is_beginning = is_beginning
        self._tables_shared = 0

    def at(self, use: int, space: int, address: int) -> int:
        """Return the frame that is used for this, -1 for none."""
        found = self._open.get((use, space, address))
        return found.frame if found is not None else -1

    def __len__(self) -> int:
        """How many there are, whether they have ended or not."""
        return len(self.table) + len(self._open)

    @property
    def objects(self) -> Iterable[int]:
        """The frames of shared memory."""
        return self._objects.values()

    def number_of(self, space: AddressSpace) -> int:
        """Return the number of an address space, as events tell it; 0 for one that is not known."""
        return self.space_of.get(space.root, 0)

    @property
    def are_tables_shared(self) -> bool:
        """Tell whether two address spaces have a page table in common."""
        return self._tables_shared > 0

    def note(self, told: Sequence[Event], before: Sequence[Event], moment: int, by: int) -> list[int]:
        """Take what is told at a moment, in which life ``by`` ran; return the frames of pages that nobody used before.

        ``before`` is what was told at this moment already.
        """
        changes = [event for event in told if isinstance(event, events.FramesChanged)]
        for change in changes:
            if change.use == "root":
                self._note_root(change, moment)
        known = _Moment([*before, *told])
        gained: list[int] = []
        for change in changes:
            self._lose(change, moment, by, known)
            gained += self._gain(change, moment, by, known)
        self._is_beginning = False
        for event in told:
            if isinstance(event, events.PageFault) and event.page == "kept":
                self.kept.add(event.frame, moment, by)
        return gained

    def _note_root(self, change: events.FramesChanged, moment: int) -> None:
        for _, frame in change.lost:
            self.space_of.pop(frame, None)
            self._set_ranges(change.space, (), moment)
        for _, frame in change.gained:
            self.space_of[frame] = change.space

    def _lose(self, change: events.FramesChanged, moment: int, by: int, known: _Moment) -> None:
        use = USES.index(change.use)
        for address, frame in change.lost:
            ended = self._open.pop(_place(change, use, address, frame), None)
            if ended is None:
                continue
            self._count(change, frame, -1)
            self._objects.pop((use, change.space, address), None)
            if ended.start < moment:
                self._close(ended, (use, change.space, address), moment, known.end_cause(change), by)

    def _count(self, change: events.FramesChanged, frame: int, more: int) -> None:
        key = _purpose(change), frame
        before = self._users[key]
        self._users[key] = before + more
        if key[0] == TABLES:
            self._tables_shared += (before + more > 1) - (before > 1)

    def _close(self, use: Use, place: Place, moment: int, cause: int, by: int) -> None:
        self.table.add(
            use.frame, *place, use.start, moment, use.cause, use.origin, use.by, use.detail, cause, by
        )  # fmt: skip

    def _gain(self, change: events.FramesChanged, moment: int, by: int, known: _Moment) -> Iterator[int]:
        use = USES.index(change.use)
        for address, frame in change.gained:
            cause, origin, detail = self._cause(change, address, frame, known)
            self._open[_place(change, use, address, frame)] = Use(frame, moment, cause, origin, by, detail)
            self._count(change, frame, 1)
            if change.use == "shared":
                self._objects[use, change.space, address] = frame
            if _purpose(change) == PAGES and self._users[PAGES, frame] == 1:
                yield frame

    def _cause(
        self, change: events.FramesChanged, address: int, frame: int, known: _Moment
    ) -> tuple[int, int, int]:  # fmt: skip
        """What brought a use about, the frame that was copied, and a detail."""
        if change.use == "machine":
            return MACHINE, -1, -1
        if change.use == "shared":
            return OBJECT, -1, -1
        created = known.created.get(change.pid)
        if created is not None:
            return self._cause_of_fork(change, address, frame, self._space_of_process(created.pid))
        if change.use != "page":
            return TABLE, -1, -1
        if change.pid in known.executed or self._is_beginning:
            return EXEC, -1, self._offset(change.space, address)
        fault = known.faults.get(address)
        if fault is None:
            return (CALL, -1, self._texts.number(known.call)) if known.call else (THERE, -1, -1)
        if fault.page == "copied":
            lost = dict(change.lost)
            return COPIED, lost.get(address, -1), -1
        offset = self._offset(change.space, address)
        if fault.page == "shared":
            return SHARED, -1, offset
        return (FILE, -1, offset) if offset >= 0 else (ZEROS, -1, -1)

    def _cause_of_fork(
        self, change: events.FramesChanged, address: int, frame: int, parent: int
    ) -> tuple[int, int, int]:  # fmt: skip
        before = self.at(USES.index(change.use), parent, address)
        if before == frame:
            return FORK_SHARED, -1, -1
        return (FORK_COPIED, before, -1) if change.use == "page" and before >= 0 else (TABLE, -1, -1)

    def _space_of_process(self, pid: int) -> int:
        process = self._kernel.processes.get(pid)
        space = process.space if process is not None else None
        return self.number_of(space) if space is not None else 0

    # --- segments -------------------------------------------------------------------------------------------------

    def map(self, told: Sequence[Event], moment: int) -> None:
        """Look at the segments of each space of which it is told that they are others: before :meth:`note`."""
        mapping = (events.Mapped, events.Unmapped, events.Protected)
        numbers = {event.space: event.pid for event in told if isinstance(event, mapping)}
        for change in told:
            if isinstance(change, events.FramesChanged) and change.use == "root":
                self._note_root(change, moment)
        for number in numbers:
            space = self._space(number)
            self._set_ranges(number, ranges_of(space) if space is not None else (), moment)

    def _space(self, number: int) -> AddressSpace | None:
        for process in self._kernel.processes:
            if process.space is not None and self.space_of.get(process.space.root) == number:
                return process.space
        return None

    def _set_ranges(self, space: int, ranges: tuple[Range, ...], moment: int) -> None:
        before, now = self._ranges.get(space, {}), set(ranges)
        kept = {found: start for found, start in before.items() if found in now}
        for found, start in before.items():
            if found not in now and start < moment:
                self._add_range(space, found, start, moment)
        if ranges:
            self._ranges[space] = {found: kept.get(found, moment) for found in ranges}
        else:
            self._ranges.pop(space, None)

    def _add_range(self, space: int, found: Range, start: int, end: int) -> None:
        number = self._texts.number
        offset = found.origin + found.start if found.path else 0
        self.segments.add(
            space, found.start, found.end, number(found.protection), number(found.name), number(found.path), offset,
            int(found.shared), start, end,
        )  # fmt: skip

    def _offset(self, space: int, address: int) -> int:
        """Where a page's first byte lies in the file that its segment shows, -1 if it shows none."""
        for found in self._ranges.get(space, ()):
            if found.start <= address < found.end:
                return found.origin + address if found.path else -1
        return -1

    def finish(self) -> None:
        """Add what has not ended."""
        for place, use in self._open.items():
            self._close(use, place, NEVER_ENDED, 0, -1)
        for space, ranges in self._ranges.items():
            for found, start in ranges.items():
                self._add_range(space, found, start, NEVER_ENDED)


def _place(change: events.FramesChanged, use: int, address: int, frame: int) -> Place:
    return use, change.space, frame if change.use == "machine" else address


def _purpose(change: events.FramesChanged) -> int:
    return {"page": PAGES, "shared": PAGES, "table": TABLES}.get(change.use, OTHERS)


class _Moment:
    """What else was told at a moment, for those who ask for causes."""

    def __init__(self, told: Sequence[Event]) -> None:
        self.created = {event.child: event for event in told if isinstance(event, events.Created)}
        self.executed = {event.pid for event in told if isinstance(event, events.Executed)}
        self.exited = {event.pid for event in told if isinstance(event, events.Exited)}
        self.faults = {
            event.address >> PAGE_SHIFT << PAGE_SHIFT: event for event in told if isinstance(event, events.PageFault)
        }
        calls = [event.call_number for event in told if isinstance(event, events.CallReturned)]
        self.call = CALL_NAMES.get(calls[0], f"call {calls[0]}") if calls else ""

    def end_cause(self, change: events.FramesChanged) -> int:
        """What ended the uses that were lost."""
        if change.pid in self.executed:
            return EXEC
        if change.pid in self.exited:
            return EXIT
        gained = dict(change.gained)
        if any(address in gained for address, _ in change.lost):
            return COPIED
        return CALL if self.call else TAKEN
