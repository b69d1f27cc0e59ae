"""What the default engine costs programs that are over before anything gets hot.

    python -m bench.short_programs [--rounds N]

A program of about 50 ms, and a shell script that starts 200 processes one after the other, under each engine, in turns;
every run in a process of its own, which has run a program that ends at once before, so that the machine is loaded.
Printed are medians of user CPU time in milliseconds and how much more ``auto`` takes than the interpreter; and those of
a whole process that runs the program that ends at once. The cache of translations is empty before every run.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.checkouts import HERE, ROOT, cost
from vm import Machine

ENGINES = ("interpreter", "auto")
END = "_start: li a0, 0\n li a7, 93\n ecall\n"
TURNS = 2_500_000
COMPUTE = f"""
_start: li      s0, {TURNS}
1:      call    mix
        addi    s0, s0, -1
        bnez    s0, 1b
        li      a0, 0
        li      a7, 93
        ecall
mix:    slli    t0, s1, 5
        xor     s1, s1, t0
        srli    t0, s1, 3
        add     s1, s1, t0
        ret
"""
PROCESSES = 200
PROGRAMS = {"ends at once": ("end.s",), "50 ms": ("compute.s",), "200 processes": ("sh.s", "script.sh")}
"""Names and arguments, in the folder that :func:`write` fills."""


def write(folder: Path) -> None:
    """Make the programs."""
    (folder / "end.s").write_text(END)
    (folder / "compute.s").write_text(COMPUTE)
    (folder / "script.sh").write_text("".join(f"echo {n}\n" for n in range(PROCESSES)))
    for name in ("sh.s", "echo.s"):
        shutil.copy(ROOT / "programs" / name, folder)


def run_here(engine: str, folder: Path, program: str, *arguments: str) -> float:
    """User CPU time of a run in this process, in seconds, the machine being loaded."""
    Machine(engine="interpreter").run(folder / "end.s")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    result = Machine(engine=engine).run(folder / program, arguments)
    seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    assert not result.status, result
    return seconds


def measure(program: str, engine: str, folder: Path, environment: dict[str, str]) -> float:
    """User CPU time of one run in milliseconds; of the whole process for the program that ends at once."""
    shutil.rmtree(folder / "cache" / "translations", ignore_errors=True)
    name, *arguments = PROGRAMS[program]
    if name == "end.s":
        return 1000 * cost([*HERE.forklore, "run", "--engine", engine, str(folder / name)], environment).user
    command = [sys.executable, "-m", "bench.short_programs", "--here", engine, str(folder), name, *arguments]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return 1000 * float(done.stdout)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, report."""
    parser = argparse.ArgumentParser(prog="python -m bench.short_programs", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="interleaved runs of everything (default 9)")
    parser.add_argument("--here", nargs="+", metavar="ENGINE FOLDER PROGRAM", help="one run; print its seconds")
    options = parser.parse_args(arguments)
    if options.here:
        engine, folder_name, *command = options.here
        print(run_here(engine, Path(folder_name), *command))
        return
    times: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        environment = {**os.environ, "FORKLORE_CACHE": str(folder / "cache")}
        for program in PROGRAMS:  # which compiles the machine
            measure(program, "interpreter", folder, environment)
        for _ in range(options.rounds):
            for program in PROGRAMS:
                for engine in ENGINES:
                    times.setdefault((program, engine), []).append(measure(program, engine, folder, environment))
    print(f"{'ms of user CPU':<16}" + "".join(f"{engine:>14}" for engine in ENGINES) + f"{'auto takes':>14}")
    for program in PROGRAMS:
        row = [median(times[program, engine]) for engine in ENGINES]
        print(f"{program:<16}" + "".join(f"{value:>14.1f}" for value in row) + f"{row[1] / row[0] - 1:>+14.1%}")


if __name__ == "__main__":
    main()
