"""At a terminal: who still runs when the program has ended, said after a second, on a clock that the test turns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vm import Machine
from vm.cli.lingering import PATIENCE, Lingering

FORK = """
        .globl _start
_start: li a7, 1079
        ecall
        {who}
        li a0, 0
        li a7, 93
        ecall
other:  {other}
        li a7, 93
        ecall
"""


class HandTimer:
    """Rings when it is told to."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.log: list[object] = []
        self.ring: Callable[[], None] = lambda: None

    def __call__(self, seconds: float, call: Callable[[], None]) -> HandTimer:
        self.log.append(seconds)
        self.ring = call
        return self

    def start(self) -> None:
        self.log.append("start")

    def cancel(self) -> None:
        self.log.append("cancel")


def run(folder: Path, who: str, other: str, until: str) -> HandTimer:
    """Run; the second is over when the run is, or when the program ends."""
    (folder / "program.s").write_text(FORK.format(who=who, other=other))
    booted = Machine(instructions=5000).boot(folder / "program.s").start()
    timer = HandTimer()
    lingering = Lingering(booted.kernel, booted.program.pid, timer.said.append, timer)
    booted.finish()
    if until == "late":
        timer.ring()
    lingering.finish()
    return timer


def test_the_rest_of_a_run_is_told_after_a_second(tmp_path: Path):
    timer = run(tmp_path, "beqz a0, other", "j other", "late")
    assert timer.log == [PATIENCE, "start", "cancel"]
    assert timer.said == [
        "the program has ended, and the run goes on while another process does:\n  pid 3 (program.s) runs"
    ]


def test_a_run_that_ends_sooner_says_nothing(tmp_path: Path):
    timer = run(tmp_path, "beqz a0, other", "li a0, 0", "soon")
    assert (timer.log, timer.said) == ([PATIENCE, "start", "cancel"], [])


def test_while_the_program_runs_no_time_is_taken(tmp_path: Path):
    timer = run(tmp_path, "bnez a0, other", "j other", "soon")
    assert (timer.log, timer.said) == ([], [])
