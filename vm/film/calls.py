"""System calls as a film shows them: in the manner of strace, with what they wait for."""

from __future__ import annotations

from vm import events
from vm.abi import CALL_NAMES
from vm.kernel.kernel import Kernel
from vm.observe.strace.calls import Calls
from vm.observe.strace.selection import Selection
from vm.observe.strace.tracer import SHOWN

_WITHOUT_RETURN = ("exit", "exit_group")


class CallTexts:
    """Knows the text of each call that a thread of ``kernel`` has made last, until :meth:`stop`."""

    def __init__(self, kernel: Kernel) -> None:
        self._calls = Calls(kernel, Selection().calls, SHOWN)
        self._heads: dict[int, str] = {}
        self._lines: dict[int, str] = {}
        self._kernel = kernel
        kernel.events.subscribe(events.CallEntered, self._enter)
        kernel.events.subscribe(events.CallReturned, self._return)
        kernel.events.subscribe(events.ThreadLeads, self._calls.lead)

    def stop(self) -> None:
        """Listen to no more calls."""
        stream = self._kernel.events
        stream.unsubscribe(events.CallEntered, self._enter)
        stream.unsubscribe(events.CallReturned, self._return)
        stream.unsubscribe(events.ThreadLeads, self._calls.lead)
        self._heads.clear()
        self._lines.clear()

    def returned(self, event: events.CallReturned) -> str:
        """Return the text of a call that has returned just now; its name alone where it was not seen to be made."""
        return self._lines.pop(event.pid, "") or name_of(event.call_number)

    def under_way(self, tid: int, number: int) -> str:
        """Return what is known of the call with that number which a thread is in."""
        return self._heads.get(tid) or name_of(number)

    def _enter(self, event: events.CallEntered) -> None:
        made = self._calls.enter(event)
        if made is not None:
            head = made.head()
            self._heads[event.pid] = f"{head}…)" if head.endswith(", ") else f"{head})"

    def _return(self, event: events.CallReturned) -> None:
        made = self._calls.leave(event)
        if made is not None:
            result = "?" if made.plan.name in _WITHOUT_RETURN else made.result
            self._lines[event.pid] = f"{made.head()}{made.tail()} = {result}"
        self._heads.pop(event.pid, None)


def name_of(number: int) -> str:
    """Return the name of a call."""
    return CALL_NAMES.get(number, f"system call {number}")
