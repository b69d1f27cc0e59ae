"""What it costs to enter the machine: an engine for one instruction, a system call, a new process.

    python -m bench.entries [--rounds N] [--against DIR]

Each checkout measures in a process of its own, and they take turns, many and short ones, because what else a computer
does comes and goes. Processes are made anew now and then: where its memory lies makes one faster than the next.
Printed are the median and the least of processor time; a ratio is the median of those of two turns next to each other.
The exit status is 1 when a target is missed: nothing may take more than 1.03 times as long as in the other checkout.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from asm import Source, assemble
from bench import test_processes, test_system_calls
from bench.checkouts import Checkout, parse
from bench.serving import ENTRIES
from bench.targets import Target, show
from vm.quantities import duration

SERVER = Path(__file__).with_name("serving.py")
ROUNDS = 45
CALLS = 4000
CHILDREN = 200
LIFE = 5
"""Rounds that a process measures."""
SLOWER = 1.03
FORK = "fork and exit"


def guests() -> dict[str, tuple[str, int]]:
    """The programs by name: their source, and how often each does what it is named after."""
    found = {
        name: (test_system_calls.FRAME.format(setup=setup, call=call, calls=CALLS), CALLS)
        for name, (setup, call, _) in test_system_calls.PROGRAMS.items()
    }
    for name, create, child in ((FORK, "fork", "nop"), ("vfork and exit", "vfork", "nop"),
                                ("vfork and exec", "vfork", test_processes.EXEC)):  # fmt: skip
        source = test_processes.SOURCE.format(
            pages=0, children=CHILDREN, create=test_processes.CREATE[create], child=child
        )
        found[name] = source, CHILDREN
    return found


def write(folder: Path) -> None:
    """Assemble all that is run."""
    others = {"done": test_processes.DONE, "forever": "_start: j _start\n", "prog": test_processes.DONE}
    sources = {name: source for name, (source, _) in guests().items()} | others
    for name, source in sources.items():
        path = folder / name
        path.write_bytes(assemble([Source(f"{name}.s", source)]).image)
        path.chmod(0o755)


class Server:
    """A checkout's process that measures; it has run everything once."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._times = dict.fromkeys(ENTRIES, 1) | {name: times for name, (_, times) in guests().items()}
        for name in self._times:
            self.measure(name)

    def measure(self, name: str) -> float:
        """Nanoseconds for one entry, call or process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{name}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline()) / self._times[name]


@contextmanager
def serving(checkout: Checkout, folder: Path) -> Iterator[Server]:
    """A checkout's server, which ends afterwards."""
    command = [checkout.python, "-P", str(SERVER), str(folder)]
    with subprocess.Popen(
        command, cwd=checkout.folder, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield Server(process)


Times = dict[str, list[list[float]]]
"""Nanoseconds by what was entered: a list for each checkout, of a figure for each round."""


def measure(checkouts: Sequence[Checkout], rounds: int) -> Times:
    """The figures of all rounds, in which all checkouts measure one thing after the other."""
    names = [*ENTRIES, *guests()]
    found: Times = {name: [[] for _ in checkouts] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        for begin in range(0, rounds, LIFE):
            with ExitStack() as stack:
                servers = [stack.enter_context(serving(checkout, Path(folder))) for checkout in checkouts]
                for number in range(begin, min(begin + LIFE, rounds)):
                    for name in names:
                        for turn in range(len(servers)):
                            index = (turn + number) % len(servers)  # nobody always comes first
                            found[name][index].append(servers[index].measure(name))
    return found


def ratio(times: list[list[float]]) -> float:
    """This checkout's time to the other's: the median of a round's."""
    return median(one / two for one, two in zip(*times, strict=True))


def targets(found: Times) -> list[Target]:
    """What the figures are held against; ratios are of this checkout to the other."""
    middle = {name: median(times[0]) / 1000 for name, times in found.items()}
    absolute = [Target("getpid, µs", middle["getpid"], 4), Target("execute, µs", middle["execute"], 1)]
    pairs = {name: times for name, times in found.items() if len(times) > 1}
    return absolute + [Target(f"{name}, here : before", ratio(times), SLOWER) for name, times in pairs.items()]


def report(found: Times, checkouts: Sequence[Checkout]) -> None:
    """Print a line for each figure."""
    print(f"{'CPU of one: median, least':<30}" + "".join(f"{checkout.name:>20}" for checkout in checkouts))
    for name, lists in found.items():
        label = f"entry of {name}" if name in ENTRIES else name
        texts = [f"{duration(round(figure(times))):>10}" for times in lists for figure in (median, min)]
        print(f"{label:<30}" + "".join(texts) + (f"{ratio(lists):>8.2f}" if len(lists) > 1 else ""))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, report; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.entries", description=__doc__)
    options = parse(parser, arguments, ROUNDS)
    found = measure(options.checkouts, options.rounds)
    report(found, options.checkouts)
    print()
    return 0 if show(targets(found)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
