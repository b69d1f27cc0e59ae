"""Processes of this computer as workers."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import active_children, get_context
from multiprocessing.process import BaseProcess
from typing import Any

from vm.many.pool import Pool
from vm.many.worker import begin

TASKS_EACH = 500
"""Tasks after which a process is replaced."""


class _Executor(ProcessPoolExecutor):
    """So many processes, which start when they are needed, and end with who has started them, however that ends."""

    def __init__(self, jobs: int) -> None:
        context = get_context("spawn")
        self._jobs = jobs
        self._theirs, self._ours = context.Pipe(duplex=False)
        self.processes: list[BaseProcess] = []
        super().__init__(jobs, context, begin, (self._theirs,))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a function called; nobody interrupts a process before it can ignore that."""
        if len(self.processes) == self._jobs:
            return _apart(super().submit(fn, *args, **kwargs))
        before = set(active_children())
        held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return _apart(super().submit(fn, *args, **kwargs))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
            self.processes += set(active_children()) - before

    def end(self) -> None:
        """End the processes, whatever they do."""
        self._ours.close()
        self.shutdown(cancel_futures=True)
        self._theirs.close()


def _apart(inner: Future[Any]) -> Future[Any]:
    """A future of what ``inner`` comes to. Cancelling it does not cancel that: the library's thread ends with an error
    where a process dies while a cancelled call waits (Python 3.11).
    """
    outer: Future[Any] = Future()
    inner.add_done_callback(partial(_pass_on, outer))
    return outer


def _pass_on(outer: Future[Any], inner: Future[Any]) -> None:
    if not outer.set_running_or_notify_cancel():
        return
    error = CancelledError() if inner.cancelled() else inner.exception()
    if error is not None:
        outer.set_exception(error)
    else:
        outer.set_result(inner.result())


class Processes(Pool):
    """Processes of this computer. One that dies takes all with it."""

    fatal = 2
    executor: _Executor

    def __init__(self, jobs: int, tasks_each: int | None = TASKS_EACH) -> None:
        self.workers = jobs
        self.tasks_each = tasks_each
        self.executor = _Executor(jobs)
        self._signal: int | None = None

    def is_death(self, error: BaseException) -> bool:
        """Whether this is what comes of all tasks when a process has died."""
        return isinstance(error, BrokenProcessPool)

    def signal(self) -> int | None:
        """The signal by which the process died that died first, when the workers were renewed the last time."""
        return self._signal

    def renew(self) -> None:
        """Replace all processes."""
        self.executor.end()
        codes = [each.exitcode or 0 for each in self.executor.processes]
        self._signal = next((-code for code in codes if code < 0 and -code != signal.SIGTERM), None)
        self.executor = _Executor(self.workers)


@contextmanager
def processes(jobs: int) -> Iterator[Processes]:
    """Give a pool with so many processes, which start when they are needed, and have ended behind this."""
    pool = Processes(jobs)
    try:
        yield pool
    finally:
        pool.executor.end()
