"""From what vfork children did to what they did wrong: the rules of :mod:`vm.hazards.rules`, applied to windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from vm.abi import CALL_NAMES, Protection, signal_name
from vm.hazards.damage import Damage
from vm.hazards.findings import Finding, Location, Step
from vm.hazards.places import Case
from vm.hazards.rules import CREATORS, EXEC_FAMILY, EXIT_NAMES, SAFE, UNSAFE, VFORK_NAMES, Level
from vm.hazards.windows import BaseReturn, Entered, Fate, Moment, Window
from vm.observe.costs import plural
from vm.observe.symbols import Symbols, left_out

_MAPPING_CALLS = frozenset(("brk", "mmap2", "mmap", "munmap", "mprotect", "mremap", "madvise"))


def findings(groups: Iterable[tuple[Window, int]], note: Callable[[str], None] = lambda text: None) -> list[Finding]:
    """Every finding about windows, each of which stands for so many; the like ones are put together.

    They are in the order of the windows, and for each child in the order of the rules' table. ``note`` is told, once
    for a program, why its debugging information was not used in full.
    """
    symbols: dict[str, Symbols] = {}
    found: dict[tuple[object, ...], Finding] = {}
    for window, count in groups:
        site = window.site
        case = Case(window, symbols.setdefault(site.path, Symbols(site.image)))
        for finding in _judge(case):
            known = found.get(finding.key, replace(finding, count=0))
            found[finding.key] = replace(known, count=known.count + count)
    for path, names in symbols.items():
        if names.problem is not None:
            note(left_out(path, names.problem))
    return list(found.values())


def _judge(case: Case) -> Iterator[Finding]:
    if case.window.ended != "abandoned":
        yield from Damage(case).findings()
        yield from _Rules(case).findings()


class _Rules:
    """The rules about what a child did, other than to bytes."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.window = case.window

    def findings(self) -> Iterator[Finding]:
        """What this child did wrong."""
        for check in (
            self._returned, self._exit_called, self._unsafe_calls, self._other_calls, self._handlers, self._signals,
            self._mappings, self._offsets, self._nested, self._killed, self._never_released,
        ):  # fmt: skip
            yield from check()

    @cached_property
    def entered(self) -> list[tuple[Entered, frozenset[str]]]:
        """The functions that the child's own code called, with their names: none that the exec family called."""
        found = []
        for entry in self.window.entered:
            names = self.case.names(entry.address)
            callers = [self.case.names(self.case.symbols.start_of(pc)) for pc in entry.moment.chain]
            if not names or any(name & (EXEC_FAMILY | CREATORS | VFORK_NAMES | EXIT_NAMES) for name in callers):
                continue
            found.append((entry, names))
        return found

    def _returned(self) -> Iterator[Finding]:
        if self.window.site.has_own_stack:
            return
        returns = [left for left in self.window.returns if self._is_return(left)]
        for left in returns[self.case.is_wrapper :][:1]:
            function = self.case.symbols.function(left.moment.pc)
            target = self.case.at(Moment(self.window.child, (left.target - 4,)))
            lost = sum(
                int(np.count_nonzero(change.fates != Fate.SAME)) for change in self.window.changes
                if change.address >= self.window.site.pointer and self.case.segment(change.address) == "stack"
            )  # fmt: skip
            text = f"the child returns from {function or 'the function'}, which the parent has still to leave"
            story = [Step("return", text, self.case.at(left.moment)), Step("back", "the child goes on here", target)]
            if lost:
                story.append(Step("write", f"{plural(lost, 'byte')} of the parent's stack changed", None))
            yield self.case.make("return", self.case.at(left.moment), text, [*story, self.case.resumed])

    def _is_return(self, left: BaseReturn) -> bool:
        """True when a frame of the parent's was left, and not just a place reached in an unusual way."""
        symbols, target = self.case.symbols, left.target
        if any(target == frame.pc + 4 for frame in self.case.frames[1:]):
            return True
        is_inside = symbols.start_of(target) == symbols.start_of(left.moment.pc)
        if left.is_jump:
            return not is_inside and not self.case.names(target) and symbols.is_behind_call(target)
        if is_inside and not symbols.is_behind_call(target):
            return False
        return not (left.jumped and left.pointer <= self.window.site.pointer)

    def _exit_called(self) -> Iterator[Finding]:
        for entry, names in self.entered:
            if names & EXIT_NAMES:
                location = self.case.at(entry.moment)
                text = "exit called here"
                yield self.case.make("exit", location, text, [Step("call", text, location)])
                return

    def _unsafe_calls(self) -> Iterator[Finding]:
        if self.window.site.has_own_stack:
            return
        seen: set[tuple[Location, str]] = set()
        for entry, names in self.entered:
            callers = [self.case.names(self.case.symbols.start_of(pc)) for pc in entry.moment.chain]
            name = self._unsafe_name(entry, names)
            if not name or any(caller & UNSAFE for caller in callers):
                continue
            location = self.case.at(entry.moment)
            if (location, name) not in seen:
                seen.add((location, name))
                text = f"{name} called here"
                yield self.case.make("unsafe-call", location, text, [Step("call", text, location)])

    def _unsafe_name(self, entry: Entered, names: frozenset[str]) -> str:
        """The name of a function that is known to be unsafe, or of the C library and not known to be safe."""
        if not self.case.is_library((entry.address,)):
            return ""
        known = min(names & UNSAFE, default="")
        if known or self.case.is_library(entry.moment.chain[:1]):
            return known
        public = {name for name in names if not name.startswith(("_", ".")) and "." not in name}
        allowed = SAFE | EXEC_FAMILY | EXIT_NAMES | VFORK_NAMES
        return "" if names & allowed else min(public, default="")

    def _other_calls(self) -> Iterator[Finding]:
        if self.window.site.has_own_stack:
            return
        calls = [
            (entry, min(names, key=lambda name: ("." in name, len(name), name))) for entry, names in self.entered
            if entry.depth == 1 and not names & (EXEC_FAMILY | EXIT_NAMES) and not self._unsafe_name(entry, names)
        ]  # fmt: skip
        if calls:
            steps = [Step("call", f"{name} called here", self.case.at(entry.moment)) for entry, name in calls]
            names = ", ".join(dict.fromkeys(name for _, name in calls))
            yield self.case.make("call", self.case.at(calls[0][0].moment), f"called {names}", steps)

    # --- the rest ---------------------------------------------------------------------------------------------

    def _handlers(self) -> Iterator[Finding]:
        for moment in self.window.handlers:
            location = self.case.at(moment)
            text = f"the handler {self.case.symbols.function(moment.pc) or hex(moment.pc)} runs in the child"
            yield self.case.make("signal-handler", location, text, [Step("handler", text, location)])

    def _signals(self) -> Iterator[Finding]:
        sent = [call for call in self.window.calls if call.sent[:1] == (self.window.parent,) and call.result == 0]
        # The C library's abort sends it twice.
        for location, call in {self.case.at(call.moment): call for call in reversed(sent) if call.sent[1]}.items():
            text = f"{location.call} sends the parent {signal_name(call.sent[1])}"
            yield self.case.make("signals-parent", location, text, [Step("call", text, location), self.case.resumed])

    def _mappings(self) -> Iterator[Finding]:
        window = self.window
        taken = [call for call in window.calls if call.taken]
        for call in taken:
            location = self.case.at(call.moment)
            text = f"{location.call} put an end to {_listed(call.taken)}"
            yield self.case.make("unmapped", location, text, [Step("call", text, location), self.case.resumed])
        if taken or not window.ended or not window.segments_after or window.segments == window.segments_after:
            return
        before, after = set(window.segments), set(window.segments_after)
        calls = [call for call in window.calls if CALL_NAMES.get(call.number, "") in _MAPPING_CALLS]
        location = self.case.at(calls[-1].moment) if calls else self.case.vfork_place
        lost = [segment for segment in before - after if not _is_within(segment, after)]
        rule = "unmapped" if lost else "mapped"
        changed = sorted(lost or after - before, key=lambda segment: segment[1])
        verb = "took away or changed" if lost else "left behind, new or larger:"
        by = f"{location.call} " if location.call else ""
        text = f"{by}{verb} {_listed(changed)}"
        yield self.case.make(rule, location, text, [Step("call", text, location), self.case.resumed])

    def _offsets(self) -> Iterator[Finding]:
        for call in self.window.calls:
            if call.moved:
                location = self.case.at(call.moment)
                descriptor = call.arguments[location.call.startswith("sendfile")]
                what = "set the flags" if location.call.startswith(("fcntl", "ioctl")) else "moved the offset"
                text = f"{location.call} {what} of descriptor {descriptor}"
                yield self.case.make("shared-offset", location, text, [Step("call", text, location), self.case.resumed])

    def _nested(self) -> Iterator[Finding]:
        if self.window.outer:
            yield self.case.make("nested", self.case.vfork_place, f"child {self.window.parent} calls vfork here", [])

    def _killed(self) -> Iterator[Finding]:
        window = self.window
        if window.signal is None or window.ended != "exit":
            return
        name = signal_name(window.signal)
        if window.fault is not None:
            reason, moment, address = window.fault
            location = self.case.at(moment)
            what = reason.lower().replace("_", " ")
            text = f"{name} here: {what}" + (f" at address {address:#010x}" if "FAULT" in reason else "")
            yield self.case.make("killed", location, text, [Step("killed", text, location), self.case.resumed])
        else:
            location = self.case.at(window.last) if window.last is not None else self.case.vfork_place
            text = f"killed by {name}" + (f" in {location.call}" if location.call else "")
            story = [Step("killed", text, location), self.case.resumed]
            yield self.case.make("killed", location, text, story, level=Level.WARNING)

    def _never_released(self) -> Iterator[Finding]:
        window = self.window
        if window.ended or window.last is None:
            return
        location = self.case.at(window.last)
        doing = f"waits in {location.call}" if location.call else "was still running"
        text = f"child {window.child} {doing} when the run ended"
        yield self.case.make("never-released", location, text, [Step("stuck", text, location)])


def _listed(layout: Iterable[tuple[str, int, int, Protection]]) -> str:
    return ", ".join(f"{name} {start:08x}-{end:08x} {access}" for name, start, end, access in layout)


def _is_within(segment: tuple[str, int, int, Protection], others: Iterable[tuple[str, int, int, Protection]]) -> bool:
    """True when all of a segment is still there with its protection, as part of a larger one if need be."""
    _, start, end, protection = segment
    covered = start
    for _, low, high, access in sorted(others, key=lambda other: other[1]):
        if low <= covered < high and access == protection:
            covered = high
    return covered >= end
