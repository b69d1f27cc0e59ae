"""The guest's terminal is the host's: settings, window, queues and process groups, on a real pseudo-terminal."""

from __future__ import annotations

import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest

from tests.vfs.guest import SCRATCH, Blocked, Machined
from vm.abi import Errno, Poll, Signal
from vm.kernel.files.terminal import Console, TerminalFile
from vm.kernel.loop import advance
from vm.kernel.pausing import Ending
from vm.kernel.ports import DEFAULT_TERMIOS, BytesInput, Capture, HostInput, HostOutput, HostTerminal
from vm.kernel.process.lifecycle import create, terminate
from vm.kernel.process.task import State
from vm.kernel.signals import acting
from vm.kernel.signals.state import Disposition

TCGETS, TCSETS, TCFLSH = 0x5401, 0x5402, 0x540B
TIOCGPGRP, TIOCSPGRP, TIOCGWINSZ, TIOCGSID, FIONREAD = 0x540F, 0x5410, 0x5413, 0x5429, 0x541B
ICANON, ECHO = 0x2, 0x8
PROJECT = Path(__file__).parents[2]
NOT_LINUX = not sys.platform.startswith("linux")


class Desk:
    """A guest at a pseudo-terminal, whose other end is ``keys``."""

    def __init__(self, folder: Path) -> None:
        self.keys, self.screen = pty.openpty()
        ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("4H", 40, 132, 0, 0))
        streams = {
            "input": HostInput(self.screen),
            "output": HostOutput(self.screen),
            "errors": HostOutput(self.screen),
        }
        self.guest = Machined(folder, streams)

    def settings(self) -> list[int]:
        """c_iflag, c_oflag, c_cflag and c_lflag as the guest sees them."""
        assert self.guest.call("ioctl", 0, TCGETS, SCRATCH) == 0
        return list(struct.unpack("<4I", self.guest.peek(16)))

    def lines(self) -> list[int]:
        """The same as the host has them."""
        return list(termios.tcgetattr(self.screen)[:4])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(tmp_path)
    yield found
    for fd in (found.keys, found.screen):
        os.close(fd)


def child(desk: Desk, *, own_group: bool = True) -> Any:
    guest = desk.guest
    made = create(guest.kernel, guest.task, "fork", shared=False)
    guest.kernel.scheduler.ready.clear()
    if own_group:
        assert guest.call("setpgid", 0, 0, task=made) == 0
    return made


def test_the_standard_streams_are_one_device(desk: Desk) -> None:
    guest = desk.guest
    found = [guest.status(guest.call("statx", fd, "", 0x1000, 0x7FF, SCRATCH)) for fd in range(3)]
    assert found[0] == found[1] == found[2]
    count = guest.call("readlinkat", -100, "/proc/self/fd/1", SCRATCH, 100)
    assert guest.peek(count) == b"/dev/console"
    assert guest.call("fcntl64", 0, 3, 0) & 3 == 2


@pytest.mark.skipif(NOT_LINUX, reason="settings travel as Linux has them")
def test_settings_reach_the_host_and_are_undone_at_the_end(desk: Desk) -> None:
    before = desk.lines()
    assert desk.settings() == before
    data = bytearray(desk.guest.peek(36))
    data[12:16] = (before[3] & ~(ICANON | ECHO)).to_bytes(4, "little")
    assert desk.guest.call("ioctl", 0, TCSETS, bytes(data)) == 0
    assert desk.lines()[3] == before[3] & ~(ICANON | ECHO) == desk.settings()[3]
    os.write(desk.keys, b"k")
    assert desk.guest.kernel.console.input.peek(1) == b"k", "the run loop looks first"
    assert desk.guest.call("read", 0, SCRATCH, 10) == 1
    assert desk.guest.peek(1) == b"k"
    data[23] = 0  # VMIN
    assert desk.guest.call("ioctl", 0, TCSETS, bytes(data)) == 0
    assert desk.guest.call("read", 0, SCRATCH, 10) == 0
    terminate(desk.guest.kernel, desk.guest.task.process, 0)
    advance(desk.guest.kernel)
    assert desk.lines() == before


