"""System calls that are under way: how they are shown when they are made, and what their return adds."""

from __future__ import annotations

from collections.abc import Collection

from vm import events
from vm.abi import CALL_NUMBERS, Signal
from vm.isa import A0
from vm.kernel.kernel import Kernel
from vm.kernel.services import ROWS
from vm.kernel.syscalls import TABLE, Row
from vm.observe.strace import results
from vm.observe.strace.call import LATER, Call, Peek, reader
from vm.observe.strace.kinds import GIVEN, RESULTS, RETURNS, Show
from vm.observe.strace.text import signal_set, signed

_FORKS = {(int(Signal.SIGCHLD), 0): CALL_NUMBERS["fork"], (0x4100 | Signal.SIGCHLD, 0): CALL_NUMBERS["vfork"]}
"""How a C library that has only clone forks: its first two arguments, and the call that it stands for."""
_CLONE, _RETURN = CALL_NUMBERS["clone"], "rt_sigreturn"


class Plan:
    """How a call of one row is shown: its name, and for each argument its name, the function that shows it and when."""

    __slots__ = ("arguments", "name", "names", "returns")

    def __init__(self, row: Row) -> None:
        self.name = row.name
        self.names = [name for name, _ in row.arguments]
        self.arguments: list[tuple[int, Show, bool]] = [
            (index, RESULTS.get(kind) or GIVEN[kind], kind in RESULTS) for index, (_, kind) in enumerate(row.arguments)
        ]
        self.returns = RETURNS.get(row.returns)


class Made:
    """A call on its way: its arguments as shown, None for one left out, LATER for one that its end will tell.

    ``late`` are the indexes of those that are not known when the call is made, ``first`` is the first of them, or how
    many there are. ``result``, and ``restored`` if it has restored a signal mask, are empty until it returns.
    """

    __slots__ = ("call", "first", "late", "plan", "restored", "result", "shown")

    def __init__(self, plan: Plan, call: Call) -> None:
        self.plan, self.call = plan, call
        self.shown = shown = [
            LATER if is_late else show(call, call.values[index], index) for index, show, is_late in plan.arguments
        ]
        self.late = [index for index, text in enumerate(shown) if text is LATER] if LATER in shown else []
        self.first = self.late[0] if self.late else len(shown)
        self.result = self.restored = ""

    def head(self) -> str:
        """The line up to the first argument that is not known yet."""
        known = [text for text in self.shown[: self.first] if text is not None]
        if self.late:
            known.append("")
        return f"{self.plan.name}({', '.join(known)}"

    def tail(self) -> str:
        """The rest of the line, once the call has returned."""
        if not self.late:
            return f"{self.restored})"
        return f"{self.restored}{', '.join(text for text in self.shown[self.first :] if text is not None)})"

    def complete(self) -> None:
        """Show the arguments that the result has told."""
        for index in self.late:
            _, show, _ = self.plan.arguments[index]
            self.shown[index] = show(self.call, self.call.values[index], index)


class Calls:
    """The calls that the threads of ``kernel`` have made and that have not returned: those with a name in ``selected``.

    ``string_size`` bytes of a string are shown. Whoever listens to the machine tells this of every call.
    """

    def __init__(self, kernel: Kernel, selected: Collection[str], string_size: int) -> None:
        self._kernel = kernel
        self._string_size = string_size
        self._made: dict[int, Made] = {}
        self._readers: tuple[object, Peek] = (None, lambda address, size: b"")
        self._plans = {number: Plan(row) for number, row in {**TABLE, **ROWS}.items() if row.name in selected}

    def __contains__(self, tid: int) -> bool:
        return tid in self._made

    def enter(self, event: events.CallEntered) -> Made | None:
        """Return the call that a thread makes; None for one that is not selected, or that nobody knows."""
        number, values = event.call_number, event.arguments
        if number == _CLONE:
            number = _FORKS.get((values[0], values[1]), number)
        plan = self._plans.get(number)
        if plan is None:
            return None
        made = self._made[event.pid] = Made(plan, Call(values, self._peek(event.pid), self._string_size))
        return made

    def leave(self, event: events.CallReturned) -> Made | None:
        """Return the call that returns to a thread, which is whole now; None for one that is not selected."""
        made = self._made.pop(event.pid, None)
        if made is None:
            return None
        call, plan, pid = made.call, made.plan, event.pid
        if plan.name == _RETURN:
            made.restored, call.result = self._restored_mask(pid), self._first_register(pid)
        else:
            call.result = event.result if event.result is not None else 0
            if event.call_number in ROWS:
                call.result = signed(call.result & 0xFFFF_FFFF)
            if made.late or plan.returns is not None:
                call.peek = self._peek(pid)  # another image's, after exec
                made.complete()
        made.result = _result(plan, call, event.call_number)
        return made

    def lead(self, event: events.ThreadLeads) -> None:
        """What a thread has begun, its call of exec, is its process's first thread's from now on."""
        made = self._made.pop(event.former, None)
        if made is not None:
            self._made[event.pid] = made

    def end(self, tid: int) -> Made | None:
        """Return the call of a thread that has ended in it, if it has: it does not return."""
        return self._made.pop(tid, None)

    def _peek(self, pid: int) -> Peek:
        task = self._kernel.processes.thread(pid)
        space = task.process.space if task is not None else None
        if space is None:
            return lambda address, size: b""
        if self._readers[0] is not space:
            self._readers = (space, reader(space))
        return self._readers[1]

    def _restored_mask(self, pid: int) -> str:
        """What rt_sigreturn has gone back to: the signal mask."""
        task = self._kernel.processes.thread(pid)
        return "" if task is None else f"{{mask={signal_set(task.signals.mask)}}}"

    def _first_register(self, pid: int) -> int:
        task = self._kernel.processes.thread(pid)
        return signed(int(task.context[A0])) if task is not None else 0


def _result(plan: Plan, call: Call, number: int) -> str:
    """What a call has returned: a service's is a number and tells no error by name."""
    result = call.result or 0
    if -4096 < result < 0 and number not in ROWS:
        return results.failure(result)
    return plan.returns(call, result) if plan.returns is not None else str(result)
