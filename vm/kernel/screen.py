"""The screen of a terminal that nobody sits at: what is written to it is kept."""

from __future__ import annotations

from vm.abi.structures import Winsize
from vm.kernel.ports import DEFAULT_TERMIOS, Capture, KeptTerminal, TerminalPort

WINDOW = Winsize.pack(ws_row=24, ws_col=80)
"""A terminal's size where nothing is known of one."""


class Screen(Capture):
    """A standard output or error that is a terminal to the guest, kept in memory up to ``limit`` bytes.

    Where both are one, what is written to either is kept by the output (:class:`~vm.kernel.files.terminal.Console`).
    """

    def __init__(self, limit: int, terminal: TerminalPort | None = None) -> None:
        super().__init__(limit)
        self.terminal = terminal or KeptTerminal(DEFAULT_TERMIOS, WINDOW)

    def twin(self) -> Screen:
        """Return what was kept, to go on from, at a terminal with the same settings."""
        twin = Screen(self._limit, self.terminal.twin())
        twin.data += self.data
        return twin
