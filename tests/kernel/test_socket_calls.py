"""No argument of a call of sockets is too odd for the kernel: sockets of all kinds, in all states, at random.

The answer is always a result, an error of the call's row, or a wait; what sockets take is recounted afterwards.
"""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from tests.kernel.puppet import DATA, PUPPET
from vm import Machine
from vm.abi import CALL_NUMBERS, PAGE_SIZE, Errno
from vm.kernel.dispatch import handle
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task, Wait
from vm.kernel.syscalls import TABLE
from vm.kernel.syscalls.table import LATER

SUBJECTS = ("sockets", "connecting", "socket_options", "messages")
CALLS = [name for subject in SUBJECTS for name in LATER[subject].split()]
OTHERS = ["close", "read", "write", "readv", "writev", "dup", "ioctl", "fcntl64", "sendfile64"]
NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 17, 20, 30, 40, 66, 67, 108, 110, 128, 129, 255, 0x1000, 0x7FFF_FFFF]
NUMBERS += [0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFFE]
FLAGS = [0, 0, 1, 2, 0x20, 0x40, 0x42, 0x100, 0x140, 0x2000, 0x4000, 0x1_0000, 0x4000_0000, 0xFFFF_FFFF]
AREA = 4 * PAGE_SIZE


def fill(task: Task, chance: random.Random) -> None:
    """Noise, with addresses, headers and lists of buffers in it that mean something."""
    task.memory.write(DATA, chance.randbytes(AREA))
    for at in range(0, AREA, 256):
        place = DATA + at
        port = chance.choice((0, 1, 80, 7000, 7001, 32768, 32769)).to_bytes(2, "big")
        host = chance.choice((b"\x7f\0\0\1", bytes(4), b"\x7f\1\1\1", b"\x0a\0\0\1"))
        unix = struct.pack("<H", 1) + chance.choice((b"\0name", b"path\0", b"\0", b"", b"/tmp/socket\0", b"/none/x\0"))
        rights = struct.pack("<Iii3i", chance.choice((24, 16, 12, 8, 999)), 1, chance.choice((1, 2, 3)), 3, 4, 5)
        buffers = struct.pack("<4I", DATA + chance.randrange(AREA), chance.choice((0, 5, 4000)), DATA, 16)
        header = struct.pack(
            "<IiIIIII", chance.choice((0, place, DATA + 64)), chance.choice((0, 8, 16, 110, -1)), place + 48,
            chance.choice((0, 1, 2, 1025)), chance.choice((0, place + 64)), chance.choice((0, 12, 24, 40)), 0,
        )  # fmt: skip
        what = chance.choice(
            (struct.pack("<H", 2) + port + host, unix, header, struct.pack("<I", chance.choice(NUMBERS)))
        )
        task.memory.write(place, what)
        task.memory.write(place + 48, buffers)
        task.memory.write(place + 64, rights)


def close_all(task: Task) -> None:
    for number in task.files.numbers:
        task.files.close(number)


def argument(name: str, chance: random.Random) -> int:
    """A value for an argument of this name, likely to mean something."""
    if chance.random() < 0.1:
        return chance.choice(NUMBERS)
    if name in ("fd", "output", "input"):
        return chance.randrange(12)
    if name in ("address", "message", "messages", "ends", "value", "buffer", "vector", "argument"):
        return DATA + 256 * chance.randrange(AREA // 256)
    if name == "flags":
        return chance.choice(FLAGS)
    if name in ("family", "kind", "level"):
        return chance.choice((1, 1, 2, 2, 5, 6, 1 | 0o4000, 2 | 0o4000, 5 | 0o4000))
    if name == "length" and chance.random() < 0.7:
        return chance.choice((2, 8, 16, 16, 110, DATA + 256 * chance.randrange(64)))
    return chance.choice(NUMBERS)


def make(kernel: Kernel, task: Task, name: str, *arguments: int) -> int | Wait | None:
    """Make a call as the task; what it answers is sound."""
    row = TABLE[CALL_NUMBERS[name]]
    result = handle(kernel, row, task, (*arguments, *[0] * (6 - len(arguments))))
    shown = f"{name}{tuple(map(hex, arguments))} gave {result}"
    if isinstance(result, Wait):
        assert result.why, shown
    elif result is not None and -4096 < result < 0 and name in CALLS:
        assert Errno(-result).name in row.errors, shown
    task.forget_call()
    return result


@pytest.mark.parametrize("seed", range(4))
def test_calls_at_random(seed: int, tmp_path: Path) -> None:
    program = tmp_path / "puppet"
    program.write_bytes(PUPPET)
    program.chmod(0o755)
    booted = Machine(user=0 if seed % 2 else 1000, open_files=40).boot(program).start()
    kernel, task, chance = booted.kernel, booted.program, random.Random(seed)
    answers: dict[str, set[int]] = {name: set() for name in CALLS}
    for number in range(6000):
        if number % 50 == 0:
            fill(task, chance)
        if number % 400 == 0:
            close_all(task)
        if number % 100 == 0:
            for kind in (1, 2, 5):
                make(kernel, task, "socketpair", 1, kind | 0o4000 * (number % 200 == 0), 0, DATA + AREA - 8)
                make(kernel, task, "socket", 1 + number // 100 % 2, kind, 0)
        name = chance.choice(CALLS if chance.random() < 0.85 else OTHERS)
        arguments = [argument(argument_name, chance) for argument_name, _ in TABLE[CALL_NUMBERS[name]].arguments]
        task.interrupted = number % 7 == 1
        result = make(kernel, task, name, *arguments)
        task.interrupted = False
        task.signals.discard((1 << 64) - 1)
        if name in answers and isinstance(result, int):
            answers[name].add(min(result, 1))
    assert all(len(found) >= 3 for found in answers.values()), answers
    close_all(task)
