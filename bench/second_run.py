"""What a second run of each program still interprets, and what it translates or recalls, beside the first one.

    python -m bench.second_run [--rounds N] [--against DIR] [PROGRAM...]

Every round begins without translations, in a process of its own for each run. Counts are those of the last round,
times are medians of processor time. The exit status is 1 when a second run interprets more than 100,000 instructions.
``calls`` and ``forks``, of 1.6 and 0.5 million instructions, always do: what translating them took would not come back.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.checkouts import Checkout, parse
from bench.compare import COMPUTING, PROGRAMS
from bench.targets import Target, show
from vm import toolchain

COUNTER = str(Path(__file__).with_name("counting.py"))
ROUNDS = 1
INTERPRETED = 100_000


@dataclass(frozen=True, slots=True)
class Counted:
    """One run: seconds, instructions that were interpreted, regions that were translated, and recalled from disk."""

    cpu: float
    interpreted: int
    translated: int
    recalled: int
    retired: int


def build(name: str, folder: Path) -> Path:
    """Compile a program."""
    image = folder / name
    if toolchain.run_compiler(("-O2", str(PROGRAMS / f"{name}.c"), "-o", str(image))):
        sys.exit(f"{name} cannot be compiled")
    return image


def run(checkout: Checkout, image: Path, environment: dict[str, str]) -> Counted:
    """Run an image with what there is in the cache."""
    found = checkout.cost([checkout.python, "-P", COUNTER, str(image)], environment)
    counts: dict[str, Any] = json.loads(found.output)
    interpreted = counts["retired"] - counts["executed"]
    return Counted(found.cpu, interpreted, counts["regions"], counts["recalled"], counts["retired"])


def both(checkout: Checkout, image: Path, cache: Path) -> tuple[Counted, Counted]:
    """The first run and the second one, which retire the same."""
    environment = {**os.environ, "FORKLORE_CACHE": str(cache)}
    checkout.cost([*checkout.forklore, "cache", "--clear", "translations"], environment)
    first, second = (run(checkout, image, environment) for _ in range(2))
    assert first.retired == second.retired
    return first, second


Runs = dict[tuple[str, str], list[tuple[Counted, Counted]]]
"""By the checkout's name and the program's."""


def measure(checkouts: Sequence[Checkout], programs: Sequence[str], rounds: int) -> Runs:
    """Both runs of each program in interleaved rounds; the machine is compiled beforehand."""
    found: Runs = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for checkout in checkouts:
            both(checkout, build("forks", folder), folder / checkout.name)
        images = {program: build(program, folder) for program in programs}
        for number in range(rounds):
            for program, image in images.items():
                for checkout in checkouts:
                    pair = both(checkout, image, folder / checkout.name)
                    found.setdefault((checkout.name, program), []).append(pair)
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return found


def report(found: Runs, checkout: Checkout) -> None:
    """Print a line for each program that a checkout ran."""
    print(f"{checkout.name:<10}{'retired':>14}{'interpreted':>22}{'translated':>12}{'recalled':>9}{'CPU, s':>13}")
    print(f"{'':<24}{'first':>11}{'second':>11}{'first':>6}{'second':>7}{'second':>8}{'first':>6}{'second':>7}")
    for (name, program), pairs in found.items():
        if name == checkout.name:
            first, second = pairs[-1]
            regions = f"{first.translated:>6}{second.translated:>7}{second.recalled:>8}"
            times = "".join(f"{median(pair[index].cpu for pair in pairs):>{6 + index}.2f}" for index in range(2))
            counts = f"{first.retired:>14,}{first.interpreted:>11,}{second.interpreted:>11,}"
            print(f"{program:<10}{counts}{regions}{times}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, report; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.second_run", description=__doc__)
    parser.add_argument("programs", nargs="*", default=COMPUTING, help="default: those that compute")
    options = parse(parser, arguments, ROUNDS)
    found = measure(options.checkouts, options.programs, options.rounds)
    for checkout in options.checkouts:
        report(found, checkout)
        print()
    here = options.checkouts[0].name
    most = max(second.interpreted for (name, _), pairs in found.items() for _, second in pairs if name == here)
    return 0 if show([Target("instructions a second run interprets, at most", most, INTERPRETED)]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
