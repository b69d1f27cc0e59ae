"""Every schedule of a small concurrent program, tried one by one: what it can print, and how it can end.

A model in plain Python that shares no code with the product. A program is a tree of statements. Between any two of
them, each a system call or an access to shared memory, any other process may run. What comes between two statements is
the process's own affair. The states that a program can get into are visited once each, with no other economy.

What is the machine's: signals act before the next statement of their target, or at the end of the one in which it
waits; a wait for any child takes any zombie; of several signals any may be first; a process ends in one go.
Source: Linux's manual pages fork(2), wait(2), pipe(7), signal(7), vfork(2), _exit(2).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

from tests.oracle.small_language import (
    CHLD,
    END,
    KILL,
    LOCAL,
    PIPE,
    RETURN,
    Add,
    Append,
    AskParent,
    Body,
    Close,
    Dup,
    Exit,
    Fork,
    Get,
    Handle,
    Kill,
    Load,
    Look,
    MakePipe,
    Mask,
    NeverWait,
    Pause,
    Pid,
    Put,
    Resume,
    Return,
    Say,
    Self,
    ShowFile,
    Statement,
    Store,
    Suspend,
    Wait,
)
from tests.oracle.small_process import Process

EINTR, ECHILD = 4, 10
FIRST: Pid = (1,)


@cache
def say(text: bytes) -> Body:
    """Return what writes a text that was computed: the same statement for the same text."""
    return (Say(text),) if text else ()


@cache
def store(word: int, value: int) -> Store:
    return Store(word, value)


@cache
def resume(child: Pid, name: str) -> Resume:
    return Resume(child, name)


class End(NamedTuple):
    """How a run ends: the first process's exit code, or minus its signal; who waits for ever, and in what."""

    status: int | None
    stuck: frozenset[tuple[Pid, str]]


Outcome = tuple[bytes, End]


class Done(NamedTuple):
    """Process ``pid`` has done a statement of the type ``name``, and written ``text`` to standard output by it."""

    pid: Pid
    name: str
    text: bytes = b""


Course = tuple[tuple[Done, ...], End]
"""One schedule: everything that is done, in its order, and the end."""


class TooLarge(Exception):
    """A program has more states, or outcomes, than somebody wanted to wait for."""


