"""A machine that is taken back is the one that was there: digest and registers of one that was stepped through once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.accounting import check_kernel
from tests.sampling import first_of
from vm import events
from vm.cpu.state import PC
from vm.debug.changes import Change, DropSignal, Kill, NoChange, SendSignal, SetRegisters, WriteMemory
from vm.debug.checkpoints import Limits
from vm.debug.history import History
from vm.kernel.pausing import Ending, Moment, Pause, Until
from vm.kernel.stops import Stops
from vm.machine import Machine
from vm.run import Run

PROGRAMS = Path(__file__).parents[2] / "programs"
NAMES = (
    "vfork_exec.s", "fork_order.s", "pipe.s", "threads.s", "fork_tree.s", "pipeline.s", "race_lock.s", "wait.s", "sh.s",
    "cat.s", "orphan.s", "vfork_killed.s", "vfork_return.s", "fork_exec.s", "zombie.s", "futex_lock.s", "broken_pipe.s",
)  # fmt: skip
INPUT = b"echo a\none\ntwo\n"
KINDS = (events.Created, events.Exited, events.Executed, events.CallReturned)
PIDS = (2, 3, 4)
State = tuple[str, list[tuple[int, list[int]]]]


def state_of(run: Run) -> State:
    """A machine's digest, and the registers of its threads."""
    return run.digest(), [(task.tid, task.context[:PC].tolist()) for task in run.kernel.processes.threads]


class Stepped:
    """All states of a run that nobody has taken back, by their moments: a machine that goes from one to the next."""

    def __init__(self, run: Run, changes: list[tuple[Moment, Change]]) -> None:
        self.states: dict[Moment, State] = {}
        self.hits: list[Moment] = []
        changes = list(changes)
        run.start()
        run.advance(Until(moment=Moment(0, 0)))
        while True:
            moment = run.kernel.moment
            while changes and changes[0][0] == moment:
                assert changes.pop(0)[1].apply(run)
            self.states[moment] = state_of(run)
            if isinstance(run.advance(Until(moment=Moment(moment.clock, moment.steps + 1))), Ending):
                break
        self.end = state_of(run)


