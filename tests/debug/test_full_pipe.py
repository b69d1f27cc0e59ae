"""Somebody interrupts while nobody reads what the guest writes: the machine stops, and nothing is lost."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from threading import Thread

from tests.debug.test_taking_back import booted
from vm.debug.history import History
from vm.kernel.pausing import Ending, Pause
from vm.kernel.ports import BytesInput, HostOutput
from vm.schedules.leaving import LeavingOutput
from vm.schedules.retracing import NOT_INTERRUPTED, Trace

SIZE = 300_000
WRITES = f"""
        .data
buffer: .space  {SIZE}, 0x61
        .text
_start: li      s0, 3
1:      li      a0, 1
        la      a1, buffer
        li      a2, {SIZE}
        li      a7, 64
        ecall
        addi    s0, s0, -1
        bnez    s0, 1b
        li      a0, 0
        li      a7, 93
        ecall
"""


def when_full(writer: int, interrupt: Callable[[], None]) -> Thread:
    """Interrupt once the pipe is full."""

    def wait() -> None:
        poll = select.poll()
        poll.register(writer, select.POLLOUT)
        while poll.poll(0):
            pass
        interrupt()

    thread = Thread(target=wait)
    thread.start()
    return thread


def reading_all(reader: int) -> tuple[Thread, bytearray]:
    """Read to the end of the pipe, in a thread."""
    read = bytearray()
    thread = Thread(target=lambda: [read.extend(data) for data in iter(lambda: os.read(reader, 1 << 16), b"")])
    thread.start()
    return thread, read


def test_an_interrupt_is_heard_while_nobody_reads() -> None:
    reader, writer = os.pipe()
    history = History(booted(WRITES, HostOutput(writer)))
    for _ in range(2):
        thread = when_full(writer, history.interrupt)
        pause = history.advance()
        thread.join()
        assert isinstance(pause, Pause)
        assert pause.why == "interrupt"
    history.goto(history.begin)  # where it writes nothing anew
    assert not select.select([], [writer], [], 0)[1]
    reading, read = reading_all(reader)
    assert isinstance(history.advance(), Ending)
    assert history.run.finish().status == 0
    os.close(writer)
    reading.join()
    os.close(reader)
    assert read == b"a" * 3 * SIZE


def test_what_is_left_at_the_end_is_written() -> None:
    reader, writer = os.pipe()
    trace = Trace(BytesInput(b""), None, None)
    output = LeavingOutput(HostOutput(writer), trace)
    trace.is_interrupted = lambda: True
    for text in (b"a" * SIZE, b"b"):
        output.write(text)
        assert output.taken == len(text)
    trace.is_interrupted = NOT_INTERRUPTED
    reading, read = reading_all(reader)
    output.flush()
    os.close(writer)
    reading.join()
    os.close(reader)
    assert read == b"a" * SIZE + b"b"
