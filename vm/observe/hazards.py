"""From what vfork children did to what they did wrong: the rules of :mod:`vm.observe.rules`, applied to windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from vm.abi import CALL_NAMES, Protection, signal_name
from vm.observe.costs import plural
from vm.observe.frames import Frame
from vm.observe.recording import ROW_ALIGNMENT
from vm.observe.rules import EXEC_FAMILY, EXIT_NAMES, RULES, UNSAFE, VFORK_NAMES, Level
from vm.observe.symbols import Symbols
from vm.observe.windows import Change, Entered, Fate, Moment, Signature, Window


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the program. ``file`` is empty and ``line`` 0 without debugging information; ``path`` is where the
    host has the source. ``call`` names the system call that was being made there.
    """

    function: str
    pc: int
    file: str = ""
    line: int = 0
    path: Path | None = None
    call: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a finding's story; ``role`` is vfork, write, resumed, read, …"""

    role: str
    text: str
    location: Location | None


@dataclass(frozen=True, slots=True)
class Range:
    """Adjacent bytes that the child changed, their content before and after, where they lie in words, and the worst
    that became of them. ``row`` and ``row_after`` are what lay around them, from ``row_start`` on.
    """

    address: int
    old: bytes
    new: bytes
    where: str
    fate: Fate
    row_start: int
    row: bytes
    row_after: bytes

    @property
    def size(self) -> int:
        """Bytes that really differ."""
        return sum(old != new for old, new in zip(self.old, self.new, strict=True))


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a child broke. ``count`` children broke it in the same way; ``child`` is the first of them."""

    rule: str
    level: Level
    title: str
    message: str
    location: Location
    parent: int
    child: int
    story: tuple[Step, ...]
    ranges: tuple[Range, ...] = ()
    count: int = 1

    @property
    def size(self) -> int:
        """Bytes changed."""
        return sum(area.size for area in self.ranges)

    @property
    def key(self) -> tuple[object, ...]:
        """What findings of the same kind have in common."""
        return self.rule, self.level, self.location, tuple((step.role, step.location) for step in self.story)


@dataclass(slots=True)
class Judge:
    """Applies the rules to windows. ``images`` are the bytes of the images that parents ran, by path."""

    images: dict[str, bytes]
    _symbols: dict[str, Symbols] = field(default_factory=dict)

    def symbols(self, path: str) -> Symbols:
        """The names of the image at ``path``."""
        if path not in self._symbols:
            self._symbols[path] = Symbols(self.images.get(path, b""))
        return self._symbols[path]

    def findings(self, windows: Iterable[Window]) -> list[Finding]:
        """Every finding, the like ones put together, in the order of the rules' table for each child."""
        alike: dict[Signature, list[Window]] = {}
        for window in windows:
            alike.setdefault(window.signature, []).append(window)
        found: dict[tuple[object, ...], Finding] = {}
        for group in alike.values():
            for finding in _Case(group[0], self.symbols(group[0].path)).findings():
                known = found.get(finding.key, replace(finding, count=0))
                found[finding.key] = replace(known, count=known.count + len(group))
        return list(found.values())


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bytes ``first`` to ``end`` of a change, which ``writer``, shown at ``location``, wrote."""

    change: Change
    first: int
    end: int
    writer: Moment
    location: Location

    @property
    def address(self) -> int:
        return self.change.address + self.first

    @property
    def fates(self) -> frozenset[Fate]:
        return frozenset(map(Fate, self.change.fates[self.first : self.end].tolist()))

    @property
    def uses(self) -> list[Moment]:
        writers = set(self.change.writers[self.first : self.end].tolist())
        return [use for writer, use in self.change.uses.items() if writer in writers]


class _Case:
    """One window and the names in its image."""

    def __init__(self, window: Window, symbols: Symbols) -> None:
        self.window = window
        self.symbols = symbols

    def findings(self) -> Iterator[Finding]:
        """What this child did wrong."""
        if self.window.ended == "abandoned":
            return
        yield from self._damage()
        for check in (
            self._returned, self._exit_called, self._unsafe_calls, self._other_calls, self._handlers, self._mappings,
            self._offsets, self._nested, self._killed, self._never_released,
        ):  # fmt: skip
            yield from check()

    # --- places -----------------------------------------------------------------------------------------------

    def at(self, moment: Moment) -> Location:
        """Where a moment is shown: the innermost place of its call chain that is in the program's own source."""
        call = CALL_NAMES.get(moment.call, f"system call {moment.call}") if moment.call is not None else ""
        for pc in moment.chain:
            line = self.symbols.line(pc)
            if line is not None and not line.is_library:
                return Location(self.symbols.function(pc), pc, line.file, line.line, line.path, call)
        pc = moment.chain[0]
        return Location(self.symbols.function(pc), pc, call=call)

    def inner(self, moment: Moment) -> str:
        """The function that really did it, when that is not the one of :meth:`at`."""
        shown = self.at(moment)
        if shown.pc == moment.pc:
            return ""
        names = [self.symbols.function(pc) for pc in moment.chain[: moment.chain.index(shown.pc)]]
        return next((name for name in reversed(names) if name), "")

    @cached_property
    def is_wrapper(self) -> bool:
        """True when the call is made by a function like the C library's vfork, which returns in the child too."""
        pc = self.window.pc
        if VFORK_NAMES & self.symbols.names_at(self.symbols.start_of(pc)):
            return True
        for step in range(1, 9):
            word = self.symbols.word(pc + 4 * step)
            if word == _RET:
                return True
            # A branch, a jump, a store, another call; a load or a new value of ra or sp, which must not have a frame.
            if word is None or word & 0x7F in (0x63, 0x6F, 0x67, 0x23, 0x73, 0x03) or word >> 7 & 31 in (1, 2):
                return False
        return False

    @cached_property
    def vfork_place(self) -> Location:
        """Where the program calls vfork."""
        outer = tuple(frame.pc for frame in self.frames[1:])
        if self.is_wrapper:
            outer = outer or (self.window.registers[1] - 4,)
            return self.at(Moment(self.window.parent, outer))
        return self.at(Moment(self.window.parent, (self.window.pc, *outer)))

    @cached_property
    def frames(self) -> list[Frame]:
        """The parent's frames at the call."""
        base, data = self.window.registers[2], self.window.stack

        def read_word(address: int) -> int | None:
            offset = address - base
            return int.from_bytes(data[offset : offset + 4], "little") if 0 <= offset <= len(data) - 4 else None

        return self.symbols.frames(self.window.pc, self.window.registers, read_word)

    def segment(self, address: int) -> str:
        """The name of the segment of ``address``."""
        return next((name for name, start, end, _ in self.window.segments if start <= address < end), "memory")

    def where(self, address: int) -> str:
        """An address in words: a variable, a symbol, or a place in a segment."""
        variable = self.symbols.variable(address, self.frames)
        if variable is not None:
            offset = address - variable.address
            return f"{variable.function}'s '{variable.name}'" + (f"+{offset}" if offset else "")
        segment = self.segment(address)
        if segment == "data":
            place = self.symbols.place(address)
            if place:
                name, _, offset_text = place.partition("+")
                return f"'{name}'" + (f"+{offset_text}" if offset_text else "")
        if segment == "stack":
            return f"sp{address - self.window.registers[2]:+d} at vfork"
        return segment

    # --- making findings --------------------------------------------------------------------------------------

    def make(
        self, rule: str, location: Location, message: str, story: Iterable[Step], *,
        level: Level | None = None, ranges: tuple[Range, ...] = (), title: str = "",
    ) -> Finding:  # fmt: skip
        """A finding whose story begins at the vfork."""
        row = RULES[rule]
        call = "vfork" if self.is_wrapper else self.window.call
        steps = (Step("vfork", f"{call} here", self.vfork_place), *story)
        return Finding(
            rule, level or row.level, title or row.title, message, location, self.window.parent, self.window.child,
            steps, ranges,
        )  # fmt: skip

    @property
    def resumed(self) -> Step:
        """The end of the window."""
        window = self.window
        why = {"exec": "executed another program", "exit": "ended"}.get(window.ended, "is still running")
        if window.status is not None and window.status & 0x7F:
            why = f"was killed by {signal_name(window.status & 0x7F)}"
        return Step("resumed", f"parent resumes: the child {why}", self.vfork_place)

    # --- damage -----------------------------------------------------------------------------------------------

    def _damage(self) -> Iterator[Finding]:
        order = list(RULES).index
        sites: dict[tuple[bool, Location], list[tuple[str, _Piece]]] = {}
        for piece in self._pieces():
            rule = self._damage_rule(piece)
            if rule:
                sites.setdefault((rule == "errno", piece.location), []).append((rule, piece))
        # Bytes of one statement are told together, under the worst of what became of them.
        findings = []
        for (_, location), entries in sites.items():
            entries.sort(key=lambda entry: order(entry[0]))
            findings.append(self._damage_finding(entries[0][0], location, [piece for _, piece in entries]))
        yield from sorted(findings, key=lambda finding: (order(finding.rule), finding.location.line))

    def _pieces(self) -> Iterator[_Piece]:
        """The changes, cut where another statement begins, without unchanged bytes at the ends."""
        for change in self.window.changes:
            edges = [0, *(np.flatnonzero(np.diff(change.writers)) + 1).tolist(), len(change.old)]
            runs = [(first, end, self._writer(change, int(change.writers[first]))) for first, end in pairwise(edges)]
            while runs:
                first, end, writer = runs.pop(0)
                location = self.at(writer)
                while runs and self.at(runs[0][2]) == location:
                    end = runs.pop(0)[1]
                changed = np.flatnonzero(change.fates[first:end] != Fate.SAME)
                if len(changed):
                    yield _Piece(change, first + int(changed[0]), first + int(changed[-1]) + 1, writer, location)

    def _writer(self, change: Change, writer: int) -> Moment:
        calls = (call.number for call in reversed(self.window.calls) if call.moment.pc == writer & ~1)
        return Moment(self.window.child, (writer & ~1, *change.sites), next(calls, None) if writer & 1 else None)

    def _damage_rule(self, piece: _Piece) -> str:
        fates = piece.fates
        if Fate.READ in fates:
            return "damage"
        if Fate.UNREAD in fates:
            if self._is_errno(piece):
                return "errno"
            if self.window.has_own_stack and self._is_library(piece.writer.chain):
                return "scratch"  # the C library's own child, as of posix_spawn
            return "scratch" if self.segment(piece.address) == "stack" else "unread"
        if Fate.OVERWRITTEN in fates:
            return "overwritten"
        return "below-stack" if Fate.BELOW in fates else ""

    def _is_errno(self, piece: _Piece) -> bool:
        """True for an error number in ``errno``, or where the C library put it."""
        errors = {(1 << 32) - call.result for call in self.window.calls if call.result and call.result >= 0xFFFF_F001}
        start = piece.address & -4
        offset = start - piece.change.address
        row = piece.change.row_after[start - piece.change.row_start :] if offset < 32 else b""
        value = int.from_bytes(row[:4], "little")
        if piece.address + piece.end - piece.first > start + 4 or not 0 < value <= _LAST_ERRNO:
            return False
        if "errno" in self._names(start):
            return value in errors
        chain = piece.writer.chain
        in_exec = any(self._names(self.symbols.start_of(pc)) & EXEC_FAMILY for pc in chain)
        return self._is_library(chain[:1]) and (value in errors or in_exec)

    def _is_library(self, chain: tuple[int, ...]) -> bool:
        """True when nothing of ``chain`` is known to be the program's own code."""
        lines = map(self.symbols.line, chain)
        return all(line is None or line.is_library for line in lines)

    def _damage_finding(self, rule: str, location: Location, pieces: list[_Piece]) -> Finding:
        ranges = tuple(self._range(piece) for piece in pieces)
        size = sum(area.size for area in ranges)
        names = ", ".join(dict.fromkeys(area.where for area in ranges[:4])) + (", …" if len(ranges) > 4 else "")
        segments = " and ".join(dict.fromkeys(self.segment(piece.address) for piece in pieces))
        by = self.inner(pieces[0].writer)
        message = f"{f'{by} ' if by else ''}changed {plural(size, 'byte')} of the parent's {segments}: {names}"
        story = [Step("write", message, location), self.resumed]
        uses = [use for piece in pieces for use in piece.uses]
        if uses:
            use = min(uses, key=lambda use: use.clock)
            by = self.inner(use)
            shown = self.at(use)
            who = f"by {shown.call}" if use.call is not None else f"by {by}" if by else "here"
            story.append(Step("read", f"used by the parent, first read {who}", shown))
        return self.make(rule, location, message, story, ranges=ranges)

    def _range(self, piece: _Piece) -> Range:
        change, place = piece.change, slice(piece.first, piece.end)
        fate = max((fate for fate in piece.fates if fate is not Fate.SAME), key=_weight)
        row_start = piece.address & -ROW_ALIGNMENT
        skipped = row_start - change.row_start
        return Range(
            piece.address, change.old[place], change.new[place], self.where(piece.address), fate, row_start,
            change.row[skipped:] or change.old[place], change.row_after[skipped:] or change.new[place],
        )  # fmt: skip

    # --- calls ------------------------------------------------------------------------------------------------

    def _names(self, address: int) -> frozenset[str]:
        return self.symbols.names_at(address)

    @cached_property
    def entered(self) -> list[tuple[Entered, frozenset[str]]]:
        """The functions that the child's own code called, with their names: none that the exec family called."""
        found = []
        for entry in self.window.entered:
            names = self._names(entry.address)
            callers = [self._names(self.symbols.start_of(pc)) for pc in entry.moment.chain]
            if not names or any(name & (EXEC_FAMILY | VFORK_NAMES | EXIT_NAMES) for name in callers):
                continue
            found.append((entry, names))
        return found

    def _returned(self) -> Iterator[Finding]:
        if self.window.has_own_stack:
            return
        returns = [r for r in self.window.returns if not (r.jumped and r.pointer <= self.window.pointer)]
        first = returns[self.is_wrapper :][:1]
        for left in first:
            function = self.symbols.function(left.moment.pc)
            target = self.at(Moment(self.window.child, (left.target - 4,)))
            lost = sum(
                int(np.count_nonzero(change.fates != Fate.SAME)) for change in self.window.changes
                if change.address >= self.window.pointer and self.segment(change.address) == "stack"
            )  # fmt: skip
            text = f"the child returns from {function or 'the function'}, which the parent has still to leave"
            story = [Step("return", text, self.at(left.moment)), Step("back", "the child goes on here", target)]
            if lost:
                story.append(Step("write", f"{plural(lost, 'byte')} of the parent's stack changed", None))
            yield self.make("return", self.at(left.moment), text, [*story, self.resumed])

    def _exit_called(self) -> Iterator[Finding]:
        for entry, names in self.entered:
            if names & EXIT_NAMES:
                location = self.at(entry.moment)
                text = "exit called here"
                yield self.make("exit", location, text, [Step("call", text, location)])
                return

    def _unsafe_calls(self) -> Iterator[Finding]:
        if self.window.has_own_stack:
            return
        seen: set[tuple[Location, str]] = set()
        for entry, names in self.entered:
            callers = [self._names(self.symbols.start_of(pc)) for pc in entry.moment.chain]
            name = min(names & UNSAFE, default="")
            if not name or any(caller & UNSAFE for caller in callers):
                continue
            location = self.at(entry.moment)
            if (location, name) not in seen:
                seen.add((location, name))
                text = f"{name} called here"
                yield self.make("unsafe-call", location, text, [Step("call", text, location)])

    def _other_calls(self) -> Iterator[Finding]:
        if self.window.has_own_stack:
            return
        calls = [
            (entry, min(names, key=lambda name: ("." in name, len(name), name))) for entry, names in self.entered
            if entry.depth == 1 and not names & (UNSAFE | EXEC_FAMILY | EXIT_NAMES)
        ]  # fmt: skip
        if calls:
            steps = [Step("call", f"{name} called here", self.at(entry.moment)) for entry, name in calls]
            names = ", ".join(dict.fromkeys(name for _, name in calls))
            yield self.make("call", self.at(calls[0][0].moment), f"called {names}", steps)

    # --- the rest ---------------------------------------------------------------------------------------------

    def _handlers(self) -> Iterator[Finding]:
        for moment in self.window.handlers:
            location = self.at(moment)
            text = f"the handler {self.symbols.function(moment.pc) or hex(moment.pc)} runs in the child"
            yield self.make("signal-handler", location, text, [Step("handler", text, location)])

    def _mappings(self) -> Iterator[Finding]:
        window = self.window
        if not window.ended or not window.segments_after or window.segments == window.segments_after:
            return
        before, after = set(window.segments), set(window.segments_after)
        calls = [call for call in window.calls if CALL_NAMES.get(call.number, "") in _MAPPING_CALLS]
        location = self.at(calls[-1].moment) if calls else self.vfork_place
        lost = [segment for segment in before - after if not _is_within(segment, after)]
        rule = "unmapped" if lost else "mapped"
        changed = sorted(lost or after - before, key=lambda segment: segment[1])
        listed = ", ".join(f"{name} {start:08x}-{end:08x} {access}" for name, start, end, access in changed)
        verb = "took away or changed" if lost else "left behind"
        by = f"{location.call} " if location.call else ""
        text = f"{by}{verb} {listed}"
        yield self.make(rule, location, text, [Step("call", text, location), self.resumed])

    def _offsets(self) -> Iterator[Finding]:
        for call in self.window.calls:
            if call.moved:
                location = self.at(call.moment)
                text = f"lseek moved the offset of descriptor {call.arguments[0]}"
                yield self.make("shared-offset", location, text, [Step("call", text, location), self.resumed])

    def _nested(self) -> Iterator[Finding]:
        if self.window.outer is not None:
            yield self.make("nested", self.vfork_place, f"child {self.window.parent} calls vfork here", [])

    def _killed(self) -> Iterator[Finding]:
        window = self.window
        if window.status is None or not window.status & 0x7F or window.ended != "exit":
            return
        name = signal_name(window.status & 0x7F)
        if window.fault is not None:
            reason, moment, address = window.fault
            location = self.at(moment)
            what = reason.lower().replace("_", " ")
            text = f"{name} here: {what}" + (f" at address {address:#010x}" if "FAULT" in reason else "")
            yield self.make("killed", location, text, [Step("killed", text, location), self.resumed])
        else:
            text = f"killed by {name}"
            yield self.make("killed", self.vfork_place, text, [self.resumed], level=Level.WARNING)

    def _never_released(self) -> Iterator[Finding]:
        window = self.window
        if window.ended or window.last is None:
            return
        location = self.at(window.last)
        doing = f"waits in {location.call}" if location.call else "was still running"
        text = f"child {window.child} {doing} when the run ended"
        yield self.make("never-released", location, text, [Step("stuck", text, location)])


_RET = 0x0000_8067
_LAST_ERRNO = 133
_MAPPING_CALLS = frozenset(("brk", "mmap2", "mmap", "munmap", "mprotect", "mremap", "madvise"))
_WEIGHTS = {
    Fate.READ: 5,
    Fate.UNREAD: 4,
    Fate.OVERWRITTEN: 3,
    Fate.RESULT: 2,
    Fate.BELOW: 1,
    Fate.OWN: 0,
    Fate.SAME: -1,
}
_weight: Callable[[Fate], int] = _WEIGHTS.__getitem__


def _is_within(segment: tuple[str, int, int, Protection], others: Iterable[tuple[str, int, int, Protection]]) -> bool:
    """True when all of a segment is still there with its protection, as part of a larger one if need be."""
    _, start, end, protection = segment
    covered = start
    for _, low, high, access in sorted(others, key=lambda other: other[1]):
        if low <= covered < high and access == protection:
            covered = high
    return covered >= end