class World:
    """A state of the machine; ``done`` is what the step that led here has done."""

    def __init__(self, program: Body) -> None:
        self.processes = {FIRST: Process(None, [((*program, END), frozenset())])}
        self.processes[FIRST].go_on()
        self.owned = {FIRST}
        self.numbers: dict[object, int] = {}
        self.pipes: dict[str, bytes] = {}
        self.never_wait: frozenset[str] = frozenset()
        self.narrow: frozenset[str] = frozenset()
        self.words: tuple[int, ...] = (0,) * 4
        self.file = b""
        self.status: int | None = None
        self.done: tuple[Done, ...] = ()

    def copy(self) -> World:
        """Return the same state. Neither owns a process then."""
        twin = copy.copy(self)
        twin.processes, twin.pipes = self.processes.copy(), self.pipes.copy()
        self.owned, twin.owned = set(), set()
        return twin

    def own(self, pid: Pid) -> Process:
        """Return a process for this world to change."""
        if pid not in self.owned:
            self.processes[pid] = self.processes[pid].copy()
            self.owned.add(pid)
        return self.processes[pid]

    def key(self) -> tuple[object, ...]:
        for process in self.processes.values():
            if process.number < 0:
                process.number = self.numbers.setdefault(process.key(), len(self.numbers))
        return (
            tuple([(pid, process.number) for pid, process in sorted(self.processes.items())]),
            tuple(sorted(self.pipes.items())), self.never_wait, self.narrow, self.words, self.file, self.status,
        )  # fmt: skip

    def has_end(self, pipe: str, side: str) -> bool:
        return any(pipe + side in process.files.values() for process in self.processes.values())

    def is_full(self, pipe: str) -> bool:
        return pipe in self.narrow and bool(self.pipes[pipe])

    def children(self, pid: Pid, statement: Wait) -> list[Pid]:
        """The children that a wait may be for."""
        wanted = self.processes[pid].names.get(statement.name)
        children = [child for child, process in self.processes.items() if process.parent == pid]
        return [child for child in children if not statement.name or child == wanted]

    def end(self) -> End:
        stuck = {(pid, waiting_for(process.next)) for pid, process in self.processes.items() if process.status is None}
        return End(self.status, frozenset(stuck))

    # --- what others do to a process ----------------------------------------------------------------------------------

    def send(self, target: Pid, signal: int) -> None:
        process = self.processes.get(target)
        if process is None or process.status is not None:
            return
        if signal in process.mask or not process.ignores(signal):
            self.own(target).pending |= {signal}

    def die(self, pid: Pid, status: int) -> None:
        """Let a process end: a zombie, unless nobody waits for it."""
        process = self.own(pid)
        if status < 0:
            self.done += (Done(pid, "Death"),)
        process.status, process.waits, process.frames = status, False, []
        process.files, process.names, process.handlers = {}, {}, {}
        process.mask, process.former_mask, process.pending = frozenset(), None, frozenset()
        process.births, process.flag = 0, False
        self.drop_pipes()
        for child in [child for child, other in self.processes.items() if other.parent == pid]:
            self.own(child).parent = None
            if self.processes[child].status is not None:
                del self.processes[child]
        if pid == FIRST:
            self.status = status
        parent = process.parent
        if parent is None or (CHLD in self.processes[parent].handlers and self.processes[parent].ignores(CHLD)):
            del self.processes[pid]
        else:
            self.send(parent, CHLD)

    def drop_pipes(self) -> None:
        """Forget what pipes hold that nobody can read any more."""
        for pipe in self.pipes:
            if not self.has_end(pipe, "r"):
                self.pipes[pipe] = b""

    # --- signals that act ---------------------------------------------------------------------------------------------

    def settle(self, pid: Pid) -> Iterator[World]:
        """Let the signals act that are due, in any order, and the process go on to its next statement.

        This world is used up.
        """
        process = self.processes.get(pid)
        if process is None or process.status is not None or (process.is_suspended and not process.is_doomed):
            yield self
        elif not process.due:
            self.own(pid).go_on()
            yield self
        else:
            for signal in [KILL] if KILL in process.due else sorted(process.due):
                world = self.copy()
                world.act(pid, signal)
                yield from world.settle(pid)

    def act(self, pid: Pid, signal: int) -> None:
        process = self.own(pid)
        process.pending -= {signal}
        handler = process.handlers.get(signal)
        if process.ends_by(signal):
            self.die(pid, -signal)
        elif handler is not None and handler.body is not None:
            if process.waits:
                self.interrupt(pid, handler.restarts)
            former = process.mask if process.former_mask is None else process.former_mask
            process.frames.append(((*handler.body, RETURN), former))
            process.mask, process.former_mask = process.mask | {signal}, None

    def interrupt(self, pid: Pid, restarts: bool) -> None:
        """A handler runs in the middle of a statement: it begins anew afterwards, or fails with EINTR."""
        process = self.own(pid)
        statement, process.waits = process.next, False
        if isinstance(statement, Pause | Suspend) or not restarts:
            self.done += (Done(pid, type(statement).__name__),)
            failed = statement.failed if isinstance(statement, Get | Put) else ()
            process.finish(after_wait(process, statement, -EINTR) if isinstance(statement, Wait) else failed)

    # --- steps --------------------------------------------------------------------------------------------------------

    def steps(self) -> Iterator[World]:
        """Every way in which any process can make its next step."""
        for pid, process in self.processes.items():
            if process.status is None:
                yield from self.steps_of(pid, process)

    def steps_of(self, pid: Pid, process: Process) -> Iterator[World]:
        ways = WAYS.get(type(process.next), one_way)(self, pid, process.next)
        if (process.due and not process.waits) or process.is_doomed or isinstance(process.next, LOCAL):
            yield from self.after().settle(pid)
        elif ways:
            for way in ways:
                world = self.after()
                world.do(pid, way)
                yield from world.settle(pid)
        elif not process.waits:
            world = self.after()
            begin_to_wait(world.own(pid))
            yield from world.settle(pid)
        elif process.due and not process.is_suspended:
            yield from self.after().settle(pid)

    def after(self) -> World:
        """Return a copy for the next step."""
        world = self.copy()
        world.done = ()
        return world

    def do(self, pid: Pid, way: Pid | None) -> None:
        """Do the next statement of a process; ``way`` is the child that a wait takes."""
        process, statement = self.own(pid), self.processes[pid].next
        self.done += (Done(pid, type(statement).__name__, statement.text if isinstance(statement, Say) else b""),)
        follow = EFFECTS[type(statement)](self, pid, statement, way)
        if follow is not None:
            process.finish(follow)
            process.waits = isinstance(process.next, Resume)


def begin_to_wait(process: Process) -> None:
    process.waits = True
    if isinstance(process.next, Suspend):
        process.former_mask, process.mask = process.mask, frozenset()


# --- statements that may have to wait: the ways in which they can be done now -----------------------------------------

Ways = list[Pid | None]


def one_way(_world: World, _pid: Pid, _statement: Statement) -> Ways:
    return [None]


def no_way(_world: World, _pid: Pid, _statement: Statement) -> Ways:
    return []


