"""Copies of a machine go the way that it went: the host is asked once, and what is written is written once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.guest import PRELUDE
from vm.abi import Signal
from vm.kernel.pausing import Ending, Moment, Pause, Until
from vm.kernel.ports import Capture, HostInput
from vm.machine import Machine
from vm.run import Run
from vm.schedules.schedule import Diverged

ECHO = """
# Echoes what it reads, eight bytes at most at a time, until the end of its input; SIGINT says "!".
_start: li a0, 2
        la a1, action
        li a2, 0
        li a3, 8
        sys rt_sigaction
1:      li a0, 0
        la a1, buffer
        li a2, 8
        sys read
        beqz a0, 2f
        bltz a0, 1b
        mv a2, a0
        li a0, 1
        la a1, buffer
        sys write
        j 1b
2:      exit 3
handler:
        li a0, 1
        la a1, mark
        li a2, 1
        sys write
        ret
        .data
        .balign 8
action: .word handler, 0, 0, 0
mark:   .ascii "!"
buffer: .space 8
"""


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe of the host's: where a machine reads, and where somebody writes."""
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def echoing(root: Path, source: int, sink: Capture) -> Run:
    """A run of the echo that can be taken back."""
    (root / "echo.s").write_text(PRELUDE + ECHO)
    run = Machine(root=root).boot("/echo", input=HostInput(source), output=sink)
    run.retrace()
    return run


def output_of(run: Run) -> Capture:
    """Where a run's output goes, which all its copies have."""
    sink = run.kernel.console.output.sink  # type: ignore[attr-defined]
    assert isinstance(sink, Capture)
    return sink


def follow(copy: Run, end: Run) -> None:
    """Let a copy that is behind ``end`` come to where it is, and be the same."""
    assert copy._log is not None
    copy._log.is_live = False  # type: ignore[union-attr]
    copy.advance(Until(moment=end.kernel.moment))
    assert copy.kernel.moment == end.kernel.moment
    assert copy.digest() == end.digest()


def test_a_copy_reads_what_was_read_and_writes_nothing_twice(tmp_path: Path, pipe: tuple[int, int]) -> None:
    sink = Capture(1000)
    run = echoing(tmp_path, pipe[0], sink)
    begin = run.copy()
    os.write(pipe[1], b"a line\nand a longer one\n")
    run.advance(Until(clock=40))
    middle, written = run.copy(), bytes(sink.data)
    assert written == b"a line\nand a lo"
    os.close(pipe[1])
    assert isinstance(run.advance(), Ending)
    assert sink.data == b"a line\nand a longer one\n"
    for copy in (middle, begin, begin.copy()):
        follow(copy, run)
    assert sink.data == b"a line\nand a longer one\n"
    again = Machine(root=tmp_path).boot("/echo", schedule=run.schedule()).finish()
    assert (again.status, again.output) == (3, bytes(sink.data))


def test_a_new_future_reads_again_what_was_typed(tmp_path: Path, pipe: tuple[int, int]) -> None:
    sink = Capture(1000)
    run = echoing(tmp_path, pipe[0], sink)
    os.write(pipe[1], b"one\ntwo\nthree\n")
    run.advance(Until(clock=24))
    past = run.copy()
    assert sink.data == b"one\n"
    run.advance(Until(clock=52))
    assert sink.data == b"one\ntwo\nthree\n"
    assert past._log is not None
    past._log.cut()  # type: ignore[union-attr]
    os.write(pipe[1], b"four\n")
    os.close(pipe[1])
    assert isinstance(past.advance(), Ending)
    assert sink.data == b"one\ntwo\nthree\n" + b"two\nthree\nfour\n"
    assert past.schedule().input == b"one\ntwo\nthree\nfour\n"


def test_a_key_comes_at_its_moment_again(tmp_path: Path, pipe: tuple[int, int]) -> None:
    run = echoing(tmp_path, pipe[0], Capture(1000))
    begin = run.copy()
    os.write(pipe[1], b"one\n")
    run.advance(Until(clock=22))
    run.kernel.signal_from_terminal(Signal.SIGINT)
    run.advance(Until(clock=30))
    os.close(pipe[1])
    run.advance()
    assert output_of(run).data == b"one\n!"
    begin.kernel.signal_from_terminal(Signal.SIGINT)  # once nobody has been there
    follow(begin, run)
    assert output_of(run).data == b"one\n!"


def test_who_waits_for_input_is_interrupted(tmp_path: Path, pipe: tuple[int, int]) -> None:
    run = echoing(tmp_path, pipe[0], Capture(1000))
    begin, asked = run.copy(), []
    trace = run._log.trace  # type: ignore[union-attr]
    trace.is_interrupted = lambda: bool(asked.append(1)) or len(asked) > 3  # type: ignore[func-returns-value]
    pause = run.advance(Until(clock=1_000_000))
    assert isinstance(pause, Pause)
    assert pause.why == "interrupt"
    trace.is_interrupted = bool
    os.write(pipe[1], b"late\n")
    os.close(pipe[1])
    run.advance()
    assert output_of(run).data == b"late\n"
    follow(begin, run)


def test_a_schedule_is_retraced(tmp_path: Path) -> None:
    (tmp_path / "echo.s").write_text(PRELUDE + ECHO)
    machine = Machine(root=tmp_path)
    recorded = machine.boot("/echo", input=b"a line\nand another\n", record=True)
    result = recorded.finish()
    run = machine.boot("/echo", schedule=recorded.schedule())
    run.retrace()
    begin = run.copy()
    run.advance(Until(moment=Moment(40, 0)))
    past = run.copy()
    assert output_of(run).data == b"a line\nand anoth"
    run.advance()
    assert output_of(run).data == result.output
    follow(begin, run)
    assert output_of(run).data == result.output
    assert run.schedule().exchanges == recorded.schedule().exchanges
    past._log.cut()  # type: ignore[union-attr]
    past.advance()
    assert output_of(run).data == result.output + b"er\n"


def test_a_copy_that_is_behind_asks_nobody(tmp_path: Path, pipe: tuple[int, int]) -> None:
    run = echoing(tmp_path, pipe[0], Capture(1000))
    run._log.is_live = False  # type: ignore[union-attr]
    with pytest.raises(Diverged, match="what is known ends before the run: the input is asked for 'peek 8'"):
        run.advance()
