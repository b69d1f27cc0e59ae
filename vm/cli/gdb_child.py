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
from collections.abc import Callable, Iterable, Sequence
from types import FrameType, TracebackType
from typing import Any

from vm.debug.address import LONGEST_PATH

PATIENCE = 5.0
"""Seconds that gdb has to end when it is told to."""
PREFIX = "forklore-"
"""How the names of such folders begin, before the number of the process whose they are."""
MOST_BEHIND = 40
"""Bytes for the name of such a folder, and of a socket in it."""
KEYS = (signal.SIGINT, signal.SIGQUIT)
"""What keys at the terminal send to gdb and us, and is for gdb alone."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What may end us."""
_SET_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG, prctl(2)."""


class Folder:
    """A folder that nobody else may look into. As a context it ends with the folder, and those of who was killed.

    It is among the temporary files, or in ``/tmp`` where the path of a Unix socket would be too long there.
    """

    def __enter__(self) -> Folder:
        place = tempfile.gettempdir()
        if len(os.fsencode(place)) > LONGEST_PATH - MOST_BEHIND:
            place = "/tmp"
        for name in os.listdir(place):
            owner = name.removeprefix(PREFIX).partition("-")[0]
            if name.startswith(PREFIX) and owner.isdecimal() and not os.path.exists(f"/proc/{owner}"):
                shutil.rmtree(os.path.join(place, name), ignore_errors=True)  # none of another user's
        self.path = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place)
        return self

    def named(self, name: str) -> str:
        """Return the path of a file in it."""
        return os.path.join(self.path, name)

    def write(self, name: str, text: str) -> str:
        """Write a file; return its path."""
        path = self.named(name)
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
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Gdb:
        self._terminal = _settings_of_terminal()
        for number in KEYS:
            if signal.getsignal(number) != signal.SIG_IGN:  # a handler, since what is ignored stays so in gdb
                self._handlers[number] = signal.signal(number, _leave_to_gdb)
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # or nobody knows of a gdb that has just begun
        try:
            self._start(unblocked)
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        except BaseException:
            self._end()
            raise
        return self

    def _start(self, unblocked: Iterable[int]) -> None:
        self.gone, held = os.pipe()
        try:
            self._process = subprocess.Popen(
                [self._path, *self._arguments], pass_fds=[held], env=os.environ | {"DEBUGINFOD_URLS": ""},
                preexec_fn=_beginning(os.getpid(), unblocked),
            )  # fmt: skip
        finally:
            os.close(held)

    @property
    def has_ended(self) -> bool:
        """Whether it is there no more."""
        return self._process is None or self._process.poll() is not None

    def wait(self) -> int:
        """Wait until it has ended; its exit status as a shell shows it."""
        assert self._process is not None, "it has not begun"
        code = self._process.wait()
        return code if code >= 0 else 128 - code

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        process = self._process
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process is None or process.poll() is not None:
                break
            process.send_signal(number)
            process.send_signal(signal.SIGCONT)  # the stop key may have stopped it
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
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


def _beginning(parent: int, unblocked: Iterable[int]) -> Callable[[], None]:
    """What a new process does first: it takes signals again, and on Linux it is terminated when we are killed."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None

    def begin() -> None:
        if library is not None:
            library.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    return begin
