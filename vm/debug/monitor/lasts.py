"""``monitor goto last EVENT``: the last event of a kind before now, which gdb is not told of while it goes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from vm import events
from vm.abi import CALL_NAMES, signal_name
from vm.cpu.state import PC
from vm.debug.monitor.asking import Complaint, Question
from vm.debug.monitor.moments import moment_text, plan
from vm.debug.monitor.places import thread_place
from vm.debug.monitor.replaying import Impatient, replay
from vm.debug.monitor.story import ECALL
from vm.debug.monitor.tables import paragraph
from vm.events import Event
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Moment, Pause, Until
from vm.kernel.process.task import Task
from vm.kernel.stops import Stops
from vm.observe.strace import Selection, WrongExpression
from vm.quantities import plural
from vm.spelling import suggestion
from vm.statuses import describe_end
from vm.text import brief, printable, shortened
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """Events of type ``event`` that are ``wanted``, and how one is told."""

    event: type[Event]
    tell: Callable[[Any], str]
    wanted: Callable[[Any], bool] = lambda event: True


def _created(call: str) -> Kind:
    return Kind(
        events.Created, lambda event: f"{call} by {event.pid} made {event.child}", lambda event: event.meant == call
    )


KINDS: dict[str, Kind] = {
    "fork": _created("fork"),
    "vfork": _created("vfork"),
    "exec": Kind(events.Executed, lambda event: f"exec of {shortened(printable(event.path))} by {event.pid}"),
    "exit": Kind(events.Exited, lambda event: f"the end of {event.pid}, {describe_end(event.exit_code, event.signal)}"),
    "signal": Kind(
        events.Signalled,
        lambda event: f"{signal_name(event.signal)} sent to {event.pid} by {event.sender or 'the machine'}",
    ),
    "fault": Kind(events.Faulted, lambda event: f"fault of {event.pid} at address {event.address:#010x}"),
    "output": Kind(events.Output, lambda event: f"output of {plural(len(event.data), 'byte')} by {event.pid}"),
    "syscall": Kind(
        events.CallEntered, lambda event: f"call of {CALL_NAMES.get(event.call_number, 'a service')} by {event.pid}"
    ),
}
"""The events that can be gone to, by name."""


@dataclass(frozen=True, slots=True)
class Found:
    """An event, and where the thread stood that made it happen: its number, and the instructions it had retired."""

    event: Event
    place: tuple[int, int] | None


class Finder:
    """Keeps the last event of a ``kind`` that ``kernel`` tells of from now on."""

    def __init__(self, kernel: Kernel, kind: Kind) -> None:
        self.found: Found | None = None
        self._kernel = kernel
        self._kind = kind
        kernel.events.subscribe(kind.event, self._note)

    def _note(self, event: Event) -> None:
        if not self._kind.wanted(event):
            return
        running, place = self._kernel.running, None
        if running is not None and self._kernel.processes.thread(running.tid) is running:
            place = running.tid, running.retired - _is_in_call(event, running)
        self.found = Found(event, place)


def _is_in_call(event: Event, running: Task) -> bool:
    """Whether the thread is in a call, which counts as retired already, and not about to make it.

    One that a signal has got hold of in a call is taken for one that makes it: where it is gone to is then a little
    before what is asked for.
    """
    if isinstance(event, events.Faulted | events.CallEntered):
        return False
    if isinstance(event, events.Exited):
        return event.signal is None
    if isinstance(event, events.Executed):
        return True
    space = running.process.space
    return space is None or space.peek(int(running.context[PC]), 4) == ECALL


def goto_last(question: Question) -> Iterator[str]:
    """Plan a jump to where the last event of a kind is about to happen."""
    kind = _kind(question.word(1), question.word(2))
    again = replay(question)
    finder = Finder(again.rerun.kernel, kind)
    try:
        again.advance()
        found = finder.found
        if found is None:
            yield f"there was no {question.word(1)} before {moment_text(question.history.moment)}"
            return
        moment, place = _before(question, found)
    except Impatient as error:
        yield from paragraph(str(error))
        return
    yield from paragraph(f"the last before now: {kind.tell(found.event)}{place}")
    yield from plan(question, moment)


def _before(question: Question, found: Found) -> tuple[Moment, str]:
    """The moment at which the event is about to happen, and where that is, as text. Raises Impatient."""
    if found.place is not None:
        # A call that waited was begun long before: then the place is behind, and looked for from the beginning.
        for near in (max(found.event.clock - 1, 0), 0):
            again = replay(question)
            if near:
                again.advance(Until(clock=near))
            pause = again.advance(Until(stops=Stops(place=found.place)))
            kernel = again.rerun.kernel
            thread = kernel.processes.thread(found.place[0])
            if isinstance(pause, Pause) and pause.why == "place" and thread is not None:
                return kernel.moment, f", at {thread_place(kernel, thread)}"
    return Moment(found.event.clock, 0), ""


def _kind(word: str | None, name: str | None) -> Kind:
    if word is None:
        raise Complaint(f"the last what? {', '.join(KINDS)}")
    found = [known for known in KINDS if known.startswith(word)]
    if word in KINDS:
        found = [word]
    if len(found) != 1:
        reason = f"may be {' or '.join(found)}" if found else f"is no event{suggestion(word, KINDS)}"
        raise Complaint(f"{brief(word)} {reason}; there are {', '.join(KINDS)}")
    kind = KINDS[found[0]]
    if name is None:
        return kind
    if found[0] != "syscall":
        raise Complaint(f"{brief(name)} is too much: goto last {found[0]}")
    try:
        calls = Selection().having(f"trace={name}").calls
    except WrongExpression as error:
        raise Complaint(str(error)) from None
    return Kind(kind.event, kind.tell, lambda event: CALL_NAMES.get(event.call_number) in calls)
