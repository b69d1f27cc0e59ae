"""The accounts of random families of processes agree with a recount of all page tables, under every strategy."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.accounting import check_kernel
from tests.auditor import Auditor
from tests.kernel.calls import WNOHANG, Behaviour, Process, brk, execve, fork, load, raw, store, vfork, wait4
from tests.kernel.puppet import DATA, DATA_PAGES, SCRATCH, SCRATCH_SIZE, SCRATCH_SLOTS, boot
from vm.abi import CALL_NUMBERS
from vm.memory.strategies import STRATEGIES

HEAP = SCRATCH + SCRATCH_SLOTS * SCRATCH_SIZE
HEAP_PAGES = 8
STACK = 0x8000_0000
SEED = int(os.environ.get("FORKLORE_SEED", "20251124"))


def member(seed: str, depth: int = 0) -> Behaviour:
    """A process that does as its seed says: touches memory, creates, execs, waits, and ends before or after others."""
    chance = random.Random(seed)

    def address() -> int:
        page = chance.choice([DATA >> 12, HEAP >> 12, (STACK >> 12) - 6]) + chance.randrange(DATA_PAGES)
        return page << 12 | chance.randrange(0, 4096, 4)

    def behaviour() -> Process:
        yield brk(HEAP + HEAP_PAGES * 4096)
        for step in range(chance.randint(1, 16 - 3 * depth)):
            action = chance.choices(("store", "load", "fork", "vfork", "exec", "brk", "wait", "read"),
                                    (8, 4, 3, 1, 0.5, 1, 3, 1))[0]  # fmt: skip
            child = member(f"{seed}.{step}", depth + 1)
            if action == "store":
                yield store(address(), step)
            elif action == "load":
                yield load(address())
            elif action == "fork" and depth < 3:
                yield fork(child)
            elif action == "vfork" and depth < 3:
                yield vfork(child)
            elif action == "exec":
                yield execve("/puppet", then=child)
            elif action == "brk":
                yield brk(HEAP + chance.randrange(HEAP_PAGES) * 4096)
                yield brk(HEAP + HEAP_PAGES * 4096)
            elif action == "wait":
                yield wait4(-1, chance.choice([0, WNOHANG]))
            elif action == "read":
                yield raw(CALL_NUMBERS["read"], 0, address(), 6000)

    return behaviour


def audited(folder: Path, seed: str, strategy: str, quantum: int) -> Auditor:
    """Run a family to its end; every frame is recounted after every call, every account when it is closed."""
    with pytest.MonkeyPatch.context() as patch:
        puppets = boot(
            folder, member(seed), after=lambda *_: check_kernel(puppets.kernel), memory=48 << 20,
            quantum=quantum, processes=12, input=bytes(range(1, 250)) * 1000, fork=strategy,
        )  # fmt: skip
        auditor = Auditor(puppets.kernel, patch)
        assert puppets.finish().message == ""
    assert not auditor.books
    assert not auditor.closing
    return auditor


def compare(folder: Path, seed: str) -> Counter[str]:
    """Run a family under every strategy: deferring never copies more pages than copying at once; what was compared."""
    print(f"FORKLORE_SEED={SEED}, family {seed}")
    quantum = random.Random(seed).choice([1, 3, 10_000])
    found = {strategy: audited(folder, seed, strategy, quantum) for strategy in STRATEGIES}
    seen: Counter[str] = Counter()
    for auditor in found.values():
        assert auditor.copied <= found["copy"].copied
        assert auditor.checked["SpaceEnded"] == found["copy"].checked["SpaceEnded"]
        seen += auditor.checked
    return seen


def test_accounts_are_what_a_recount_finds(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for number in range(7):
        seen += compare(tmp_path, f"{SEED} {number}")
    kinds = ("faults", "pages", "pages_kept", "tables", "tables_kept", "in vain", "shared", *STRATEGIES, "share")
    assert all(seen[kind] > 3 for kind in kinds), seen


@pytest.mark.full
@pytest.mark.parametrize("number", range(100, 400))
def test_many_accounts(number: int, tmp_path: Path) -> None:
    compare(tmp_path, f"{SEED} {number}")
