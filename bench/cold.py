"""What the first run of all costs, with an empty cache: once alone, and once with nine others that begin with it.

    python -m bench.cold [--rounds N] [--at-once N] [--against DIR]

Printed are medians of processor time, of the clock's, and of the most memory that a process took; and how often the
machine was compiled. The exit status is 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from bench.checkouts import Checkout, Cost, parse
from bench.startup import HELLO, SOURCE
from bench.targets import Target, show

ROUNDS = 3
AT_ONCE = 10
MESSAGE = "forklore: compiling the machine"
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Start:
    """What processes cost that began with an empty cache: seconds, bytes, and how often they said that they compile."""

    cpu: float
    clock: float
    peak: float
    compiled: float


def start(checkout: Checkout, processes: int) -> Start:
    """Begin so many runs at once, each of which does what it should, in a cache of their own."""
    with tempfile.TemporaryDirectory() as cache, ThreadPoolExecutor(processes) as pool:
        environment = {**os.environ, "FORKLORE_CACHE": cache}
        environment.pop("FORKLORE_SHARED_CACHE", None)

        def run(_: int) -> Cost:
            return checkout.cost([*checkout.forklore, "run", SOURCE], environment)

        begin = perf_counter()
        costs = list(pool.map(run, range(processes)))
        clock = perf_counter() - begin
    assert all(cost.output == HELLO for cost in costs)
    compiled = sum(MESSAGE in line for cost in costs for line in cost.errors.splitlines())
    return Start(sum(cost.cpu for cost in costs), clock, max(cost.peak for cost in costs), compiled)


def middle(starts: Sequence[Start]) -> Start:
    """The median of each figure."""
    figures = ("cpu", "clock", "peak", "compiled")
    return Start(*(median(getattr(one, figure) for one in starts) for figure in figures))


def measure(checkouts: Sequence[Checkout], rounds: int, at_once: int) -> dict[str, list[Start]]:
    """Medians of both kinds of starts, for each checkout."""
    kinds = {"one process": 1, f"{at_once} at once": at_once}
    found: dict[str, list[list[Start]]] = {name: [[] for _ in checkouts] for name in kinds}
    for _ in range(rounds):
        for name, processes in kinds.items():
            for index, checkout in enumerate(checkouts):
                found[name][index].append(start(checkout, processes))
    return {name: [middle(starts) for starts in lists] for name, lists in found.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, report; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.cold", description=__doc__)
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help=f"processes that begin (default {AT_ONCE})")
    options = parse(parser, arguments, ROUNDS)
    found = measure(options.checkouts, options.rounds, options.at_once)
    print(f"{'empty cache':<30}{'CPU':>12}{'clock':>12}{'memory':>12}{'compiled':>12}")
    for name, starts in found.items():
        for checkout, one in zip(options.checkouts, starts, strict=True):
            label = f"{name}, {checkout.name}"
            print(f"{label:<30}{one.cpu:>10.2f} s{one.clock:>10.2f} s{one.peak / 1e6:>9.0f} MB{one.compiled:>12g}")
    (alone, *_), (together, *_) = found.values()
    targets = [
        Target("messages of one process", alone.compiled, 1, is_exact=True),
        Target("messages of those at once", together.compiled, 1, is_exact=True),
    ]
    if options.against is not None:
        before = found["one process"][1]
        targets += [
            Target("processor time, here : before", alone.cpu / before.cpu, HALF),
            Target("clock, here : before", alone.clock / before.clock, HALF),
        ]
    print()
    return 0 if show(targets) else 1


if __name__ == "__main__":
    raise SystemExit(main())
