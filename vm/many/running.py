"""Many tasks, done by a pool's workers: each once, as long as its worker lives; results come as they are there.

When a worker dies nobody knows which of the tasks under way has killed it. They are all done again, each alone: a task
that does it again then is lost, and the others are not.
"""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from enum import StrEnum
from signal import SIGALRM, Signals
from typing import Any, Generic, TypeVar

from vm.enums import quick
from vm.many.pool import Pool, PoolFailed
from vm.many.worker import Parcel, Raised, work
from vm.values import dataclass

LOOK = 5
"""Seconds after which somebody looks whether workers are left, where nothing comes."""
IN_FLIGHT = 2
"""Tasks that a worker has at most, the one that it does among them."""
MOST_REFUSED = 3
"""How often new workers may take nothing, one after the other."""

Common = TypeVar("Common")
Task = TypeVar("Task")
Result = TypeVar("Result")


@quick
class Why(StrEnum):
    """Why a task has no result: its worker died of it, it took too long, it raised an error."""

    DIED = "died"
    TIME = "time"
    RAISED = "raised"


@dataclass(frozen=True, slots=True)
class Lost:
    """A task without a result. ``text`` says what happened, in words that are the same wherever it did; ``details``
    are for who looks for the reason: the signal, where an error was raised.
    """

    why: Why
    text: str
    details: str = ""


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """What came of the ``index``-th task, from 0; ``lost`` is None where there is a ``result``."""

    index: int
    result: Result | None
    lost: Lost | None = None


def run_all(
    function: Callable[[Common, Task], Result],
    common: Common,
    tasks: Iterable[Task],
    pool: Pool,
    *,
    seconds: float | None = None,
    in_flight: int | None = None,
) -> Iterator[Done[Result]]:
    """Have ``function(common, task)`` called for each of ``tasks``, and give what comes, as it comes.

    ``function`` is one that pickle knows by its name; ``common`` is sent to a worker once. ``tasks`` are taken when
    there is somebody to do them: ``in_flight`` at once, by default twice as many as workers. A task that takes more
    than ``seconds`` is lost with its worker. Raises PoolFailed where nobody is left to work, and what pickle does where
    ``common`` or a task cannot be sent.
    """
    running = _Running(function, Parcel.of(common), pool, seconds)
    return running.all(enumerate(tasks), in_flight or IN_FLIGHT * pool.workers)


@dataclass(slots=True, eq=False)
class _Unit:
    """A task that is not finished. ``deaths``: how often its worker has died while nobody did anything else."""

    index: int
    task: bytes
    is_alone: bool = False
    deaths: int = 0
    began: float = 0


class _Running(Generic[Result]):
    """Tasks under way."""

    def __init__(
        self, function: Callable[[Any, Any], Result], common: Parcel, pool: Pool, seconds: float | None
    ) -> None:
        self._function = function
        self._common = common
        self._pool = pool
        self._seconds = seconds
        self._under_way: dict[Future[tuple[bytes, bool] | None], _Unit] = {}
        self._suspects: deque[_Unit] = deque()
        self._finished = 0
        self._refused = 0

    def all(self, tasks: Iterator[tuple[int, Any]], in_flight: int) -> Iterator[Done[Result]]:
        """Do them."""
        try:
            while self._fill(tasks, in_flight):
                done, _ = wait(self._under_way, LOOK, FIRST_COMPLETED)
                if not done:
                    self._pool.check()
                yield from self._take(done)
        finally:
            for future in self._under_way:
                future.cancel()

    def _fill(self, tasks: Iterator[tuple[int, Any]], in_flight: int) -> bool:
        """Send out what may be under way now; False if nothing is."""
        if self._suspects:
            if not self._under_way:
                unit = self._suspects.popleft()
                unit.is_alone = True
                self._send(unit, self._common)
            return True
        if any(unit.is_alone for unit in self._under_way.values()):
            return True
        if self._pool.tasks_each and self._finished >= self._pool.tasks_each * self._pool.workers:
            if self._under_way:
                return True
            self._renew()
        while len(self._under_way) < in_flight and not self._suspects:
            numbered = next(tasks, None)
            if numbered is None:
                break
            self._send(_Unit(numbered[0], pickle.dumps(numbered[1])), self._common.mark)
        return bool(self._under_way or self._suspects)

    def _send(self, unit: _Unit, common: Parcel) -> None:
        unit.began = time.monotonic()
        try:
            future = self._pool.submit(work, self._function, common, unit.task, self._seconds)
        except RuntimeError as error:  # the executor is broken, which what is under way will tell too
            self._suspects.append(unit)
            if not self._under_way:
                self._refused += 1
                if self._refused >= MOST_REFUSED:
                    raise PoolFailed(f"the workers take nothing: {error}") from error
                self._renew()
            return
        self._refused = 0
        self._under_way[future] = unit

    def _renew(self) -> None:
        self._pool.renew()
        self._finished = 0

    def _take(self, done: Iterable[Future[tuple[bytes, bool] | None]]) -> Iterator[Done[Result]]:
        """What has come; whose worker has died is done again, or lost."""
        dead: list[_Unit] = []
        came: list[Done[Result]] = []
        for future in done:
            unit = self._under_way.pop(future)
            try:
                found = future.result()
            except CancelledError:
                raise PoolFailed("the workers cannot be reached any more") from None
            except Exception as error:
                if not self._pool.is_death(error):
                    raise
                dead.append(unit)
                continue
            if found is None:
                self._send(unit, self._common)
            else:
                self._finished += 1
                came.append(_finished(unit.index, *found))
        if dead:
            came += self._bury(dead)
        yield from sorted(came, key=lambda each: each.index)

    def _bury(self, dead: list[_Unit]) -> list[Done[Result]]:
        """Replace the workers that have died; the tasks that are lost."""
        self._renew()
        lost: list[Done[Result]] = []
        for unit in sorted(dead, key=lambda each: each.index):
            unit.deaths += unit.is_alone
            if unit.deaths >= self._pool.fatal or (unit.is_alone and self._took_too_long(unit)):
                lost.append(Done(unit.index, None, self._cause(unit)))
            else:
                self._suspects.append(unit)
        return lost

    def _took_too_long(self, unit: _Unit) -> bool:
        number = self._pool.signal()
        took = time.monotonic() - unit.began
        return number == SIGALRM or (number is None and self._seconds is not None and took >= self._seconds)

    def _cause(self, unit: _Unit) -> Lost:
        if self._took_too_long(unit):
            return Lost(Why.TIME, f"it took more than {self._seconds:g} seconds")
        number = self._pool.signal()
        return Lost(Why.DIED, "the process that did it has died", f"killed by {Signals(number).name}" if number else "")


def _finished(index: int, packed: bytes, is_result: bool) -> Done[Any]:
    try:
        value = pickle.loads(packed)
    except Exception as error:
        value, is_result = Raised.of(error), False
    if is_result:
        return Done(index, value)
    return Done(index, None, Lost(Why.RAISED, value.text, value.traceback))
