"""Pipes hold what Linux's hold, page by page; fifos wait for their other end and say so (pipe(7), fifo(7))."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import select
import struct
import termios
from pathlib import Path
from typing import Any

import pytest

from tests.vfs.guest import SCRATCH, Blocked, Guest
from vm.abi import Errno, Fcntl, Poll, Signal
from vm.kernel.dispatch import interrupt
from vm.kernel.process.lifecycle import create, terminate
from vm.kernel.process.task import State

O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK = 0, 1, 2, 0o4000
S_IFIFO = 0o010000
FIONREAD = 0x541B
ASKED = select.POLLIN | select.POLLOUT | select.POLLERR | select.POLLHUP

Step = tuple[str, int]


@pytest.fixture
def guest(tmp_path: Path) -> Guest:
    return Guest(tmp_path)


def natively(steps: list[Step]) -> list[Any]:
    """What each step on a fresh pipe that does not wait gives on the host."""
    ends = list(os.pipe2(os.O_NONBLOCK))
    results: list[Any] = []
    for name, value in steps:
        try:
            if name == "write":
                result: Any = os.write(ends[1], bytes(value))
            elif name == "read":
                result = len(os.read(ends[0], value))
            elif name == "resize":
                result = fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, value)
            elif name == "waiting":
                result = struct.unpack("i", fcntl.ioctl(ends[0], termios.FIONREAD, bytes(4)))[0]
            elif name == "poll":
                poll = select.poll()
                poll.register(ends[value], ASKED)
                result = sum(events for _, events in poll.poll(0))
            else:
                os.close(ends[value])
                ends[value] = 900
                result = 0
        except OSError as error:
            result = -(error.errno or 0)
        results.append(result)
    for end in ends:
        if end != 900:
            os.close(end)
    return results


def in_the_machine(guest: Guest, steps: list[Step]) -> list[Any]:
    assert guest.call("pipe2", SCRATCH, O_NONBLOCK) == 0
    ends = list(struct.unpack("<2i", guest.peek(8)))
    results: list[Any] = []
    for name, value in steps:
        if name == "write":
            guest.task.signals.discard((1 << 64) - 1)
            result = guest.call("write", ends[1], SCRATCH, value)
        elif name == "read":
            result = guest.call("read", ends[0], SCRATCH, value)
        elif name == "resize":
            result = guest.call("fcntl64", ends[1], Fcntl.F_SETPIPE_SZ, value)
        elif name == "waiting":
            result = guest.call("ioctl", ends[0], FIONREAD, SCRATCH) or int.from_bytes(guest.peek(4), "little")
        elif name == "poll":
            file = guest.task.files.find(ends[value])
            result = file.poll() & ASKED if file else select.POLLNVAL
        else:
            result = guest.call("close", ends[value])
            ends[value] = 900
        results.append(result)
    for end in ends:
        if end != 900:
            guest.call("close", end)
    return results


def random_steps(seed: int) -> list[Step]:
    draw = random.Random(seed)
    sizes = (1, 2, 100, 1000, 3000, 4095, 4096, 4097, 5000, 9000, 20_000, 65_535, 65_536)
    steps: list[Step] = []
    for _ in range(80):
        name = draw.choices(["write", "read", "resize", "waiting", "poll"], [9, 6, 1, 2, 3])[0]
        value = draw.choice(sizes)
        if name == "resize":
            value = draw.choice((1, 4096, 5000, 8192, 30_000, 65_536, 131_072, 1 << 20, 0))
        elif name == "poll":
            value = draw.randrange(2)
        steps.append((name, value))
    steps.append(("close", draw.randrange(2)))
    return steps + [(draw.choice(("read", "waiting")), 4096) for _ in range(3)] + [("poll", 0), ("poll", 1)]


def compare(seeds: range, guest: Guest) -> None:
    guest.task.signals.set_mask(1 << Signal.SIGPIPE - 1)
    for seed in seeds:
        steps = random_steps(seed)
        expected, ours = natively(steps), in_the_machine(guest, steps)
        for index, step in enumerate(steps):
            assert ours[index] == expected[index], f"seed {seed}, step {index}: {step}, before: {steps[:index]}"


def test_what_fits_is_what_fits_on_the_host(guest: Guest) -> None:
    compare(range(100), guest)


@pytest.mark.full
def test_what_fits_in_many_cases(guest: Guest) -> None:
    compare(range(1000, 5000), guest)


def test_many_pipes_are_small(guest: Guest) -> None:
    """pipe(7), /proc/sys/fs/pipe-user-pages-soft: then a pipe has two pages, and none can grow."""
    guest.task.files.limit = 4000
    capacities = []
    for _ in range(1100):
        assert guest.call("pipe2", SCRATCH, O_NONBLOCK) == 0
        capacities.append(guest.call("fcntl64", int.from_bytes(guest.peek(4), "little"), Fcntl.F_GETPIPE_SZ))
    assert capacities[:1023] == [65536] * 1023
    assert set(capacities[1024:]) == {8192}
    assert guest.call("fcntl64", 3, Fcntl.F_SETPIPE_SZ, 1 << 20) == -Errno.EPERM
    guest.task.files.leave(guest.task.tid)
    assert guest.kernel.system.pipes.pages == 0


def test_no_reader(guest: Guest) -> None:
    assert guest.call("pipe2", SCRATCH, 0) == 0
    assert guest.call("close", 3) == 0
    assert guest.call("write", 4, b"lost", 4) == -Errno.EPIPE
    assert guest.task.signals.pending == 1 << Signal.SIGPIPE - 1


# --- fifos ----------------------------------------------------------------------------------------------------------


def second(guest: Guest) -> Any:
    child = create(guest.kernel, guest.task, "fork", shared=False)
    guest.kernel.scheduler.ready.clear()
    return child


def make_fifo(guest: Guest) -> None:
    assert guest.call("mknodat", -100, "fifo", S_IFIFO | 0o600, 0) == 0


def open_fifo(guest: Guest, flags: int, task: Any = None) -> int:
    return guest.call("openat", -100, "/fifo", flags, 0, task=task)


def block(guest: Guest, flags: int, task: Any) -> None:
    with pytest.raises(Blocked):
        open_fifo(guest, flags, task)
    guest.kernel.scheduler.block(task, task.wait)


def finish(guest: Guest, task: Any) -> int:
    """Make a call again whose wait is over."""
    assert task.state is State.READY
    guest.kernel.scheduler.ready.remove(task)
    number, arguments = task.call
    assert number == 56
    return open_fifo(guest, arguments[2], task)


@pytest.mark.parametrize(("first", "then"), [(O_RDONLY, O_WRONLY), (O_WRONLY, O_RDONLY)])
def test_the_first_end_waits_for_the_second(guest: Guest, first: int, then: int) -> None:
    make_fifo(guest)
    other = second(guest)
    block(guest, first, other)
    assert open_fifo(guest, then) == 3
    assert finish(guest, other) == 3
    reader, writer = (other, guest.task) if first == O_RDONLY else (guest.task, other)
    assert guest.call("write", 3, b"through", 7, task=writer) == 7
    assert guest.call("read", 3, SCRATCH, 10, task=reader) == 7
    assert reader.memory.read(SCRATCH, 7) == b"through"


def test_a_reader_goes_on_although_the_writer_is_gone_again(guest: Guest) -> None:
    make_fifo(guest)
    other = second(guest)
    block(guest, O_RDONLY, other)
    assert open_fifo(guest, O_WRONLY) == 3
    assert guest.call("write", 3, b"left", 4) == 4
    assert guest.call("close", 3) == 0
    assert finish(guest, other) == 3
    assert guest.call("read", 3, SCRATCH, 10, task=other) == 4
    assert guest.call("read", 3, SCRATCH, 10, task=other) == 0


def test_a_reader_that_gives_up_is_no_reader(guest: Guest) -> None:
    make_fifo(guest)
    other = second(guest)
    block(guest, O_RDONLY, other)
    interrupt(guest.kernel, other, restart=False)
    assert open_fifo(guest, O_WRONLY | O_NONBLOCK) == -Errno.ENXIO
    block(guest, O_RDONLY, other)
    terminate(guest.kernel, other.process, 0)
    assert open_fifo(guest, O_WRONLY | O_NONBLOCK) == -Errno.ENXIO
    assert guest.kernel.system.pipes.pages == 0


def test_opens_that_do_not_wait_are_as_on_the_host(guest: Guest, tmp_path: Path) -> None:
    make_fifo(guest)
    native = tmp_path / "native"
    os.mkfifo(native)
    for flags in (O_WRONLY | O_NONBLOCK, O_RDONLY | O_NONBLOCK, O_WRONLY | O_NONBLOCK, O_RDWR, O_WRONLY):
        try:
            expected = os.open(native, flags) and 0
        except OSError as error:
            expected = -(error.errno or 0)
        assert min(open_fifo(guest, flags), 0) == expected
    file = guest.task.files.find(3)
    assert file is not None
    assert file.poll() == 0


def test_a_reader_without_a_writer_sees_the_end_and_no_hang_up(guest: Guest) -> None:
    make_fifo(guest)
    assert open_fifo(guest, O_RDONLY | O_NONBLOCK) == 3
    assert guest.call("read", 3, SCRATCH, 1) == 0
    file = guest.task.files.find(3)
    assert file is not None
    assert not file.poll() & Poll.POLLHUP
    assert open_fifo(guest, O_WRONLY) == 4
    assert guest.call("read", 3, SCRATCH, 1) == -errno.EAGAIN
    assert guest.call("close", 4) == 0
    assert file.poll() & Poll.POLLHUP
