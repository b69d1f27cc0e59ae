"""What a child did that explains what came after it: it returned, called exit or abort, or ran a signal handler.

All that such a child changes from then on is a consequence, and is told with its cause.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from vm.abi import Signal, signal_name
from vm.hazards.advice import advice_for
from vm.hazards.damage import Damage, Piece
from vm.hazards.findings import Finding, Location, Step
from vm.hazards.places import Case
from vm.hazards.rules import ABORTS, CREATORS, EXEC_FAMILY, EXIT_NAMES, RULES, VFORK_NAMES, Level
from vm.hazards.windows import BaseReturn, Fate, Moment
from vm.observe.symbols import source_lines
from vm.values import dataclass

Judged = tuple[str, Piece]


@dataclass(frozen=True, slots=True)
class Cause:
    """``finding`` tells of it; it explains what was done when more than ``number`` jumps had been logged, in code that
    the chain of calls ``holds``.
    """

    number: int
    finding: Finding
    holds: Callable[[tuple[int, ...]], bool] = lambda chain: True

    def explains(self, number: int, chain: tuple[int, ...]) -> bool:
        """True for what was done there."""
        return number > self.number and self.holds(chain)


class Causes:
    """The causes of one case, in the order in which they happened."""

    def __init__(self, case: Case, found: Iterable[Cause]) -> None:
        self.case = case
        self._causes = sorted(found, key=lambda cause: cause.number)

    def explain(self, number: int, chain: tuple[int, ...]) -> Cause | None:
        """The first cause of what was done there."""
        return next((cause for cause in self._causes if cause.explains(number, chain)), None)

    def has(self, rule: str) -> bool:
        """True when one of the causes is told under that rule."""
        return any(cause.finding.rule == rule for cause in self._causes)

    def fold(self, judged: Iterable[Judged]) -> tuple[dict[int, list[Judged]], list[Judged]]:
        """What each cause explains, by its number, and what none does."""
        folded: dict[int, list[Judged]] = {}
        rest: list[Judged] = []
        for rule, piece in judged:
            cause = self.explain(piece.number, piece.writer.chain)
            (rest if cause is None else folded.setdefault(cause.number, [])).append((rule, piece))
        return folded, rest

    def astray(self, folded: dict[int, list[Judged]]) -> set[int]:
        """The processes that a return has led where nobody meant them to be: the child, and the parent if it has since
        used what the child left on its stack.
        """
        window, found = self.case.window, set()
        for cause in self._causes:
            if cause.finding.rule == "return":
                found.add(window.child)
                pieces = [piece for _, piece in folded.get(cause.number, ())]
                if any(Fate.READ in piece.fates and self.case.segment(piece.address) == "stack" for piece in pieces):
                    found.add(window.parent)
        return found

    def findings(self, damage: Damage, folded: dict[int, list[Judged]]) -> Iterator[Finding]:
        """The causes with what they explain; one for each statement and rule."""
        told = set()
        for cause in self._causes:
            finding = cause.finding
            if self._is_explained(cause) or (finding.rule, finding.location.statement) in told:
                continue
            told.add((finding.rule, finding.location.statement))
            yield self._with(finding, damage, folded.get(cause.number, []))

    def _is_explained(self, cause: Cause) -> bool:
        earlier = self.explain(cause.number, ())
        return earlier is not None and earlier is not cause

    def _with(self, finding: Finding, damage: Damage, judged: list[Judged]) -> Finding:
        """A cause's finding with the bytes that were changed because of it."""
        rules = [rule for rule, _ in judged if RULES[rule].level is not Level.NOTE]
        pieces = [piece for rule, piece in judged if RULES[rule].level is not Level.NOTE]
        if not pieces:
            return finding
        ranges, unlisted = damage.ranges(pieces)
        level = Level.ERROR if any(RULES[rule].level is Level.ERROR for rule in rules) else finding.level
        story = [step for step in finding.story if step.role != "resumed"]
        story.append(Step("write", damage.message(pieces, ranges, unlisted), None))
        story += [step for step in finding.story if step.role == "resumed"] + list(damage.used(pieces))
        return replace(finding, level=level, story=tuple(story), ranges=ranges, unlisted=unlisted)


def causes_of(case: Case) -> Causes:
    """The causes of a case."""
    return Causes(case, [*_returned(case), *_exited(case), *_aborted(case), *_handlers(case)])


# --- return ---------------------------------------------------------------------------------------------------


