"""The ports of a machine that is recorded, or that repeats a run: each question to them goes through a log."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from vm.kernel.errors import MachineStopped
from vm.kernel.files.terminal import Console
from vm.kernel.ports import (
    BytesInput,
    Closed,
    Input,
    KeptTerminal,
    Output,
    TerminalPort,
    limit_waiting,
    pass_time,
    twin_of_input,
    twin_of_output,
)
from vm.schedules.log import InputLog, Log
from vm.schedules.repeating import Repetition
from vm.schedules.schedule import CLOSED, INPUT_LIMIT, STREAM, TERMINAL, Answer, Diverged, Streams

INPUT, OUTPUT, ERRORS, SCREEN, CONTROL = "input", "output", "errors", "screen", "terminal"
"""The names of ports, by which their answers are kept."""


class LoggedInput:
    """Standard input: the host's is ``source``, where there is one.

    An answer to :meth:`peek` is how many bytes can be read, and which they are is known from the log's data.
    """

    def __init__(self, log: InputLog, source: Input | None, terminal: TerminalPort | None, *, is_live: bool) -> None:
        self._log = log
        self.source = source
        self._offset = 0
        self.pauses = False
        self._deadline: float | None = None
        self.terminal = terminal
        self.is_live = is_live

    def peek(self, size: int) -> bytes | None:
        """Return the next bytes. Raises OSError."""
        count = self._log.ask(INPUT, f"peek {size}", lambda: self._look(size))
        if count is None:
            return None
        data = bytes(self._log.data[self._offset : self._offset + _number(count)])
        if len(data) != count or len(data) > size:
            raise Diverged("the schedule has less input than its answers say")
        return data

    def _look(self, size: int) -> int | None:
        assert self.source is not None
        data = self.source.peek(size)
        if data is None:
            return None
        known = len(self._log.data) - self._offset
        if len(self._log.data) + len(data) - known > INPUT_LIMIT:
            raise MachineStopped(f"limit of {INPUT_LIMIT:,} bytes of input that are recorded")
        self._log.data += data[known:]
        return len(data)

    def advance(self, size: int) -> None:
        """Consume bytes."""
        self._offset += size
        if self.source is not None:
            self.source.advance(size)
            self.pauses = self.source.pauses
            self._log.has_lines |= self.pauses
        else:
            is_line = size > 0 and self._log.data[self._offset - 1 : self._offset] == b"\n"
            self.pauses = self._log.has_lines and is_line

    @property
    def consumed(self) -> int:
        """Bytes consumed."""
        return self._offset

    def wait(self, seconds: float | None) -> None:
        """Wait as the host's does; how long that took is asked of the host."""
        if self.source is not None:
            self.source.wait(seconds)

    def pass_time(self, idle: int | None) -> int | None:
        """Let the host's say what time it takes."""
        return pass_time(self.source, idle)

    def pass_end(self) -> None:
        """Note that a read has seen the end of file."""
        pass_end: Callable[[], None] | None = getattr(self.source, "pass_end", None)
        if pass_end is not None:
            pass_end()

    def forget(self) -> None:
        """Throw away what has been read and not been consumed."""
        self._offset += _number(self._log.ask(INPUT, "forget", self._forget))

    def _forget(self) -> int:
        forget: Callable[[], None] | None = getattr(self.source, "forget", None)
        if forget is None:
            return 0
        forget()
        return len(self._log.data) - self._offset

    @property
    def held(self) -> int:
        """Bytes read and not consumed."""
        return _number(self._log.ask(INPUT, "held", lambda: int(getattr(self.source, "held", 0))))

    @property
    def deadline(self) -> float | None:
        """Until when the host is waited for."""
        return self._deadline

    @deadline.setter
    def deadline(self, moment: float | None) -> None:
        """Set it, for the host's end too."""
        self._deadline = moment
        limit_waiting(self.source, moment)

    def twin(self) -> Input:
        """Return what a copied machine reads that goes its own way: the host's input is not its."""
        if self.source is not None:
            return twin_of_input(self.source)
        return BytesInput(bytes(self._log.data[self._offset :]), self._offset)

    def repeated_by(self, log: InputLog, terminal: TerminalPort | None) -> LoggedInput:
        """Return the input of a copy that repeats what this does, by a log of its own."""
        twin = LoggedInput(log, None, terminal, is_live=self.is_live)
        twin._offset, twin.pauses = self._offset, self.pauses
        return twin


class LoggedOutput:
    """An output, ``name``: what is written goes to ``sink``, and how that went is what the log says."""

    def __init__(self, log: Log, name: str, sink: Output, terminal: TerminalPort | None) -> None:
        self._log = log
        self._name = name
        self.sink = sink
        self._deadline: float | None = None
        self.terminal = terminal

    def write(self, data: bytes) -> None:
        """Write ``data``, or as much of it as was written then. Raises OSError and MachineStopped."""
        taken = self._log.ask(self._name, "write", lambda: self._write(data))
        if self._log.is_to_be_shown(self._name):
            with contextlib.suppress(OSError):  # whether it can be written today is nothing that the guest sees
                self.sink.write(data if taken is None else data[: _number(taken)])

    def _write(self, data: bytes) -> int | None:
        self.sink.write(data)
        taken = getattr(self.sink, "taken", len(data))
        return None if taken == len(data) else taken

    @property
    def data(self) -> bytes:
        """What the sink has kept, if it keeps anything."""
        return bytes(getattr(self.sink, "data", b""))

    @property
    def deadline(self) -> float | None:
        """Until when the host is waited for."""
        return self._deadline

    @deadline.setter
    def deadline(self, moment: float | None) -> None:
        """Set it, for the host's end too."""
        self._deadline = moment
        limit_waiting(self.sink, moment)

    def twin(self) -> Output:
        """Return the output of a copied machine."""
        return twin_of_output(self.sink)

    def logged_by(self, log: Log, terminal: TerminalPort | None) -> LoggedOutput:
        """Return the output of a copy that writes to the same sink, by a log of its own."""
        return LoggedOutput(log, self._name, self.sink, terminal)


