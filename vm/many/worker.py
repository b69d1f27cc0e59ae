"""A worker's side: what was sent to it once, one task at a time, and its end when nobody waits for it any more."""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from multiprocessing.connection import Connection
from threading import Event, Lock, Thread
from types import FrameType
from typing import Any, NoReturn

from vm.text import shortened
from vm.values import dataclass

GRACE = 2
"""Seconds in which a worker that is told to end gives up what it does: compilers, files."""
STATUS_TOLD = 128 + signal.SIGTERM
"""The exit status of a worker that was told to end."""
MESSAGE = 500
"""Letters of an error's text that are told."""

_busy = Event()
"""Set while a task is done, which is given up then by an exception."""
TURN = Lock()
"""Who has it works: tasks are not made to share a process, and a worker of a cluster may have several threads."""


class NotHere(Exception):
    """A parcel's content is not known here, and has to be sent along."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A value that is sent once: ``key`` stands for it where it is known. ``packed`` is None where it should be."""

    key: str
    packed: bytes | None

    @classmethod
    def of(cls, value: object) -> Parcel:
        """Pack a value. Raises what pickle does."""
        packed = pickle.dumps(value)
        return cls(sha256(packed).hexdigest(), packed)

    @property
    def mark(self) -> Parcel:
        """Only what stands for it."""
        return Parcel(self.key, None)

    def open(self) -> Any:
        """The value, which is known here from now on until another parcel is opened. Raises NotHere."""
        if self.key not in _opened:
            if self.packed is None:
                raise NotHere(self.key)
            _opened.clear()
            _opened[self.key] = pickle.loads(self.packed)
        return _opened[self.key]


_opened: dict[str, Any] = {}
"""The value of the parcel that was opened last."""


class _Told(SystemExit):
    """This process is told to end."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An error that a task ended with, as text: errors themselves do not always travel."""

    text: str
    traceback: str

    @classmethod
    def of(cls, error: BaseException) -> Raised:
        """Describe an error, whatever its own methods do."""
        import traceback

        try:
            text = shortened(f"{type(error).__name__}: {error}", MESSAGE)
        except Exception:
            text = type(error).__name__
        try:
            lines = "".join(traceback.format_exception(error))
        except Exception:
            lines = ""
        return cls(text, lines)


def work(
    function: Callable[[Any, Any], object], common: Parcel, task: bytes, seconds: float | None
) -> tuple[bytes, bool] | None:
    """Call ``function`` with what is in ``common`` and a pickled ``task``: what it returned, pickled, and True.

    An error is a pickled :class:`Raised`, and False. None where ``common`` has to be sent along. A task that takes more
    than ``seconds`` ends this process, by SIGALRM.
    """
    with TURN, _ended_after(seconds):
        try:
            _busy.set()
            return pickle.dumps(function(common.open(), pickle.loads(task))), True
        except NotHere:
            return None
        except _Told:
            _leave()
        except BaseException as error:
            return pickle.dumps(Raised.of(error)), False
        finally:
            _busy.clear()


@contextmanager
def _ended_after(seconds: float | None) -> Iterator[None]:
    if seconds is None:
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def begin(lifeline: Connection) -> None:
    """Make this process a worker: it ends when the other end of ``lifeline`` is closed, whoever does that.

    Control-C is for who has started it, who ends it then.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, _tell)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGALRM, signal.SIGTERM})
    Thread(target=_watch, args=(lifeline,), daemon=True).start()


def _tell(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # what is given up now is given up in peace
    if not _busy.is_set():
        _leave()
    raise _Told(STATUS_TOLD)


def _watch(lifeline: Connection) -> None:
    with contextlib.suppress(OSError):
        lifeline.poll(None)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)


def _leave() -> NoReturn:
    """End this process at once, but in order."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.raise_signal(signal.SIGTERM)
    raise _Told(STATUS_TOLD)