def _returned(case: Case) -> Iterator[Cause]:
    if case.window.site.has_own_stack:
        return
    returns = [left for left in case.window.returns if _is_return(case, left)]
    for left in returns[case.is_wrapper :][:1]:
        function = case.symbols.function(left.moment.pc)
        target = case.at(Moment(case.window.child, (left.target - 4,)))
        text = f"the child returns from {function or 'the function'}, which the parent has still to leave"
        location = _line_of_return(case, left)
        story = [Step("return", text, location), Step("back", "the child goes on here", target), case.resumed]
        yield Cause(left.number, case.make("return", location, text, story))


def _is_return(case: Case, left: BaseReturn) -> bool:
    """True when an activation of the parent's was left, and not just a place reached in an unusual way."""
    symbols, target = case.symbols, left.target
    if any(target == activation.pc + 4 for activation in case.activations[1:]):
        return True
    is_inside = symbols.start_of(target) == symbols.start_of(left.moment.pc)
    if left.is_jump:
        is_entry = bool(case.names(target)) or symbols.bounds(target)[0] == target < symbols.bounds(target)[1]
        return not is_inside and not is_entry and symbols.is_behind_call(target) and case.is_kept(target)
    if is_inside and not symbols.is_behind_call(target):
        return False
    return not (left.jumped and left.pointer <= case.window.site.pointer)


def _line_of_return(case: Case, left: BaseReturn) -> Location:
    """Where the child returns: the statement that led to the end of the function, where that is a line of its own."""
    end = case.at(left.moment)
    if _text(end) != "}":
        return end
    ways = [left.way[0]] if left.way[0] and _is_one_function(case, left.way[1], left.moment.pc) else []
    pc = left.moment.pc
    while pc > left.moment.pc - 4 * _LONGEST_END and case.at(Moment(0, (pc,))).line == end.line:
        pc -= 4
    for way in (*ways, pc):
        before = case.at(Moment(case.window.child, (way,)))
        if _is_one_function(case, way, left.moment.pc) and _RETURN.search(_text(before)):
            return before
    return end


def _text(location: Location) -> str:
    """The source line of a place."""
    lines = source_lines(location.path)
    return lines[location.line - 1].strip() if 0 < location.line <= len(lines) else ""


_RETURN = re.compile(r"\breturn\b")
_LONGEST_END = 64
"""Instructions of the end of a function."""


def _is_one_function(case: Case, first: int, second: int) -> bool:
    """True when two addresses are in the same function."""
    return case.symbols.start_of(first) == case.symbols.start_of(second)


# --- the C library ends ---------------------------------------------------------------------------------------


def entered(case: Case, names: frozenset[str]) -> Iterator[tuple[int, Location, str]]:
    """Calls of functions of such names by the child's own code: the number, the place, and the name."""
    for entry in case.window.entered:
        found = case.names(entry.address) & names
        callers = [case.names(case.symbols.start_of(pc)) for pc in entry.moment.chain]
        if found and not any(name & (EXEC_FAMILY | CREATORS | VFORK_NAMES | EXIT_NAMES) for name in callers):
            yield entry.number, case.at(entry.moment), min(found)


def _exited(case: Case) -> Iterator[Cause]:
    for number, location, name in entered(case, EXIT_NAMES):
        text = f"{name} called here"
        advice = advice_for("exit", name)
        yield Cause(number, case.make("exit", location, text, [Step("call", text, location)], advice=advice))
        return


def _aborted(case: Case) -> Iterator[Cause]:
    window = case.window
    if window.signal is None or window.ended != "exit":
        return
    for number, location, name in entered(case, ABORTS):
        what = "an assertion failed" if name.startswith("__assert") else f"{name.strip('_')} called"
        text = f"{what} here, which ends the child by {signal_name(Signal.SIGABRT)}"
        yield Cause(number, case.make("killed", location, text, [Step("killed", text, location), case.resumed]))
        return


# --- handlers -------------------------------------------------------------------------------------------------


def _handlers(case: Case) -> Iterator[Cause]:
    for moment, number in case.window.handlers:
        location = case.at(moment)
        text = f"the handler {case.symbols.function(moment.pc) or hex(moment.pc)} runs in the child"
        story = [Step("handler", text, location), case.resumed]

        def holds(chain: tuple[int, ...], start: int = moment.pc) -> bool:
            return any(case.symbols.start_of(pc) == start for pc in chain)

        yield Cause(number, case.make("signal-handler", location, text, story), holds)
