"""Output and errors that are one captured terminal to the guest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.guest import PRELUDE
from vm import Machine
from vm.kernel.ports import DEFAULT_TERMIOS, Capture

STTY = """
# Changes its terminal by standard error, asks for it by standard output, and shows that, then what it was given.
_start: li a0, 2
        li a1, 0x5402           # TCSETS
        la a2, settings
        sys ioctl
        bnez a0, 1f
        sys sched_yield
        li a0, 1
        li a1, 0x5401           # TCGETS
        la a2, buffer
        sys ioctl
        li a0, 1
        la a1, buffer
        li a2, 36
        sys write
        li a0, 0
        la a1, buffer
        li a2, 36
        sys read
        mv a2, a0
        li a0, 2
        la a1, buffer
        sys write
1:      exit 0
        .data
settings:
        .fill 36, 1, 'x'
        .bss
buffer: .skip 36
"""


def test_settings_are_kept_and_copied() -> None:
    machine = Machine(files={"/stty.s": (PRELUDE + STTY).encode()})
    run = machine.boot("/stty.s", terminal=True, input=b"given")
    fresh = run.copy()
    run.advance(8)
    assert run.kernel.console.terminal is not None
    assert run.kernel.console.terminal.attributes() == b"x" * 36
    assert fresh.kernel.console.terminal is not None
    assert fresh.kernel.console.terminal.attributes() == DEFAULT_TERMIOS
    for each in (run.copy(), run, fresh):
        result = each.finish()
        assert (result.output, result.errors) == (b"x" * 36 + b"given", b"")


def test_what_it_shows_is_limited(tmp_path: Path) -> None:
    result = Machine(output=10, files={"/stty.s": (PRELUDE + STTY).encode()}).run("/stty.s", terminal=True)
    assert result.output == b"x" * 10
    assert "output limit of 10 bytes" in result.message


def test_it_is_captured_or_goes_elsewhere() -> None:
    machine = Machine(files={"/stty.s": (PRELUDE + STTY).encode()})
    for streams in ({"output": Capture(10)}, {"errors": Capture(10)}):
        with pytest.raises(ValueError, match="what a terminal shows is captured"):
            machine.boot("/stty.s", terminal=True, **streams)
    run = machine.boot("/stty.s", terminal=True, record=True)
    with pytest.raises(ValueError, match="is for a schedule to say"):
        machine.boot("/stty.s", terminal=True, schedule=run.schedule())


SETS = """
# Gives its terminal the settings that it reads, and forgets them.
_start: li a0, 0
        la a1, buffer
        li a2, 36
        sys read
        li a0, 1
        li a1, 0x5402           # TCSETS
        la a2, buffer
        sys ioctl
        la a0, buffer
        addi a1, a0, 36
1:      sw zero, 0(a0)
        addi a0, a0, 4
        bne a0, a1, 1b
        sys sched_yield
        exit 0
        .bss
buffer: .skip 36
"""


def test_settings_are_a_part_of_the_state() -> None:
    digests = []
    for settings in (b"a" * 36, b"b" * 36, b"a" * 36):
        run = Machine(files={"/sets.s": (PRELUDE + SETS).encode()}).boot("/sets.s", terminal=True, input=settings)
        run.advance(11 + 31)  # behind the loop
        digests.append((run.digest(), run.copy().digest()))
        run.finish()
    assert digests[0] == digests[2] != digests[1]
    assert digests[0][0] == digests[0][1]
