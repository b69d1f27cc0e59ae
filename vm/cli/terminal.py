"""Keys at the terminal that send signals: they belong to the guest while it runs."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

from vm.abi import Signal
from vm.cli.ending import Ended
from vm.cli.hostfault import tell_host_faults

if TYPE_CHECKING:
    from vm.kernel.kernel import Kernel

ENDING = (
    signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGVTALRM,
    signal.SIGPROF, signal.SIGXCPU,
)  # fmt: skip
"""What ends a program that does not know better, and can be caught."""


class TerminalSignals:
    """Hands signals of the host on to a guest; made by :func:`terminal_signals`.

    ``waker`` is a descriptor that can be read after a signal, and after :meth:`wake`, so that waiting for input ends.
    """

    def __init__(self, waker: int, writer: int) -> None:
        self.waker = waker
        self._writer = writer
        self._kernel: Kernel | None = None
        self._is_interrupted = False
        self._replaced: dict[int, signal._HANDLER] = {}

    def wake(self) -> None:
        """Let a wait for input end. May be called from another thread."""
        with suppress(BlockingIOError):  # it ends anyway
            os.write(self._writer, b"\0")

    def send_to(self, kernel: Kernel, send: Callable[[int], None] | None = None) -> None:
        """From now on interrupts go to the guest's foreground process group; where there is a terminal, stops, too.

        ``send`` sends them, where ``kernel`` is not the machine all the time.
        """
        self._kernel, self._send = kernel, send or kernel.signal_from_terminal
        numbers = [signal.SIGINT]
        if os.isatty(0):
            numbers += [signal.SIGTSTP, signal.SIGWINCH]
            kernel.host.keys = self
            self._replaced[signal.SIGCONT] = signal.signal(signal.SIGCONT, self._go_on)
        for number in numbers:
            if signal.getsignal(number) != signal.SIG_IGN:
                self._replaced[number] = signal.signal(number, self._hand_on)

    def _hand_on(self, number: int, frame: FrameType | None) -> None:
        self._is_interrupted |= number == signal.SIGINT
        self._send(Signal[signal.Signals(number).name])

    def _go_on(self, number: int, frame: FrameType | None) -> None:
        """The shell lets us go on: the terminal is the guest's again, if we are in the foreground."""
        assert self._kernel is not None
        if self._kernel.system.terminal is not None:
            self._kernel.system.terminal.host.resume()

    def end_as(self, ended_by: int | None) -> None:
        """End the command by the interrupt if that is the signal that ended the guest's program (:class:`Ended`)."""
        if self._is_interrupted and ended_by == signal.SIGINT:
            raise Ended(signal.SIGINT)

    def wait(self, seconds: float | None) -> None:
        """Wait for a signal."""
        from vm.kernel.ports import wait_for

        if wait_for(self.waker, select.POLLIN, seconds):
            os.read(self.waker, 4096)

    def stop_machine(self) -> None:
        """Stop, until the shell lets us go on; it finds the terminal as it was."""
        if self._kernel is not None and self._kernel.system.terminal is not None:
            self._kernel.system.terminal.host.suspend()
        os.kill(os.getpid(), signal.SIGSTOP)

    def restore(self) -> None:
        """Signals do again what they did."""
        for number, handler in self._replaced.items():
            signal.signal(number, handler)


@contextmanager
def given_back(kernel: Kernel) -> Iterator[None]:
    """Signals that end us give the guest's terminal back before they do, so that nobody finds it raw."""
    terminal, replaced = kernel.system.terminal, {}

    def end(number: int, frame: FrameType | None) -> None:
        assert terminal is not None
        terminal.host.restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    if terminal is not None:
        tell_host_faults(terminal.host.restore)
    for number in ENDING if terminal is not None else ():
        if signal.getsignal(number) == signal.SIG_DFL:
            replaced[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)


@contextmanager
def terminal_signals() -> Iterator[TerminalSignals]:
    """Signals can be handed on inside, and do afterwards what they did before."""
    waker, writer = os.pipe()
    os.set_blocking(writer, False)
    former = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signals = TerminalSignals(waker, writer)
    try:
        yield signals
    finally:
        signals.restore()
        signal.set_wakeup_fd(former)
        os.close(waker)
        os.close(writer)
