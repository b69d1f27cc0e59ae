"""Guest time ends after 146 years: every 64-bit time that a program can pass is before that, or never."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.guest import run
from vm.abi import NANOSECONDS
from vm.kernel.process.timers import NEVER

ENDED = "the end of guest time, 146 years, was reached"
STALLED = "every process is blocked for ever"

EPOCH = 1_767_225_600
WAITS = {
    "sleep until": "li a0, 1\n li a1, 1\n la a2, time\n li a3, 0\n sys clock_nanosleep_time64",
    "sleep": "li a0, 1\n li a1, 0\n la a2, time\n li a3, 0\n sys clock_nanosleep_time64",
    "sleep until day": "li a0, 0\n li a1, 1\n la a2, time\n li a3, 0\n sys clock_nanosleep_time64",
    "poll": "li a0, 0\n li a1, 0\n la a2, time\n li a3, 0\n sys ppoll_time64",
    "select": "li a0, 0\n li a1, 0\n li a2, 0\n li a3, 0\n la a4, time\n li a5, 0\n sys pselect6_time64",
    "futex": "la a0, word\n li a1, 0\n li a2, 0\n la a3, time\n sys futex_time64",
    "futex until": "la a0, word\n li a1, 9\n li a2, 0\n la a3, time\n li a5, 1\n sys futex_time64",
    "futex until day": "la a0, word\n li a1, 0x109\n li a2, 0\n la a3, time\n li a5, 1\n sys futex_time64",
    "signal": "la a0, set\n li a1, 0\n la a2, time\n li a3, 8\n sys rt_sigtimedwait_time64",
}
GUEST = """
_start: {wait}
        li t0, 1000
1:      addi t0, t0, -1
        bnez t0, 1b
        li a0, 1
        li a1, 1
        la a2, one
        li a3, 0
        sys clock_nanosleep_time64
        exit 0
        .data
        .balign 8
time:   .word {low}, {high}, {nanoseconds}, 0
one:    .word 5, 0, 0, 0
word:   .word 0
set:    .word 1, 0
"""


def times() -> list[tuple[int, int]]:
    """(seconds, nanoseconds) about the end of guest time, on both clocks, and at the ends of what 64 bits can say."""
    moments = [NEVER + early - late for early in (-2000, -2, -1, 0, 1) for late in (0, 100)]
    moments += [moment + EPOCH * NANOSECONDS for moment in moments]
    return [divmod(moment, NANOSECONDS) for moment in moments] + [((1 << 63) - 1, 999_999_999), (1 << 33, 0)]


@pytest.mark.parametrize("name", WAITS)
def test_a_wait_until_the_end(name: str, tmp_path: Path) -> None:
    for seconds, nanoseconds in times():
        source = GUEST.format(
            wait=WAITS[name], low=seconds & 0xFFFF_FFFF, high=seconds >> 32, nanoseconds=nanoseconds
        )  # fmt: skip
        result = run(tmp_path, source)
        assert result.status in (0, 124), (seconds, nanoseconds)
        assert not result.message or result.message == ENDED or result.message.startswith(STALLED)


def test_timers_that_go_off_when_time_has_ended(tmp_path: Path) -> None:
    """An interval timer of 68 years, set when 120 have passed."""
    source = """
_start: li a0, 1
        li a1, 1
        la a2, late
        li a3, 0
        sys clock_nanosleep_time64
        li a0, {which}
        la a1, timer
        li a2, 0
        sys setitimer
        li a0, 1
        li a1, 0
        la a2, more
        li a3, 0
        sys clock_nanosleep_time64
1:      j 1b
        .data
        .balign 8
late:   .word {low}, {high}, 0, 0
more:   .word {more}, 0, 427000000, 0
timer:  .word 0x7fffffff, 999999, 0x7fffffff, 999999
"""
    seconds = 120 * 365 * 86400
    for which in (0, 1, 2):
        more = NEVER // NANOSECONDS - seconds
        source_now = source.format(low=seconds & 0xFFFF_FFFF, high=seconds >> 32, more=more, which=which)
        result = run(tmp_path, source_now, instructions=3_000_000_000)
        assert (result.status, result.message) == (124, ENDED)


@pytest.mark.parametrize("disk", [0, 1, 511, 512, 4095, 4096])
def test_a_disk_of_any_size_boots(disk: int, tmp_path: Path) -> None:
    """What the machine itself puts into the tree is not the programs'."""
    assert run(tmp_path, "_start: exit 3", disk=disk).status == 3