@pytest.mark.skipif(NOT_LINUX, reason="Linux is the judge")
def test_the_defaults_are_linuxs() -> None:
    """What a terminal shows on a host with settings of another kind is what a fresh one of Linux has."""
    keys, screen = pty.openpty()
    fresh = HostTerminal(screen).attributes()
    flags, ours = struct.unpack("<4I", fresh[:16]), struct.unpack("<4I", DEFAULT_TERMIOS[:16])
    assert (flags[0], flags[1], flags[3]) == (ours[0], ours[1], ours[3])
    assert fresh[17:33] == DEFAULT_TERMIOS[17:33]
    os.close(keys)
    os.close(screen)


def test_the_window(desk: Desk) -> None:
    assert desk.guest.call("ioctl", 1, TIOCGWINSZ, SCRATCH) == 0
    assert struct.unpack("<4H", desk.guest.peek(8)) == (40, 132, 0, 0)


def test_waiting_bytes_and_throwing_them_away(desk: Desk) -> None:
    guest = desk.guest
    file = guest.task.files.get(0)
    assert not file.poll() & Poll.POLLIN
    with pytest.raises(Blocked):
        guest.call("read", 0, SCRATCH, 10)
    os.write(desk.keys, b"one\ntwo\n")
    assert file.poll() & Poll.POLLIN
    assert guest.call("ioctl", 0, FIONREAD, SCRATCH) == 0
    assert int.from_bytes(guest.peek(4), "little") == 8
    assert guest.call("read", 0, SCRATCH, 100) == 4
    assert guest.peek(4) == b"one\n"
    assert guest.call("ioctl", 0, TCFLSH, 3) == -Errno.EINVAL
    assert guest.call("ioctl", 0, TCFLSH, 0) == 0
    assert guest.call("ioctl", 0, FIONREAD, SCRATCH) == 0
    assert guest.peek(4) == bytes(4)
    os.write(desk.keys, b"\x04")
    assert file.poll() & Poll.POLLIN
    assert guest.kernel.console.input.peek(1) == b"", "whoever looks does not take the end away"
    assert guest.call("read", 0, SCRATCH, 100) == 0
    assert not file.poll() & Poll.POLLIN
    assert guest.call("fcntl64", 0, 4, 0o4000) == 0
    assert guest.call("read", 0, SCRATCH, 100) == -Errno.EAGAIN


def test_dev_tty_is_for_those_whose_terminal_it_is(desk: Desk) -> None:
    guest = desk.guest
    fd = guest.call("openat", -100, "/dev/tty", 2, 0)
    assert guest.call("write", fd, b"shown", 5) == 5
    assert os.read(desk.keys, 100) == b"shown"
    other = child(desk, own_group=False)
    assert guest.call("setsid", task=other) == other.pid
    assert guest.call("openat", -100, "/dev/tty", 2, 0, task=other) == -Errno.ENXIO
    assert guest.call("ioctl", fd, TIOCGPGRP, SCRATCH, task=other) == -Errno.ENOTTY


def test_the_foreground_group(desk: Desk) -> None:
    guest = desk.guest
    job = child(desk)
    assert guest.call("ioctl", 0, TIOCGPGRP, SCRATCH) == 0
    assert int.from_bytes(guest.peek(4), "little") == guest.task.process.group
    assert guest.call("ioctl", 0, TIOCGSID, SCRATCH) == 0
    assert int.from_bytes(guest.peek(4), "little") == guest.task.process.session
    for group, result in ((777, -Errno.ESRCH), (1, -Errno.ESRCH), (-1, -Errno.EINVAL), (job.process.group, 0)):
        assert guest.call("ioctl", 0, TIOCSPGRP, (group & 0xFFFFFFFF).to_bytes(4, "little")) == result
    assert guest.kernel.system.foreground == job.process.group


