"""Forklore's engines beside QEMU's user mode, Unicorn and the host itself, on the programs in bench/programs.

    python -m bench.compare [--rounds N] [--whole] [--against DIR] [--json FILE] [--chart FILE] [PROGRAM...]

Every round runs each program under each contender that is installed, in turns. What counts is user CPU time; a rate is
that of the median round. A contender's start-up, measured in every round on a program that ends at once, is
subtracted. ``cold`` is the translator with an empty cache of translations, its compile time counted; ``warm`` is the
run behind it. Unicorn's time is that of a second run in its process.

With ``--whole`` nothing is subtracted, and the system's time counts as well: what a user waits for, when all that can
be kept has been. ``before`` is ``auto`` in another checkout, which has a cache of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from math import exp, log
from pathlib import Path
from statistics import median

from bench.checkouts import HERE, Checkout, cost, parse
from vm import Machine, toolchain

PROGRAMS = Path(__file__).parent / "programs"
COMPUTING = ("sieve", "sha256", "matmul", "quicksort", "fib", "strings", "bytecode", "pointers", "list")
OTHERS = ("calls", "forks")
INSTRUCTIONS = {
    "sieve": 2_075_663_257, "sha256": 1_421_098_725, "matmul": 1_905_174_456, "quicksort": 1_769_103_372,
    "fib": 1_620_240_157, "strings": 1_811_285_538, "bytecode": 2_043_005_474, "pointers": 1_825_313_811,
    "list": 262_146_443, "calls": 1_602_384, "forks": 538_958,
}  # fmt: skip
"""What each retires in the machine when ziglang 0.17.1 has compiled it."""
ZIG = "0.17.1"
START = "start"
START_SOURCE = "int main(void) { return 0; }\n"
CONTENDERS = ("native", "qemu", "unicorn", "interpreter", "cold", "warm", "auto", "before")
WHOLE = ("native", "qemu", "auto", "before")
"""Those of which a whole command is compared."""
NOT_FOR = {"qemu": ("forks",), "unicorn": OTHERS}
"""What a contender cannot run: QEMU's user mode executes no guest image by itself, our Unicorn no such calls."""


@dataclass(frozen=True, slots=True)
class Built:
    """A program's images for the machine and for the host, and the instructions it retires in the machine."""

    image: Path
    native: Path
    instructions: int


def build(name: str, folder: Path) -> Built:
    """Compile a program for both, and count its instructions; both engines must agree about them."""
    source = PROGRAMS / f"{name}.c"
    if name == START:
        source = folder / "start.c"
        source.write_text(START_SOURCE)
    image, native = folder / name, folder / f"{name}.native"
    if toolchain.run_compiler(("-O2", str(source), "-o", str(image))):
        sys.exit(f"{source} cannot be compiled")
    subprocess.run(["cc", "-O2", str(source), "-o", str(native)], check=True)
    counts = {engine: count(image, engine) for engine in ("interpreter", "translator")}
    if len(set(counts.values())) != 1:
        sys.exit(f"{name}: {counts}")
    if version("ziglang") == ZIG and INSTRUCTIONS.get(name, counts["interpreter"]) != counts["interpreter"]:
        sys.exit(f"{name} retires {counts['interpreter']} instructions, not {INSTRUCTIONS[name]}")
    return Built(image, native, counts["interpreter"])


def count(image: Path, engine: str) -> int:
    """Run a program, which checks its result, and return how many instructions it retired."""
    result = Machine(engine=engine).run(image)
    if result.status or result.message:
        sys.exit(f"{image.name} under {engine}: exit status {result.status} {result.message}")
    return result.retired


class Contest:
    """Runs programs under contenders; ``cache`` holds our compiled code and translations.

    With ``whole`` commands are measured, with ``against`` the other checkout's too.
    """

    def __init__(self, cache: Path, *, whole: bool = False, against: Checkout | None = None) -> None:
        self.whole = whole
        self.environment = {**os.environ, "FORKLORE_CACHE": str(cache)}
        self.translations = cache / "translations"
        self.entrants: dict[str, Callable[[Built], float]] = {
            "native": lambda built: self.time([str(built.native)]),
            "qemu": lambda built: self.time(["qemu-riscv32", str(built.image)]),
            "unicorn": self.unicorn,
            "interpreter": lambda built: self.ours(built, "interpreter"),
            "cold": self.cold,
            "warm": lambda built: self.ours(built, "translator"),
            "auto": lambda built: self.ours(built, "auto"),
        }
        if against is not None:
            others = {**os.environ, "FORKLORE_CACHE": str(cache / "before")}
            self.entrants["before"] = lambda built: self.time([*against.forklore, "run", str(built.image)], others)
        if shutil.which("qemu-riscv32") is None:
            del self.entrants["qemu"]
        if whole:
            self.entrants = {name: run for name, run in self.entrants.items() if name in WHOLE}

    def time(self, command: Sequence[str], environment: dict[str, str] | None = None) -> float:
        """User CPU time of a command; with ``whole`` the system's as well."""
        spent = cost(command, environment or self.environment)
        return spent.cpu if self.whole else spent.user

    def ours(self, built: Built, engine: str) -> float:
        """CPU time of ``forklore run``."""
        return self.time([*HERE.forklore, "run", "--engine", engine, str(built.image)])

    def warm_up(self, programs: dict[str, Built]) -> None:
        """Compile the machine, and unless ``cold`` does it in every round, fill the cache of translations.

        What fills it for whole commands are such commands.
        """
        ours = {"interpreter", "cold", "warm", "auto"} & self.entrants.keys()
        if ours:
            self.ours(programs[START], "translator")
        if ours & {"warm", "auto"} and "cold" not in ours:
            for built in programs.values():
                self.ours(built, "auto" if self.whole else "translator")
        if "before" in self.entrants:
            for built in programs.values():
                self.entrants["before"](built)

    def cold(self, built: Built) -> float:
        """The translator without translations on disk; those it makes are there for the next run."""
        shutil.rmtree(self.translations, ignore_errors=True)
        return self.ours(built, "translator")

    def unicorn(self, built: Built) -> float:
        """What :mod:`bench.on_unicorn` prints."""
        command = [sys.executable, "-m", "bench.on_unicorn", str(built.image)]
        done = subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True)
        return float(done.stdout)


