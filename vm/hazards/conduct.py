"""The rules about what a child did other than to bytes: which functions and system calls, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from vm.abi import CALL_NAMES, Protection, signal_name
from vm.hazards.advice import advice_for
from vm.hazards.causes import Causes
from vm.hazards.findings import Finding, Location, Step
from vm.hazards.library import Library
from vm.hazards.places import Case
from vm.hazards.rules import CREATORS, EXEC_FAMILY, EXIT_NAMES, SAFE, UNSAFE, VFORK_NAMES, Level
from vm.hazards.windows import ERRORS, CallMade, Entered

_MAPPING_CALLS = frozenset(("brk", "mmap2", "mmap", "munmap", "mprotect", "mremap", "madvise"))

Segment = tuple[str, int, int, Protection]


class Conduct:
    """The findings of one case about what its child did."""

    def __init__(self, case: Case, library: Library, causes: Causes) -> None:
        self.case = case
        self.window = case.window
        self.library = library
        self.causes = causes

    def findings(self) -> Iterator[Finding]:
        """What this child did wrong."""
        for check in (
            self._unsafe_calls, self._other_calls, self._signals, self._mappings, self._offsets, self._nested,
            self._killed, self._never_released,
        ):  # fmt: skip
            yield from check()

    # --- functions --------------------------------------------------------------------------------------------

    @cached_property
    def _entered(self) -> list[tuple[Entered, frozenset[str]]]:
        """The functions that the child's own code called, with their names: none that the exec family called, and none
        that comes of something that is told already.
        """
        found = []
        for entry in self.window.entered:
            names = self.case.names(entry.address)
            callers = self.library.callers(entry.moment.chain)
            if not names or any(name & (EXEC_FAMILY | CREATORS | VFORK_NAMES | EXIT_NAMES) for name in callers):
                continue
            if self.causes.explain(entry.number, entry.moment.chain) is None:
                found.append((entry, names))
        return found

    def _unsafe_calls(self) -> Iterator[Finding]:
        if self.window.site.has_own_stack:
            return
        found: dict[tuple[object, ...], tuple[Location, list[str]]] = {}
        for entry, names in self._entered:
            name = self._unsafe_name(entry, names)
            if name and not any(caller & UNSAFE for caller in self.library.callers(entry.moment.chain)):
                location = self.case.at(entry.moment)
                if location.statement not in found or not self.case.is_library(entry.moment.chain[:1]):
                    found.setdefault(location.statement, (location, []))[1].append(name)
        for location, called in found.values():
            text = f"{' and '.join(dict.fromkeys(called))} called here"
            advice = advice_for("unsafe-call", called[0])
            yield self.case.make("unsafe-call", location, text, [Step("call", text, location)], advice=advice)

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
            (entry, min(names, key=lambda name: ("." in name, len(name), name))) for entry, names in self._entered
            if entry.depth == 1 and not names & (EXEC_FAMILY | EXIT_NAMES) and not self._unsafe_name(entry, names)
        ]  # fmt: skip
        if calls:
            steps = [Step("call", f"{name} called here", self.case.at(entry.moment)) for entry, name in calls]
            names = ", ".join(dict.fromkeys(name for _, name in calls))
            yield self.case.make("call", self.case.at(calls[0][0].moment), f"called {names}", steps)

    # --- system calls -----------------------------------------------------------------------------------------

    @cached_property
    def _calls(self) -> list[CallMade]:
        """The system calls of the child that nothing explains that is told already."""
        return [
            call for call in self.window.calls if self.causes.explain(call.logged, call.moment.chain) is None
            or self.causes.has("killed")
        ]  # fmt: skip

    def _signals(self) -> Iterator[Finding]:
        parent, raised = self.window.parent, self.window.raised
        sent = [(call, call.sent[1]) for call in self._calls if call.sent[:1] == (parent,) and call.result == 0]
        sent += [(call, call.sent_to_many) for call in self._calls if call.sent_to_many in raised]
        # The C library's abort sends it twice.
        for location, signal in {
            self.case.at(call.moment): signal for call, signal in reversed(sent) if signal
        }.items():
            text = f"{location.call} sends the parent {signal_name(signal)}"
            yield self.case.make("signals-parent", location, text, [Step("call", text, location), self.case.resumed])

    def _mappings(self) -> Iterator[Finding]:
        window = self.window
        taken = [call for call in self._calls if call.taken]
        for call in taken:
            location = self.case.at(call.moment)
            text = f"{location.call} put an end to {_listed(call.taken)}"
            yield self.case.make("unmapped", location, text, [Step("call", text, location), self.case.resumed])
        if taken or not window.ended or not window.segments_after or window.segments == window.segments_after:
            return
        before, after = set(window.segments), set(window.segments_after)
        lost = [segment for segment in before - after if not _is_within(segment, after)]
        changed = sorted(lost or after - before, key=lambda segment: segment[1])
        by = self._mapper(changed, before) if not lost else None
        if not lost and by is not None and self._is_librarys_own(by):
            return
        calls = [call for call in window.calls if CALL_NAMES.get(call.number, "") in _MAPPING_CALLS]
        by = by or (calls[-1] if calls else None)
        location = self.case.at(by.moment) if by else self.case.vfork_place
        verb = "took away or changed" if lost else "left behind, new or larger:"
        text = f"{f'{location.call} ' if location.call else ''}{verb} {_listed(changed)}"
        rule = "unmapped" if lost else "mapped"
        yield self.case.make(rule, location, text, [Step("call", text, location), self.case.resumed])

    def _mapper(self, changed: list[Segment], before: set[Segment]) -> CallMade | None:
        """The first call that made one of the segments, or of what was added to it."""
        for call in self.window.calls:
            name, result = CALL_NAMES.get(call.number, ""), call.result
            if name in ("brk", "mmap2", "mremap") and result is not None and result < ERRORS:
                first = result - 1 if name == "brk" else result
                last = result if name == "brk" else result + call.arguments[2 if name == "mremap" else 1]
                is_new = not any(start <= first < end for _, start, end, _ in before)
                if is_new and any(start < last and first < end for _, start, end, _ in changed):
                    return call
        return None

    def _is_librarys_own(self, call: CallMade) -> bool:
        """True for memory of an allocator that has been given back all that it gave."""
        return self.library.is_balanced and self.library.is_allocators(call.moment)

    def _offsets(self) -> Iterator[Finding]:
        for call in self._calls:
            if call.moved:
                location = self.case.at(call.moment)
                descriptor = call.arguments[location.call.startswith("sendfile")]
                what = "set the flags" if location.call.startswith(("fcntl", "ioctl")) else "moved the offset"
                text = f"{location.call} {what} of descriptor {descriptor}"
                yield self.case.make("shared-offset", location, text, [Step("call", text, location), self.case.resumed])

    # --- its place and its end --------------------------------------------------------------------------------

    def _nested(self) -> Iterator[Finding]:
        if self.window.outer:
            yield self.case.make("nested", self.case.vfork_place, f"child {self.window.parent} calls vfork here", [])

    def _killed(self) -> Iterator[Finding]:
        window = self.window
        if window.signal is None or window.ended != "exit":
            return
        if self.causes.has("killed") or self.causes.has("return"):
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
            text = f"killed by {name}{self._sender()}" + (f" in {location.call}" if location.call else "")
            story = [Step("killed", text, location), self.case.resumed]
            yield self.case.make("killed", location, text, story, level=Level.WARNING)

    def _sender(self) -> str:
        """Who sent the signal that killed the child."""
        sent = self.window.sent
        if sent is None or sent.signal != self.window.signal or not sent.sender:
            return ""
        if sent.sender == self.window.child:
            return ", which it sends to itself,"
        return f", which process {sent.sender} sent,"

    def _never_released(self) -> Iterator[Finding]:
        window = self.window
        if window.ended or window.last is None or not window.is_stuck or self.causes.has("return"):
            return
        location = self.case.at(window.last)
        doing = f"waits in {location.call}" if location.call else "was still running"
        text = f"child {window.child} {doing} when the run ended"
        yield self.case.make("never-released", location, text, [Step("stuck", text, location)])


def _listed(layout: Iterable[Segment]) -> str:
    return ", ".join(f"{name} {start:08x}-{end:08x} {access}" for name, start, end, access in layout)


def _is_within(segment: Segment, others: Iterable[Segment]) -> bool:
    """True when all of a segment is still there with its protection, as part of a larger one if need be."""
    _, start, end, protection = segment
    covered = start
    for _, low, high, access in sorted(others, key=lambda other: other[1]):
        if low <= covered < high and access == protection:
            covered = high
    return covered >= end
