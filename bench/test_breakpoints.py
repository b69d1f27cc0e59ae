"""What breakpoints cost a hot loop that does not meet them, what a hit costs, and what a copy of a machine loses.

`python -m bench.test_breakpoints` prints the figures and what they are held against.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from bench.targets import Target, show
from vm.cpu.state import PC
from vm.kernel.pausing import Pause, Until
from vm.kernel.stops import Stops
from vm.machine import Machine
from vm.native import jit
from vm.run import Run

LOOP = """
        .globl  _start
_start: li      a0, 1
        la      s1, buffer
loop:   slli    t1, a0, 13
        xor     a0, a0, t1
        srli    t1, a0, 17
        xor     a0, a0, t1
        slli    t1, a0, 5
        xor     a0, a0, t1
        beqz    a0, cold
back:   andi    t3, a0, 1020
        add     t3, t3, s1
        lw      t4, 0(t3)
        addi    t4, t4, 1
        sw      t4, 0(t3)
        bnez    a0, loop
        j       _start
cold:   addi    a0, a0, 1
        j       back
other:  li      a0, 5
        ret
        .bss
        .balign 4096
buffer: .space  4096
"""
TURN = 13
PLACES = {"behind the loop": 16, "in a branch of the loop that is not taken": 17, "elsewhere on its page": 19}
"""Words behind the beginning of the program."""
IN_THE_LOOP = 10
ENGINES = ("interpreter", "translator", "auto")
MUCH = {"interpreter": 4_000_000, "translator": 60_000_000, "auto": 60_000_000}
"""Instructions whose time is taken."""
NOT_HIT, HIT, AGAIN_MS, COPY = 1.10, 4.0, 1.0, 1.5
"""Times that a loop takes with a breakpoint which is not hit; that a hit takes in those of a pause; milliseconds to set
a breakpoint and take it out again; times that the first 10^8 instructions of a copy take."""
NO_STOPS = Stops()


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    jit.prepare()


def start(folder: Path, engine: Any) -> Run:
    """A machine that is in the loop, and has translated it if it does that."""
    source = folder / "loop.s"
    source.write_text(LOOP)
    run = Machine(engine=engine, memory=16 << 20).boot(source).start()
    run.advance(Until(clock=3 * MUCH[engine]))
    return run


def word(run: Run, number: int) -> frozenset[int]:
    """The address of a word of the program."""
    assert run.program.memory is not None
    return frozenset({run.program.memory.segments[0].start + 4 * number})


def go_on(run: Run, instructions: int, stops: Stops = NO_STOPS) -> float:
    """Run on without a hit; the seconds of processor time it took."""
    clock, begin = run.kernel.clock + instructions, process_time()
    pause = run.advance(Until(clock=clock, stops=stops if stops.breakpoints else None))
    seconds = process_time() - begin
    assert isinstance(pause, Pause)
    assert (pause.why, run.kernel.clock) == ("clock", clock)
    return seconds


def least(rounds: int, *ways: Callable[[], float]) -> list[float]:
    """The least that each of several ways took, which take turns."""
    return [min(times) for times in zip(*([way() for way in ways] for _ in range(rounds)), strict=True)]


def not_hit(run: Run, place: int, instructions: int, rounds: int) -> float:
    """How many times as long the loop takes with a breakpoint."""
    stops = Stops(breakpoints={run.program.pid: word(run, place)})
    other = run.copy()
    go_on(other, 3 * instructions, stops)
    go_on(run, 3 * instructions)
    plain, stopping = least(rounds, lambda: go_on(run, instructions), lambda: go_on(other, instructions, stops))
    assert run.digest() == other.digest()
    return stopping / plain


def hits(run: Run, count: int) -> float:
    """What a hit takes, in the time of a pause by the clock."""
    address = word(run, IN_THE_LOOP)
    stops, pid = Stops(breakpoints={run.program.pid: address}), run.program.pid

    def hit() -> float:
        begin = process_time()
        for _ in range(count):
            pause = run.advance(Until(stops=stops))
            assert isinstance(pause, Pause)
            assert (pause.why, pause.pid) == ("breakpoint", pid)
        seconds = process_time() - begin
        assert {int(run.program.context[PC])} == address
        return seconds

    def pause() -> float:
        begin = process_time()
        for _ in range(count):
            run.advance(Until(clock=run.kernel.clock + TURN))
        return process_time() - begin

    hit()
    first, second = least(3, hit, pause)
    return first / second


def again(run: Run, count: int) -> float:
    """How many milliseconds it takes to set a breakpoint in the loop's branch and take it out again, without LLVM."""
    stops = Stops(breakpoints={run.program.pid: word(run, PLACES["in a branch of the loop that is not taken"])})
    go_on(run, 3 * MUCH["auto"], stops)
    regions = run.kernel.engine.statistics.regions if run.kernel.engine.statistics else 0
    changing, same = least(
        2,
        lambda: sum(go_on(run, TURN, each) for _ in range(count) for each in (stops, NO_STOPS)),
        lambda: sum(go_on(run, TURN) for _ in range(2 * count)),
    )
    assert regions == (run.kernel.engine.statistics.regions if run.kernel.engine.statistics else 0)
    return 1000 * (changing - same) / count


def copied(run: Run, instructions: int, rounds: int) -> float:
    """How many times as long the first instructions of a copy take."""
    go_on(run, instructions)
    own, copys = least(rounds, lambda: go_on(run, instructions), lambda: go_on(run.copy(), instructions))
    return copys / own


@pytest.mark.parametrize("engine", ENGINES)
def test_what_breakpoints_cost_is_right(tmp_path: Path, engine: str) -> None:
    run = start(tmp_path, engine)
    for place in PLACES.values():
        assert not_hit(run, place, 100_000, 1) > 0
    assert hits(run, 10) > 0
    assert copied(run, 100_000, 1) > 0


def measure(folder: Path, rounds: int = 9) -> list[Target]:
    """What each thing costs."""
    found = []
    for engine in ENGINES:
        run = start(folder, engine)
        for name, place in PLACES.items():
            found.append(Target(f"{engine}: {name}", not_hit(run, place, MUCH[engine], rounds), NOT_HIT))
        found.append(Target(f"{engine}: a hit, in pauses", hits(run, 3000), HIT))
    run = start(folder, "auto")
    found.append(Target("auto: set and taken out again, in ms", again(run, 1000), AGAIN_MS))
    found.append(Target("auto: the first 10^8 in a copy", copied(run, 10**8, rounds), COPY))
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(not show(measure(Path(temporary))))
