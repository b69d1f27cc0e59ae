"""A run told for Perfetto: what its events become on the tracks of processes and threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vm import events
from vm.abi import CALL_NAMES, signal_name
from vm.events import Costs
from vm.kernel.kernel import Kernel
from vm.observe.perfetto.living import Thread
from vm.observe.perfetto.packets import Notes, Packets
from vm.observe.perfetto.stage import Stage
from vm.observe.strace.calls import Calls, Made
from vm.observe.strace.selection import Selection
from vm.observe.strace.tracer import SHOWN
from vm.statuses import describe_end

_NOT_BY_A_THREAD = ("deadline", "signal", "console", "processor", "timerfd", "vfork")
"""How the channels begin on which no thread wakes another, or of which other events tell."""
_UNFINISHED: Notes = {"return_value": "?"}


class PerfettoTrace:
    """Hands a trace of all that the machine ``kernel`` does to ``write``, a part at a time, until it is closed.

    It must begin before the machine starts.
    """

    def __init__(self, kernel: Kernel, write: Callable[[bytes], object]) -> None:
        self._kernel = kernel
        self._packets = Packets(write)
        self._packets.clocks(kernel.settings.epoch)
        self._stage = Stage(self._packets)
        self._living = self._stage.living
        self._calls = Calls(kernel, Selection().calls, SHOWN)
        self._calling: dict[Thread, Made | None] = {}
        hearers: dict[type[events.Event], Callable[[Any], None]] = {
            events.Created: self._created, events.ThreadCreated: self._thread_created, events.Executed: self._executed,
            events.ThreadLeads: self._leads, events.Exited: self._exited, events.ThreadExited: self._thread_exited,
            events.Resumed: self._resumed, events.Woken: self._woken, events.Signalled: self._signalled,
            events.Handled: self._handled, events.Faulted: self._faulted, events.PageFault: self._page_fault,
            events.CallEntered: self._entered, events.CallReturned: self._returned, events.Rejected: self._rejected,
            events.Stalled: self._stalled, events.LimitReached: self._limit_reached,
        }  # fmt: skip
        hearers |= dict.fromkeys(
            (events.Scheduled, events.Blocked, events.Stopped, events.Continued, events.Reaped, events.FramesChanged),
            self._stage.hear,
        )
        for kind, hearer in hearers.items():
            kernel.events.subscribe(kind, self._timed(hearer))

    def _timed(self, hearer: Callable[[Any], None]) -> Callable[[events.Event], None]:
        def hear(event: events.Event) -> None:
            self._stage.go_on_to(event.clock)
            hearer(event)

        return hear

    def close(self) -> None:
        """End, at the present moment, what has not ended, and write all that is left."""
        self._stage.go_on_to(self._kernel.clock)
        for thread in [*self._calling]:
            self._finish_call(thread)
        self._stage.close()
        self._packets.flush()

    # --- births and programs ------------------------------------------------------------------------------------------

    def _created(self, event: events.Created) -> None:
        parent = self._living.thread(event.thread)
        self._stage.hear(event)
        child, flow = self._living.thread(event.child), self._packets.new_flow()
        notes: Notes = {"child": child.tid, "call": event.call, "memory": event.how, **_costs(event.costs)}
        self._stage.tell(parent, f"{event.meant} {child.tid}", "fork", notes, flow=flow)
        name = self._stage.of_process(parent.process).name
        self._stage.begin_program(child.process, name, {"parent": event.pid, "by": event.meant}, ends_flow=flow)

    def _thread_created(self, event: events.ThreadCreated) -> None:
        self._stage.hear(event)
        maker, thread = self._living.thread(event.by), self._living.thread(event.thread)
        self._stage.draw(maker, f"thread {thread.tid}", thread, f"made by {maker.tid}", "fork")

    def _executed(self, event: events.Executed) -> None:
        thread, flow = self._living.thread(event.pid), self._packets.new_flow()
        name, arguments = event.path.rsplit("/", 1)[-1], [_text(argument) for argument in event.arguments]
        notes: Notes = {"path": event.path, **_costs(event.costs), "copied_in_vain": event.in_vain}
        self._stage.tell(thread, f"exec {name}", "exec", notes, flow=flow)
        notes = {"path": event.path, **{f"argument_{number}": text for number, text in enumerate(arguments[:10])}}
        self._stage.begin_program(thread.process, name, notes, arguments[:10], ends_flow=flow)

    def _leads(self, event: events.ThreadLeads) -> None:
        """A thread goes on as the first of its process, in the midst of its call of exec."""
        former, first = self._living.thread(event.former), self._living.thread(event.pid)
        self._stage.draw(former, f"goes on as {first.tid}", first, f"was {former.tid}", "exec")
        made = self._calling.get(former)
        if former in self._calling:
            self._finish_call(former)
        self._stage.hear(event)
        self._calls.lead(event)
        if made is not None:
            self._begin_call(first, made)

    # --- ends -----------------------------------------------------------------------------------------------------

    def _exited(self, event: events.Exited) -> None:
        process = self._living.thread(event.pid).process
        for thread in [*process.threads.values()]:
            self._calls.end(thread.tid)
            if thread in self._calling:
                self._finish_call(thread)
        end = describe_end(event.exit_code, event.signal)
        notes: Notes = {"instructions": event.retired, "core": "dumped" if event.dumped else "none"}
        self._stage.tell(process.threads[event.pid], end, "exit", notes)
        self._stage.end_program(process)
        self._stage.hear(event)

    def _thread_exited(self, event: events.ThreadExited) -> None:
        thread = self._living.thread(event.thread)
        self._calls.end(thread.tid)
        if thread in self._calling:
            self._finish_call(thread)
        self._stage.tell(thread, f"thread ends with {event.code}", "exit", {"instructions": event.retired})
        self._stage.hear(event)

    # --- calls ----------------------------------------------------------------------------------------------------

    def _entered(self, event: events.CallEntered) -> None:
        thread, made = self._living.thread(event.pid), self._calls.enter(event)
        if made is not None:
            self._begin_call(thread, made)
            return
        name = CALL_NAMES.get(event.call_number, f"system call {event.call_number}")
        notes: Notes = {f"argument_{number}": value for number, value in enumerate(event.arguments)}
        self._calling[thread] = None
        self._packets.begin(self._stage.of_thread(thread).own, name, "call", notes)

    def _begin_call(self, thread: Thread, made: Made) -> None:
        self._calling[thread] = made
        self._packets.begin(self._stage.of_thread(thread).own, made.plan.name, "call", _shown(made, is_late=False))

    def _returned(self, event: events.CallReturned) -> None:
        thread, made = self._living.threads.get(event.pid), self._calls.leave(event)
        if thread is None or thread not in self._calling:  # it has ended in its call
            return
        if made is None:
            self._finish_call(thread, {"return_value": str(event.result)})
        else:
            restored: Notes = {"restored_mask": made.restored} if made.restored else {}
            self._finish_call(thread, {**_shown(made, is_late=True), **restored, "return_value": made.result})

    def _finish_call(self, thread: Thread, notes: Notes = _UNFINISHED) -> None:
        del self._calling[thread]
        self._packets.end(self._stage.of_thread(thread).own, notes)

    # --- who lets whom go on ------------------------------------------------------------------------------------------

    def _resumed(self, event: events.Resumed) -> None:
        parent, child = self._living.thread(event.pid), self._acting_as(event.child)
        meets = f"resumed by {event.why} of {event.child}"
        if child is None or child is parent:
            self._stage.tell(parent, meets, "resume")
        else:
            self._stage.draw(child, f"resumes {parent.tid}", parent, meets, "resume")

    def _woken(self, event: events.Woken) -> None:
        thread, waker = self._living.thread(event.pid), self._living.actor
        self._stage.hear(event)
        kind = event.channel.partition(" ")[0]
        if waker is None or waker is thread or kind in _NOT_BY_A_THREAD:
            return
        if waker in self._calling or waker.is_zombie or waker.has_ended:  # else a timer has run out meanwhile
            notes: Notes = {"channel": event.channel}
            category = "pipe" if kind == "pipe" else "wake"
            self._stage.draw(waker, f"wakes {thread.tid}", thread, f"woken by {waker.tid}", category, notes)

    def _signalled(self, event: events.Signalled) -> None:
        goal, name = self._living.thread(event.pid), signal_name(event.signal)
        self._stage.hear(event)
        notes: Notes = {"code": event.code, "sender": event.sender}
        sender = self._acting_as(event.sender)
        if sender is None or sender is goal:
            self._stage.tell(goal, name, "signal", notes)
        else:
            self._stage.draw(sender, f"sends {name} to {goal.tid}", goal, name, "signal", notes)

    def _acting_as(self, pid: int) -> Thread | None:
        """The thread that does what process ``pid`` is said to do; None for the machine."""
        actor = self._living.actor
        if actor is not None and actor.process.pid == pid:
            return actor
        return self._living.threads.get(pid)

    def _handled(self, event: events.Handled) -> None:
        thread, name = self._living.thread(event.pid), signal_name(event.signal)
        self._stage.tell(thread, f"handler of {name}", "signal", {"handler": f"{event.handler:#010x}"})

    # --- faults and notices -------------------------------------------------------------------------------------------

    def _faulted(self, event: events.Faulted) -> None:
        notes: Notes = {
            "signal": signal_name(event.signal), "pc": f"{event.pc:#010x}", "address": f"{event.address:#010x}",
        }  # fmt: skip
        name = event.reason.lower().replace("_", " ")
        self._stage.tell(self._living.thread(event.pid), name, "fault", notes)

    def _page_fault(self, event: events.PageFault) -> None:
        notes: Notes = {
            "address": f"{event.address:#010x}", "access": event.access, "frame": event.frame,
            "page": event.page or "as it was", "page_table": event.table or "as it was",
        }  # fmt: skip
        self._stage.tell(self._living.thread(event.pid), "page fault", "fault", notes)

    def _rejected(self, event: events.Rejected) -> None:
        thread = self._living.thread(event.pid)
        self._stage.tell(thread, "not executed", "exec", {"path": event.path, "reason": event.reason})

    def _stalled(self, event: events.Stalled) -> None:
        notes: Notes = {f"thread_{tid}": why for tid, why in event.waits}
        self._packets.instant(self._stage.machine, "every process waits for ever", "end", notes)

    def _limit_reached(self, event: events.LimitReached) -> None:
        self._packets.instant(self._stage.machine, f"the {event.limit} was reached", "end")


def _shown(made: Made, *, is_late: bool) -> Notes:
    """The arguments of a call by name: those that are known when it is made, or those that its return tells."""
    told = enumerate(zip(made.plan.names, made.shown, strict=True))
    return {name: text for index, (name, text) in told if text is not None and (index in made.late) == is_late}


def _costs(costs: Costs) -> Notes:
    return {
        "pages_shared": costs.shared, "pages_copied": costs.copied, "frames": costs.frames,
        "page_tables": costs.tables, "entries": costs.entries,
    }  # fmt: skip


def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")
