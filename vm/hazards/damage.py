"""What became of the bytes that a vfork child changed: the rules from ``damage`` to ``errno``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from vm.hazards.advice import advice_for
from vm.hazards.findings import Finding, Location, Range, Step
from vm.hazards.library import Library
from vm.hazards.places import Case
from vm.hazards.rules import EXEC_FAMILY, RULES, Level
from vm.hazards.telling import Telling
from vm.hazards.windows import ROW_ALIGNMENT, Change, Fate, Moment
from vm.quantities import plural
from vm.values import dataclass

MOST_LISTED = 1000
"""Places of a statement's damage that are told one by one; of the rest the bytes are counted."""
_LAST_ERRNO = 133
_WEIGHTS = {
    Fate.READ: 5,
    Fate.UNREAD: 4,
    Fate.OVERWRITTEN: 3,
    Fate.RESULT: 2,
    Fate.BELOW: 1,
    Fate.OUTER: 0,
    Fate.OWN: 0,
    Fate.SAME: -1,
}
_weight: Callable[[Fate], int] = _WEIGHTS.__getitem__
_order = list(RULES).index


@dataclass(frozen=True)
class Piece:
    """Bytes ``first`` to ``end`` of a change, which ``writer``, shown at ``location``, wrote, when ``number`` jumps had
    been logged; ``fates`` are what became of them.
    """

    change: Change
    first: int
    end: int
    writer: Moment
    location: Location
    number: int
    fates: frozenset[Fate]

    @property
    def address(self) -> int:
        """Of the first byte."""
        return self.change.address + self.first

    @property
    def size(self) -> int:
        """Bytes that really differ."""
        return int(np.count_nonzero(self.change.fates[self.first : self.end] != Fate.SAME))

    @cached_property
    def uses(self) -> list[Moment]:
        """First reads by the parent."""
        if not self.change.uses:
            return []
        writers = set(self.change.writers[self.first : self.end].tolist())
        return [use for writer, use in self.change.uses.items() if writer in writers]


def _joined(ranges: Iterable[Range]) -> list[Range]:
    """Adjacent ranges as one, such as those of neighbouring pages; the worst first."""
    runs: list[list[Range]] = []
    for area in sorted(ranges, key=lambda area: area.address):
        if runs and runs[-1][-1].address + len(runs[-1][-1].old) == area.address:
            runs[-1].append(area)
        else:
            runs.append([area])
    joined = [
        replace(
            run[0], old=b"".join(area.old for area in run), new=b"".join(area.new for area in run),
            fate=max((area.fate for area in run), key=_weight),
        )
        for run in runs
    ]  # fmt: skip
    return sorted(joined, key=lambda area: -_weight(area.fate))


