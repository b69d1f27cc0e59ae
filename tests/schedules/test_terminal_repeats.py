"""A run at a terminal, with lines that are typed, keys that send signals and ten processes, repeats to the byte."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.guest import PRELUDE
from tests.schedules.test_repeating import told
from vm.abi import Signal
from vm.machine import Machine
from vm.schedules.files import read_schedule

FAMILY = """
# Nine children compute, sleep, or wait for a line; who is interrupted says so. The parent echoes lines, up to a q.
_start: li a0, 2
        la a1, action
        li a2, 0
        li a3, 8
        sys rt_sigaction
        li s0, 9
1:      sys fork
        beqz a0, child
        addi s0, s0, -1
        bnez s0, 1b
        li a0, 0
        li a1, 0x5401           # TCGETS
        la a2, buffer
        sys ioctl
2:      la s1, ready
        li s2, 6
        call say
3:      li a0, 0
        la a1, buffer
        li a2, 100
        sys read
        blez a0, 2b             # EINTR
        la s1, buffer
        mv s2, a0
        call say
        li a0, 1
        li a1, 0x5413           # TIOCGWINSZ
        la a2, window
        sys ioctl
        lbu t0, window
        addi t0, t0, '0'
        sb t0, window, t1
        la s1, window
        li s2, 1
        call say
        lbu t0, buffer
        li t1, 'q'
        bne t0, t1, 2b
        li a0, -1
        li a1, 9
        sys kill
4:      li a0, -1
        li a1, 0
        li a2, 0
        sys wait4
        bgez a0, 4b
        exit 5
child:  andi t0, s0, 1
        bnez t0, sleep
spin:   addi t0, t0, 1
        j spin
sleep:  li a0, 1
        li a1, 0
        la a2, moment
        li a3, 0
        sys clock_nanosleep_time64
        j sleep
say:    li a0, 1
        mv a1, s1
        mv a2, s2
        sys write
        ret
handler:
        li a0, 1
        la a1, mark
        li a2, 1
        sys write
        ret
        .data
        .balign 8
moment: .quad 0, 700000
action: .word handler, 0, 0, 0, 0
ready:  .ascii "ready\\n"
mark:   .ascii "!"
        .bss
window: .skip 8
buffer: .skip 100
"""

RECORDER = """
import json, sys
from tests.schedules.test_repeating import told
from vm.cli.terminal import given_back, terminal_signals
from vm.kernel.ports import HostInput, HostOutput
from vm.machine import Machine
from vm.schedules.files import write_schedule
program, folder = sys.argv[1:]
with terminal_signals() as signals:
    ends = dict(input=HostInput(0, signals.waker), output=HostOutput(1), errors=HostOutput(2))
    run = Machine(memory=16 << 20).boot(program, record=True, **ends)
    signals.send_to(run.kernel)
    with given_back(run.kernel):
        events, result = told(run)
write_schedule(run.schedule(), folder + "/schedule")
json.dump([events, result.status], open(folder + "/events", "w"))
"""


class Typist:
    """Somebody at a pseudo-terminal, with a command that runs there."""

    def __init__(self, *command: str) -> None:
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execv(command[0], list(command))
        self.seen = b""
        self._read_to = 0

    def expect(self, text: bytes) -> None:
        """Wait until something is shown, behind what was waited for before."""
        while text not in self.seen[self._read_to :]:
            assert select.select([self.master], [], [], 300)[0], self.seen
            try:
                self.seen += os.read(self.master, 4096)
            except OSError:
                raise AssertionError(f"ended before {text!r}: {self.seen!r}") from None
        self._read_to = self.seen.index(text, self._read_to) + len(text)

    def type(self, text: bytes) -> None:
        os.write(self.master, text)

    def interrupt(self) -> None:
        """Press Ctrl-C, and wait until all ten processes have said so: a second one before that ends the machine."""
        self.type(b"\x03")
        for _ in range(10):
            self.expect(b"!")

    def size(self, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("4H", rows, 80, 0, 0))

    def finish(self) -> int:
        """Read the rest; the exit status."""
        try:
            while data := os.read(self.master, 4096):
                self.seen += data
        except OSError:  # Linux says so that nobody has it open any more
            pass
        os.close(self.master)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """The folder with the program, its schedule and its events; what was shown."""
    folder = tmp_path_factory.mktemp("session")
    (folder / "family.s").write_text(PRELUDE + FAMILY)
    typist = Typist(sys.executable, "-c", RECORDER, str(folder / "family.s"), str(folder))
    typist.size(3)
    typist.expect(b"ready")
    typist.type(b"hello\n")
    typist.expect(b"hello\r\n3")
    typist.interrupt()
    typist.size(4)
    typist.type(b"and more\n")
    typist.expect(b"and more\r\n4")
    typist.interrupt()
    typist.type(b"q\n")
    assert typist.finish() == 0, typist.seen
    return folder, typist.seen


def test_a_schedule_of_a_terminal_holds_what_was_typed(session: tuple[Path, bytes]) -> None:
    schedule = read_schedule(session[0] / "schedule")
    assert (schedule.input, schedule.is_live) == (b"hello\nand more\nq\n", True)
    signals = [key.signal for key in schedule.keys]
    assert signals.count(Signal.SIGINT) == 2
    assert Signal.SIGWINCH in signals


@pytest.mark.parametrize("engine", ["interpreter", "translator"])
def test_all_its_events_come_again(session: tuple[Path, bytes], engine: Any) -> None:
    folder, seen = session
    events, status = json.loads((folder / "events").read_text())
    run = Machine(memory=16 << 20, engine=engine).boot(folder / "family.s", schedule=read_schedule(folder / "schedule"))
    again, result = told(run)
    assert json.loads(json.dumps(again)) == events
    assert result.status == status == 5
    assert len(result.processes) == 10
    shown = result.output.replace(b"\n", b"\r\n")
    assert shown.count(b"!") == seen.count(b"!") == 20
