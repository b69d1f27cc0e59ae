"""What a program sees of its standard input does not depend on when that arrives, and no wait on it spins.

Machines read a pipe whose other end is written to while they run; times are the guest's, and so are the expectations.
"""

from __future__ import annotations

import itertools
import os
import pty
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.kernel.guest import boot, run
from tests.vfs.guest import SCRATCH, Blocked, Guest
from vm import machine
from vm.abi import Errno, Poll
from vm.kernel.ports import CHUNK, Closed, HostInput, HostOutput
from vm.laboratory import shared_input
from vm.records import Result

FIONREAD = 0x541B

LOOPER = """
# Reads standard input to its end, {how}; every attempt is a dot.
_start: li a0, 0
        li a1, 4
        li a2, 0x800
        sys fcntl64             # O_NONBLOCK
loop:   li a0, 1
        la a1, dot
        li a2, 1
        sys write
{look}
        li a0, 0
        la a1, buffer
        li a2, 100
        sys read
        li t0, -11
        beq a0, t0, loop        # EAGAIN
        blez a0, end
        mv a2, a0
        li a0, 2
        la a1, buffer
        sys write
        j loop
end:    exit 0
        .data
        .balign 8
fds:    .word 0
        .half 1, 0
now:    .word 0, 0, 0, 0
sets:   .word 1
dot:    .ascii "."
        .bss
buffer: .skip 100
"""
LOOKS = {
    "by O_NONBLOCK": "",
    "by poll": "la a0, fds\n li a1, 1\n la a2, now\n li a3, 0\n li a4, 8\n sys ppoll_time64\n beqz a0, loop\n",
    "by select": (
        "li t0, 1\n la a1, sets\n sw t0, (a1)\n li a0, 1\n li a2, 0\n li a3, 0\n la a4, now\n li a5, 0\n"
        " sys pselect6_time64\n beqz a0, loop\n"
    ),
    "by FIONREAD": (
        "li a0, 0\n li a1, 0x541b\n la a2, buffer\n sys ioctl\n bnez a0, end\n la a0, buffer\n lw t0, (a0)\n"
        " addi t0, t0, '0'\n sb t0, (a0)\n mv a1, a0\n li a0, 2\n li a2, 1\n sys write\n"
    ),
}


def feed(pieces: list[bytes], pause: float, work: Callable[[int], Result], *, by_socket: bool = False) -> Result:
    """The result of ``work`` on a descriptor that gets ``pieces`` one after the other while it runs."""
    with ExitStack() as stack:
        if by_socket:
            ends = socket.socketpair()
            reader, writer = (end.detach() for end in ends)
        else:
            reader, writer = os.pipe()
        stack.callback(os.close, reader)
        waiting = threading.Event()

        def write() -> None:
            for piece in pieces:
                waiting.wait(pause)
                os.write(writer, piece)
            os.close(writer)

        thread = threading.Thread(target=write)
        thread.start()
        stack.callback(thread.join)
        return work(reader)


@pytest.mark.parametrize("how", LOOKS)
def test_looking_for_input_takes_as_often_whenever_it_arrives(tmp_path: Path, how: str) -> None:
    source = LOOPER.format(how=how, look=LOOKS[how])
    text = [b"first line\nsec", b"ond", b" line\nlast"]
    seen = [
        feed(pieces, pause, lambda fd: run(tmp_path, source, input=HostInput(fd), seconds=300), by_socket=by_socket)
        for pieces, pause, by_socket in (([b"".join(text)], 0, False), (text, 0.05, False), (text, 0.02, True))
    ]
    assert {(result.status, result.output, result.errors, result.retired) for result in seen} == {
        (0, b"....", seen[0].errors, seen[0].retired)
    }
    assert seen[0].errors.replace(b";", b"").replace(b"<", b"").replace(b"4", b"").replace(b"0", b"") == b"".join(text)


SIBLINGS = """
# A child counts in the background while its parent reads, byte by byte: what it counted is told at each of them.
_start: li a0, 0                # a page that both share
        li a1, 4096
        li a2, 3
        li a3, 0x21
        li a4, -1
        li a5, 0
        sys mmap2
        mv s0, a0
        sys fork
        beqz a0, count
        mv s2, a0
read:   li a0, 0
        addi a1, s0, 8
        li a2, 5
        sys read
        blez a0, done
        li a0, 1
        mv a1, s0
        li a2, 4
        sys write
        j read
done:   mv a0, s2
        li a1, 9
        sys kill
        exit 0
count:  lw t0, (s0)
        addi t0, t0, 1
        sw t0, (s0)
        j count
"""