class Damage:
    """The changed bytes of one case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.window = case.window
        self.library = Library(case)
        self._telling = Telling(case)

    @cached_property
    def judged(self) -> list[tuple[str, Piece]]:
        """Every piece with its rule."""
        return [(rule, piece) for piece in self._pieces(self.window.changes) if (rule := self._rule(piece))]

    def findings(self, judged: Iterable[tuple[str, Piece]]) -> Iterator[Finding]:
        """What is to be said of these pieces, the worst first."""
        sites: dict[object, list[tuple[str, Piece]]] = {}
        for rule, piece in judged:
            sites.setdefault((_apart(rule), piece.location.statement), []).append((rule, piece))
        # Bytes of one statement are told together, under the worst of what became of them.
        findings = [self._finding(entries) for entries in sites.values()]
        yield from sorted(findings, key=lambda finding: (_order(finding.rule), finding.location.line))

    def neighbours(self) -> Iterator[Finding]:
        """What other threads of the parent changed meanwhile, which is not the child's doing."""
        sites: dict[object, list[Piece]] = {}
        for piece in self._pieces(self.window.neighbours):
            sites.setdefault((piece.change.thread, piece.location.statement), []).append(piece)
        for pieces in sites.values():
            ranges, unlisted = self.ranges(pieces)
            message = f"thread {pieces[0].change.thread} {self.message(pieces, ranges, unlisted)}"
            step = Step("write", message, pieces[0].location)
            yield self.case.make(
                "neighbour", pieces[0].location, message, [step, self.case.resumed], ranges=ranges, unlisted=unlisted
            )

    def _pieces(self, changes: Iterable[Change]) -> Iterator[Piece]:
        """The changes, cut where another statement begins, without unchanged bytes at the ends."""
        writers: dict[tuple[int, tuple[int, ...], int], Moment] = {}
        for change in changes:
            changed = np.flatnonzero(change.fates != Fate.SAME)
            if not len(changed):
                continue
            number, by = int(change.numbers[changed[0]]), change.writers[changed]
            starts = [0, *(np.flatnonzero(by[1:] != by[:-1]) + 1).tolist()]
            runs: list[tuple[int, int, Moment]] = []
            for start, stop in zip(starts, [*starts[1:], len(changed)], strict=True):
                key = int(by[start]), change.sites, change.thread
                writer = writers.get(key)
                if writer is None:
                    writer = writers[key] = self._writer(*key)
                first, end = int(changed[start]), int(changed[stop - 1]) + 1
                if runs and self.case.at(runs[-1][2]).statement == self.case.at(writer).statement:
                    first, _, writer = runs.pop()
                runs.append((first, end, writer))
            for first, end, writer in runs:
                found = set(change.fates[first:end].tolist()) - {int(Fate.SAME)}
                yield Piece(change, first, end, writer, self.case.at(writer), number, frozenset(map(Fate, found)))

    def _writer(self, writer: int, sites: tuple[int, ...], thread: int) -> Moment:
        if thread:
            return Moment(thread, (writer & ~1,))
        calls = (call.number for call in reversed(self.window.calls) if call.moment.pc == writer & ~1)
        return Moment(self.window.child, (writer & ~1, *sites), next(calls, None) if writer & 1 else None)

    def _rule(self, piece: Piece) -> str:
        fates, address = piece.fates, piece.address
        if not fates & {Fate.READ, Fate.UNREAD} and not self._is_gone(piece):
            return "overwritten" if Fate.OVERWRITTEN in fates else "below-stack" if Fate.BELOW in fates else ""
        if any(start <= address < end for start, end in self.window.shared):
            return "shared"
        is_own = self.library.is_own(address, piece.writer, piece.uses)
        if is_own or (Fate.READ not in fates and self.library.is_own_allocation(address)):
            return "library"
        rule = "damage" if Fate.READ in fates else self._rule_of_unread(piece)
        new = piece.change.new[piece.first : piece.end]
        is_message = rule in ("damage", "unread") and self._telling.is_message(address, new, piece.number)
        return "error-told" if is_message else rule

    def _is_gone(self, piece: Piece) -> bool:
        """True when bytes of a variable were overwritten by what came there after it."""
        by = piece.change.overwriter
        if Fate.OVERWRITTEN not in piece.fates or by is None or self.case.segment(piece.address) != "stack":
            return False
        variable = self.case.variable(piece.address)
        return variable is not None and variable.is_live and self.case.is_gone(variable, by)

    def _rule_of_unread(self, piece: Piece) -> str:
        if self._is_errno(piece):
            return "errno"
        if self.window.site.has_own_stack and self.case.is_library(piece.writer.chain):
            return "scratch"  # the C library's own child, as of posix_spawn
        segment = self.case.segment(piece.address)
        if segment == "memory":
            return ""  # the child's own mapping, of which another rule tells
        if segment != "stack":
            return "unread"
        variable = self.case.variable(piece.address)
        if variable is None or not variable.is_live or not self.window.ended or self._is_result(piece):
            return "scratch"
        return "unread" if self.case.may_be_used(variable) else "scratch"

    def _is_result(self, piece: Piece) -> bool:
        """True for the child's copy of vfork's result, where it was called."""
        is_zero = not piece.change.new[piece.first : piece.end].strip(b"\0")
        return is_zero and piece.location.statement == self.case.vfork_place.statement

    def _is_errno(self, piece: Piece) -> bool:
        """True for an error number in ``errno``, or where the C library put it."""
        errors = {(1 << 32) - call.result for call in self.window.calls if call.result and call.result >= 0xFFFF_F001}
        start = piece.address & -4
        offset = start - piece.change.address
        row = piece.change.row_after[start - piece.change.row_start :] if offset < 32 else b""
        value = int.from_bytes(row[:4], "little")
        if piece.address + piece.end - piece.first > start + 4 or not 0 < value <= _LAST_ERRNO:
            return False
        if "errno" in self.case.names(start):
            return value in errors
        if self.case.segment(start) == "stack":
            return False
        chain = piece.writer.chain
        in_exec = any(self.case.names(self.case.symbols.start_of(pc)) & EXEC_FAMILY for pc in chain)
        return self.case.is_library(chain[:1]) and (value in errors or in_exec)

    def _finding(self, entries: list[tuple[str, Piece]]) -> Finding:
        entries.sort(key=lambda entry: _order(entry[0]))
        rule, worst = entries[0]
        is_note = RULES[rule].level is Level.NOTE
        location = worst.location
        pieces = [piece for other, piece in entries if is_note or RULES[other].level is not Level.NOTE]
        ranges, unlisted = self.ranges(pieces)
        message = self.message(pieces, ranges, unlisted)
        story = [Step("write", message, location), self.case.resumed, *self.used(pieces)]
        advice = advice_for(rule, self.case.inner(worst.writer), [area.where for area in ranges])
        return self.case.make(
            rule, location, message, story, ranges=ranges, unlisted=unlisted, advice=advice
        )  # fmt: skip

    def ranges(self, pieces: list[Piece]) -> tuple[tuple[Range, ...], int]:
        """Where bytes were changed, and how many more of them are not listed."""
        listed = tuple(_joined(self._range(piece) for piece in pieces[:MOST_LISTED]))
        return listed, sum(piece.size for piece in pieces[MOST_LISTED:])

    def message(self, pieces: list[Piece], ranges: tuple[Range, ...], unlisted: int) -> str:
        """What was changed, in words."""
        size = sum(area.size for area in ranges) + unlisted
        names = ", ".join(dict.fromkeys(area.where for area in ranges[:4])) + (", …" if len(ranges) > 4 else "")
        segments = " and ".join(dict.fromkeys(self.case.segment(piece.address) for piece in pieces))
        by = self.case.inner(pieces[0].writer)
        return f"{f'{by} ' if by else ''}changed {plural(size, 'byte')} of the parent's {segments}: {names}"

    def used(self, pieces: list[Piece]) -> Iterator[Step]:
        """The first use of them by the parent, if there was one."""
        uses = [use for piece in pieces for use in piece.uses]
        if uses:
            use = min(uses, key=lambda use: use.clock)
            by = self.case.inner(use)
            shown = self.case.at(use)
            how = f"by {shown.call}" if use.call is not None else f"by {by}" if by else "here"
            who = "the parent" if use.pid == self.window.parent else f"process {use.pid} in the same memory"
            yield Step("read", f"used by {who}, first read {how}", shown)

    def _range(self, piece: Piece) -> Range:
        change, place = piece.change, slice(piece.first, piece.end)
        where = "errno" if self._is_errno(piece) else self.case.where(piece.address, piece.end - piece.first)
        row_start = piece.address & -ROW_ALIGNMENT
        skipped = row_start - change.row_start
        return Range(
            piece.address, change.old[place], change.new[place], where, max(piece.fates, key=_weight), row_start,
            change.row[skipped:] or change.old[place], change.row_after[skipped:] or change.new[place],
        )  # fmt: skip


def _apart(rule: str) -> str:
    """Rules whose bytes are told by themselves, whatever else the statement did."""
    return rule if rule in ("errno", "library", "error-told", "shared") else ""
