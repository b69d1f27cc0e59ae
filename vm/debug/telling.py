"""What a debugger's user is told in words, where gdb has none."""

from __future__ import annotations

from vm import events
from vm.abi import CALL_NAMES
from vm.debug import looking
from vm.debug.target import Why
from vm.kernel.pausing import Until
from vm.kernel.process.task import Task
from vm.kernel.stops import Stops, Watched
from vm.memory.showing import memory_at
from vm.run import Run


def access_notes(watched: Watched, pid: int) -> tuple[str, ...]:
    """Say of an access that a call makes it, or that it is to another process's memory as well."""
    notes = []
    if watched.call is not None:
        notes.append(f"System call {CALL_NAMES.get(watched.call, watched.call)} of process {pid} does that.")
    elif watched.is_done:
        notes.append(f"The memory at {watched.address:#x} has changed, while process {pid} was running.")
    if watched.owner != pid:
        notes.append(f"Process {pid} does that, in memory that is process {watched.owner}'s, too.")
    return tuple(notes)


def values(run: Run, watched: Watched) -> tuple[str, ...]:
    """Say what is watched, before the access that is about to be made and behind it."""
    point, later = watched.watchpoint, run.copy()
    later.advance(Until(stops=Stops(step=watched.tid)))
    old, new = (
        memory_at(looking.process_of(each.kernel, watched.owner).memory, point.address, min(point.size, 8))
        for each in (run, later)
    )
    text = f"{int.from_bytes(old, 'little')} now, {int.from_bytes(new, 'little')} behind this instruction"
    return (f"Watchpoint at {point.address:#x}: {text}.",)


def together(some: frozenset[int] | None, others: frozenset[int] | None) -> frozenset[int] | None:
    """Return the system calls that are in one of two sets; None is every one."""
    return None if some is None or others is None else some | others


def call_text(task: Task, number: int, why: Why) -> str:
    """Say which call a thread is about to make, or has made."""
    name, registers = CALL_NAMES.get(number, f"number {number}"), task.context.tolist()
    if why is Why.CALL_ENTRY:
        arguments = ", ".join(f"{value:#x}" for value in registers[10:16])
        return f"Process {task.pid} is about to call {name}: a0 to a5 are {arguments}."
    result = registers[10] - ((registers[10] & 0x8000_0000) << 1)
    return f"{name} has returned {result} to process {task.pid}."


def event_text(event: events.Event, caught: frozenset[str]) -> str:
    """Say what is about to happen, if it is caught; nothing otherwise."""
    if isinstance(event, events.Created) and event.meant in caught:
        return f"Process {event.pid} is about to make process {event.child}: {event.meant}."
    if isinstance(event, events.Exited) and "exit" in caught:
        return f"Process {event.pid} is about to end."
    return ""


def maker(event: events.Event, tid: int) -> int:
    """Return the thread that has made thread ``tid``, if that is what happened; else 0."""
    if isinstance(event, events.Created) and event.child == tid:
        return event.thread
    if isinstance(event, events.ThreadCreated) and event.thread == tid:
        return event.by
    return 0