def test_others_run_as_long_whenever_input_arrives(tmp_path: Path) -> None:
    """Parts of a line arrive one by one: nobody's turn depends on it."""
    text = [b"ab", b"c", b"\nde", b"f", b"ghijkl", b"\n", b"m"]
    seen = [
        feed(pieces, 0.02, lambda fd: run(tmp_path, SIBLINGS, input=HostInput(fd), quantum=50, seconds=300))
        for pieces in ([b"".join(text)], text)
    ]
    assert seen[0].status == 0
    assert (seen[0].output, seen[0].retired) == (seen[1].output, seen[1].retired)


# --- waits: every kind of stream, event and time-out ---


@contextmanager
def streams() -> Iterator[dict[str, Closed | HostInput | bytes]]:
    """One standard input of each kind, with nothing to read yet where that can be."""
    with ExitStack() as stack:

        def own(fd: int) -> int:
            stack.callback(os.close, fd)
            return fd

        silent, held = map(own, os.pipe())
        over, gone = os.pipe()
        own(over), os.close(gone)
        ours, _theirs = (own(end.detach()) for end in socket.socketpair())
        _keys, screen = map(own, pty.openpty())
        full, writer = map(own, os.pipe())
        os.write(writer, b"text")
        typed, terminal = map(own, pty.openpty())
        os.write(typed, b"typed\n")
        yield {
            "bytes": b"some",
            "no bytes": b"",
            "closed": Closed(),
            "file": HostInput(own(os.open(__file__, os.O_RDONLY))),
            "file to write": HostInput(own(os.open("/tmp", os.O_WRONLY | os.O_TMPFILE))),
            "folder": HostInput(own(os.open("/", os.O_RDONLY))),
            "null": HostInput(own(os.open("/dev/null", os.O_RDONLY))),
            "zeros": HostInput(own(os.open("/dev/zero", os.O_RDONLY))),
            "silent pipe": HostInput(silent),
            "pipe at its end": HostInput(over),
            "pipe with text": HostInput(full),
            "end to write": HostInput(held),
            "socket": HostInput(ours),
            "terminal": HostInput(screen),
            "terminal with text": HostInput(terminal),
        }


EVENTS = (0, Poll.POLLIN, Poll.POLLPRI, Poll.POLLOUT, 0xFFFF)
TIMES = (0, 1_000_000)
WAITER = """
_start: la a0, fds
        li a1, 1
        la a2, time
        li a3, 0
        li a4, 8
        sys ppoll_time64
        mv s0, a0
        la a0, fds
        lh a0, 6(a0)
        bnez s0, 1f
        li a0, 0x55
1:      andi a0, a0, 0xff
        sys exit
        .data
        .balign 8
fds:    .word 0
        .half {events}, 0
time:   .word 0, 0, {time}, 0
"""
SELECTOR = """
_start: li a0, 1
        la a1, sets
        addi a2, a1, 4
        addi a3, a1, 8
        la a4, time
        li a5, 0
        sys pselect6_time64
        bgez a0, 1f
        neg a0, a0
        addi a0, a0, 100
1:      sys exit
        .data
        .balign 8
time:   .word 0, 0, {time}, 0
sets:   .word {readable}, {writable}, {exceptional}
"""


def is_typed(kind: str) -> bool:
    return kind.startswith("terminal")


def expected(kind: str, events: int) -> int:
    """What ppoll finds, 0x55 for nothing in time."""
    if kind == "closed":
        return Poll.POLLNVAL
    bits = 0 if kind == "terminal" else Poll.POLLIN | Poll.POLLRDNORM
    bits |= Poll.POLLOUT | 0x100 if is_typed(kind) else 0
    return (bits & events) & 0xFF or (0x55 if not bits & events else 0)


def test_no_poll_spins(tmp_path: Path) -> None:
    """A million instructions are allowed; a wait that goes round uses none and never ends."""
    with streams() as ends:
        for (kind, end), events, nanoseconds in itertools.product(ends.items(), EVENTS, TIMES):
            booted = boot(tmp_path, WAITER.format(events=events, time=nanoseconds), input=end, seconds=300)
            result = booted.finish()
            assert (kind, events, result.status) == (kind, events, expected(kind, events)), (
                result.message,
                nanoseconds,
            )
            assert result.retired < 20
            if result.status == 0x55:
                assert booted.kernel.clock >= nanoseconds


