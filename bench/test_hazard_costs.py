"""What `forklore check` costs: a thousand vforks whose children dirty a page, and a program without any vfork.

`python -m bench.test_hazard_costs` prints the ratios.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from vm import Machine
from vm.hazards.judgement import findings
from vm.hazards.observer import WindowObserver
from vm.hazards.windows import Groups

VFORKS = """
        .globl  _start
_start: la      s0, page
        li      s1, 1000
again:  li      a7, 1071
        ecall
        bnez    a0, parent
{child}
        li      a0, 0
        li      a7, 93
        ecall
parent:
{parent}
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, 260
        ecall
        addi    s1, s1, -1
        bnez    s1, again
        li      a0, 0
        li      a7, 93
        ecall
        .bss
        .balign 4096
page:   .space  4096
"""
ONE_WORD = "        sw      s1, 16(s0)"
WHOLE_PAGE = """
        mv      t0, s0
        li      t1, 4096
        add     t1, t1, t0
1:      sw      s1, 0(t0)
        addi    t0, t0, 4
        bltu    t0, t1, 1b
"""
NO_VFORK = """
        .globl  _start
_start: li      s1, 20000
again:  li      a7, 172
        ecall
        addi    s1, s1, -1
        bnez    s1, again
        li      s1, 30000000
1:      addi    s1, s1, -1
        bnez    s1, 1b
        li      a0, 0
        li      a7, 93
        ecall
"""
READS = "        lw      t0, 16(s0)"
PROGRAMS = {
    "one word": (VFORKS.format(child=ONE_WORD, parent=""), 1000),
    "one word, read": (VFORKS.format(child=ONE_WORD, parent=READS), 1000),
    "whole page": (VFORKS.format(child=WHOLE_PAGE, parent=""), 1000),
    "whole page, read": (VFORKS.format(child=WHOLE_PAGE, parent=READS), 1000),
    "no vfork": (NO_VFORK, 0),
}


def run_once(program: Path, checked: bool) -> int:
    """Run the program, with the checker or without; how many children were found at fault."""
    booted, groups = Machine(memory=16 << 20).boot(program, keep=False).start(), Groups()
    observer = WindowObserver(booted.kernel, groups.add) if checked else None
    assert booted.finish().status == 0
    if observer is None:
        return 0
    observer.finish()
    return sum(finding.count for finding in findings(groups))


@pytest.mark.parametrize("checked", [False, True], ids=["run", "check"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_cost_of_the_checker(name: str, checked: bool, tmp_path: Path, benchmark: Any) -> None:
    text, children = PROGRAMS[name]
    program = tmp_path / "program.s"
    program.write_text(text)
    assert benchmark(run_once, program, checked) == (children if checked else 0)


def ratios(rounds: int = 15) -> None:
    """Print what each program costs, by the processor time of runs that take turns: medians."""
    with tempfile.TemporaryDirectory() as folder:
        for name, (text, _) in PROGRAMS.items():
            program = Path(folder) / "program.s"
            program.write_text(text)
            seconds: dict[bool, list[float]] = {False: [], True: []}
            for turn in range(rounds + 1):
                for checked in (False, True):
                    gc.collect()
                    start = time.process_time()
                    run_once(program, checked)
                    if turn:  # the first warms up
                        seconds[checked].append(time.process_time() - start)
            plain, watched = (1000 * statistics.median(seconds[checked]) for checked in (False, True))
            print(f"{name:18} {plain:6.1f} ms  checked {watched:6.1f} ms  {watched / plain:.2f}")


if __name__ == "__main__":
    ratios()
