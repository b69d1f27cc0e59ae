"""Small programs as the explorer finds them, in the words of the model of every schedule."""

from __future__ import annotations

from forklore import Machine
from tests.oracle.every_schedule import Outcome
from tests.oracle.in_assembly import to_assembly
from tests.oracle.machine_runs import wait_of
from tests.oracle.small_language import Body
from tests.oracle.small_world import End
from vm.outcomes.automaton import Outputs
from vm.outcomes.exploration import QUANTUM
from vm.outcomes.exploring import Explorer, Limits

RUNS = 500
"""Of the machine, for one program."""


def explored(program: Body) -> tuple[Explorer, bool]:
    """Explore a program, and tell whether that came to its end."""
    source = to_assembly(program)
    machine = Machine(quantum=QUANTUM, memory=1 << 22, files={"/small.s": source.encode()})
    explorer = Explorer(machine.boot("/small.s", keep=False).start(), Limits(runs=RUNS, seconds=None))
    return explorer, explorer.explore()


def outcomes_of(explorer: Explorer) -> frozenset[Outcome]:
    """All outcomes that it has found."""
    found = set()
    for outcome in Outputs(tuple(explorer.classes)):
        end = outcome.end
        status = end.exit_code if end.signal is None else -end.signal
        stuck = [(each.thread, wait_of(each.why)) for each in end.stuck]
        found.add((outcome.terminal or outcome.output, End(status, frozenset(stuck))))
    return frozenset(found)
