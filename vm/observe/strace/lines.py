"""Lines of several processes in one stream: a call that another line comes between is finished in a line of its own."""

from __future__ import annotations

from collections.abc import Callable

Write = Callable[[str], None]


class Lines:
    """One stream of lines, each with ``prefix`` of its process before it, as ``strace -f`` writes them.

    A call that has been made is held back until it returns, or until something else has to be written.
    """

    def __init__(self, write: Write, prefix: Callable[[int, int], str]) -> None:
        self._write = write
        self._prefix = prefix
        self._held: tuple[int, int, str] | None = None

    def begin(self, pid: int, clock: int, head: str) -> None:
        """``pid`` has made a call: its line so far."""
        if self._held is not None:
            self.flush()
        self._held = (pid, clock, head)

    def end(self, pid: int, clock: int, name: str, tail: str) -> None:
        """The call of ``pid`` is over: the rest of its line."""
        held = self._held
        if held is not None and held[0] == pid:
            self._held = None
            self._write(f"{self._prefix(pid, held[1])}{held[2]}{tail}")
        else:
            self.say(pid, clock, f"<... {name} resumed>{tail}")

    def break_off(self, pid: int, clock: int, name: str) -> None:
        """The process has ended in its call."""
        is_held = self._held is not None and self._held[0] == pid
        self.end(pid, clock, name, " <unfinished ...>) = ?" if is_held else ") = ?")

    def say(self, pid: int, clock: int, text: str) -> None:
        """A line by itself."""
        if self._held is not None:
            self.flush()
        self._write(f"{self._prefix(pid, clock)}{text}")

    def flush(self) -> None:
        """Write what is held back: the call goes on."""
        if self._held is not None:
            pid, clock, head = self._held
            self._held = None
            self._write(f"{self._prefix(pid, clock)}{head} <unfinished ...>")
