"""Tests of ``monitor goto last``: where the last event of a kind is about to happen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.debug.histories import PlainView, StraightHistory, history_of, lines
from vm import events
from vm.abi import CALL_NUMBERS
from vm.cpu.state import PC
from vm.debug.monitor import replaying
from vm.events import Event
from vm.isa import A7
from vm.kernel.pausing import Moment, Until
from vm.run import Run

CALLS: dict[str, tuple[type[Event], str, Callable[[Event], bool]]] = {
    "fork": (events.Created, "fork", lambda event: True),
    "exec": (events.Executed, "execve", lambda event: event.clock > 0),
    "output": (events.Output, "write", lambda event: True),
    "syscall write": (events.CallEntered, "write", lambda event: getattr(event, "call_number", 64) == 64),
    "syscall close": (events.CallEntered, "close", lambda event: getattr(event, "call_number", 0) == 57),
    "exit": (events.Exited, "exit", lambda event: True),
}


def at(history: StraightHistory, moment: Moment) -> Run:
    """A run of the same program at a moment."""
    run = history.boot()
    run.advance(Until(moment=moment))
    return run


@pytest.mark.parametrize("event", CALLS)
def test_each_event_is_found_from_the_end_to_the_beginning(event: str) -> None:
    """Where it is gone to the thread stands at the call, and all the events before it have happened."""
    kind, call, counts = CALLS[event]
    history = history_of("pipeline.s")
    seen: list[Event] = []
    history.run.subscribe(kind, lambda each: seen.append(each) if counts(each) else None)
    history.run.advance()
    view = PlainView()
    while seen:
        told = lines(history, f"goto last {event}", view)
        assert told[0].startswith("the last before now: ")
        moment = view.planned.pop()
        before: list[Event] = []
        run = history.boot()
        run.subscribe(kind, lambda each, found=before: found.append(each) if counts(each) else None)
        run.advance(Until(moment=moment))
        seen.pop()
        assert before == seen
        running = run.kernel.running
        assert running is not None
        assert int(running.context[A7]) == CALL_NUMBERS[call]
        assert running.process.memory.peek(int(running.context[PC]), 4) == bytes.fromhex("73000000")
        history.run = run
    (line, *_) = lines(history, f"goto last {event}", view)
    assert line.startswith(f"there was no {event.split()[0]} before clock ") or event == "exec"


def test_a_fault_and_its_signal_are_gone_to() -> None:
    history = history_of("null_pointer.s")
    history.run.advance()
    view = PlainView()
    told = lines(history, "goto last fault", view)
    assert told[0].startswith("the last before now: fault of 2 at address 0x0000")
    run = at(history, view.planned.pop())
    faults: list[events.Faulted] = []
    run.subscribe(events.Faulted, faults.append)
    clock = run.kernel.clock
    assert run.kernel.running is not None
    pc = int(run.kernel.running.context[PC])
    run.advance()
    assert [(fault.pc, fault.clock) for fault in faults] == [(pc, clock)]
    assert "SIGSEGV sent to 2 by the machine" in lines(history, "goto la sig", view)[0]


def test_what_is_no_event_is_told() -> None:
    history, view = history_of("hello.s"), PlainView()
    history.run.advance()
    for word, complaint in (
        ("last", "the last what? fork, vfork, exec, "), ("last frok", "'frok' is no event; did you mean 'fork'?"),
        ("last f", "'f' may be fork or fault"), ("last fork 3", "'3' is too much: goto last fork"),
        ("last syscall wirte", "'wirte' is no system call; did you mean 'write'?"),
        ("last syscall /(", "is no regular expression"),
        ("40 last", "'last' is too much: goto '40'"), ("last vfork", "there was no vfork before clock"),
    ):  # fmt: skip
        assert complaint in " ".join(lines(history, f"goto {word}", view))
    assert not view.planned


def test_what_takes_too_long_plans_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    history, view = history_of("pipeline.s"), PlainView()
    history.run.advance()
    monkeypatch.setattr(replaying, "LONGEST", 0.0)
    monkeypatch.setattr(replaying, "SLICE", 5)
    assert lines(history, "goto last fork", view)[0].startswith("the time is up")
    assert not view.planned