def test_no_select_spins(tmp_path: Path) -> None:
    with streams() as ends:
        for (kind, end), sets in itertools.product(ends.items(), itertools.product((0, 1), repeat=3)):
            source = SELECTOR.format(readable=sets[0], writable=sets[1], exceptional=sets[2], time=1000)
            result = run(tmp_path, source, input=end, seconds=300)
            readable = kind != "terminal"
            wanted = sets[0] * readable + sets[1] * is_typed(kind)
            wanted = 100 + Errno.EBADF if kind == "closed" and any(sets) else 0 if kind == "closed" else wanted
            assert (kind, sets, result.status) == (kind, sets, wanted), result.message


def test_a_wait_for_what_never_comes_is_told(tmp_path: Path) -> None:
    """Without a time-out, as on Linux, it waits for ever: that is the end of this machine."""
    source = WAITER.format(events=2, time=0).replace("la a2, time", "li a2, 0")
    result = run(tmp_path, source, input=b"text")
    assert result.status == 124
    assert "blocked for ever" in result.message


# --- where a read ends ---


def test_a_read_ends_with_the_line(tmp_path: Path) -> None:
    """Also where the line fills a buffer to the byte and there is another: the next line may not be there yet."""
    reader, writer = os.pipe()
    long = b"x" * (CHUNK - 1) + b"\n"
    with os.fdopen(writer, "wb") as file:
        thread = threading.Thread(target=file.write, args=(b"abc\ndefg\n" + long + b"last\n",))
        thread.start()
        guest = Guest(tmp_path, {"input": HostInput(reader)})
        vector = struct.pack("<4I", SCRATCH, 4, SCRATCH + 4, 100)
        assert guest.call("readv", 0, vector, 2) == 4
        assert guest.call("readv", 0, vector, 2) == 5, "a part of the line is no end of it"
        assert guest.call("read", 0, SCRATCH, 2 * CHUNK) == CHUNK
        thread.join()
    os.close(reader)


