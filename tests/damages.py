"""What happens to files in a cache: whole blocks, single bits, and what is no file of one's own."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from vm.cache import write_sealed


def flip(file: Path, numbers: random.Random) -> None:
    data = bytearray(file.read_bytes())
    for _ in range(numbers.choice((1, 1, 1, 2, 40))):
        data[numbers.randrange(len(data))] ^= 1 << numbers.randrange(8)
    file.write_bytes(data)


def cut(file: Path, numbers: random.Random) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: numbers.choice((0, 1, 31, 32, 33, len(data) - 1, numbers.randrange(len(data))))])


def lengthen(file: Path, numbers: random.Random) -> None:
    data, more = file.read_bytes(), numbers.randbytes(numbers.choice((1, 8, 4096)))
    file.write_bytes(numbers.choice((data + more, more + data, data + data)))


def overwrite(file: Path, numbers: random.Random) -> None:
    """As after a crash of the host's: blocks of other files' or of zero bytes."""
    data = bytearray(file.read_bytes())
    size = numbers.choice((16, 512, 4096))
    start = numbers.randrange(len(data))
    data[start : start + size] = numbers.choice((bytes(size), numbers.randbytes(size)))[: len(data) - start]
    file.write_bytes(data)


def exchange(file: Path, numbers: random.Random) -> None:
    """A sealed file, for another part, or another version."""
    other = numbers.choice((file.with_name("another"), file.parent.with_name("0" * 20) / file.name))
    other.parent.mkdir(exist_ok=True)
    write_sealed(other, file.read_bytes()[32:])
    other.replace(file)


def replace(file: Path, numbers: random.Random) -> None:
    """Something that is no file."""
    target = file.with_name("elsewhere")
    shutil.copy(file, target)
    file.unlink()
    numbers.choice((
        lambda: file.mkdir(), lambda: file.symlink_to(target), lambda: file.symlink_to("nowhere"),
        lambda: os.mkfifo(file), lambda: file.symlink_to("/dev/zero"), lambda: file.symlink_to(file.parent),
    ))()  # fmt: skip


def open_to_others(file: Path, numbers: random.Random) -> None:
    file.chmod(numbers.choice((0o666, 0o660, 0o602, 0o620)))


def give_away(file: Path, numbers: random.Random) -> None:
    if os.getuid() == 0:
        os.chown(file, numbers.choice((1, 12345)), -1)
    else:
        file.chmod(0)


DAMAGES: tuple[Callable[[Path, random.Random], None], ...] = (
    *8 * (flip,), *3 * (cut,), *2 * (lengthen,), *3 * (overwrite,), exchange, replace, open_to_others, give_away,
)  # fmt: skip
"""Each several times as often as it has kinds."""
