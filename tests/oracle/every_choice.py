"""Every outcome of a small program by brute force: the machine makes every choice that it has, in every way.

Nothing is known here of which calls depend on each other. Between two calls a thread is not interrupted, or with
``inside=True`` before each of its accesses to memory, too. States that a machine's digest calls equal are gone on from
once; what was written is no part of a digest, and is put together from the pieces between two states.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from vm import Machine
from vm.abi.structures import Winsize
from vm.cpu.state import PC
from vm.kernel.choice import Choice, ChoiceKind
from vm.kernel.files.terminal import Console
from vm.kernel.pausing import Ending
from vm.kernel.ports import DEFAULT_TERMIOS, BytesInput, KeptTerminal
from vm.run import Run

Piece = tuple[int, bytes]
"""What was written to a descriptor: 1 for output, or for both where they are one terminal; 2 for errors."""


LONGEST_RUN = 10_000_000
"""Instructions of a run at most: a program that can go on for ever has no place here."""


class Outcome(NamedTuple):
    """What somebody outside sees: all of output and errors, how the first program ended, and who waits for ever.

    ``stuck`` are the descents of threads: the first is (1,), the second child of it (1, 2).
    """

    output: bytes
    errors: bytes
    exit_code: int | None
    signal: int | None
    stuck: tuple[tuple[int, ...], ...]


class TooMany(Exception):
    """There are more states than were allowed."""


class _Sink:
    """Keeps what is written, in the order in which two streams write it."""

    def __init__(self, descriptor: int, pieces: list[Piece], terminal: KeptTerminal | None) -> None:
        self.descriptor, self.pieces, self.terminal = descriptor, pieces, terminal

    def write(self, data: bytes) -> None:
        """Write all of it."""
        self.pieces.append((self.descriptor, data))


def _console(stdout: str) -> tuple[Console, list[Piece]]:
    pieces: list[Piece] = []
    if stdout == "tty":
        screen = _Sink(1, pieces, KeptTerminal(DEFAULT_TERMIOS, bytes(Winsize.SIZE)))
        return Console(BytesInput(b""), screen, screen), pieces
    return Console(BytesInput(b""), _Sink(1, pieces, None), _Sink(2, pieces, None)), pieces


@dataclass
class _Node:
    """A state: what is written on the way to each that may be next, and which that is; or how the run ends."""

    ways: list[tuple[tuple[Piece, ...], str]] = field(default_factory=list)
    ends: set[tuple[tuple[Piece, ...], Outcome]] = field(default_factory=set)


class EveryChoice:
    """The states of a program and how they lead to each other, found by trying every answer to every choice.

    ``states`` counts them. With ``plainly`` answers that bring nothing new are tried, too. Raises TooMany where there
    are more states than ``most``.
    """

    def __init__(
        self, program: Path, *, stdout: str = "tty", inside: bool = False, plainly: bool = False, most: int = 1_000_000
    ) -> None:
        self._stdout, self._inside, self._plainly, self._most = stdout, inside, plainly, most
        machine = Machine(
            quantum=1 if inside else 1_000_000_000, memory=4 << 20, processes=64, instructions=LONGEST_RUN,
            engine="interpreter",
        )  # fmt: skip
        console, pieces = _console(stdout)
        run = machine.boot(program, output=console.output, errors=console.errors, keep=False)
        self._nodes: dict[str, _Node] = {}
        self._open: list[tuple[Run, int, str]] = []
        self._first = _Node()
        self._follow(self._first, run, pieces)
        while self._open:
            paused, options, name = self._open.pop()
            self._expand(paused, options, self._nodes[name])

    @property
    def states(self) -> int:
        """How many there are at which there is something to choose."""
        return len(self._nodes)

    def _expand(self, run: Run, options: int, node: _Node) -> None:
        """Try every answer to the choice of so many options at which ``run`` has paused."""
        for answer in range(options):
            console, pieces = _console(self._stdout)
            copy = run.copy(console)
            copy.choose(answer)
            self._follow(node, copy, pieces)

    def _follow(self, node: _Node, run: Run, pieces: list[Piece]) -> None:
        """Go on to the next choice that matters, or to the end, and note where that has led from ``node``."""
        while True:
            pause = run.advance(Choice)
            if isinstance(pause, Ending):
                node.ends.add((tuple(pieces), _outcome(run, pause)))
                return
            assert pause.choice is not None
            answer = self._evident(run, pause.choice)
            if answer is None:
                break
            run.choose(answer)
        if pause.choice.kind is ChoiceKind.RUN and not self._plainly:
            # every order of those who are ready is tried, whichever they stand in and whoever ran last
            run.kernel.scheduler.ready.sort(key=lambda task: task.random.descent)
            run.kernel.system.running = None
        name = f"{pause.choice.kind.name} {run.digest(clock=False)}"
        node.ways.append((tuple(pieces), name))
        if name not in self._nodes:
            if len(self._nodes) >= self._most:
                raise TooMany(f"more than {self._most} states")
            self._nodes[name] = _Node()
            self._open.append((run, len(pause.choice.options), name))

    def _evident(self, run: Run, choice: Choice) -> int | None:
        """The answer to a choice of which the others give nothing new; None for one that matters.

        Before a call others always may run first: the caller is among those of whom one is chosen then. So it is after
        a fork. An instruction that is no call and leaves memory alone is made at once: nobody else can tell when.
        """
        if self._plainly:
            return None
        if choice.kind is ChoiceKind.PREEMPT:
            return 1
        if choice.kind is ChoiceKind.FIRST:
            return 0
        if choice.kind is ChoiceKind.RUN and self._inside:
            return next((at for at, tid in enumerate(choice.options) if _is_private(run, tid)), None)
        return None

    def outcomes(self) -> set[Outcome]:
        """Return all outcomes: the pieces on every way from the start to an end."""
        found = set[Outcome]()
        start = ("", (b"", b""))
        seen, todo = {start}, [(self._first, start[1])]
        while todo:
            node, written = todo.pop()
            for pieces, end in node.ends:
                output, errors = _written(written, pieces)
                found.add(end._replace(output=output, errors=errors))
            for pieces, name in node.ways:
                step = (name, _written(written, pieces))
                if step not in seen:
                    seen.add(step)
                    todo.append((self._nodes[name], step[1]))
        return found


def _written(before: tuple[bytes, bytes], pieces: tuple[Piece, ...]) -> tuple[bytes, bytes]:
    output, errors = before
    for descriptor, data in pieces:
        output, errors = (output + data, errors) if descriptor == 1 else (output, errors + data)
    return output, errors


def _outcome(run: Run, ending: Ending) -> Outcome:
    """How a run has ended; what it has written is filled in later."""
    assert not ending.limit, ending
    result = run.finish()
    waiting = {tid for _, tid, _ in ending.waits}
    threads = run.kernel.processes.threads
    stuck = tuple(sorted(task.random.descent for task in threads if task.tid in waiting))
    return Outcome(b"", b"", result.exit_code, result.signal, stuck)


LOAD, STORE, ATOMIC, SYSTEM = 0x03, 0x23, 0x2F, 0x73


def _is_private(run: Run, tid: int) -> bool:
    """Tell whether the next instruction of a thread is no call, and no access to memory that others can have."""
    task = run.kernel.processes.thread(tid)
    if task is None or task.call is not None or task.signals.is_due:
        return False
    registers = task.context
    word = struct.unpack("<I", task.memory.read(int(registers[PC]) & 0xFFFFFFFF, 4))[0]
    return word & 0x7F not in (LOAD, STORE, ATOMIC, SYSTEM)


def lines(outcomes: set[Outcome]) -> Iterator[str]:
    """Tell outcomes to people, one a line."""
    for outcome in sorted(outcomes, key=repr):
        end = "deadlock" if outcome.stuck else outcome.exit_code if outcome.signal is None else -outcome.signal
        errors = f" errors {outcome.errors!r}" if outcome.errors else ""
        yield f"{outcome.output!r}{errors} -> {end}"
