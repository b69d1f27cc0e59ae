"""Measures the machine that is installed where this runs: one figure for each name that it reads.

    python -P bench/serving.py FOLDER

FOLDER is the root of the guests, whose programs are named in lines of standard input; a line of standard output says
how many nanoseconds of processor time one took from its first instruction to its end. The names in :data:`ENTRIES` are
engines, of which a line says what an entry takes that executes one instruction; the guest they enter is /forever.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import thread_time_ns

import numpy as np

from vm import Machine
from vm.cpu import interpreter
from vm.cpu.decode import WITHOUT_ENTRIES
from vm.cpu.state import STOP_RETIRED, STOP_SIZE
from vm.engine.engines import new_engine
from vm.run import Run

TURNS = 20_000
ENTRIES = {"execute": "", "interpreter": "interpreter", "translator": "translator"}
"""What is entered: the compiled function that interprets, and whole engines by their names."""


class Sink:
    """Takes what is written."""

    def write(self, data: bytes) -> None:
        """Forget it."""


def boot(root: Path, name: str) -> Run:
    """A machine that is about to run a program."""
    return Machine(root=root).boot(f"/{name}", output=Sink(), keep=False).start()


def program_ns(root: Path, name: str) -> int:
    """What a program takes, which ends well."""
    run = boot(root, name)
    gc.collect()
    begin = thread_time_ns()
    result = run.finish()
    spent = thread_time_ns() - begin
    assert (result.status, result.message) == (0, ""), result
    return spent


def entry(root: Path, name: str) -> Callable[[], int]:
    """What measures the entries of an engine."""
    task = boot(root, "forever").program
    space = task.memory
    stop = np.zeros(STOP_SIZE, np.int64)
    if ENTRIES[name]:
        enter = partial(new_engine(ENTRIES[name], space.memory).execute, task.context, space, 1, stop)
    else:
        arguments = space.engine_arguments
        enter = partial(interpreter.execute, task.context, *arguments, 1, stop, WITHOUT_ENTRIES)

    def measure() -> int:
        gc.collect()
        begin = thread_time_ns()
        for _ in range(TURNS):
            enter()
        spent = thread_time_ns() - begin
        assert stop[STOP_RETIRED] == 1
        return spent // TURNS

    measure()
    return measure


def main() -> None:
    """Answer until the input ends."""
    root = Path(sys.argv[1])
    entries = {name: entry(root, name) for name in ENTRIES}
    for line in sys.stdin:
        name = line.strip()
        print(entries[name]() if name in entries else program_ns(root, name), flush=True)


if __name__ == "__main__":
    main()