def test_a_background_job_that_reads_is_stopped_and_goes_on_in_the_foreground(desk: Desk) -> None:
    guest = desk.guest
    job = child(desk)
    os.write(desk.keys, b"line\n")
    with pytest.raises(Blocked, match="its turn at the terminal"):
        guest.call("read", 0, SCRATCH, 100, task=job)
    assert job.signals.pending == 1 << Signal.SIGTTIN - 1
    job.wait = None  # who has a signal to take runs
    acting.deliver(guest.kernel, job)
    assert job.process.stopped
    assert guest.call("ioctl", 0, TIOCSPGRP, job.process.group.to_bytes(4, "little")) == 0
    assert guest.call("kill", job.pid, Signal.SIGCONT) == 0
    assert guest.call("read", 0, SCRATCH, 100, task=job) == 5


def test_a_background_job_that_ignores_sigttin_cannot_read(desk: Desk) -> None:
    guest = desk.guest
    job = child(desk)
    job.signals.set_disposition(Signal.SIGTTIN, Disposition(1))
    assert guest.call("read", 0, SCRATCH, 100, task=job) == -Errno.EIO
    assert guest.call("write", 1, b"but write", 9, task=job) == 9


def test_taking_the_terminal_from_the_background(desk: Desk) -> None:
    guest = desk.guest
    job = child(desk)
    take = job.process.group.to_bytes(4, "little")
    with pytest.raises(Blocked):
        guest.call("ioctl", 0, TIOCSPGRP, take, task=job)
    assert job.signals.pending == 1 << Signal.SIGTTOU - 1
    job.signals.discard(1 << Signal.SIGTTOU - 1)
    job.signals.set_disposition(Signal.SIGTTOU, Disposition(1))
    assert guest.call("ioctl", 0, TIOCSPGRP, take, task=job) == 0
    assert guest.kernel.system.foreground == job.process.group
    assert guest.task.state is State.READY


RAW = """
_start: li a0, 0
        li a1, 0x5401
        la a2, settings
        li a7, 29
        ecall                   # ioctl(0, TCGETS)
        bnez a0, 1f
        la t0, settings
        lw t1, 12(t0)
        andi t1, t1, ~0xa       # ICANON and ECHO
        sw t1, 12(t0)
        li a0, 0
        li a1, 0x5402
        la a2, settings
        li a7, 29
        ecall                   # ioctl(0, TCSETS)
        bnez a0, 1f
        li a0, 1
        la a1, ready
        li a2, 1
        li a7, 64
        ecall
        li a0, 0
        la a1, settings
        li a2, 10
        li a7, 63
        ecall                   # one key is enough
1:      li a7, 93
        ecall
        .rodata
ready:  .ascii ">"
        .bss
        .balign 4
settings: .skip 36
"""


@pytest.mark.skipif(NOT_LINUX, reason="settings travel as Linux has them")
def test_a_program_that_reads_keys_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "raw.s").write_text(RAW)
    keys, screen = pty.openpty()
    before = termios.tcgetattr(screen)
    command = [sys.executable, "-c", "from vm.cli import main; main()", "run", str(tmp_path / "raw.s")]
    with subprocess.Popen(command, cwd=PROJECT, stdin=screen, stdout=screen, stderr=subprocess.DEVNULL) as running:
        assert os.read(keys, 1) == b">"
        assert not termios.tcgetattr(screen)[3] & ICANON
        os.write(keys, b"q")
        assert running.wait(timeout=300) == 1
    assert termios.tcgetattr(screen) == before
    os.close(keys)
    os.close(screen)


@pytest.mark.parametrize("is_given", [False, True])
def test_what_a_copied_guest_shows_is_kept(desk: Desk, is_given: bool) -> None:
    """Its terminal is not the host's; a console that it is given may have none."""
    given = Console(BytesInput(b"typed\n"), Capture(100), Capture(100)) if is_given else None
    copied = desk.guest.kernel.copy(given)
    task = copied.processes[desk.guest.task.pid].leader
    for _ in range(2):
        file = task.files.writer(1)
        assert isinstance(file, TerminalFile)
        assert file.write(b"shown ", copied.scheduler.wake) == 6
    assert isinstance(copied.console.output, Capture)
    assert copied.console.output.data == b"shown shown "
    assert task.files.reader(0).peek(100) == (b"typed\n" if is_given else b"")
    terminate(copied, task.process, 0)
    assert advance(copied) == Ending()
