"""Ranges whose end wraps around, or lies beyond the user's addresses: an error, and nothing is done to anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.kernel.calls import EFAULT, EINVAL, ENOMEM, Call, Process, fork, load, raw, store, wait4
from tests.kernel.guest import run
from tests.kernel.puppet import SCRATCH, boot, play
from vm.abi import CALL_NUMBERS
from vm.memory.strategies import STRATEGIES

MAPPED, PAGES = 0x6000_0000, 4
MOVE, FIXED, DISCARD, SYNC = 1, 2, 4, 4
WRAPS = (0xFFFF_FFFF, 0xFFFF_FFFC, 0xFFFF_F001)
"""Lengths that are 0 in 32 bits once they are rounded up to pages."""
PAST = (0xFFFF_F000, 0xA000_0000, 0x9FFF_F001)
"""Lengths that are not, but whose end from MAPPED on wraps around, or is 2**32."""
BEYOND = (0x2000_1000, 0x7FFF_FFFF, 0x8000_0000, 0x8000_1000, 0x9FFF_F000)
"""Lengths that reach beyond the user's addresses from MAPPED on, within 32 bits."""


def named(name: str, *arguments: int) -> Call:
    return raw(CALL_NUMBERS[name], *arguments)


def mapping() -> Call:
    return named("mmap2", MAPPED, PAGES * 4096, 3, 0x32, -1, 0)


def refused(path: Path, calls: list[tuple[Call, int]], **settings: Any) -> None:
    """Each call fails with its error, and both a parent's and a child's memory are what they were."""

    def attacker() -> Process:
        for call, error in calls:
            result = yield call
            assert result == -error, (call, result)
            assert (yield load(MAPPED)) == 7, call
            assert (yield load(MAPPED + 4096 * PAGES - 4)) == 8, call

    def parent() -> Process:
        assert (yield mapping()) == MAPPED
        yield store(MAPPED, 7)
        yield store(MAPPED + 4096 * PAGES - 4, 8)
        yield fork(attacker)
        assert (yield wait4())[1] == 0
        yield from attacker()

    puppets = boot(path, parent, memory=16 << 20, **settings)
    assert puppets.finish().status == 0


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_remapping_a_size_that_wraps_around(strategy: str, tmp_path: Path) -> None:
    calls = []
    for size in (*WRAPS, *PAST, *BEYOND):
        for address in (MAPPED, MAPPED + 4096):
            for flags in (0, MOVE):
                calls += [(named("mremap", address, size, new, flags, 0), EINVAL) for new in (0x40, 4096, size & -4096)]
            calls += [(named("mremap", address, size, new, MOVE | FIXED, 0x5000_0000), EINVAL) for new in (0x40, 4096)]
        small = 4096
        calls += [(named("mremap", MAPPED, small, size, 0), ENOMEM if size <= 0x8000_0000 else EINVAL)]
        calls += [(named("mremap", MAPPED, small, size, MOVE | FIXED, target), EINVAL)
                  for target in (0x5000_0000, 0x6000_1000, 0x7FFF_F000, 0x8000_0000, 0xFFFF_F000)]  # fmt: skip
    calls += [(named("mremap", MAPPED, 4096, 4096, MOVE | FIXED, target), EINVAL)
              for target in (0, 0x8000_0000, 0xFFFF_F000)]  # fmt: skip
    refused(tmp_path, [(call, error) for call, error in calls if 0 not in call.arguments[2:4]], fork=strategy)


def test_unmapping_and_mapping(tmp_path: Path) -> None:
    calls = []
    for length in (*WRAPS, *PAST, *BEYOND):
        calls += [(named("munmap", MAPPED, length), EINVAL), (named("munmap", MAPPED + 4096, length), EINVAL)]
        for flags in (0x32, 0x10_0032):  # MAP_FIXED, MAP_FIXED_NOREPLACE
            calls.append((named("mmap2", MAPPED, length, 3, flags, -1, 0), ENOMEM))
    for length in (*WRAPS, *PAST, 0x8000_0000, 0x7FFF_FFFF):
        calls.append((named("mmap2", MAPPED, length, 3, 0x22, -1, 0), ENOMEM))
    for address in (0x8000_0000, 0xFFFF_F000):
        calls.append((named("munmap", address, 4096), EINVAL))
        calls.append((named("mmap2", address, 4096, 3, 0x32, -1, 0), ENOMEM))
    refused(tmp_path, calls)


def test_what_changes_or_looks_at_mappings(tmp_path: Path) -> None:
    calls = []
    for length in (*WRAPS, *PAST):
        calls += [
            (named("mprotect", MAPPED, length, 0), ENOMEM),
            (named("madvise", MAPPED, length, DISCARD), EINVAL),
            (named("madvise", MAPPED, length, 0), EINVAL),
            (named("msync", MAPPED, length, SYNC), 0 if length in WRAPS else ENOMEM),
            (named("mlock", MAPPED, length), 0 if length in WRAPS else EINVAL),
            (named("munlock", MAPPED, length), 0 if length in WRAPS else EINVAL),
        ]
    for length in BEYOND:
        calls += [(named("msync", MAPPED, length, SYNC), ENOMEM), (named("mlock", MAPPED, length), ENOMEM)]
    for address in (0x8000_0000, 0x8000_1000, 0xC000_0000, 0xFFFF_F000):
        for name, more in (("mprotect", (0,)), ("madvise", (DISCARD,)), ("msync", (SYNC,)), ("mlock", ())):
            wraps = address == 0xFFFF_F000 and name in ("madvise", "mlock")
            calls.append((named(name, address, 4096, *more), EINVAL if wraps else ENOMEM))
    refused(tmp_path, calls)


