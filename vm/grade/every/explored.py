"""A test's program under every schedule: the classes of its runs, and any run of them with all that is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vm.grade.images import Images
from vm.grade.lab import Expected, Test, Text
from vm.grade.observation import Observation
from vm.grade.trying import Attempt
from vm.kernel.pausing import Ending
from vm.machine import EXPLORED_INSTRUCTIONS
from vm.outcomes.exploration import QUANTUM, explore
from vm.outcomes.exploring import NEVER, Limits
from vm.outcomes.kinds import Kind, kinds_of
from vm.outcomes.orders import Outcome
from vm.quantities import plural
from vm.run import Run
from vm.values import dataclass

STEPS = 10_000
"""Steps of a run at most: calls, and uses of shared memory."""
TOO_LONG = f"limit of {STEPS:,} steps"
"""How a run ends that has more: nothing is known of it then."""
NODES = 30_000
"""Nodes of the automaton of its outputs: more are not worth the time."""
MANY = 10**12
"""Outcomes of which nobody wants to know how many more there are."""
CLASSES = 500
"""Classes from which on states are explored in turns with them, if only texts are to be judged."""


@dataclass(frozen=True, slots=True)
class Exploring:
    """Makes a machine for the program of a test, the same each time. It can be sent elsewhere."""

    test: Test
    images: Images

    def __call__(self, *, record: bool) -> Run:
        """Return a new run. Raises CannotRun, WrongSetting."""
        return Attempt(self.test, self.images, record=record).run


class Explored:
    """The runs of a test's program, as far as they were explored: by the test's limits of runs, and of seconds.

    ``kinds`` are its outcomes by the ways to end, but for those of runs that had more than STEPS steps. The machine has
    another quantum than the test says: any other thread may run between two calls. Raises CannotRun.
    """

    def __init__(self, test: Test, images: Images) -> None:
        instructions = test.settings.instructions or EXPLORED_INSTRUCTIONS
        settings = replace(test.settings, quantum=QUANTUM, instructions=instructions)
        self.test = replace(test, settings=settings)
        self.images = images
        plain = replace(self.test, rules=(), expected=Expected())
        limits = Limits(test.runs, STEPS, test.seconds, NEVER if looks_at_runs(test) else CLASSES)
        self._found = explore(Exploring(plain, images), limits)
        self.orders = self._found.orders
        self.is_by_states = self._found.is_by_states
        self.kinds: list[Kind] = [each for each in kinds_of(self.orders, NODES) if each.end.limit != TOO_LONG]

    @property
    def is_cut_by_time(self) -> bool:
        """True where this computer's time was up before all was known: another one may come further."""
        return f"up to {self.test.seconds:g} seconds" in self._found.bounds

    @property
    def length(self) -> int:
        """How many steps a run has, on average; at least one."""
        return max(1, sum(len(order.steps) for order in self.orders) // max(1, len(self.orders)))

    @property
    def is_cut_by_runs(self) -> bool:
        """True where as many runs were made as the test allows."""
        return f"up to {self.test.runs:,} runs" in self._found.bounds

    @property
    def has_too_long(self) -> bool:
        """True where a run had more than STEPS steps."""
        return any(order.end.limit == TOO_LONG for order in self.orders)

    @property
    def cut(self) -> str:
        """What ended the exploration before all was known, in words; empty where nothing did."""
        if self.is_cut_by_time:
            return f"up to {self.test.seconds:g} seconds"
        if self.is_cut_by_runs:
            return f"up to {plural(self.test.runs, 'run')}"
        if self.has_too_long:
            return f"up to {STEPS:,} steps of a run"
        return ""

    @property
    def bounds(self) -> tuple[str, ...]:
        """What was not explored in full, though the rule for it was followed: "up to time"."""
        return tuple([bound.partition(":")[0] for bound in self._found.bounds if ":" in bound])

    @property
    def words(self) -> str:
        """What was tried, in words: "every schedule: 6 outcomes"."""
        counts = [kind.counted for kind in self.kinds]
        total = sum(count for count, _ in counts)
        number = plural(min(total, MANY), "outcome")
        if total > MANY or not all(is_exact for _, is_exact in counts):
            number = f"at least {number}"
        if self.cut:
            return f"not every schedule, {self.cut}: {number}"
        return f"every schedule{''.join(f', {bound}' for bound in self.bounds)}: {number}"

    # --- runs -----------------------------------------------------------------------------------------------------

    def observe(self, index: int, sequence: Sequence[int] | None = None, *, record: bool = False) -> Observation | None:
        """Make the run of class ``index`` whose steps come in this sequence, by default as they were found.

        Return what is judged of it; with ``record`` it has a schedule. None where there is no such run.
        """
        order = self.orders[index]
        attempt = Attempt(self.test, self.images, record=record)
        try:
            run = self._found.replay(index, range(len(order.steps)) if sequence is None else sequence, attempt.run)
        except ValueError:
            return None
        system = run.kernel.system
        if system.ending is not None:
            return attempt.observation(system.ending)
        # Whoever could run polls for what nobody will change, until a limit ends that.
        schedule, settings = run.schedule() if record else None, self.test.settings
        limit = f"instruction limit of {settings.instructions:,}"
        if settings.calls is not None and order.steps[-1].call != "access":
            limit = f"limit of {settings.calls:,} system calls"
        system.ending = Ending(limit=limit)
        run.kernel.is_midway = False
        return replace(attempt.observation(system.ending), schedule=schedule)


def looks_at_runs(test: Test) -> bool:
    """Tell whether runs are to be looked at, and not only what they write and how they end."""
    return bool(test.rules or test.expected.files)


def observation_of(outcome: Outcome, like: Observation) -> Observation:
    """Return what is judged of a run that writes and ends as this outcome, and does all else as another one."""
    return replace(like, output=outcome.output, errors=outcome.errors, terminal=outcome.terminal)


def texts_of(test: Test) -> Mapping[str, tuple[Text, ...]]:
    """Return what is expected of each stream that something is expected of."""
    expected = test.expected
    found = {"output": expected.output, "errors": expected.errors, "terminal": expected.terminal}
    return {stream: texts for stream, texts in found.items() if texts}
