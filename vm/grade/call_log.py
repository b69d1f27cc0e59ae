"""The calls of a run as they are made, by the names that programs know, and as a trace shows them."""

from __future__ import annotations

from dataclasses import replace

from vm import events
from vm.abi import CALL_NAMES, CALL_NUMBERS
from vm.grade.conduct import ENTRY_LIMIT, FORK, SPAWN, VFORK, Call, Member, Wanted, creation
from vm.grade.spawning import NO_CALL, Spawning
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.services import find_row
from vm.observe.deaths.remains import STACK_KEPT, standing
from vm.observe.strace.calls import Calls
from vm.observe.strace.tracer import SHOWN
from vm.text import printable, shortened

TEXT_LIMIT = 2_000
"""Calls that are shown with their arguments, the first ones; of the others the name is kept."""
PLACE_LIMIT = 100
"""Calls of which is kept what tells where they were made."""
_LONGEST = 200
_CLONE = CALL_NUMBERS["clone"]
_NEVER_RETURN = frozenset(("exit", "exit_group", "execve", "execveat", "rt_sigreturn"))


class CallLog:
    """The calls that are ``wanted`` of a machine. Whoever listens to it tells this of all of them."""

    def __init__(self, kernel: Kernel, wanted: Wanted) -> None:
        self._wanted = wanted
        self.is_cut = False
        self._calls: list[Call] = []
        self._open: dict[int, int] = {}
        """Indexes of the calls under way, by the number of the thread."""
        self._spawning, self._librarys = Spawning(), set[int]()
        is_all = wanted.others is not None or wanted.vforked
        names = frozenset(CALL_NAMES.values()) if is_all else wanted.calls
        self._shown = Calls(kernel, names | {FORK, VFORK, "clone"}, SHOWN)

    def enter(self, event: events.CallEntered, task: Task, member: Member, moment: int) -> None:
        """A thread of a process makes a call."""
        arguments = event.arguments
        name = creation(arguments[0], arguments[1]) if event.call_number == _CLONE else _name(event.call_number)
        is_new, tid = not task.process.has_executed, event.pid
        is_vforked = member.how == VFORK and is_new
        if self._spawning.is_librarys(tid, name, member.how == SPAWN and is_new):
            return
        is_wanted = self._wanted.wants_call(name) or (is_vforked and self._wanted.vforked)
        number = len(self._calls) if is_wanted else NO_CALL
        self._librarys.add(self._spawning.follow(tid, name, arguments, number))
        if not is_wanted:
            return
        if len(self._calls) >= ENTRY_LIMIT:
            self.is_cut = True
            return
        made = self._shown.enter(event) if len(self._calls) < TEXT_LIMIT else None
        text = made.head() if made is not None else f"{name}(...)"
        self._open[tid] = number
        self._calls.append(
            Call(
                who=member.descent,
                moment=moment,
                name=name,
                text=text,
                is_vforked=is_vforked,
                program=member.programs[-1] if member.programs else "",
                standing=standing(task, STACK_KEPT) if len(self._calls) < PLACE_LIMIT else None,
            )
        )

    def lead(self, event: events.ThreadLeads) -> None:
        """What a thread has begun, its call of exec, is its process's first thread's from now on."""
        self._shown.lead(event)
        index = self._open.pop(event.former, None)
        if index is not None:
            self._open[event.pid] = index

    def leave(self, event: events.CallReturned) -> None:
        """The call that a thread has made returns."""
        index = self._open.pop(event.pid, None)
        if index is None:
            return
        call, made = self._calls[index], self._shown.leave(event)
        text = f"{call.text}{made.tail()} = {made.result}" if made is not None else call.text
        error = -event.result if event.result is not None and -4096 < event.result < 0 else 0
        self._calls[index] = replace(call, text=_bounded(text), error=error)

    def calls(self) -> tuple[Call, ...]:
        """Return what was recorded so far: what has not returned is shown so, unless it never does."""
        found = list(self._calls)
        for index in self._open.values():
            call = found[index]
            if not call.text.endswith(")"):
                end = ") = ?" if call.name in _NEVER_RETURN else " <unfinished ...>)"
                found[index] = replace(call, text=_bounded(call.text + end))
        return tuple([call for number, call in enumerate(found) if number not in self._librarys])


def _name(number: int) -> str:
    name = CALL_NAMES.get(number)
    if name is not None:
        return name
    row = find_row(number)
    return row.name if row is not None else f"system call {number & 0xFFFF_FFFF}"


def _bounded(text: str) -> str:
    return shortened(printable(text), _LONGEST)
