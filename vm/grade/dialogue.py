"""Dialogues: what is typed in answer to what a program writes.

A turn is typed once what it expects has been written since the last one, to the output or to the errors, wherever the
program waits for it or not: what is typed follows from what the guest writes, and from nothing of the host's. A read
gets a line at most. While nothing is typed the others run, and where all wait the guest's time passes at once to the
next moment at which somebody goes on. If there is none, nobody will ever write what is expected: the turn is unmet, and
the input ends, so that the program can end by itself and show what it has. It ends behind the last turn, too.

Nobody echoes what is typed, not at a terminal either: what that shows is what the guest writes.
"""

from __future__ import annotations

from collections.abc import Sequence

from vm.grade.lab import Turn
from vm.grade.regexes import Regex
from vm.kernel.ports import CHUNK, Capture, Output, TerminalPort, twin_of_output
from vm.kernel.screen import Screen

LATEST = 1024
"""Bytes before those that are new to it, in which what is expected may begin: a match has at most so many before its
last piece was written. So a program that writes a byte at a time is not read from the start each time."""
NOTHING = -1
"""How much has been searched where not even nothing has."""
CONTEXT = 8
"""Bytes before them that are kept, so that none of those is taken for the first one."""


class Dialogue:
    """The input of a machine, and its ``output`` and ``errors``, whose data it keeps up to ``limit`` bytes each.

    With ``is_terminal`` the three are one terminal, and what that shows is the output's data. See
    :class:`vm.kernel.ports.Input`. WrongRegex for a turn that expects what cannot be read.
    """

    is_live = True

    def __init__(self, turns: Sequence[Turn], limit: int, *, is_terminal: bool = False) -> None:
        sinks = [Screen(limit) if is_terminal else Capture(limit) for _ in range(2)]
        self._begin(tuple(turns), *sinks)

    def _begin(self, turns: tuple[Turn, ...], output: Output, errors: Output) -> None:
        self._turns = turns
        self._expected = [Regex(turn.expect) if turn.expect else None for turn in turns]
        for regex in self._expected:
            if regex is not None:
                regex.check()
        self.output = Heard(self, output)
        self.errors = Heard(self, errors)
        self.terminal: TerminalPort | None = self.output.terminal
        self.pauses = False
        self.consumed = 0
        self._next = 0
        self._line = b""
        self._is_unread = False
        self._is_over = False
        self._given_up: int | None = None
        self._heard = bytearray()
        self._start = 0
        self._searched = NOTHING
        self._twins: dict[Heard, Heard] = {}

    @property
    def unmet(self) -> int | None:
        """The first turn, from 0, that did not come to its end; None where all did. It is asked when the run is over.

        It did not where what it expects has not been written, or where not a byte of what it typed has been read.
        """
        if self._given_up is not None:
            return self._given_up
        if self._is_unread:
            return self._next - 1
        heard, start = bytes(self._heard), self._start
        for index in range(self._next, len(self._turns)):
            regex, turn = self._expected[index], self._turns[index]
            found = regex.search(heard, start) if regex is not None else (0, 0)
            if found is None or (turn.send and not self._is_over):
                return index
            if regex is not None:
                heard, start = heard[found[1] :], 0
        return None

    def hear(self, data: bytes) -> None:
        """Take note of what the guest writes."""
        self._heard += data

    # --- the input ------------------------------------------------------------------------------------------------

    def peek(self, size: int) -> bytes | None:
        """Return what has been typed and not been read, at most a line; empty at the end, None before it is typed."""
        while not self._line and not self._is_over and self._next < len(self._turns):
            if not self._is_met():
                return None
            turn = self._turns[self._next]
            self._next += 1
            self._line, self._is_unread, self._is_over = turn.send, bool(turn.send), turn.ends
        return self._line[: min(size, self._line.find(b"\n") + 1 or size)]

    def _is_met(self) -> bool:
        """Whether the next turn is to be typed. Nothing is searched twice, but for the latest bytes."""
        regex, heard = self._expected[self._next], self._heard
        if regex is None:
            return True
        if self._searched == len(heard):
            return False
        found = regex.search(bytes(heard), max(self._start, self._searched - LATEST))
        if found is not None:
            del heard[: found[1]]
            self._start, self._searched = 0, NOTHING
            return True
        self._searched = len(heard)
        old = self._searched - LATEST - CONTEXT
        if old > 0:
            del heard[:old]
            self._start, self._searched = CONTEXT, self._searched - old
        return False

    def advance(self, size: int) -> None:
        """Consume bytes; behind a line there is a pause."""
        self.pauses = self._line[size - 1 : size] == b"\n"
        self._line = self._line[size:]
        self._is_unread = self._is_unread and not size
        self.consumed += size

    def wait(self, seconds: float | None) -> None:
        """Nothing of the host's is waited for."""

    def pass_time(self, idle: int | None) -> int:
        """Let the guest's time pass; the input ends if that changes nothing."""
        if idle is None and not self._is_over:
            self._given_up, self._is_over = self._next, True
        return idle or 0

    def forget(self) -> None:
        """Throw away what has been typed and not been read."""
        self.consumed += len(self._line)
        self._line = b""

    @property
    def held(self) -> int:
        """Bytes that the next read gets at most."""
        return len(self.peek(len(self._line) or CHUNK) or b"")

    def twin(self) -> Dialogue:
        """Return the same dialogue, as far as it has come, with outputs that have what was written so far.

        They are the twins of these outputs, which the console of a copied machine asks for next.
        """
        twin = Dialogue.__new__(Dialogue)
        twin._begin(self._turns, twin_of_output(self.output.sink), twin_of_output(self.errors.sink))
        for name in (
            "pauses",
            "consumed",
            "_next",
            "_line",
            "_is_unread",
            "_is_over",
            "_given_up",
            "_start",
            "_searched",
        ):
            setattr(twin, name, getattr(self, name))
        twin._heard += self._heard
        self._twins = {self.output: twin.output, self.errors: twin.errors}
        return twin

    def twin_of(self, output: Heard) -> Output:
        """Return what an output is in the copy that was made last; what it has kept where that has one already."""
        return self._twins.pop(output, None) or twin_of_output(output.sink)


class Heard:
    """An output whose dialogue hears what is written to it."""

    def __init__(self, dialogue: Dialogue, sink: Output) -> None:
        self._dialogue = dialogue
        self.sink = sink
        self.terminal: TerminalPort | None = getattr(sink, "terminal", None)

    def write(self, data: bytes) -> None:
        """Write all of ``data``. Raises what the sink does."""
        self.sink.write(data)
        self._dialogue.hear(data)

    @property
    def data(self) -> bytes:
        """What was written."""
        return bytes(getattr(self.sink, "data", b""))

    def twin(self) -> Output:
        """Return the output of a copied machine, which the copy of the dialogue hears."""
        return self._dialogue.twin_of(self)
