"""What the statements of a small program do: when they have to wait, what they change, and what comes next."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from tests.oracle.small_language import (
    END,
    PIPE,
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
    Lock,
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
    Sleep,
    SleepOn,
    Statement,
    Store,
    Suspend,
    Unlock,
    Wait,
    Wake,
)
from tests.oracle.small_process import (
    Process,
)
from tests.oracle.small_world import (
    World,
)

EINTR, ECHILD = 4, 10


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


def ways_to_sleep_on(world: World, pid: Pid, statement: SleepOn) -> Ways:
    process = world.processes[pid]
    return [None] if process.is_woken or not (process.waits or world.words[statement.word] == statement.equals) else []


def ways_to_wake(world: World, _pid: Pid, statement: Wake) -> Ways:
    sleepers: Ways = [
        other
        for other, process in world.processes.items()
        if process.waits and isinstance(process.next, SleepOn) and process.next.word == statement.word
        and not process.is_woken
    ]  # fmt: skip
    return sleepers or [None]


def ways_to_lock(world: World, pid: Pid, _statement: Lock) -> Ways:
    return [None] if world.locker in (None, pid) else []


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
    SleepOn: ways_to_sleep_on,
    Wake: ways_to_wake,
    Lock: ways_to_lock,
    Sleep: no_way,
}


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


def after_interrupt(process: Process, statement: Statement) -> Body:
    """What is done where a statement fails with EINTR."""
    if isinstance(statement, Wait):
        return after_wait(process, statement, -EINTR)
    return statement.failed if isinstance(statement, Get | Put | SleepOn) else ()


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


def do_sleep_on(world: World, pid: Pid, statement: SleepOn, _way: Pid | None) -> Body:
    process = world.processes[pid]
    was_woken, process.is_woken = process.is_woken, False
    return () if was_woken else statement.failed


def do_wake(world: World, _pid: Pid, _statement: Wake, way: Pid | None) -> Body:
    if way is not None:
        world.own(way).is_woken = True
    return ()


def do_lock(world: World, pid: Pid, _statement: Lock, _way: Pid | None) -> Body:
    world.locker = pid
    return ()


def do_unlock(world: World, pid: Pid, _statement: Unlock, _way: Pid | None) -> Body:
    world.locker = None if world.locker == pid else world.locker
    return ()


def do_sleep(world: World, pid: Pid, _statement: Sleep, _way: Pid | None) -> Body:
    """The time has come that this one waits for: it has passed for all who sleep."""
    passed = world.processes[pid].rest
    for other in [other for other, process in world.processes.items() if process.rest]:
        world.own(other).rest -= passed
    return ()


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
    AskParent: do_ask_parent, SleepOn: do_sleep_on, Wake: do_wake, Lock: do_lock, Unlock: do_unlock, Sleep: do_sleep,
    Append: do_append, ShowFile: do_show_file,
}  # fmt: skip
