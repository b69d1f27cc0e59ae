"""Instructions a second of our interpreter and of Unicorn on the same programs, taken in turns in one process.

    python -m bench.compare_unicorn [--rounds N]

Both machines run each program once before the clock starts and have their result checked after every run. A rate is
that of the fastest of N rounds, since everything that disturbs a round makes it slower.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

from bench.loops import OnInterpreter, OnUnicorn, loops


def seconds(run: Callable[[], object]) -> float:
    """Wall time of one call."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table: instructions retired, millions a second for each machine, and ours in terms of Unicorn's."""
    parser = argparse.ArgumentParser(prog="python -m bench.compare_unicorn", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="runs of each program on each machine (default 15)")
    rounds = parser.parse_args(arguments).rounds
    print(f"{'program':<12}{'instructions':>14}{'interpreter M/s':>18}{'Unicorn M/s':>14}{'ratio':>8}")
    for loop in loops():
        ours = OnInterpreter.load(loop)
        stop = ours.run()
        theirs = OnUnicorn.load(loop, stop.pc)
        times = [(seconds(ours.run), seconds(theirs.run), ours.check(), theirs.check()) for _ in range(rounds)]
        mine = stop.retired / min(time[0] for time in times) / 1e6
        other = stop.retired / min(time[1] for time in times) / 1e6
        print(f"{loop.name:<12}{stop.retired:>14}{mine:>18.0f}{other:>14.0f}{mine / other:>8.2f}")


if __name__ == "__main__":
    main()
