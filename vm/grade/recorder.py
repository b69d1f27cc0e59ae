"""Recording how the processes of a run behave: it listens to few kinds of events, and to none that nobody asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vm import events
from vm.abi import CALL_NUMBERS, Errno
from vm.grade.call_log import CallLog
from vm.grade.conduct import (
    ENTRY_LIMIT,
    FIRST,
    SPAWN,
    VFORK,
    Conduct,
    Descent,
    Left,
    Member,
    Waiting,
    Wanted,
    Write,
    creation,
)  # fmt: skip
from vm.isa import A7
from vm.kernel.files.opened import OpenFile
from vm.kernel.files.pipes import PipeEnd
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import REAPER, Task
from vm.text import printable, shortened

_WAITS = frozenset((CALL_NUMBERS["wait4"], CALL_NUMBERS["waitid"]))
_EXIT, _EXIT_GROUP = CALL_NUMBERS["exit"], CALL_NUMBERS["exit_group"]
_STANDARD = 2
"""The last descriptor that every program has, and need not close."""
LENGTH_LIMIT = 1 << 22
"""How long the descents of all processes that are recorded may be together."""
_MOST_PROGRAMS = 8
_NAMED_GENERATIONS, _SHOWN_GENERATIONS = 4, 12
_SHOWN = 40


class Recorder:
    """Records what is ``wanted`` of a machine that has not started.

    It listens to nothing where nothing is wanted; to every system call only for calls and descriptors.
    """

    def __init__(self, kernel: Kernel, wanted: Wanted) -> None:
        self._kernel, self._wanted = kernel, wanted
        self._moment, self._length, self._cut = 0, 0, set[str]()
        first = Member(descent=FIRST, pid=REAPER + 1, who="the parent", parent=())
        self._members: list[Member] = [first]
        self._of: dict[int, int] = {first.pid: 0}
        """Indexes of members by their pid, which nobody else is ever given."""
        self._threads: dict[int, int] = {first.pid: 0}
        self._births: dict[int, int] = {}
        self._alive: dict[int, int] = {0: 1}
        self._uncollected: set[int] = set()
        self._inherited: dict[int, dict[int, OpenFile]] = {}
        self._writes: list[Write] = []
        self._left: list[Left] = []
        self._calls = CallLog(kernel, wanted) if wanted.wants_calls else None
        if wanted != Wanted():
            self._subscribe(kernel.events)

    def _subscribe(self, stream: events.Stream) -> None:
        stream.subscribe(events.Created, self._created)
        stream.subscribe(events.ThreadCreated, self._thread_created)
        stream.subscribe(events.ThreadExited, self._thread_exited)
        stream.subscribe(events.ThreadLeads, self._thread_leads)
        stream.subscribe(events.Executed, self._executed)
        stream.subscribe(events.Exited, self._exited)
        stream.subscribe(events.Reaped, self._reaped)
        stream.subscribe(events.Deferred, self._deferred)
        stream.subscribe(events.CallFailed, self._failed)
        if self._wanted.wants_calls or self._wanted.descriptors:
            stream.subscribe(events.CallEntered, self._entered)
        if self._calls is not None:
            stream.subscribe(events.CallReturned, self._returned)
        if self._wanted.writes:
            stream.subscribe(events.Output, self._written)

    def conduct(self) -> Conduct:
        """Return what was recorded so far, as plain data."""
        ending = self._kernel.system.ending
        return Conduct(
            wanted=self._wanted,
            members=tuple(self._members),
            calls=self._calls.calls() if self._calls is not None else (),
            writes=tuple(self._writes),
            left=tuple(self._left),
            stuck=tuple([Waiting(who=self._descent(pid), why=why) for pid, _, why in ending.waits]) if ending else (),
            cut=frozenset(self._cut | ({"calls"} if self._calls is not None and self._calls.is_cut else set())),
            is_over=ending is not None and not ending.limit,
        )

    def _descent(self, pid: int) -> Descent:
        index = self._of.get(pid)
        return self._members[index].descent if index is not None else ()

    def _next(self) -> int:
        self._moment += 1
        return self._moment

    def _change(self, index: int, **fields: Any) -> None:
        self._members[index] = replace(self._members[index], **fields)

    # --- processes ------------------------------------------------------------------------------------------------

    def _created(self, event: events.Created) -> None:
        maker = self._of.get(event.pid)
        child = self._kernel.processes[event.child]
        task = child.leader
        self._length += len(task.random.descent)
        if maker is None or len(self._members) >= ENTRY_LIMIT or self._length > LENGTH_LIMIT:
            self._cut.add("members")
            return
        above = self._members[maker]
        self._births[maker] = number = self._births.get(maker, 0) + 1
        index = len(self._members)
        member = Member(
            descent=task.random.descent,
            pid=event.child,
            who=_name(above, number, task.random.descent),
            maker=above.descent,
            parent=self._descent(child.parent),
            how=self._how(event),
            programs=above.programs[-1:],
            born=self._next(),
            copied=event.costs.copied,
        )
        self._members.append(member)
        self._of[event.child] = self._threads[event.child] = index
        self._alive[index] = 1
        if member.parent == FIRST:
            self._uncollected.add(index)
        if self._wanted.descriptors:
            self._inherited[index] = {number: task.files.place(number) for number in task.files.numbers}

    def _how(self, event: events.Created) -> str:
        """What the creation was for the program that made it; the maker's registers are still those of its call."""
        caller = self._kernel.processes.thread(event.thread)
        if event.call != "clone" or caller is None:
            return event.call
        return creation(int(caller.context[10]), int(caller.context[11]))

    def _thread_created(self, event: events.ThreadCreated) -> None:
        index = self._of.get(event.pid)
        if index is None:
            return
        self._threads[event.thread] = index
        self._alive[index] += 1
        if self._alive[index] > self._members[index].threads:
            self._change(index, threads=self._alive[index])

    def _thread_exited(self, event: events.ThreadExited) -> None:
        index = self._of.get(event.pid)
        if index is not None:
            self._alive[index] -= 1
            if event.thread != event.pid:  # the first one's number is its process's
                self._threads.pop(event.thread, None)

    def _thread_leads(self, event: events.ThreadLeads) -> None:
        self._threads.pop(event.former, None)
        if self._calls is not None:
            self._calls.lead(event)

    def _executed(self, event: events.Executed) -> None:
        index = self._of.get(event.pid)
        if index is None:
            return
        programs, path = self._members[index].programs, shortened(printable(event.path))
        self._change(index, programs=(*programs[: _MOST_PROGRAMS - 1], path))

    def _exited(self, event: events.Exited) -> None:
        index = self._of.get(event.pid)
        if index is None:
            return
        self._change(index, ended=self._next(), exit_code=event.exit_code, signal=event.signal)
        self._inherited.pop(index, None)
        self._threads.pop(event.pid, None)

    def _reaped(self, event: events.Reaped) -> None:
        index = self._of.get(event.child)
        if index is None:
            return
        running = self._kernel.running
        is_waiting = running is not None and running.pid == event.pid and int(running.context[A7]) in _WAITS
        is_ignored = event.pid != REAPER and not is_waiting
        collector = self._descent(event.pid)
        self._change(index, collected=self._next(), collector=collector, is_ignored=is_ignored)
        self._uncollected.discard(index)

    def _deferred(self, event: events.Deferred) -> None:
        index = self._of.get(event.child)
        if index is not None and event.pages:
            self._change(index, copied_later=self._members[index].copied_later + event.pages)

    def _failed(self, event: events.CallFailed) -> None:
        """A wait is told that there are no children left: so it ends for who ignores SIGCHLD."""
        if event.error == Errno.ECHILD and event.call_number in _WAITS:
            index = self._threads.get(event.pid)
            if index is not None:
                self._change(index, none_left=self._next())

    # --- calls, and what is there when one is made --------------------------------------------------------------------

    def _entered(self, event: events.CallEntered) -> None:
        index, task = self._threads.get(event.pid), self._kernel.processes.thread(event.pid)
        if index is None or task is None:
            return
        if self._calls is not None:
            self._calls.enter(event, task, self._members[index], self._next())
        if self._wanted.descriptors and _ends(event.call_number, task):
            self._note_descriptors(index, task)

    def _returned(self, event: events.CallReturned) -> None:
        assert self._calls is not None
        self._calls.leave(event)

    def _note_descriptors(self, index: int, task: Task) -> None:
        """Note what a process leaves open that is about to end.

        Nothing is noted for a table that another process goes on with, nor of what vfork made and did not execute a
        program, which has to leave its parent's affairs alone.
        """
        member, files = self._members[index], task.files
        own = sum(thread.files is files for thread in task.process.threads)
        if files.users > own or (member.how in (VFORK, SPAWN) and not task.process.has_executed):
            return
        inherited = self._inherited.get(index, {})
        for number in files.numbers:
            if number <= _STANDARD:
                continue
            if len(self._left) >= ENTRY_LIMIT:
                self._cut.add("left")
                return
            file = files.place(number)
            self._left.append(
                Left(
                    who=member.descent,
                    descriptor=number,
                    what=_what(file),
                    is_pipe=isinstance(file, PipeEnd),
                    is_inherited=inherited.get(number) is file,
                )
            )

    def _written(self, event: events.Output) -> None:
        if event.pid != REAPER + 1 or not self._uncollected:
            return
        if len(self._writes) >= ENTRY_LIMIT:
            self._cut.add("writes")
            return
        self._writes.append(Write(moment=self._next(), stream=event.stream, data=event.data[:_SHOWN]))


def _name(maker: Member, number: int, descent: Descent) -> str:
    """``child 2``, ``child 1 of child 2``; far down by its descent, so that names stay short."""
    if maker.descent == FIRST:
        return f"child {number}"
    if len(descent) > _NAMED_GENERATIONS:
        end = ".…" if len(descent) > _SHOWN_GENERATIONS else ""
        return "process " + ".".join(map(str, descent[:_SHOWN_GENERATIONS])) + end
    return f"child {number} of {maker.who}"


def _ends(number: int, task: Task) -> bool:
    """True for a call that ends its process."""
    return number == _EXIT_GROUP or (number == _EXIT and len(task.process.threads) == 1)


def _what(file: OpenFile) -> str:
    """An open file in words."""
    if isinstance(file, PipeEnd) and file.path.startswith(b"pipe:"):
        return f"the {'read' if file.readable else 'write'} end of a pipe"
    return shortened(printable(file.path.decode(errors="surrogateescape")), 80)
