"""What a pool of workers is, whoever has them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class PoolFailed(Exception):
    """There is nobody (left) who could do the work; the text says why, and what to do."""


class Pool(ABC):
    """Workers that have an executor, which is another one after :meth:`renew`.

    ``workers``: how many tasks they do at once. ``tasks_each``: after so many a worker is replaced, whose memory may
    have grown; None for never. ``fatal``: a task whose worker has died so often, with nothing else under way, is not
    tried again.
    """

    executor: Executor
    workers: int
    tasks_each: int | None = None
    fatal: int = 1

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have a function called. Raises PoolFailed, and RuntimeError where the executor has to be renewed."""
        return self.executor.submit(function, *arguments)

    @abstractmethod
    def is_death(self, error: BaseException) -> bool:
        """Whether this is what comes of a task whose worker has died."""

    @abstractmethod
    def signal(self) -> int | None:
        """The signal by which a worker has died; None where that is not known, or it was none."""

    @abstractmethod
    def renew(self) -> None:
        """Replace all workers, or those that have died."""

    def check(self) -> None:  # noqa: B027 - who has started the workers knows of them
        """Look whether somebody still works. Raises PoolFailed."""
