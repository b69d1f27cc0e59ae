"""The ports of a machine that can be taken back: each copy has its own, and the host's behind them is one for all."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from vm.kernel.files.terminal import Console
from vm.kernel.ports import (
    DEFAULT_TERMIOS,
    BytesInput,
    HostOutput,
    Input,
    KeptTerminal,
    TerminalPort,
    left_until,
    limit_waiting,
    pass_time,
)
from vm.kernel.screen import WINDOW
from vm.schedules.leaving import LeavingOutput
from vm.schedules.ports import ERRORS, INPUT, OUTPUT, LoggedInput, LoggedOutput, LoggedTerminal, streams_of
from vm.schedules.retracing import Retrace
from vm.schedules.schedule import CLOSED, TERMINAL, Answer, Diverged

SLICE = 0.05
"""Seconds for which the host is waited for at a time: so long may it take until somebody is heard who interrupts."""


class RereadInput:
    """Standard input, from the trace that all copies have, or else from the host's.

    ``is_hurried`` is asked before the host is waited for, as :class:`~vm.kernel.ports.HostInput` says.
    """

    is_hurried: Callable[[], bool] = staticmethod(lambda: False)

    def __init__(self, log: Retrace, terminal: TerminalPort | None, *, is_live: bool) -> None:
        self._log = log
        self._trace = log.trace
        self._offset = 0
        self._is_asked = False
        self.pauses = False
        self.deadline: float | None = None
        self.terminal = terminal
        self.is_live = is_live

    def peek(self, size: int) -> bytes | None:
        """Return the next bytes. Raises OSError."""
        count = self._ask(f"peek {size}", lambda: self._trace.look(self._offset, size, self._look))
        if count is None:
            return None
        data = bytes(self._trace.data[self._offset : self._offset + _number(count)])
        if len(data) != count or len(data) > size:
            raise Diverged("there is less input than its answers say")
        return data

    def _ask(self, question: str, answer: Callable[[], Answer]) -> Answer:
        """Ask the trace, and note whether it was the host that answered."""
        self._is_asked = False

        def ask_host() -> Answer:
            self._is_asked = True
            return answer()

        return self._log.ask(INPUT, question, ask_host)

    def _look(self, size: int) -> bytes | None:
        """Ask the host, a short while at a time; None where others are to go on first."""
        source: Any = self._trace.source
        if hasattr(source, "is_hurried"):
            source.is_hurried = self.is_hurried
        while True:
            moments = [time.monotonic() + SLICE, self.deadline]
            limit_waiting(source, min(moment for moment in moments if moment is not None))
            found: bytes | None = source.peek(size)
            is_over = self.is_live or self._trace.arrived or self.is_hurried() or left_until(self.deadline) == 0
            if found is not None or is_over or self._trace.is_interrupted():
                return found

    def advance(self, size: int) -> None:
        """Consume bytes."""
        self._offset += size
        if self._trace.take_to(self._offset):
            self.pauses = self._trace.source.pauses
        else:
            is_line = size > 0 and self._trace.data[self._offset - 1 : self._offset] == b"\n"
            self.pauses = self._trace.has_lines and is_line

    @property
    def consumed(self) -> int:
        """Bytes consumed."""
        return self._offset

    def wait(self, seconds: float | None) -> None:
        """Wait until the host can read, or somebody interrupts; not for what is known already."""
        end = None if seconds is None else time.monotonic() + seconds
        while self._offset >= self._trace.taken and not self._trace.arrived and not self._trace.is_interrupted():
            left = left_until(end)
            begin, wanted = time.monotonic(), SLICE if left is None else min(SLICE, left)
            self._trace.source.wait(wanted)
            if left == 0 or time.monotonic() - begin < wanted:
                return

    def pass_time(self, idle: int | None) -> int | None:
        """Let the host's say what time it takes."""
        return pass_time(self._trace.source, idle)

    def pass_end(self) -> None:
        """Note that a read has seen the end of file."""
        pass_end: Callable[[], None] | None = getattr(self._trace.source, "pass_end", None)
        if pass_end is not None and self._is_asked:
            pass_end()

    def forget(self) -> None:
        """Throw away what has been read and not been consumed."""
        self._offset += _number(self._ask("forget", lambda: self._trace.forget(self._offset)))

    @property
    def held(self) -> int:
        """Bytes read and not consumed."""
        return _number(self._ask("held", self._count_held))

    def _count_held(self) -> int:
        return max(self._trace.taken - self._offset, 0) + int(getattr(self._trace.source, "held", 0))

    def twin(self) -> Input:
        """Return what a copied machine reads that goes its own way: the host's input is not its."""
        return BytesInput(bytes(self._trace.data[self._offset :]), self._offset)

    def reread_by(self, log: Retrace, terminal: TerminalPort | None) -> RereadInput:
        """Return the input of a copy that goes on where this is."""
        twin = RereadInput(log, terminal, is_live=self.is_live)
        twin._offset, twin.pauses = self._offset, self.pauses
        return twin


def _number(answer: Answer) -> int:
    assert isinstance(answer, int), f"{answer!r} is no number"
    return answer


def host_input(console: Console) -> Input:
    """Return the host's end of a console's input; an empty one where it has none."""
    source: Input | None = console.input
    if isinstance(source, LoggedInput):
        source = source.source
    return BytesInput(b"") if source is None else source


def retrace_ports(console: Console, log: Retrace) -> None:
    """Put ports that are retraced in the place of a console's, be they the host's or those of a schedule."""
    streams, source, terminal = streams_of(console), console.input, None
    if console.terminal is not None:
        known = console.terminal
        port = known.port or KeptTerminal(DEFAULT_TERMIOS, WINDOW) if isinstance(known, LoggedTerminal) else known
        terminal = LoggedTerminal(log, port)

    def its(kind: str) -> TerminalPort | None:
        return terminal if kind == TERMINAL else None

    if streams.input != CLOSED:
        console.input = RereadInput(log, its(streams.input), is_live=source.is_live)
    for name, kind in (("output", streams.output), ("errors", streams.errors)):
        if kind != CLOSED:
            end = getattr(console, name)
            sink = end.sink if isinstance(end, LoggedOutput) else end
            if isinstance(sink, HostOutput) and sink.may_wait:
                sink = LeavingOutput(sink, log.trace)
            setattr(console, name, LoggedOutput(log, OUTPUT if name == "output" else ERRORS, sink, its(kind)))
    console.terminal = terminal


def retracing_console(console: Console, log: Retrace) -> Console:
    """Make the console of a copy of a machine with that ``console``, whose log this is."""
    terminal = None
    if isinstance(console.terminal, LoggedTerminal):
        terminal = console.terminal.logged_by(log)

    def its(end: object) -> TerminalPort | None:
        return terminal if getattr(end, "terminal", None) is not None else None

    source, output, errors = console.input, console.output, console.errors
    return Console(
        source.reread_by(log, its(source)) if isinstance(source, RereadInput) else source,
        output.logged_by(log, its(output)) if isinstance(output, LoggedOutput) else output,
        errors.logged_by(log, its(errors)) if isinstance(errors, LoggedOutput) else errors,
    )
