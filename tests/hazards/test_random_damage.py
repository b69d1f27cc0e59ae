"""Random vfork children: the damage reported is the difference of two snapshots taken by the test itself."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from vm import Machine, events
from vm.abi import PAGE_SIZE
from vm.hazards.observer import WindowObserver
from vm.hazards.windows import Fate, Window
from vm.kernel.kernel import Kernel

HEAD = """
        .globl  _start
_start: li      a0, 0
        li      a7, 214
        ecall
        li      t0, 0x6000
        add     a0, a0, t0
        ecall                           # a heap of six pages
        mv      s2, a0
        li      t0, 0x6000
        sub     s1, s2, t0
        la      s3, data
        addi    sp, sp, -256
        li      s4, {windows}
again:  li      a7, 1071
        ecall
        bnez    a0, parent
"""
TAIL = """
        li      a0, 0
        li      a7, 93
        ecall
parent: addi    s4, s4, -1
        beqz    s4, out
        j       again
out:    li      a0, 0
        li      a7, 93
        ecall
function:
        addi    sp, sp, -48
        sw      ra, 44(sp)
        sw      t1, 8(sp)
        sw      t1, -16(sp)
        lw      ra, 44(sp)
        addi    sp, sp, 48
        ret
        .data
data:   .fill   3000, 4, 0x01020304
text:   .asciz  "random bytes"
"""


def statement(rng: random.Random) -> str:
    """One thing that a child does to memory."""
    value = f"        li      t1, {rng.getrandbits(32)}\n"
    base, reach = rng.choice([("s1", 0x5FF0), ("s3", 11_000), ("sp", 240)])
    offset = rng.randrange(reach)
    address = f"        li      t0, {offset}\n        add     t0, t0, {base}\n"
    kind = rng.randrange(7)
    if kind == 0:
        op = rng.choice(["sb", "sh", "sw"])
        return f"{value}{address}        {op}      t1, 0(t0)\n"
    if kind == 1:
        op = rng.choice(["amoadd.w", "amoswap.w", "amoxor.w"])
        return f"{value}{address}        andi    t0, t0, -4\n        {op} t2, t1, (t0)\n"
    if kind == 2:  # a system call writes: uname's 390 bytes, or random ones
        buffer = f"        li      t0, {offset % (reach - 400) if reach > 400 else 0}\n        add     a0, t0, {base}\n"
        size = rng.randrange(1, 400 if base != "sp" else 200)
        call = f"        li      a1, {size}\n        li      a2, 0\n        li      a7, 278\n"
        return f"{buffer}{call}        ecall\n"
    if kind == 3:
        return f"{value}        call    function\n"
    if kind == 4:
        count = f"{address}        li      t2, {rng.randrange(1, 200)}\n"
        loop = (
            "1:      sb      t1, 0(t0)\n        addi    t0, t0, 1\n        addi    t2, t2, -1\n        bnez    t2, 1b\n"
        )
        return f"{value}{count}{loop}"
    if kind == 5:  # over the end of a page
        end = 4096 * rng.randrange(1, 6) - rng.randrange(1, 4)
        return f"{value}        li      t0, {end}\n        add     t0, t0, s1\n        sw      t1, 0(t0)\n"
    retry = "1:      lr.w    t2, (t0)\n        sc.w    t3, t1, (t0)\n        bnez    t3, 1b\n"
    return f"{value}{address}        andi    t0, t0, -4\n{retry}"


def program(seed: int) -> str:
    rng = random.Random(seed)
    body = "".join(statement(rng) for _ in range(rng.randrange(1, 12)))
    return HEAD.format(windows=rng.randrange(1, 4)) + body + TAIL


class Snapshots:
    """All memory of a parent, page by page, at each vfork and at each resumption."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.before: dict[int, dict[int, bytes]] = {}
        self.differences: dict[int, dict[int, tuple[int, int]]] = {}
        kernel.events.subscribe(events.Created, self._created)
        kernel.events.subscribe(events.Resumed, self._resumed)

    def _pages(self, pid: int) -> dict[int, bytes]:
        space = self.kernel.processes[pid].memory
        pages = {}
        for segment in space.segments:
            for page in range(segment.start, segment.end, PAGE_SIZE):
                pages[page] = space.peek(page, PAGE_SIZE).ljust(PAGE_SIZE, b"\0")
        return pages

    def _created(self, event: events.Created) -> None:
        if event.how == "share":
            self.before[event.child] = self._pages(event.pid)

    def _resumed(self, event: events.Resumed) -> None:
        before, after = self.before[event.child], self._pages(event.pid)
        changed: dict[int, tuple[int, int]] = {}
        for page, content in after.items():
            old = before.get(page, bytes(PAGE_SIZE))
            changed.update({page + at: (old[at], content[at]) for at in range(PAGE_SIZE) if old[at] != content[at]})
        self.differences[event.child] = changed


def reported(window: Window) -> dict[int, tuple[int, int]]:
    return {
        change.address + index: (old, new)
        for change in window.changes
        for index, (old, new) in enumerate(zip(change.old, change.new, strict=True))
        if change.fates[index] != Fate.SAME
    }


def compare(seed: int, folder: Path) -> int:
    """Run a random program with the observer and the snapshots side by side; how many bytes differed."""
    path = folder / f"random{seed}.s"
    path.write_text(program(seed))
    run = Machine(quantum=random.Random(seed).choice([1, 7, 100, 10_000]), memory=4 << 20).boot(path).start()
    windows: list[Window] = []
    snapshots, observer = Snapshots(run.kernel), WindowObserver(run.kernel, windows.append)
    result = run.finish()
    assert result.status == 0, f"seed {seed}: {result.message or result.status}"
    observer.finish()
    windows.sort(key=lambda window: window.number)
    assert [window.child for window in windows] == list(snapshots.differences)
    for window in windows:
        assert reported(window) == snapshots.differences[window.child], f"seed {seed}, child {window.child}"
    return sum(map(len, snapshots.differences.values()))


def test_damage_is_the_difference_of_snapshots(tmp_path: Path) -> None:
    assert sum(compare(seed, tmp_path) for seed in range(12)) > 1000


@pytest.mark.full
def test_damage_is_the_difference_of_many_snapshots(tmp_path: Path) -> None:
    assert sum(compare(seed, tmp_path) for seed in range(12, 400)) > 50_000