def ways_to_get(world: World, pid: Pid, statement: Get) -> Ways:
    """O_NONBLOCK is for who begins to wait: whoever waits already is not woken when others set it."""
    what, is_patient = world.processes[pid].files.get(statement.end, ""), world.processes[pid].waits
    pipe = what[:-1]
    has_to_wait = what.endswith("r") and not world.pipes[pipe] and world.has_end(pipe, "w")
    return [] if has_to_wait and (is_patient or what not in world.never_wait) else [None]


def ways_to_put(world: World, pid: Pid, statement: Put) -> Ways:
    what, is_patient = world.processes[pid].files.get(statement.end, ""), world.processes[pid].waits
    has_to_wait = what.endswith("w") and world.is_full(what[:-1]) and world.has_end(what[:-1], "r")
    return [] if has_to_wait and (is_patient or what not in world.never_wait) else [None]


def ways_to_wait(world: World, pid: Pid, statement: Wait) -> Ways:
    children = world.children(pid, statement)
    ended: Ways = [child for child in children if world.processes[child].status is not None]
    return ended or ([None] if statement.polls or not children else [])


def ways_to_resume(world: World, _pid: Pid, statement: Resume) -> Ways:
    child = world.processes.get(statement.child)
    return [] if child is not None and child.status is None else [None]


WAYS: dict[type[Statement], Callable[[World, Pid, Any], Ways]] = {
    Get: ways_to_get,
    Put: ways_to_put,
    Wait: ways_to_wait,
    Pause: no_way,
    Suspend: no_way,
    Resume: ways_to_resume,
}


WAITS = {Get: "read", Put: "write", Wait: "wait", Pause: "pause", Suspend: "pause", Resume: "vfork"}


def waiting_for(statement: Statement) -> str:
    """Return the name of what the process waits in."""
    return WAITS[type(statement)]


# --- what statements do: each returns the statements that come in its place -------------------------------------------


def do_say(_world: World, _pid: Pid, _statement: Say, _way: Pid | None) -> Body:
    return ()  # nobody can tell but who looks at the terminal


def do_exit(world: World, pid: Pid, statement: Exit, _way: Pid | None) -> None:
    world.die(pid, statement.code)


def do_self(world: World, pid: Pid, _statement: Self, _way: Pid | None) -> Body:
    world.processes[pid].names["self"] = pid
    return ()


def do_fork(world: World, pid: Pid, statement: Fork, _way: Pid | None) -> Body:
    parent = world.processes[pid]
    parent.births += 1
    number = (*pid, parent.births)
    child = parent.copy()
    child.parent, child.births, child.waits, child.pending = pid, 0, False, frozenset()
    child.frames = [((*statement.body, END), parent.mask)]
    world.processes[number] = child
    world.owned.add(number)
    if statement.how == "vfork":
        return (resume(number, statement.name),)
    if statement.how == "fork":
        child.names.pop("parent", None)
        if "self" in parent.names:
            child.names["parent"] = child.names.pop("self")
    parent.names[statement.name] = number
    return ()


def do_resume(world: World, pid: Pid, statement: Resume, _way: Pid | None) -> Body:
    world.processes[pid].names[statement.name] = statement.child
    return ()


def do_wait(world: World, pid: Pid, statement: Wait, way: Pid | None) -> Body:
    process = world.processes[pid]
    if way is None:
        return after_wait(process, statement, 0 if world.children(pid, statement) else -ECHILD)
    status = world.processes.pop(way).status
    assert status is not None
    return after_wait(process, statement, status, way)


def after_wait(process: Process, statement: Wait, result: int, child: Pid | None = None) -> Body:
    """What is done with the result: a status (an exit code, or minus a signal), 0 without a child, or -errno."""
    letter = b""
    if statement.tells and child is not None:
        letter = bytes([ord("0") + result if result >= 0 else ord("@") - result])
    elif statement.tells and result:
        letter = bytes([ord("`") - result])
    is_it = child is not None and (not statement.expected or process.names.get(statement.expected) == child)
    return say(letter) + (statement.then if is_it else statement.other)


def do_make_pipe(world: World, pid: Pid, statement: MakePipe, _way: Pid | None) -> Body:
    for end in (statement.name + "r", statement.name + "w"):
        world.processes[pid].files[end] = end
        world.never_wait |= {end} if statement.never_waits else set()
    world.pipes[statement.name] = b""
    world.narrow |= {statement.name} if statement.narrow else set()
    return ()


def do_close(world: World, pid: Pid, statement: Close, _way: Pid | None) -> Body:
    world.processes[pid].files.pop(statement.end, None)
    world.drop_pipes()
    return ()


