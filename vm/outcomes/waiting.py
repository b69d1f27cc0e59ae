"""Who waits at the end of a run, for what, who could help, and what may have come in between."""

from __future__ import annotations

from vm.kernel.process import futex
from vm.kernel.process.task import Task
from vm.outcomes import uses
from vm.outcomes.calls import call_text
from vm.outcomes.notes import Notes
from vm.outcomes.orders import Holder, Stuck
from vm.outcomes.uses import Asked


def waits_of_all(notes: Notes) -> tuple[tuple[int, str], ...]:
    """Return what all threads wait for that are left, by their numbers: those that are ready poll."""
    return tuple(
        [
            (task.tid, task.wait.why if task.wait is not None else "a change that it polls for")
            for process in notes.living
            for task in process.threads
        ]
    )


def stuck(notes: Notes, tid: int, why: str) -> Stuck:
    """Describe a thread that waits for ever: for what, and who could help."""
    task, asked = notes.task(tid), notes.asked.get(tid)
    text = call_text(asked.name, asked.arguments) if asked is not None else ""
    pc = asked.pc if asked is not None else notes.site(task)
    return Stuck(task.pid, notes.name(tid), why, text, pc, task.process.path, tuple(_holders(notes, task, asked)))


def _holders(notes: Notes, task: Task, asked: Asked | None) -> list[Holder]:
    """Who could let a waiting thread go on: who holds the other end of its pipe, or the children it waits for."""
    if asked is None:
        return []
    pipe = uses.pipe_of(asked.file)
    found: list[Holder] = []
    if pipe:
        end = (pipe, asked.name in uses.WRITES)
        what = "read from" if end[1] else "write to"
        for process in notes.living:
            since = notes.held.get(process.leader.random.descent, {}).get(end)
            if since is not None:
                found.append(Holder(process.pid, process.leader.random.descent, f"can {what} pipe {pipe}", since))
    elif asked.name in ("wait4", "waitid"):
        for pid in task.process.children:
            name = notes.name(pid)
            found.append(Holder(pid, name, "is its child", notes.history.born.get(name, -1)))
    return found


def rivals_of_waiting(notes: Notes, tid: int) -> list[int]:
    """The steps that may have kept a thread from going on that waits for ever: the latest first."""
    asked, history = notes.asked.get(tid), notes.history
    if asked is None:
        return []
    pipe = uses.pipe_of(asked.file)
    if asked.file is not None and not pipe:
        return history.thing("inode", notes.number(asked.file.inode)).rivals(changes=True)
    if pipe:
        return history.pipe(pipe).rivals(reads=asked.name in uses.READS)
    if asked.name == "futex_time64":
        task = notes.task(tid)
        key = futex.key(task, asked.arguments[0], shared=not asked.arguments[1] & 128)
        return history.thing(*key).rivals(changes=True)
    if asked.name in uses.IPC:
        return history.thing("ipc").rivals(changes=True)
    if asked.name in uses.CHANGES_SIGNALS:
        return history.thing("mask", tid).rivals(changes=True)
    return history.strangers[::-1]
