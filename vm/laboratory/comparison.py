"""One program under every strategy, and with vfork made a fork: what it showed, what it left, what that cost.

A first run of each variant gives what is compared and counted; the times are of further ones, in turns.
"""

from __future__ import annotations

import difflib
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, field, replace
from time import perf_counter_ns
from typing import Any, get_args

from vm import events
from vm.abi import PAGE_SIZE
from vm.kernel.ports import Input
from vm.machine import Machine
from vm.observe.final_memory import Difference, FinalMemory, FinalMemoryObserver, differences
from vm.observe.totals import Sample, Totals, TotalsObserver
from vm.run import Run
from vm.settings import StrategyName
from vm.statuses import shell_status
from vm.text import printable
from vm.values import dataclass

FORMAT_VERSION = 1
MOST_LINES = 1000
"""Lines of an output that are compared line by line, behind what both begin with."""
CONTEXT = 2
"""Lines shown around a difference."""

Boot = Callable[[Machine, Input], Run]
"""Boots a machine with the program that is compared, and this as its standard input."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to run the program: fork's strategy, and whether vfork is a fork as well."""

    name: str
    strategy: StrategyName
    vfork_as_fork: bool = False


PLAIN = tuple(Variant(name, name) for name in get_args(StrategyName))
"""A variant for each strategy; the first is what the others are compared with."""
AS_FORK = Variant("vfork as fork", "copy", vfork_as_fork=True)
"""The variant for programs that call vfork."""


@dataclass(slots=True)
class Outcome:
    """What one variant did.

    ``exit_code``, ``signal`` and ``message`` as in :class:`vm.records.Result`; ``peak`` and ``most_shared`` in frames
    and pages of the whole machine; ``end``: how the address space of the first process ended, None if the machine ended
    the run before.
    ``calls_ns`` and ``runs_ns``: the host's times in creations and in all, of each round.
    """

    variant: Variant
    exit_code: int | None
    signal: int | None
    message: str
    output: bytes
    errors: bytes
    retired: int
    totals: Totals
    peak: int
    most_shared: int
    timeline: tuple[Sample, ...]
    end: events.SpaceEnded | None
    calls_vfork: bool
    calls_ns: list[int] = field(default_factory=list)
    runs_ns: list[int] = field(default_factory=list)

    @property
    def status(self) -> int | None:
        """How the first process ended, as a shell would say it."""
        return shell_status(self.exit_code, self.signal)

    @property
    def shown(self) -> tuple[int | None, int | None, str, bytes, bytes]:
        """What an observer of the program could see."""
        return self.exit_code, self.signal, self.message, self.output, self.errors


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcomes, and for each where the first process's final memory differs from the first outcome's.

    ``notes`` are for people: what could not be used.
    """

    outcomes: tuple[Outcome, ...]
    memory: tuple[tuple[Difference, ...], ...]
    notes: tuple[str, ...] = ()

    @property
    def reference(self) -> Outcome:
        """What the others are compared with."""
        return self.outcomes[0]

    @property
    def is_same(self) -> bool:
        """True when all runs showed the same and left the same."""
        return all(outcome.shown == self.reference.shown for outcome in self.outcomes) and not any(self.memory)


def compare(
    boot: Boot, new_input: Callable[[], Input], rounds: int, machine: Machine, done: Callable[[], None]
) -> Comparison:
    """Run every variant once, then ``rounds`` times for the time; ``done`` is called after each run.

    The machine of each is ``machine`` in all but how it creates processes. A run that the machine ended, by a limit, is
    not repeated. Raises CannotRun.
    """
    outcomes: list[Outcome] = []
    found: list[tuple[Difference, ...]] = []
    notes: list[str] = []
    reference: FinalMemory | None = None
    for variant in (*PLAIN, AS_FORK):
        if variant is AS_FORK and not outcomes[0].calls_vfork:
            continue
        outcome, memory = _observe(variant, boot(_machine(variant, machine), new_input()))
        reference = reference or memory
        outcomes.append(outcome)
        found.append(tuple(differences(reference, memory, notes.append)))
        done()
    for _ in range(rounds):
        for outcome in outcomes:
            if not outcome.message:
                _time(outcome, boot(_machine(outcome.variant, machine), new_input()))
            done()
    return Comparison(tuple(outcomes), tuple(found), tuple(dict.fromkeys(notes)))


def steps(rounds: int) -> int:
    """How many runs a comparison makes at most."""
    return (len(PLAIN) + 1) * (1 + rounds)


def _machine(variant: Variant, machine: Machine) -> Machine:
    return replace(machine, fork=variant.strategy, vfork_as_fork=variant.vfork_as_fork)


def _observe(variant: Variant, run: Run) -> tuple[Outcome, FinalMemory]:
    totals, memory = TotalsObserver(run.kernel), FinalMemoryObserver(run.kernel, run.program.pid)
    vforks: list[int] = []

    def created(event: events.Created) -> None:
        if event.meant == "vfork":
            vforks.append(event.child)

    run.kernel.events.subscribe(events.Created, created)
    result = run.finish()
    outcome = Outcome(
        variant, result.exit_code, result.signal, result.message, result.output, result.errors, result.retired,
        totals.totals, result.memory.peak, totals.most_shared, tuple(totals.timeline), totals.ends.get(run.program.pid),
        bool(vforks),
    )  # fmt: skip
    return outcome, memory.final()


def _time(outcome: Outcome, run: Run) -> None:
    calls: list[int] = []
    run.kernel.events.subscribe(events.Created, lambda event: calls.append(event.costs.host_ns))
    begin = perf_counter_ns()
    run.finish()
    outcome.runs_ns.append(perf_counter_ns() - begin)
    outcome.calls_ns.append(sum(calls))


def median(times: Sequence[int]) -> int | None:
    """The median of times in nanoseconds, None of none."""
    return round(statistics.median(times)) if times else None


def output_difference(first: bytes, second: bytes) -> list[str]:
    """The lines of two outputs where they differ, marked ``-``, ``+`` or with a blank; ``@`` where some are left out.

    What is no text in UTF-8, and control characters, appear as escapes.
    """
    lines = [
        [_readable(line) for line in data.decode("utf-8", "backslashreplace").splitlines(keepends=True)]
        for data in (first, second)
    ]
    same = next((index for index, (a, b) in enumerate(zip(*lines, strict=False)) if a != b), min(map(len, lines)))
    begin = max(0, same - CONTEXT)
    first_part, second_part = (part[begin : begin + MOST_LINES] for part in lines)
    found = difflib.unified_diff(first_part, second_part, n=CONTEXT, lineterm="")
    shown = ["@" if line.startswith("@@") else line for line in list(found)[2:]]
    if shown and begin == 0:
        del shown[0]
    if any(len(part) > begin + MOST_LINES for part in lines):
        shown.append("@")
    return shown


def _readable(line: str) -> str:
    body = line.removesuffix("\n")
    text = printable(body, keep="\t")
    return text if line.endswith("\n") else f"{text} (no newline)"


def as_json(program: str, arguments: Sequence[str], comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON: bytes as numbers of them, times in nanoseconds, contents as hexadecimal digits."""
    runs = [
        _record(comparison.reference, outcome, found)
        for outcome, found in zip(comparison.outcomes, comparison.memory, strict=True)
    ]
    return {
        "version": FORMAT_VERSION,
        "program": program,
        "arguments": list(arguments),
        "same": comparison.is_same,
        "runs": runs,
    }