def test_what_several_runs_read_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It has to be kept; each of them is ended at the same place."""
    monkeypatch.setattr(shared_input, "LARGEST", 1000 * shared_input.PIECE)
    zeros = os.open("/dev/zero", os.O_RDONLY)
    shared = shared_input.SharedInput(HostInput(zeros))
    source = "_start: li a0, 0\n la a1, x\n li a2, 4096\n sys read\n j _start\n .bss\nx: .skip 4096\n"
    seen = [run(tmp_path, source, input=shared_input.RunsInput(shared)) for _ in range(2)]
    os.close(zeros)
    assert [result.status for result in seen] == [124, 124]
    assert seen[0].retired == seen[1].retired
    assert "standard input that several runs can read" in seen[0].message


def test_what_is_captured_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "CAPTURE_LIMIT", 100_000)
    source = "_start: li a0, 1\n la a1, x\n li a2, 4096\n sys write\n j _start\n .bss\nx: .skip 4096\n"
    assert len(run(tmp_path, source).output) == 100_000
    booted = machine.Machine(root=tmp_path, output=200_000).boot("/guest").start()
    assert len(booted.finish().output) == 200_000, "the setting, where there is one"


# --- what the host refuses ---


@pytest.fixture
def guest(tmp_path: Path) -> Callable[..., Guest]:
    return lambda **streams: Guest(tmp_path, streams)


def test_a_closed_stream_is_no_descriptor(guest: Callable[..., Guest]) -> None:
    for closed in itertools.product((False, True), repeat=3):
        names = ("input", "output", "errors")
        made = guest(**{name: Closed() for name, is_closed in zip(names, closed, strict=True) if is_closed})
        for fd, is_closed in enumerate(closed):
            name = "read" if fd == 0 else "write"
            assert made.call(name, fd, SCRATCH, 1) == (-Errno.EBADF if is_closed else int(fd > 0))
        lowest = closed.index(True) if any(closed) else 3
        assert made.call("openat", -100, "/idle.s", 0, 0) == lowest


def test_input_that_the_host_does_not_give(guest: Callable[..., Guest], tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    reader, writer = os.pipe()
    assert guest(input=HostInput(folder)).call("read", 0, SCRATCH, 10) == -Errno.EISDIR
    assert guest(input=HostInput(writer)).call("read", 0, SCRATCH, 10) == -Errno.EBADF
    assert guest(output=HostOutput(reader)).call("write", 1, b"text", 4) == -Errno.EBADF
    full = os.open("/dev/full", os.O_WRONLY)
    assert guest(output=HostOutput(full)).call("write", 1, b"text", 4) == -Errno.ENOSPC
    for fd in (folder, reader, writer, full):
        os.close(fd)


def test_a_terminal_that_was_hung_up(guest: Callable[..., Guest]) -> None:
    keys, screen = pty.openpty()
    made = guest(input=HostInput(screen), output=HostOutput(screen))
    os.close(keys)
    for call in (("read", 0, SCRATCH, 10), ("write", 1, b"text", 4), ("ioctl", 0, FIONREAD, SCRATCH),
                 ("ioctl", 0, 0x5401, SCRATCH), ("ioctl", 0, 0x5413, SCRATCH)):  # fmt: skip
        try:
            assert made.call(*call) in (0, -Errno.EIO)
        except Blocked:
            pytest.fail(f"{call} waits")
    assert made.call("ppoll_time64", struct.pack("<iHH", 0, 1, 0), 1, 0, 0, 0) == 1
    os.close(screen)


def test_descriptors_that_do_not_wait(tmp_path: Path) -> None:
    """Whoever shares them with us may have set O_NONBLOCK: the machine waits nevertheless."""
    (reader, feeder), (drain, writer) = os.pipe(), os.pipe()
    for fd in (reader, writer):
        os.set_blocking(fd, False)
    text = b"x" * 199_999 + b"\n"

    def feed() -> None:
        with os.fdopen(feeder, "wb") as file:
            file.write(text)

    def take() -> None:
        with os.fdopen(drain, "rb") as file:
            taken.append(file.read())

    taken: list[bytes] = []
    threads = [threading.Thread(target=work) for work in (feed, take)]
    for thread in threads:
        thread.start()
    source = (
        "_start: li a0, 0\n la a1, x\n li a2, 200000\n sys read\n mv a2, a0\n li a0, 1\n la a1, x\n sys write\n"
        " exit 0\n .bss\nx: .skip 200000\n"
    )
    assert run(tmp_path, source, input=HostInput(reader), output=HostOutput(writer)).status == 0
    os.close(writer)
    for thread in threads:
        thread.join()
    assert taken == [text]
    os.close(reader)


def test_a_time_limit_ends_a_run_whose_output_nobody_reads(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    source = "_start: li a0, 1\n la a1, x\n li a2, 60000\n sys write\n j _start\n .bss\nx: .skip 60000\n"
    result = run(tmp_path, source, output=HostOutput(writer), seconds=0.3, instructions=None)
    assert result.status == 124
    assert "time limit of 0.3 s" in result.message
    for fd in (reader, writer):
        os.close(fd)


@pytest.mark.parametrize(
    ("call", "path", "flags"), [("read", "/dev/zero", os.O_RDONLY), ("write", "/dev/null", os.O_WRONLY)]
)
def test_nothing_moves_when_the_time_is_up(tmp_path: Path, call: str, path: str, flags: int) -> None:
    """A call that moves gigabytes does not go on with them."""
    descriptor = os.open(path, flags)
    end = HostInput(descriptor) if call == "read" else HostOutput(descriptor)
    guest = Guest(tmp_path, {"input" if call == "read" else "output": end})
    end.deadline = 0.0
    moved = 0
    original = getattr(os, call)

    def counted(descriptor: int, what: int | bytes) -> int | bytes:
        nonlocal moved
        moved += 1
        return original(descriptor, what)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, call, counted)
        if call == "read":
            with pytest.raises(Blocked):
                guest.call("read", 0, SCRATCH, 0x2_0000)
        else:
            assert guest.call("write", 1, SCRATCH, 0x2_0000) == 0x2_0000
    assert moved == 0
    os.close(descriptor)


def test_descriptors_above_a_thousand(tmp_path: Path) -> None:
    """select(2) takes none above 1023."""
    import fcntl
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 3000:
        pytest.skip("needs descriptors above 1023")
    resource.setrlimit(resource.RLIMIT_NOFILE, (3000, hard))
    try:
        low = [*os.pipe(), *os.pipe()]
        reader, writer, waker, source = (fcntl.fcntl(fd, fcntl.F_DUPFD, 2000) for fd in low)
        os.write(writer, b"a line\n")
        for fd in (*low, writer):
            os.close(fd)
        result = run(tmp_path, LOOPER.format(how="", look=""), input=HostInput(reader, waker), seconds=300)
        for fd in (reader, waker, source):
            os.close(fd)
        assert result.errors == b"a line\n"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
