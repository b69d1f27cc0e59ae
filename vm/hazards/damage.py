"""What became of the bytes that a vfork child changed: the rules from ``damage`` to ``errno``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from vm.hazards.findings import Finding, Location, Range, Step
from vm.hazards.places import Case
from vm.hazards.rules import EXEC_FAMILY, RULES
from vm.hazards.windows import ROW_ALIGNMENT, Change, Fate, Moment
from vm.observe.costs import plural

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


def _joined(ranges: Iterable[Range]) -> list[Range]:
    """Adjacent ranges as one, such as those of neighbouring pages; the worst first."""
    joined: list[Range] = []
    for area in sorted(ranges, key=lambda area: area.address):
        if joined and joined[-1].address + len(joined[-1].old) == area.address:
            last = joined.pop()
            worst = max(last.fate, area.fate, key=_weight)
            joined.append(replace(last, old=last.old + area.old, new=last.new + area.new, fate=worst))
        else:
            joined.append(area)
    return sorted(joined, key=lambda area: -_weight(area.fate))


class Damage:
    """The changed bytes of one case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.window = case.window

    def findings(self) -> Iterator[Finding]:
        """What was changed, the worst first."""
        order = list(RULES).index
        sites: dict[tuple[bool, Location], list[tuple[str, _Piece]]] = {}
        for piece in self._pieces():
            rule = self._rule(piece)
            if rule:
                sites.setdefault((rule == "errno", piece.location), []).append((rule, piece))
        # Bytes of one statement are told together, under the worst of what became of them.
        findings = []
        for (_, location), entries in sites.items():
            entries.sort(key=lambda entry: order(entry[0]))
            findings.append(self._finding(entries[0][0], location, [piece for _, piece in entries]))
        yield from sorted(findings, key=lambda finding: (order(finding.rule), finding.location.line))

    def _pieces(self) -> Iterator[_Piece]:
        """The changes, cut where another statement begins, without unchanged bytes at the ends."""
        for change in self.window.changes:
            edges = [0, *(np.flatnonzero(np.diff(change.writers)) + 1).tolist(), len(change.old)]
            runs = [(first, end, self._writer(change, int(change.writers[first]))) for first, end in pairwise(edges)]
            while runs:
                first, end, writer = runs.pop(0)
                location = self.case.at(writer)
                while runs and self.case.at(runs[0][2]) == location:
                    end = runs.pop(0)[1]
                changed = np.flatnonzero(change.fates[first:end] != Fate.SAME)
                if len(changed):
                    yield _Piece(change, first + int(changed[0]), first + int(changed[-1]) + 1, writer, location)

    def _writer(self, change: Change, writer: int) -> Moment:
        calls = (call.number for call in reversed(self.window.calls) if call.moment.pc == writer & ~1)
        return Moment(self.window.child, (writer & ~1, *change.sites), next(calls, None) if writer & 1 else None)

    def _rule(self, piece: _Piece) -> str:
        fates = piece.fates
        if Fate.READ in fates:
            return "damage"
        if Fate.UNREAD in fates:
            if self._is_errno(piece):
                return "errno"
            if self.window.site.has_own_stack and self.case.is_library(piece.writer.chain):
                return "scratch"  # the C library's own child, as of posix_spawn
            return "scratch" if self.case.segment(piece.address) == "stack" else "unread"
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
        if "errno" in self.case.names(start):
            return value in errors
        chain = piece.writer.chain
        in_exec = any(self.case.names(self.case.symbols.start_of(pc)) & EXEC_FAMILY for pc in chain)
        return self.case.is_library(chain[:1]) and (value in errors or in_exec)

    def _finding(self, rule: str, location: Location, pieces: list[_Piece]) -> Finding:
        ranges = tuple(_joined(self._range(piece) for piece in pieces))
        size = sum(area.size for area in ranges)
        names = ", ".join(dict.fromkeys(area.where for area in ranges[:4])) + (", …" if len(ranges) > 4 else "")
        segments = " and ".join(dict.fromkeys(self.case.segment(piece.address) for piece in pieces))
        by = self.case.inner(pieces[0].writer)
        message = f"{f'{by} ' if by else ''}changed {plural(size, 'byte')} of the parent's {segments}: {names}"
        story = [Step("write", message, location), self.case.resumed]
        uses = [use for piece in pieces for use in piece.uses]
        if uses:
            use = min(uses, key=lambda use: use.clock)
            by = self.case.inner(use)
            shown = self.case.at(use)
            how = f"by {shown.call}" if use.call is not None else f"by {by}" if by else "here"
            who = "the parent" if use.pid == self.window.parent else f"process {use.pid} in the same memory"
            story.append(Step("read", f"used by {who}, first read {how}", shown))
        return self.case.make(rule, location, message, story, ranges=ranges)

    def _range(self, piece: _Piece) -> Range:
        change, place = piece.change, slice(piece.first, piece.end)
        fate = max((fate for fate in piece.fates if fate is not Fate.SAME), key=_weight)
        row_start = piece.address & -ROW_ALIGNMENT
        skipped = row_start - change.row_start
        return Range(
            piece.address, change.old[place], change.new[place],
            "errno" if self._is_errno(piece) else self.case.where(piece.address), fate, row_start,
            change.row[skipped:] or change.old[place], change.row_after[skipped:] or change.new[place],
        )  # fmt: skip
