"""Damaged images and random programs, run: whatever a guest is, the host gets a result, soon, and its memory back.

What is judged is the host's side alone: no exception but CannotRun, an end within the limits, every frame given back,
and nothing written outside the memory array (numpy's bounds are checked in the slow mode of the CPU's tests).
"""

from __future__ import annotations

import os
import random
from functools import cache
from pathlib import Path

import pytest

from asm import Source, assemble
from tests.elf.mutations import mutate
from vm import CannotRun, Machine
from vm.abi import Protection
from vm.elf import OutputSection, write_image
from vm.isa import INSTRUCTIONS

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("FORKLORE_SEED", "20240611"))
SETTINGS = {
    "memory": 2 << 20, "stack": 64 << 10, "processes": 8, "instructions": 20_000, "output": 10_000, "seconds": 10.0,
    "quantum": 50,
}  # fmt: skip
NAMES = ("fork_isolation", "vfork_stack", "exec_resets", "pipe", "fork_tree", "heap", "exit_status", "race_lrsc")


@cache
def resting_memory() -> tuple[int, int]:
    """Frames (used, committed) that the machine itself keeps: what a harmless program leaves."""
    memory = Machine(**SETTINGS).run(ROOT / "programs" / "hello.s").memory
    return memory.used, memory.committed


def run(folder: Path, data: bytes) -> str:
    """Run an image; how it ended."""
    path = folder / "image"
    path.write_bytes(data)
    path.chmod(0o755)
    try:
        result = Machine(**SETTINGS).run(path, input=b"some input\n")
    except CannotRun as error:
        return "refused" if error.status == 126 and str(error) else f"refused with status {error.status}"
    if not result.message:
        assert (result.memory.used, result.memory.committed) == resting_memory(), "frames were not given back"
    return "limit" if result.message else "ended"


def random_code(chance: random.Random) -> bytes:
    """An image of random words: legal instructions most of the time, system calls often."""
    words = []
    for _ in range(256):
        kind = chance.random()
        if kind < 0.1:
            words += [0x0000_0893 | chance.choice([57, 63, 64, 93, 172, 214, 220, 221, 260, 1071, 1079]) << 20, 0x73]
        elif kind < 0.95:
            row = chance.choice(INSTRUCTIONS)
            words.append(chance.getrandbits(32) & ~row.mask | row.match)
        else:
            words.append(chance.getrandbits(32))
    code = b"".join(word.to_bytes(4, "little") for word in words)
    data = chance.randbytes(512)
    return write_image(
        entry=0x10000,
        sections=[
            OutputSection(".text", Protection.READ | Protection.EXEC, 0x10000, code, align=4),
            OutputSection(".data", Protection.READ | Protection.WRITE, 0x12000, data, align=4),
        ],
        symbols=[],
    )


def check_mutated(folder: Path, count: int) -> None:
    chance = random.Random(SEED)
    print(f"FORKLORE_SEED={SEED}")
    images = []
    for name in NAMES:
        text = (ROOT / "programs" / f"{name}.s").read_text()
        images.append(assemble([Source(f"{name}.s", text)]).image)
    ends = [run(folder, mutate(chance.choice(images), chance)) for _ in range(count)]
    assert set(ends) <= {"refused", "limit", "ended"}
    assert ends.count("refused") < 2 * count / 3
    assert ends.count("ended") > count / 10


def check_random_code(folder: Path, count: int) -> None:
    chance = random.Random(SEED)
    print(f"FORKLORE_SEED={SEED}")
    ends = [run(folder, random_code(chance)) for _ in range(count)]
    assert "refused" not in ends
    assert ends.count("ended") > count / 2


def check_random_bytes(folder: Path, count: int) -> None:
    chance = random.Random(SEED)
    print(f"FORKLORE_SEED={SEED}")
    for _ in range(count):
        start = chance.choice([b"", b"\x7fELF", b"\x7fELF\1\1\1" + bytes(9), b"#!", b"#!/image\n"])
        assert run(folder, start + chance.randbytes(chance.randrange(400))) == "refused"


def test_mutated_images(tmp_path: Path):
    check_mutated(tmp_path, 120)


def test_random_code(tmp_path: Path):
    check_random_code(tmp_path, 120)


def test_random_bytes(tmp_path: Path):
    check_random_bytes(tmp_path, 120)


@pytest.mark.full
def test_mutated_images_full(tmp_path: Path):
    check_mutated(tmp_path, 10_000)


@pytest.mark.full
def test_random_code_full(tmp_path: Path):
    check_random_code(tmp_path, 10_000)


@pytest.mark.full
def test_random_bytes_full(tmp_path: Path):
    check_random_bytes(tmp_path, 10_000)
