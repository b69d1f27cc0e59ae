"""gdb as a process of ours that has the terminal, and the folder that it and the machine meet in."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import Any

PATIENCE = 5
"""Seconds that gdb has to end when it is told to."""
KEYS = (signal.SIGINT, signal.SIGQUIT)
"""What keys at the terminal send to gdb and us, and is for gdb alone."""
_SET_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG, prctl(2)."""


class Folder:
    """A folder that nobody else may look into. As a context it ends with the folder; it may be removed before."""

    def __enter__(self) -> Folder:
        self.path = tempfile.mkdtemp(prefix="forklore-gdb-")
        return self

    def write(self, name: str, text: str) -> str:
        """Write a file of it; return its path."""
        path = os.path.join(self.path, name)
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        return path

    def remove(self) -> None:
        """Remove it with all that it holds."""
        shutil.rmtree(self.path, ignore_errors=True)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.remove()


class Gdb:
    """A gdb that runs in the foreground of our terminal, where keys send signals to it alone.

    ``gone`` is a descriptor that can be read when it has ended. As a context it ends with gdb, if that has not by then,
    and with the terminal as it was.
    """

    def __init__(self, path: str, arguments: Sequence[str]) -> None:
        self._path, self._arguments = path, arguments
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Gdb:
        self._terminal = _settings_of_terminal()
        for number in KEYS:
            if signal.getsignal(number) != signal.SIG_IGN:  # a handler, since what is ignored stays so in gdb
                self._handlers[number] = signal.signal(number, _leave_to_gdb)
        self.gone, held = os.pipe()
        try:
            self._process = subprocess.Popen(
                [self._path, *self._arguments], pass_fds=[held], env=os.environ | {"DEBUGINFOD_URLS": ""},
                preexec_fn=_dying_with(os.getpid()),
            )  # fmt: skip
        except BaseException:
            os.close(self.gone)
            self._restore()
            raise
        finally:
            os.close(held)
        return self

    def wait(self) -> int:
        """Wait until it has ended; its exit status as a shell shows it."""
        code = self._process.wait()
        return code if code >= 0 else 128 - code

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for end in (self._process.terminate, self._process.kill):
            if self._process.poll() is not None:
                break
            end()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE)
        os.close(self.gone)
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self._terminal is not None and _is_in_foreground():
            with contextlib.suppress(termios.error):
                termios.tcsetattr(0, termios.TCSADRAIN, self._terminal)


def _leave_to_gdb(number: int, frame: FrameType | None) -> None:
    """Do nothing."""


def _settings_of_terminal() -> list[Any] | None:
    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None


def _is_in_foreground() -> bool:
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def _dying_with(parent: int) -> Callable[[], None] | None:
    """What a new process does so that it is terminated when we are killed, on Linux."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)

    def tie() -> None:
        library.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    return tie