class Walk:
    """A random walk through the history of a program, which is compared with one that was stepped through."""

    def __init__(self, name: str, seed: int, engine: str) -> None:
        self.rng = random.Random(f"{name} {seed}")
        quantum = self.rng.choice((50, 1000))
        self.machine = Machine(engine=engine, quantum=quantum, instructions=6_000, memory=1 << 20)
        self.name = name
        self.history = History(self.boot(), Limits(instructions=self.rng.choice((20, 200)), share=1.0, rest=0.0))
        self.stepped = Stepped(self.boot(), [])

    def boot(self) -> Run:
        """The program, not started."""
        return self.machine.boot(PROGRAMS / self.name, input=INPUT)

    def check(self) -> None:
        """The present machine is the one that was stepped to here."""
        check_kernel(self.history.run.kernel)
        there = self.history._present.copy()
        there.stand_still()  # where a machine stands that is stepped
        wanted = self.stepped.end if there.is_over else self.stepped.states[there.moment]
        assert state_of(there.run) == wanted, (self.name, there.moment)

    def go(self) -> None:
        """Make one move."""
        history, rng = self.history, self.rng
        move = rng.choice((self.to_a_moment, self.backwards, self.backwards, self.forwards, self.by_steps))
        before = history._present.position
        move()
        if move == self.backwards:
            assert history._present.position < before or history.moment == history.begin
        self.check()

    def until(self) -> Until:
        """Something to stop at."""
        rng, kernel = self.rng, self.history.run.kernel
        stops = Stops()
        if rng.random() < 0.3:
            return Until(events=(rng.choice(KINDS),))
        if rng.random() < 0.4:
            stops.calls = dict.fromkeys(PIDS)
        if rng.random() < 0.4:
            stops.signals = dict.fromkeys(PIDS, frozenset(range(1, 65)))
        task = rng.choice(kernel.processes.threads)
        stops.breakpoints = dict.fromkeys(PIDS, frozenset({int(task.context[PC])}))
        return Until(stops=stops)

    def to_a_moment(self) -> None:
        """Go to a moment that there was."""
        self.history.goto(self.rng.choice(list(self.stepped.states)))

    def backwards(self) -> None:
        """Go back to something: to where a machine that goes on from the beginning pauses for it the last time."""
        until, here = self.until(), self.history._present.position
        wanted = None if self.history.changes else self.last_pause(until, here)
        pause = self.history.back(until)
        if pause is None:
            assert self.history.moment == self.history.begin
        if not self.history.changes:
            assert (pause and (self.history.moment, pause.why, pause.pid)) == wanted

    def last_pause(self, until: Until, here: tuple[Moment, bool]) -> tuple[Moment, str, int] | None:
        """The last pause of a machine, which nobody takes back, before ``here``."""
        run, last = self.boot().start(), None
        while not isinstance(pause := run.advance(until), Ending) and (run.kernel.moment, False) < here:
            last = (run.kernel.moment, pause.why, pause.pid)
        return last

    def forwards(self) -> None:
        """Go on to something."""
        self.history.advance(self.until())

    def by_steps(self) -> None:
        """Step a thread, and take the step back."""
        kernel = self.history.run.kernel
        task = kernel.running
        assert task is not None
        here = self.history.moment
        if self.rng.random() < 0.5:
            outcome = self.history.advance(Until(stops=Stops(step=task.tid)))
            if isinstance(outcome, Pause) and outcome.why == "step":
                self.check()
                now = self.history.run.kernel.processes.thread(task.tid)
                assert now is not None
                self.history.back(Until(stops=Stops(place=(task.tid, now.retired - 1))))
                assert self.history.moment <= max(here, self.history.moment)
        elif task.retired:
            pause = self.history.back(Until(stops=Stops(place=(task.tid, task.retired - 1))))
            now = self.history.run.kernel.processes.thread(task.tid)
            if pause is not None and pause.why == "place":
                assert now is not None
                assert now.retired == task.retired - 1

    def change(self) -> None:
        """Change something; from there on the run is another one."""
        history, rng = self.history, self.rng
        threads = [task for task in history.run.kernel.processes.threads if task.process.space is not None]
        if history.run.kernel.system.ending is not None or not threads:
            return
        task = rng.choice(threads)
        values = [*task.context[:32].tolist(), int(task.context[PC])]
        values[rng.choice((10, 11, 12))] = rng.randrange(100)
        sp = values[2]
        change: Change = rng.choice((
            SetRegisters(task.tid, tuple(values)), WriteMemory(task.pid, sp - 8, rng.randbytes(4)),
            WriteMemory(task.pid, values[32], task.memory.peek(values[32], 4)), SendSignal(task.tid, 10),
            Kill(task.pid), DropSignal(task.tid, 17),
        ))  # fmt: skip
        was_past = history.is_past
        before = history.changes
        try:
            is_new = history.change(change)
        except NoChange:
            return
        made = [(noted.moment, noted.change) for noted in history.changes]
        assert is_new == (was_past and history.changes != before)
        self.stepped = Stepped(self.boot(), made)
        self.check()


def walk(name: str, seed: int, engine: str, moves: int) -> None:
    """Go to the end and walk from there, with a change now and then."""
    walk = Walk(name, seed, engine)
    walk.history.advance()
    walk.check()
    for number in range(moves):
        walk.go()
        if number in (moves // 3, 2 * moves // 3):
            walk.change()
    walk.history.advance()
    walk.check()
    rerun = walk.history.rerun()
    rerun.advance()
    assert state_of(rerun.run) == walk.stepped.end


@pytest.mark.parametrize("engine", ["interpreter", "translator"])
@pytest.mark.parametrize("name", first_of(2, NAMES))
def test_a_walk_comes_where_a_machine_was(name: str, engine: str) -> None:
    walk(name, 1, engine, 15)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 5))
@pytest.mark.parametrize("name", NAMES)
def test_many_walks_come_where_a_machine_was(name: str, seed: int) -> None:
    walk(name, seed, ("interpreter", "translator")[seed % 2], 40)