class LoggedTerminal:
    """The terminal: the host's is ``port``, where there is one."""

    def __init__(self, log: Log, port: TerminalPort | None) -> None:
        self._log = log
        self.port = port

    @property
    def _host(self) -> TerminalPort:
        assert self.port is not None, "there is no host"
        return self.port

    def attributes(self) -> bytes:
        """Return its settings. Raises OSError."""
        return _bytes(self._log.ask(CONTROL, "attributes", lambda: self._host.attributes().hex()))

    def set_attributes(self, request: int, data: bytes) -> None:
        """Change its settings. Raises OSError."""
        question = f"set_attributes {request} {data.hex()}"
        self._log.ask(CONTROL, question, lambda: self._host.set_attributes(request, data))

    @property
    def waits_for_keys(self) -> bool:
        """False where a read returns although nobody has typed. Raises OSError."""
        return bool(self._log.ask(CONTROL, "waits_for_keys", lambda: self._host.waits_for_keys))

    @property
    def output(self) -> Output:
        """Its screen; nobody's where a run is repeated."""
        return LoggedOutput(self._log, SCREEN, Nowhere() if self.port is None else self.port.output, None)

    def window(self) -> bytes:
        """Return rows and columns. Raises OSError."""
        return _bytes(self._log.ask(CONTROL, "window", lambda: self._host.window().hex()))

    def waiting(self) -> int:
        """Return how many bytes can be read. Raises OSError."""
        return _number(self._log.ask(CONTROL, "waiting", lambda: self._host.waiting()))

    def flush(self, queue: int) -> None:
        """Throw away what was typed, or written, or both. Raises OSError."""
        self._log.ask(CONTROL, f"flush {queue}", lambda: self._host.flush(queue))

    def restore(self) -> None:
        """Give the host's back as it was found."""
        if self.port is not None:
            self.port.restore()

    def suspend(self) -> None:
        """Lend the host's, as it was found."""
        if self.port is not None:
            self.port.suspend()

    def resume(self) -> None:
        """Let the host's be as the guest had it again."""
        if self.port is not None:
            self.port.resume()

    def twin(self) -> TerminalPort:
        """Return what a copied machine has in its place that goes its own way."""
        return KeptTerminal(b"", b"") if self.port is None else self.port.twin()

    def logged_by(self, log: Log) -> LoggedTerminal:
        """Return the terminal of a copy that has the same one of the host's, by a log of its own."""
        return LoggedTerminal(log, self.port)


class Nowhere:
    """Output that nobody sees."""

    def write(self, data: bytes) -> None:
        """Throw it away."""


def _number(answer: Answer) -> int:
    assert isinstance(answer, int), f"{answer!r} is no number"
    return answer


def _bytes(answer: Answer) -> bytes:
    assert isinstance(answer, str), f"{answer!r} is no text"
    return bytes.fromhex(answer)


def streams_of(console: Console) -> Streams:
    """Say what the standard streams of a machine are."""

    def kind(end: Any) -> str:
        if isinstance(end, Closed):
            return CLOSED
        return STREAM if getattr(end, "terminal", None) is None else TERMINAL

    return Streams(kind(console.input), kind(console.output), kind(console.errors))


def record_ports(console: Console, log: InputLog) -> None:
    """Put ports that are recorded in the place of a console's."""
    streams, source = streams_of(console), console.input
    terminal = None if console.terminal is None else LoggedTerminal(log, console.terminal)

    def its(kind: str) -> TerminalPort | None:
        return terminal if kind == TERMINAL else None

    if streams.input != CLOSED:
        console.input = LoggedInput(log, source, its(streams.input), is_live=source.is_live)
    if streams.output != CLOSED:
        console.output = LoggedOutput(log, OUTPUT, console.output, its(streams.output))
    if streams.errors != CLOSED:
        console.errors = LoggedOutput(log, ERRORS, console.errors, its(streams.errors))
    console.terminal = terminal


def repeating_console(log: Repetition, output: Output, errors: Output, at: LoggedInput | None = None) -> Console:
    """Make the console of a machine that repeats a run, and writes to these sinks; ``at`` is an input to go on from."""
    schedule = log.schedule
    streams = schedule.streams
    terminal = LoggedTerminal(log, None) if TERMINAL in (streams.input, streams.output, streams.errors) else None

    def its(kind: str) -> TerminalPort | None:
        return terminal if kind == TERMINAL else None

    source = LoggedInput(log, None, its(streams.input), is_live=schedule.is_live)
    if at is not None:
        source = at.repeated_by(log, its(streams.input))
    return Console(
        Closed() if streams.input == CLOSED else source,
        Closed() if streams.output == CLOSED else LoggedOutput(log, OUTPUT, output, its(streams.output)),
        Closed() if streams.errors == CLOSED else LoggedOutput(log, ERRORS, errors, its(streams.errors)),
    )
