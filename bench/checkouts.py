"""This checkout of the project and another one, whose commands are measured in turns; and what a command costs."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
METER = Path(__file__).with_name("meter.py")
ENTRY = "import sys; from vm.entry import main; sys.exit(main())"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost, its children included: seconds and bytes; and what it wrote."""

    user: float
    system: float
    clock: float
    peak: int
    output: str
    errors: str

    @property
    def cpu(self) -> float:
        """Seconds of the processor: exact, whereas Linux estimates how much of them was the system's."""
        return self.user + self.system


def cost(command: Sequence[str], environment: Mapping[str, str] = os.environ, folder: Path = ROOT) -> Cost:
    """Run a command in ``folder`` without input. Raises CalledProcessError, with what it said, unless it succeeds."""
    reader, writer = os.pipe()
    with open(reader) as figures:
        metered = [sys.executable, "-I", "-S", str(METER), str(writer), *command]
        try:
            process = subprocess.Popen(
                metered, cwd=folder, env=environment, pass_fds=(writer,), text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
        finally:
            os.close(writer)
        output, errors = process.communicate()
        user, system, clock, peak, status = figures.read().split() or (0, 0, 0, 0, process.returncode)
    if int(status):
        failure = subprocess.CalledProcessError(int(status), command, output, errors)
        failure.add_note(errors)
        raise failure
    return Cost(float(user), float(system), float(clock), int(peak), output, errors)


@dataclass(frozen=True, slots=True)
class Checkout:
    """The project in ``folder``, with the Python that has it installed; ``name`` heads its columns."""

    name: str
    folder: Path
    python: str

    @property
    def forklore(self) -> tuple[str, ...]:
        """The command, as it was installed, or what that does."""
        installed = Path(self.python).with_name("forklore")
        return (str(installed),) if installed.exists() else (self.python, "-c", ENTRY)

    def cost(self, command: Sequence[str], environment: Mapping[str, str] = os.environ) -> Cost:
        """Run a command in the checkout's folder, as :func:`cost`."""
        return cost(command, environment, self.folder)


HERE = Checkout("here", ROOT, sys.executable)


def other(name: str) -> Checkout:
    """The checkout in a folder, as an option names it. Raises ArgumentTypeError where none is installed."""
    folder = Path(name).resolve()
    python = folder / ".venv" / "bin" / "python"
    if not python.exists():
        raise argparse.ArgumentTypeError(f"{name} has no .venv/bin/python: install that checkout there first")
    return Checkout(folder.name[:12], folder, str(python))


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str] | None, rounds: int) -> argparse.Namespace:
    """Parse the options that all comparisons have, ``rounds`` being the default; ``checkouts`` are those to measure."""
    parser.add_argument("--rounds", type=int, default=rounds, help=f"interleaved rounds (default {rounds})")
    parser.add_argument("--against", type=other, metavar="DIR", help="another checkout, to be measured in turns")
    options = parser.parse_args(arguments)
    options.checkouts = [HERE] if options.against is None else [HERE, options.against]
    return options
