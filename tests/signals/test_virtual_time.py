"""Guest time: instructions and skipped idleness, the same in every run, and free of the host's."""

from __future__ import annotations

from pathlib import Path

import pytest

from vm import Machine, toolchain
from vm.kernel.process.timers import NEVER, Timers
from vm.records import Result

needs_c = pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")

SLEEPERS = """
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
int main(void) {
    struct timespec begin, end;
    setvbuf(stdout, 0, _IONBF, 0);
    clock_gettime(CLOCK_REALTIME, &begin);
    for (int i = 5; i > 0; i--)
        if (!fork()) {
            sleep(i * 100000);
            printf("%d\\n", i);
            return 0;
        }
    while (wait(0) > 0) {}
    clock_gettime(CLOCK_REALTIME, &end);
    printf("%ld days, from %ld\\n", (long)(end.tv_sec - begin.tv_sec) / 86400, (long)begin.tv_sec);
    return 0;
}
"""
RACE = """
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>
static volatile unsigned long turns;
static volatile int rings;
static void ring(int sig) { rings++; }
int main(void) {
    struct itimerval value = {.it_value.tv_usec = 1000, .it_interval.tv_usec = 777};
    signal(SIGALRM, ring);
    setitimer(ITIMER_REAL, &value, 0);
    while (rings < 20) turns++;
    printf("%lu\\n", turns);
    return 0;
}
"""


def run(folder: Path, source: str, **settings: object) -> Result:
    path = folder / "prog.c"
    path.write_text(source)
    program = folder / "prog"
    program.write_bytes(toolchain.build(path))
    program.chmod(0o755)
    return Machine(**settings).run(program)


@needs_c
def test_sleep_costs_nothing(tmp_path: Path) -> None:
    result = run(tmp_path, SLEEPERS, epoch=1000, instructions=1_000_000)  # five days of it
    assert result.output == b"1\n2\n3\n4\n5\n5 days, from 1000\n"
    assert not result.message


@needs_c
def test_timers_interrupt_at_the_same_instruction_in_every_run(tmp_path: Path) -> None:
    first, second = (run(tmp_path, RACE) for _ in range(2))
    assert first.output == second.output
    assert first.retired == second.retired
    assert int(first.output) > 100


def test_timers_in_order() -> None:
    timers = Timers()
    assert timers.next == NEVER
    for pid, moment in ((1, 50), (2, 10), (3, 50), (4, 99)):
        timers.set(("alarm", pid), moment)
    timers.set(("alarm", 1), 50)  # set anew: now behind 3
    timers.cancel(("alarm", 4))
    timers.cancel(("alarm", 77))
    assert timers.next == 10
    assert timers.due(9) == []
    assert timers.due(50) == [("alarm", 2), ("alarm", 3), ("alarm", 1)]
    for key in timers.due(50):
        timers.cancel(key)
    assert timers.next == NEVER


def test_cancelled_timers_leave_nothing_behind() -> None:
    timers = Timers()
    for moment in range(10_000):
        timers.set(("deadline", 1), NEVER - moment - 1)
        timers.cancel(("deadline", 1))
    assert len(timers._heap) < 200
