"""What starting costs, when all is compiled: processor time and most memory of whole commands.

    python -m bench.startup [--rounds N] [--against DIR]

Commands take turns, and so does another checkout of the project; what is printed are medians. A first round fills
caches and is not counted. The exit status is 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.checkouts import HERE, Checkout, Cost, parse
from bench.targets import Target, show
from vm.quantities import duration

ROUNDS = 15
SOURCE = "programs/hello.s"
HELLO = "hello, world\n"
API = f"from vm import Machine; assert Machine().run({SOURCE!r}).output == {HELLO.encode()!r}"

PASS, CLICK, NUMPY = "python -c pass", "python: import click", "python: import numpy, click"
VERSION, ASM, RUN = "forklore --version", "forklore asm hello.s", "forklore run hello.s"


@dataclass(frozen=True, slots=True)
class Command:
    """What is started: Python with some code or ``forklore``; its output begins with ``expected``."""

    arguments: tuple[str, ...]
    expected: str = ""
    is_python: bool = False

    def cost(self, checkout: Checkout, image: str) -> Cost:
        """Run it in a checkout, where it says what it should; {image} is a file for the program."""
        start = (checkout.python, "-c") if self.is_python else checkout.forklore
        found = checkout.cost([*start, *(argument.format(image=image) for argument in self.arguments)])
        assert found.output.startswith(self.expected.format(image=image)), found.output
        assert bool(found.output) is bool(self.expected), found.output
        return found


COMMANDS = {
    PASS: Command(("pass",), is_python=True),
    CLICK: Command(("import click",), is_python=True),
    NUMPY: Command(("import numpy, click",), is_python=True),
    VERSION: Command(("--version",), "forklore, version "),
    "forklore --help": Command(("--help",), "Usage: forklore "),
    ASM: Command(("asm", SOURCE, "-o", "{image}")),
    "forklore disasm hello": Command(("disasm", "{image}"), "section .text\n\n00010000 <_start>:\n"),
    "forklore inspect hello": Command(("inspect", "{image}"), "{image}: "),
    RUN: Command(("run", SOURCE), HELLO),
    'python: Machine().run("hello.s")': Command((API,), is_python=True),
}
"""In an order in which each finds what it needs."""

Costs = dict[tuple[str, str], list[Cost]]
"""By the checkout's name and the command's."""


def measure(checkouts: Sequence[Checkout], rounds: int) -> Costs:
    """The costs of all commands in interleaved rounds, after one that does not count if there are more than one."""
    found: Costs = {(checkout.name, name): [] for name in COMMANDS for checkout in checkouts}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(0 if rounds > 1 else 1, rounds + 1):
            for name, command in COMMANDS.items():
                for checkout in checkouts:
                    one = command.cost(checkout, str(Path(folder) / checkout.name))
                    if number:
                        found[checkout.name, name].append(one)
    return found


def seconds(found: Costs, checkout: Checkout, name: str) -> float:
    """The median of a command's processor time."""
    return median(one.cpu for one in found[checkout.name, name])


def peak(found: Costs, checkout: Checkout, name: str) -> float:
    """The median of a command's most memory, in millions of bytes."""
    return median(one.peak for one in found[checkout.name, name]) / 1e6


def targets(found: Costs) -> list[Target]:
    """What this checkout's figures are held against."""
    middle = {name: seconds(found, HERE, name) for name in COMMANDS}
    return [
        Target("run, processor time : import numpy, click", middle[RUN] / middle[NUMPY], 1.6),
        Target("run, resident, MB", peak(found, HERE, RUN), 64),
        Target("--version - python -c pass, seconds", middle[VERSION] - middle[PASS], 0.12),
        Target("asm, processor time : import click", middle[ASM] / middle[CLICK], 2),
    ]


def report(found: Costs, checkouts: Sequence[Checkout]) -> None:
    """Print a line for each command; ratios are of this checkout's time to the other's."""
    print(f"{'CPU and most memory':<33}" + "".join(f"{checkout.name:>19}" for checkout in checkouts))
    for name in COMMANDS:
        times = [seconds(found, checkout, name) for checkout in checkouts]
        cells = [
            f"{duration(round(time * 1e9)):>9}{peak(found, checkout, name):>7.1f} MB"
            for time, checkout in zip(times, checkouts, strict=True)
        ]
        ratio = f"{times[0] / times[1]:>8.2f}" if len(times) > 1 else ""
        print(f"{name:<33}" + "".join(cells) + ratio)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, report; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.startup", description=__doc__)
    options = parse(parser, arguments, ROUNDS)
    found = measure(options.checkouts, options.rounds)
    report(found, options.checkouts)
    print()
    return 0 if show(targets(found)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
