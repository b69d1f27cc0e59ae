"""Every schedule of a small concurrent program, tried one by one: what it can print, and how it can end.

A model in plain Python that shares no code with the product. A program is a tree of statements. Between any two of
them, each a system call or an access to shared memory, any other process may run. What comes between two statements is
the process's own affair. The states that a program can get into are visited once each, with no other economy.

What is the machine's: signals act before the next statement of their target, or at the end of the one in which it
waits; a wait for any child takes any zombie; of several signals any may be first; a process ends in one go.
Source: Linux's manual pages fork(2), wait(2), pipe(7), signal(7), vfork(2), _exit(2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from tests.oracle.small_calls import (
    EFFECTS,
    WAYS,
    after_interrupt,
    one_way,
)
from tests.oracle.small_language import (
    KILL,
    LOCAL,
    RETURN,
    Body,
    Pause,
    Pid,
    Resume,
    Say,
    Sleep,
    Suspend,
)
from tests.oracle.small_process import (
    Process,
)
from tests.oracle.small_world import (
    Done,
    End,
    World,
)

Outcome = tuple[bytes, End]
Course = tuple[tuple[Done, ...], End]
"""One schedule: everything that is done, in its order, and the end."""


class TooLarge(Exception):
    """A program has more states, or outcomes, than somebody wanted to wait for."""


# --- signals that act -------------------------------------------------------------------------------------------------


def settle(world: World, pid: Pid) -> Iterator[World]:
    """Let the signals act that are due, in any order, and the process go on to its next statement.

    The world is used up.
    """
    process = world.processes.get(pid)
    if process is None or process.status is not None or (process.is_suspended and not process.is_doomed):
        yield world
    elif not process.due:
        world.own(pid).go_on()
        yield world
    else:
        for signal in [KILL] if KILL in process.due else sorted(process.due):
            twin = world.copy()
            act(twin, pid, signal)
            yield from settle(twin, pid)


def act(world: World, pid: Pid, signal: int) -> None:
    """Let a signal end the process, enter its handler, or pass."""
    process = world.own(pid)
    process.pending -= {signal}
    handler = process.handlers.get(signal)
    if process.ends_by(signal):
        world.die(pid, -signal)
    elif handler is not None and handler.body is not None:
        if process.waits:
            interrupt(world, pid, handler.restarts)
        former = process.mask if process.former_mask is None else process.former_mask
        process.frames.append(((*handler.body, RETURN), former))
        process.mask, process.former_mask = process.mask | {signal}, None


def interrupt(world: World, pid: Pid, restarts: bool) -> None:
    """A handler runs in the middle of a statement: it begins anew afterwards, or fails with EINTR."""
    process = world.own(pid)
    statement, process.waits, process.rest = process.next, False, 0
    if isinstance(statement, Pause | Suspend | Sleep) or not restarts:
        world.done += (Done(pid, type(statement).__name__),)
        process.finish(after_interrupt(process, statement))


# --- steps ------------------------------------------------------------------------------------------------------------


def steps(world: World) -> Iterator[World]:
    """Every way in which any process can make its next step; where none can, the first sleep ends."""
    is_anyone_able = False
    for pid, process in world.processes.items():
        if process.status is None:
            for after in steps_of(world, pid, process):
                is_anyone_able = True
                yield after
    sleepers = [(process.rest, pid) for pid, process in world.processes.items() if process.rest]
    if sleepers and not is_anyone_able:
        after = world.after()
        do(after, min(sleepers)[1], None)
        yield from settle(after, min(sleepers)[1])


def steps_of(world: World, pid: Pid, process: Process) -> Iterator[World]:
    """Every way in which this one can; none while it waits."""
    ways = WAYS.get(type(process.next), one_way)(world, pid, process.next)
    if (process.due and not process.waits) or process.is_doomed or isinstance(process.next, LOCAL):
        yield from settle(world.after(), pid)
    elif ways:
        for way in ways:
            after = world.after()
            do(after, pid, way)
            yield from settle(after, pid)
    elif not process.waits:
        after = world.after()
        begin_to_wait(after.own(pid))
        yield from settle(after, pid)
    elif process.due and not process.is_suspended:
        yield from settle(world.after(), pid)


def do(world: World, pid: Pid, way: Pid | None) -> None:
    """Do the next statement of a process; ``way`` is the child that a wait takes."""
    process, statement = world.own(pid), world.processes[pid].next
    world.done += (Done(pid, type(statement).__name__, statement.text if isinstance(statement, Say) else b""),)
    follow = EFFECTS[type(statement)](world, pid, statement, way)
    if follow is not None:
        process.finish(follow)
        process.waits = isinstance(process.next, Resume)


def begin_to_wait(process: Process) -> None:
    process.waits = True
    if isinstance(process.next, Sleep):
        process.rest = process.next.duration
    if isinstance(process.next, Suspend):
        process.former_mask, process.mask = process.mask, frozenset()


# --- every schedule ---------------------------------------------------------------------------------------------------

Told = TypeVar("Told", bytes, tuple[Done, ...])


class Schedules(Generic[Told]):
    """All that can become of a program's states: ``told`` says what is told of a step.

    Raises TooLarge for more ``states``, or more than ``most`` rows of what is told, from all states together.
    """

    def __init__(self, told: Callable[[World], Told], states: int, most: int) -> None:
        self.told = told
        self.states = states
        self.most = most
        self.known: dict[tuple[object, ...], frozenset[tuple[Told, End]]] = {}

    def from_state(self, world: World) -> frozenset[tuple[Told, End]]:
        """What will be told from now on, and how the run ends, in every schedule."""
        key = world.key()
        if key not in self.known:
            found: set[tuple[Told, End]] = set()
            for after in steps(world):
                told: Told = self.told(after)
                found.update([(told + rest, end) for rest, end in self.from_state(after)])
            nothing = self.told(world.after())
            self.known[key] = frozenset(found or [(nothing, world.end())])
            self.most -= len(found)
            if len(self.known) > self.states or self.most < 0:
                raise TooLarge(f"{len(self.known)} states")
        return self.known[key]


def every_outcome(program: Body, states: int = 200_000, most: int = 1_000_000) -> frozenset[Outcome]:
    """Return all that ``program`` can write, each with each way in which it can end then. Raises TooLarge."""
    return Schedules(output_of, states, most).from_state(World(program))


def every_course(program: Body, states: int = 20_000, most: int = 200_000) -> frozenset[Course]:
    """Return every schedule of ``program`` by what is done in it. Raises TooLarge."""
    return Schedules(done_in, states, most).from_state(World(program))


def output_of(world: World) -> bytes:
    return b"".join([done.text for done in world.done])


def done_in(world: World) -> tuple[Done, ...]:
    return world.done