def test_what_lies_beyond_the_users_addresses_is_not_discarded(tmp_path: Path) -> None:
    """As Linux does: what there is of the range is discarded, and the rest is ENOMEM."""

    def guest() -> Process:
        for length in BEYOND:
            yield mapping()
            yield store(MAPPED + 4096, 7)
            assert (yield named("madvise", MAPPED, length, DISCARD)) == -ENOMEM
            assert (yield load(MAPPED + 4096)) == 0
            yield store(MAPPED + 4096, 7)
            assert (yield named("mprotect", MAPPED, length, 1)) == -ENOMEM
            assert (yield load(MAPPED + 4096)) == 7

    assert play(tmp_path, guest).finished.status == 0


def test_the_break(tmp_path: Path) -> None:
    def guest() -> Process:
        start = yield named("brk", 0)
        for address in (1, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_F000, 0xFFFF_F001, 0xFFFF_FFFF):
            assert (yield named("brk", address)) == start

    assert play(tmp_path, guest).finished.status == 0


def test_buffers(tmp_path: Path) -> None:
    """Of one buffer or many, those that would go on at address 0."""
    (tmp_path / "file").write_bytes(b"x" * 8192)
    at = SCRATCH + 8192  # not where the puppet keeps what it passes
    vectors = (
        [(at, 8), (0xFFFF_FFFF, 2)],
        [(0xFFFF_F000, 0x1001)],
        [(0x8000_0001, 0x7FFF_FFFF), (0x8000_1000, 0x7000_0000)],
    )

    def guest() -> Process:
        fd = yield Call("openat", (-100, "/file", 0))
        for address, size in (
            (0xFFFF_FFFF, 2),
            (at, 0xFFFF_FFFF),
            (0xFFFF_F000, 0xFFFF_FFFF),
            (0x8000_1001, 0x7FFF_F000),
        ):
            assert (yield named("read", fd, address, size)) == -EFAULT
            assert (yield named("pread64", fd, address, size, 0, 0)) == -EFAULT
            assert (yield named("write", 1, address, size)) == -EFAULT
        assert (yield named("getrandom", 0xFFFF_F000, 0x1001, 0)) == -EFAULT
        for vector in vectors:
            for index, word in enumerate(word for pair in vector for word in pair):
                yield store(at + 4 * index, word)
            for name, number in (("readv", fd), ("writev", 1)):
                result = yield named(name, number, at, len(vector))
                assert result in (-EFAULT, -EINVAL), (vector, name, result)
        for address in (0xFFFF_FFF8, 0xFFFF_FFFC):  # the vector itself
            assert (yield named("readv", fd, address, 2)) == -EFAULT
        for count in (1025, 0x2000_0000, 0xFFFF_FFFF):
            assert (yield named("readv", fd, at, count)) == -EINVAL

    assert play(tmp_path, guest).finished.status == 0


ATTACK = """
        # The root table of a child lies in front of a page of the parent's that is full of what looks like pointers.
_start: li a0, 0x60000000
        li a1, 8192
        li a2, 3
        li a3, 0x32
        li a4, -1
        li a5, 0
        sys mmap2
        li t0, 0x60000000
        li t1, 0x60001000
        sw zero, 0(t0)
        li t2, {entry}
        li t3, 1024
1:      sw t2, 0(t1)
        addi t1, t1, 4
        addi t3, t3, -1
        bnez t3, 1b
        li a0, 0x60000000
        li a1, 4096
        sys munmap
        sys fork
        bnez a0, parent
        li a0, 0x60001000
        li a1, {size}
        li a2, 0x40
        li a3, {flags}
        li a4, 0x50000000
        sys mremap
        neg a0, a0
        sys exit
parent: li a0, -1
        la a1, word
        li a2, 0
        li a3, 0
        sys wait4
        la a1, word
        lbu a0, 1(a1)
        sys exit
        .data
word:   .word 0
"""


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("entry", [0xFFFF_FC01, 0x2801], ids=["outside", "inside"])
@pytest.mark.parametrize("flags", [1, 3])
def test_a_root_table_is_not_run_past(strategy: str, entry: int, flags: int, tmp_path: Path) -> None:
    for size in (0xFFFF_FFFC, 0xFFFF_F000, 0x9FFF_F000, 0x2000_0000):
        source = ATTACK.format(entry=entry, size=size, flags=flags)
        result = run(tmp_path, source, fork=strategy, memory=1 << 20)
        assert (result.status, result.message) == (EINVAL, ""), hex(size)
