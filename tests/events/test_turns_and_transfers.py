"""Who runs, who waits for what, and which bytes go where, as events tell it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.kernel.guest import boot
from vm import events
from vm.kernel.loop import advance
from vm.kernel.pausing import Until
from vm.machine import Machine
from vm.run import Run

PIPE = """
_start: la a0, ends
        li a1, 0
        sys pipe2
        sys fork
        bnez a0, parent
        lw a0, ends+4
        la a1, text
        li a2, 5
        sys write
        exit 0
parent: lw a0, ends
        la a1, room
        li a2, 16
        sys read
        li a0, 1
        la a1, room
        li a2, 5
        sys write
        li a0, 2
        la a1, text
        li a2, 3
        sys write
        li a0, 0
        la a1, room
        li a2, 16
        sys read
        exit 0
.data
text: .ascii "hello"
ends: .word 0, 0
room: .zero 16
"""

SLEEP = """
_start: li a0, 0
        li a1, 0
        la a2, time
        li a3, 0
        sys clock_nanosleep_time64
        exit 0
.data
time: .word 0, 0, 5000, 0
"""


def hear(run: Run, *kinds: type[events.Event]) -> list[Any]:
    found: list[Any] = []
    for kind in kinds:
        run.kernel.events.subscribe(kind, found.append)
    return found


def test_a_wait_and_its_end_and_the_bytes_between(tmp_path: Path) -> None:
    run = boot(tmp_path, PIPE, input=b"typed")
    told = hear(run, *events.DETAILS)
    run.finish()
    kinds = (events.Scheduled, events.Blocked, events.Woken, events.Output, events.Input, events.PipeBytes)
    story = [event for event in told if isinstance(event, kinds)]
    assert [type(event).__name__ for event in story] == [
        "Scheduled", "Blocked", "Scheduled", "PipeBytes", "Woken", "Scheduled", "PipeBytes", "Output", "Output",
        "Input",
    ]  # fmt: skip
    turns = [event.pid for event in story if isinstance(event, events.Scheduled)]
    assert turns == [2, 3, 2]
    assert [event.after for event in story if isinstance(event, events.Scheduled)][1:] == [2, 3]
    _, blocked, _, put, woken, _, taken, out, error, read = story
    assert (blocked.pid, blocked.channels, blocked.why) == (2, ("pipe 1 data",), "data in pipe 1")
    assert (blocked.deadline, woken.pid, woken.channel) == (None, 2, "pipe 1 data")
    assert (put.pid, put.pipe, put.data, put.is_taken) == (3, 1, b"hello", False)
    assert (taken.pid, taken.pipe, taken.data, taken.is_taken) == (2, 1, b"hello", True)
    assert [(event.stream, event.data) for event in (out, error)] == [("output", b"hello"), ("errors", b"hel")]
    assert (read.pid, read.data) == (2, b"typed")


def test_a_deadline_wakes(tmp_path: Path) -> None:
    run = boot(tmp_path, SLEEP)
    told = hear(run, events.Blocked, events.Woken)
    run.finish()
    blocked, woken = told
    assert (blocked.channels, blocked.why, woken.channel) == ((), "its sleep to end", "deadline")
    assert blocked.deadline == woken.clock


def limited(root: Path, output: int) -> Run:
    boot(root, PIPE)
    return Machine(root=root, output=output).boot("/guest").start()


def test_output_up_to_a_limit(tmp_path: Path) -> None:
    """What was written is told, of the write too that ends the run."""
    run = limited(tmp_path, 6)
    told = hear(run, events.Output)
    result = run.finish()
    assert "output limit" in result.message
    assert b"".join(event.data for event in told) == result.output + result.errors == b"hellohel"[:6]


def test_a_decision_is_told_once(tmp_path: Path) -> None:
    """Of a step that a caller interrupts and goes on with, too."""
    run = boot(tmp_path, PIPE)
    told = hear(run, events.Decided)
    met = []
    while (pause := advance(run.kernel, Until(choices=True))) and getattr(pause, "choice", None) is not None:
        met.append(pause.choice)
    assert [(event.choice, event.choice_kind, event.options) for event in told] == [
        (choice.number, choice.kind.name, choice.options) for choice in met
    ]
    assert {event.answer - event.default for event in told} == {0}
    assert len(met) > 2
    alone = boot(tmp_path, PIPE)
    same = hear(alone, events.Decided)
    alone.finish()
    assert same == told


def test_nothing_is_noted_for_nobody(tmp_path: Path) -> None:
    run = boot(tmp_path, PIPE)
    told = hear(run, events.Woken)
    assert run.kernel.scheduler.notes_wanted
    run.kernel.events.unsubscribe(events.Woken, told.append)  # methods of one list are equal
    run.finish()
    assert not run.kernel.scheduler.notes_wanted
    assert not told
    assert not run.kernel.scheduler.woken


def test_a_copy_tells_its_own_events(tmp_path: Path) -> None:
    """And goes on counting where the original does."""
    run = boot(tmp_path, PIPE)
    kinds = [kind for kind in events.DETAILS if kind is not events.FramesChanged and kind is not events.Mapped]
    told = hear(run, *kinds)
    advance(run.kernel, Until(events=(events.Scheduled,)))
    advance(run.kernel, Until(events=(events.Blocked,)))
    twin, count = run.kernel.copy(), len(told)
    assert not twin.scheduler.notes_wanted
    heard: list[Any] = []
    for kind in kinds:
        twin.events.subscribe(kind, heard.append)
    advance(twin)
    assert not told[count:]
    advance(run.kernel)
    assert heard == told[count:]
    silent = run.kernel.copy()
    assert not silent.takes_notes
    assert not silent.scheduler.woken


THREADS = """
# Two threads of one process write, one to a pipe that the first reads.
_start: la a0, ends
        li a1, 0
        sys pipe2
        li a0, 0x50f00          # VM, FS, FILES, SIGHAND, THREAD, SYSVSEM
        la a1, stack
        sys clone
        beqz a0, 1f
        lw a0, ends
        la a1, letter
        li a2, 1
        sys read
        li a0, 1
        la a1, letter
        li a2, 1
        sys write
        exit 0
1:      lw a0, ends + 4
        la a1, letter
        li a2, 1
        sys write
        exit 0
        .bss
        .balign 16
        .space 256
stack:
ends:   .space 8
letter: .space 1
"""


def test_bytes_are_told_with_the_thread(tmp_path: Path) -> None:
    run = boot(tmp_path, THREADS)
    told = hear(run, events.Output, events.PipeBytes)
    run.finish()
    assert [(type(event).__name__, event.pid, event.thread) for event in told] == [
        ("PipeBytes", 2, 3), ("PipeBytes", 2, 2), ("Output", 2, 2),
    ]  # fmt: skip


KILLED = """
_start: sys fork
        bnez a0, parent
        lw a0, 0(zero)
parent: li a0, -1
        li a1, 0
        li a2, 0
        li a3, 0
        sys wait4
        exit 0
"""


def test_frames_of_who_is_killed_are_told_before_anybody_else_runs(tmp_path: Path) -> None:
    run = boot(tmp_path, KILLED)
    told = hear(run, events.Exited, events.FramesChanged, events.Scheduled)
    run.finish()
    names = [type(event).__name__ for event in told]
    death = names.index("Exited")
    behind = told[death + 1 : names.index("Scheduled", death)]
    assert {event.use for event in behind} == {"root", "table", "page"}
    assert {event.pid for event in behind} == {3}