def _record(reference: Outcome, outcome: Outcome, memory: Sequence[Difference]) -> dict[str, Any]:
    end = outcome.end
    totals = {name: value for name, value in asdict(outcome.totals).items() if name != "call_ns"}
    return {
        "name": outcome.variant.name,
        "strategy": outcome.variant.strategy,
        "vfork_as_fork": outcome.variant.vfork_as_fork,
        "status": outcome.status,
        "message": outcome.message,
        "output_bytes": len(outcome.output),
        "error_bytes": len(outcome.errors),
        "retired": outcome.retired,
        "output_difference": output_difference(reference.output, outcome.output),
        "error_difference": output_difference(reference.errors, outcome.errors),
        "memory_difference": [_difference(found) for found in memory],
        "totals": totals,
        "peak_bytes": outcome.peak * PAGE_SIZE,
        "most_shared_bytes": outcome.most_shared * PAGE_SIZE,
        "end": None if end is None else {
            "peak_bytes": end.peak * PAGE_SIZE, "private_bytes": end.private * PAGE_SIZE,
            "shared_bytes": end.shared * PAGE_SIZE,
        },
        "timeline": [
            [sample.clock, sample.private * PAGE_SIZE, sample.shared * PAGE_SIZE] for sample in outcome.timeline
        ],
        "calls_ns": outcome.calls_ns,
        "runs_ns": outcome.runs_ns,
    }  # fmt: skip


def _difference(found: Difference) -> dict[str, Any]:
    contents = [None if data is None else data.hex() for data in (found.first, found.second)]
    return {
        "name": found.name, "where": found.where, "address": found.address, "size": found.size,
        "first": contents[0], "second": contents[1],
    }  # fmt: skip
