"""What a watchpoint costs that is not met, beside stores to the page that it is on: results are checked first.

`python -m bench.test_watchpoints` prints the ratios: at most LIMIT times as long as without it. Runs with and without
take turns, and the best of each count.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
import pytest

from bench.loops import BUDGET, Loop, OnInterpreter
from bench.targets import Target, show
from vm.cpu.state import CHANGES, PC, READS, STOP_SIZE, WRITES, StopReason
from vm.engine.engines import new_engine
from vm.engine.guarding import Guarding
from vm.engine.protocol import Engine
from vm.kernel.stops import Watchpoint

LIMIT = 4.0
"""Times as long as without."""
TURNS = 400_000
BSS = """
        .bss
        .balign 4096
watched: .space 64
data:   .space 8192
"""
FILL = f"""
_start: li      s1, {TURNS // 512}
        li      a0, 0
2:      la      t0, data
        li      t1, 512
1:      sw      t1, 0(t0)
        addi    t0, t0, 4
        addi    t1, t1, -1
        bnez    t1, 1b
        addi    a0, a0, 1
        bne     a0, s1, 2b
        ebreak
{BSS}"""
UNROLLED = f"""
_start: la      s0, data
        li      a0, {TURNS}
1:{"".join(f"      sw a0, {4 * word}(s0){chr(10)}" for word in range(8))}
        addi    a0, a0, -1
        bnez    a0, 1b
        lw      a0, 28(s0)
        ebreak
{BSS}"""
LOCALS = f"""
_start: la      sp, data
        sw      zero, 8(sp)
        li      t0, {TURNS}
        sw      t0, 12(sp)
1:      lw      t1, 8(sp)
        lw      t2, 12(sp)
        add     t1, t1, t2
        sw      t1, 8(sp)
        lw      t0, 12(sp)
        addi    t0, t0, -1
        sw      t0, 12(sp)
        bnez    t0, 1b
        lw      a0, 8(sp)
        ebreak
{BSS}"""
CALLS = f"""
_start: la      sp, data
        addi    sp, sp, 1024
        li      s1, {TURNS}
        li      a0, 0
1:      call    work
        addi    s1, s1, -1
        bnez    s1, 1b
        ebreak
work:   addi    sp, sp, -16
        sw      ra, 12(sp)
        sw      s1, 8(sp)
        addi    a0, a0, 1
        lw      s1, 8(sp)
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret
{BSS}"""
SAME = f"""
_start: la      s0, watched
        li      a0, 0
        li      s1, {TURNS}
1:      sw      zero, 0(s0)
        addi    a0, a0, 1
        bne     a0, s1, 1b
        ebreak
{BSS}"""
LOOPS = (
    Loop("fill", FILL, TURNS // 512),
    Loop("unrolled", UNROLLED, 1),
    Loop("locals", LOCALS, TURNS * (TURNS + 1) // 2 & 0xFFFF_FFFF),
    Loop("calls", CALLS, TURNS),
    Loop("the same word again", SAME, TURNS),
)
KINDS = {"changes": CHANGES, "writes": WRITES, "reads": READS}


class Watched:
    """A loop whose data begins with a watched word, on the engine that machines have by default."""

    def __init__(self, loop: Loop, kinds: int) -> None:
        self._loaded = OnInterpreter.load(loop)
        data = next(segment for segment in loop.image().segments if segment.protection & 2)
        self.plain: Engine = new_engine("auto", self._loaded.space.memory)
        self.watching = Guarding(self.plain).around((Watchpoint(data.vaddr, 4, kinds),))
        self._stop = np.zeros(STOP_SIZE, np.int64)

    def run(self, engine: Engine) -> float:
        """Run the loop once, which meets no watchpoint; return the seconds that it took."""
        loaded = self._loaded
        loaded.context[10], loaded.context[PC] = 0, loaded.entry
        begin, reason = perf_counter(), int(StopReason.BUDGET)
        while reason == StopReason.BUDGET:
            reason = engine.execute(loaded.context, loaded.space, BUDGET, self._stop)
        seconds = perf_counter() - begin
        assert reason == StopReason.BREAKPOINT
        loaded.check()
        return seconds

    def ratio(self, rounds: int) -> float:
        """How many times as long a run takes with the watchpoint."""
        for engine in (self.plain, self.watching):  # what is hot gets translated
            for _ in range(3):
                self.run(engine)
        pairs = [(self.run(self.plain), self.run(self.watching)) for _ in range(rounds)]
        return min(watched for _, watched in pairs) / min(plain for plain, _ in pairs)


def cases() -> list[tuple[Loop, str]]:
    """Each loop with each kind of watchpoint that it does not meet."""
    return [(loop, kind) for loop in LOOPS for kind in KINDS if loop.source is not SAME or kind == "changes"]


@pytest.mark.parametrize(("loop", "kind"), cases(), ids=lambda value: getattr(value, "name", value))
def test_a_watchpoint_that_is_not_met(benchmark: Any, loop: Loop, kind: str) -> None:
    watched = Watched(loop, KINDS[kind])
    benchmark.extra_info["ratio"] = ratio = watched.ratio(10 if benchmark.enabled else 1)
    benchmark(watched.run, watched.watching)
    if benchmark.enabled:
        assert ratio <= LIMIT


if __name__ == "__main__":
    found = [(loop, kind, Watched(loop, KINDS[kind]).ratio(30)) for loop, kind in cases()]
    show([Target(f"{loop.name}, a watchpoint for {kind}", ratio, LIMIT) for loop, kind, ratio in found])