def measure(programs: dict[str, Built], rounds: int, contest: Contest) -> dict[str, dict[str, list[float]]]:
    """Seconds of each round: by program, by contender."""
    times: dict[str, dict[str, list[float]]] = {name: {} for name in programs}
    for number in range(rounds):
        for name, built in programs.items():
            for entrant, run in contest.entrants.items():
                if name in NOT_FOR.get(entrant, ()):
                    continue
                times[name].setdefault(entrant, []).append(run(built))
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return times


def rates(
    programs: dict[str, Built], times: dict[str, dict[str, list[float]]], *, whole: bool = False
) -> dict[str, dict[str, float]]:
    """Millions of instructions a second of CPU, start-up subtracted unless ``whole``: by program, by contender."""
    table: dict[str, dict[str, float]] = {}
    for name, built in programs.items():
        if name == START:
            continue
        table[name] = {}
        for entrant, seconds in times[name].items():
            start = 0.0 if whole or entrant == "unicorn" else median(times[START][entrant])
            table[name][entrant] = built.instructions / max(median(seconds) - start, 1e-3) / 1e6
    return table


def geometric_mean(values: Sequence[float]) -> float:
    """The mean of ratios."""
    return exp(sum(map(log, values)) / len(values))


def report(programs: dict[str, Built], table: dict[str, dict[str, float]]) -> dict[str, float]:
    """Print the rates and, against QEMU, their ratios; returns the geometric means over the computing programs."""
    entrants = [name for name in CONTENDERS if any(name in row for row in table.values())]
    print(f"{'M instructions/s':<12}{'count':>16}" + "".join(f"{name:>13}" for name in entrants))
    for name, row in table.items():
        cells = "".join(f"{row[e]:>13.0f}" if e in row else f"{'–':>13}" for e in entrants)
        print(f"{name:<16}{programs[name].instructions:>12}{cells}")
    base = "qemu" if "qemu" in entrants else "native"
    computing = [row for name, row in table.items() if name in COMPUTING]
    means = {e: geometric_mean([row[e] / row[base] for row in computing]) for e in entrants if computing}
    print(f"{'times ' + base:<28}" + "".join(f"{means[e]:>13.2f}" for e in entrants if e in means))
    for name, row in table.items():
        if base in row:
            print(
                f"  {name:<26}"
                + "".join(f"{row[e] / row[base]:>13.2f}" if e in row else f"{'–':>13}" for e in entrants)
            )
    return means


def chart(table: dict[str, dict[str, float]], path: Path) -> None:
    """Bars of every contender's rate, a logarithmic axis, as SVG."""
    width, row_height, left = 760, 14, 120
    entrants = [name for name in CONTENDERS if any(name in row for row in table.values())]
    colours = dict(
        zip(
            CONTENDERS,
            ("#888", "#d95f02", "#7570b3", "#a6761d", "#66a61e", "#1b9e77", "#2166ac", "#92c5de"),
            strict=True,
        )
    )
    low, high = log(10.0), log(max(rate for row in table.values() for rate in row.values()) * 1.1)
    parts, y = [], 24
    for index, entrant in enumerate(entrants):
        x = left + 90 * index
        parts.append(f'<rect x="{x}" y="6" width="10" height="10" fill="{colours[entrant]}"/>')
        parts.append(f'<text x="{x + 14}" y="15">{entrant}</text>')
    for name, row in table.items():
        parts.append(f'<text x="4" y="{y + 12 + row_height * len(row) / 2}">{name}</text>')
        for entrant in entrants:
            if entrant in row:
                size = max(1.0, (width - left - 60) * (log(max(row[entrant], 10.0)) - low) / (high - low))
                parts.append(
                    f'<rect x="{left}" y="{y}" width="{size:.0f}" height="{row_height - 2}" fill="{colours[entrant]}"/>'
                )
                parts.append(f'<text x="{left + size + 4:.0f}" y="{y + 10}" font-size="9">{row[entrant]:.0f}</text>')
                y += row_height
        y += 10
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" font-family="sans-serif" font-size="11">'
    )
    path.write_text("\n".join([head, *parts, "</svg>\n"]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Build, run, report."""
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("programs", nargs="*", default=[*COMPUTING, *OTHERS], help="default: all of bench/programs")
    parser.add_argument("--whole", action="store_true", help="let the time of whole commands count")
    parser.add_argument("--without", action="append", default=[], choices=CONTENDERS, help="leave a contender out")
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    parser.add_argument("--chart", type=Path, help="draw the rates to this SVG file")
    options = parse(parser, arguments, 5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contest = Contest(folder / "cache", whole=options.whole, against=options.against)
        for entrant in options.without:
            contest.entrants.pop(entrant, None)
        programs = {program: build(program, folder) for program in [START, *options.programs]}
        contest.warm_up(programs)
        times = measure(programs, options.rounds, contest)
        table = rates(programs, times, whole=options.whole)
        means = report(programs, table)
        if options.json:
            counts = {program: built.instructions for program, built in programs.items()}
            data = {"instructions": counts, "seconds": times, "rates": table, "means": means}
            options.json.write_text(json.dumps(data, indent=1) + "\n")
        if options.chart:
            chart(table, options.chart)


if __name__ == "__main__":
    main()
