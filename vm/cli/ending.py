"""The end of the command by a signal: it dies of it, as shells want to see, who then end a loop of theirs as well."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

_UNWINDING = (signal.SIGHUP, signal.SIGTERM)


class Ended(SystemExit):
    """A signal ends the command, when all that is under way has been given up: files, compilers, the terminal."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number

    def __reduce__(self) -> tuple[type[Ended], tuple[int]]:
        return Ended, (self.number,)


def listen() -> None:
    """Let SIGHUP and SIGTERM raise :class:`Ended`, and SIGINT KeyboardInterrupt, where they are not ignored."""
    for number in _UNWINDING:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _unwind)
    if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _unwind(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)  # a second one does not wait
    raise Ended(number)


def die(number: int) -> NoReturn:
    """End this process by a signal, with all output written."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
    os.kill(os.getpid(), number)
    os._exit(128 + number)
