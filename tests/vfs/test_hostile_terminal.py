"""Requests to a terminal, polls and reads with numbers that make no sense are errors of the guest's, not the host's."""

from __future__ import annotations

import os
import pty
import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vfs.guest import SCRATCH, SCRATCH_SIZE, Blocked, Guest
from vm.kernel.ports import HostInput, HostOutput

SEED = 20
CALLS = 1500
ADDRESSES = (0, 1, SCRATCH, SCRATCH + SCRATCH_SIZE - 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0xFFFF_FFFF)
NUMBERS = (0, 1, 2, 3, 255, 256, 257, 1024, 65536, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)


@pytest.fixture(params=["terminal", "pipes"])
def guest(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Guest]:
    pairs = [pty.openpty()] if request.param == "terminal" else [os.pipe(), os.pipe()]
    if request.param == "terminal":
        [(keys, screen)] = pairs
        os.write(keys, b"typed\n" * 20)
        streams = {"input": HostInput(screen), "output": HostOutput(screen), "errors": HostOutput(screen)}
    else:
        (reader, feeder), (drain, writer) = pairs
        os.write(feeder, b"a line\n" * 1000)
        os.close(feeder)
        streams = {"input": HostInput(reader), "output": HostOutput(writer), "errors": HostOutput(writer)}
        pairs = [(reader, drain), (writer, os.dup(reader))]
    yield Guest(tmp_path, streams)
    for pair in pairs:
        for fd in pair:
            os.close(fd)


def test_requests_and_polls(guest: Guest) -> None:
    chance = random.Random(SEED)
    known = [0x5401, 0x5402, 0x5403, 0x5404, 0x540B, 0x540E, 0x540F, 0x5410, 0x5413, 0x5414, 0x541B, 0x5421, 0x5429]
    for _ in range(CALLS):
        address, number = chance.choice(ADDRESSES), chance.choice(NUMBERS)
        fd = chance.choice((0, 0, 1, 2, 3, number))
        time = struct.pack("<2q", chance.choice((0, 1, -1, 1 << 62)), chance.choice((0, 1, 999_999_999, 1 << 40)))
        settings = chance.randbytes(36)
        table = struct.pack("<iHH", chance.choice((0, 1, 2, 3, -1)), chance.randrange(1 << 16), 0) * 4
        call = chance.choice([
            ("ioctl", fd, chance.choice([*known, chance.randrange(0x5400, 0x5480), number]), address),
            ("ioctl", fd, chance.choice((0x5402, 0x5403)), settings),
            ("ppoll_time64", table, chance.choice((4, 0, number)), time, 0, 0),
            ("ppoll_time64", address, number, chance.choice((0, address)), chance.choice((0, address)), number),
            ("pselect6_time64", number, chance.choice((0, address)), chance.choice((0, address)), 0, time, address),
            ("readv", 0, struct.pack("<6I", SCRATCH, 3, address, number & 0xFFFF, SCRATCH, 9), number),
            ("read", fd, address, number & 0xFFFF),
            ("write", fd, address, number & 0xFF),
            ("fcntl64", fd, number & 0x7FF, address),
        ])  # fmt: skip
        try:
            result = guest.call(*call)
        except Blocked:
            guest.task.forget_call()
            guest.task.wait = None
            continue
        finally:
            guest.task.deadline = None
        assert -4096 < result <= 0x1_0000_0000, call