def do_dup(world: World, pid: Pid, statement: Dup, _way: Pid | None) -> Body:
    files = world.processes[pid].files
    if statement.end in files:
        files[statement.new] = files[statement.end]
    return ()


def do_never_wait(world: World, pid: Pid, statement: NeverWait, _way: Pid | None) -> Body:
    files = world.processes[pid].files
    if statement.end in files:
        world.never_wait |= {files[statement.end]}
    return ()


def do_put(world: World, pid: Pid, statement: Put, _way: Pid | None) -> Body:
    what = world.processes[pid].files.get(statement.end, "")
    if not what.endswith("w"):
        return statement.failed
    if not world.has_end(what[:-1], "r"):
        world.send(pid, PIPE)
        return statement.failed
    if world.is_full(what[:-1]):
        return statement.failed
    world.pipes[what[:-1]] += statement.text
    return ()


def do_get(world: World, pid: Pid, statement: Get, _way: Pid | None) -> Body:
    what = world.processes[pid].files.get(statement.end, "")
    if not what.endswith("r"):
        return statement.failed
    held = world.pipes[what[:-1]]
    if not held:
        return statement.failed if world.has_end(what[:-1], "w") else statement.ended
    world.pipes[what[:-1]] = held[statement.size :]
    return statement.got or say(held[: statement.size])


def do_look(world: World, pid: Pid, statement: Look, _way: Pid | None) -> Body:
    """Bytes, the end of file and the error of a pipe without readers are seen; a descriptor that is closed is not."""
    what = world.processes[pid].files.get(statement.end, "")
    pipe = what[:-1]
    is_alone = bool(what) and not world.has_end(pipe, "w" if what.endswith("r") else "r")
    is_ready = is_alone or (what.endswith("r") and bool(world.pipes[pipe]))
    return statement.then if is_ready else statement.other


def do_kill(world: World, pid: Pid, statement: Kill, _way: Pid | None) -> Body:
    if statement.name in world.processes[pid].names:
        world.send(world.processes[pid].names[statement.name], statement.signal)
    return ()


def do_handle(world: World, pid: Pid, statement: Handle, _way: Pid | None) -> Body:
    process = world.processes[pid]
    process.handlers[statement.signal] = statement
    if process.ignores(statement.signal):
        process.pending -= {statement.signal}
    return ()


def do_mask(world: World, pid: Pid, statement: Mask, _way: Pid | None) -> Body:
    process = world.processes[pid]
    process.mask = process.mask | {statement.signal} if statement.blocks else process.mask - {statement.signal}
    return ()


def do_return(world: World, pid: Pid, _statement: Return, _way: Pid | None) -> None:
    """The mask from before the handler holds again; what it interrupted is next."""
    process = world.processes[pid]
    _, process.mask = process.frames.pop()


def do_load(world: World, _pid: Pid, statement: Load, _way: Pid | None) -> Body:
    value = world.words[statement.word]
    if statement.equals is None:
        return digit(value)
    return statement.then if value == statement.equals else statement.other


def do_store(world: World, _pid: Pid, statement: Store, _way: Pid | None) -> Body:
    world.words = tuple(
        [statement.value if word == statement.word else value for word, value in enumerate(world.words)]
    )
    return ()


def do_add(world: World, pid: Pid, statement: Add, _way: Pid | None) -> Body:
    value = world.words[statement.word]
    put = store(statement.word, value + statement.value)
    if not statement.at_once:
        return (put,)
    do_store(world, pid, put, None)
    return digit(value) if statement.tells else ()


def digit(value: int) -> Body:
    return say(bytes([ord("0") + value]))


def do_ask_parent(world: World, pid: Pid, _statement: AskParent, _way: Pid | None) -> Body:
    process = world.processes[pid]
    return say(b"y" if process.parent is not None and process.parent == process.names.get("parent") else b"n")


def do_append(world: World, _pid: Pid, statement: Append, _way: Pid | None) -> Body:
    world.file += statement.text
    return ()


def do_show_file(world: World, _pid: Pid, _statement: ShowFile, _way: Pid | None) -> Body:
    return say(world.file)


EFFECTS: dict[type[Statement], Callable[[World, Pid, Any, Pid | None], Body | None]] = {
    Say: do_say, Exit: do_exit, Self: do_self, Fork: do_fork, Resume: do_resume, Wait: do_wait, MakePipe: do_make_pipe,
    Close: do_close, Dup: do_dup, NeverWait: do_never_wait, Put: do_put, Get: do_get, Look: do_look, Kill: do_kill,
    Handle: do_handle, Mask: do_mask, Return: do_return, Load: do_load, Store: do_store, Add: do_add,
    AskParent: do_ask_parent, Append: do_append, ShowFile: do_show_file,
}  # fmt: skip


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
            for after in world.steps():
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
