"""Sets of semaphores, and the operations that are done on them all at once or not at all (semop(2), semctl(2)).

Who cannot go on leaves a request and waits. Whoever changes a semaphore does what others have requested as soon as it
can be done, in the order in which Linux does it, so that nobody who comes later is served before them. Source: Linux's
ipc/sem.c.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import ClassVar

from vm.abi import NANOSECONDS, Errno
from vm.abi.ipc import IPC_NOWAIT, SEM_UNDO, SEMAEM, SEMMNI, SEMMNS, SEMVMX, Sembuf
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import User
from vm.kernel.ipc.permissions import Identifiers, Owned
from vm.kernel.process.requests import Request
from vm.kernel.process.task import Task
from vm.kernel.process.undoing import Undoing
from vm.kernel.system import Part, System
from vm.values import dataclass

UNDONE_IN_ALL = 1 << 20
"""Semaphores for which all processes may note together what is to be undone; each counts for every process."""


@dataclass(slots=True, eq=False)
class Operations(Request):
    """The operations of one call, for process ``pid``; ``blocking`` is the index of the one that cannot be done."""

    _follow: ClassVar[tuple[str, ...]] = ("undoing",)

    operations: tuple[Sembuf, ...] = field(kw_only=True)
    pid: int = field(kw_only=True)
    undoing: Undoing | None = field(kw_only=True)
    blocking: int = 0

    @property
    def alters(self) -> bool:
        """True unless it only waits for zeros."""
        return any(operation.sem_op for operation in self.operations)

    @property
    def wants_undoing(self) -> bool:
        """True when some of it is to be undone at the end of the process."""
        return any(operation.sem_flg & SEM_UNDO for operation in self.operations)

    @property
    def blocker(self) -> Sembuf:
        """The operation that cannot be done."""
        return self.operations[self.blocking]


class SemaphoreSet(Owned):
    """Semaphores with their ``values``, and the ``pids`` of the processes that changed each last.

    ``adjustments``: what is to be added to each semaphore at the end of processes. ``operated`` and ``changed`` are
    times in seconds since 1970: of the last operation, 0 before any, and of the last change by semctl(2).
    """

    _follow: ClassVar[tuple[str, ...]] = ("values", "pids", "adjustments", "_system")

    def __init__(self, system: System, key: int, mode: int, who: User, count: int) -> None:
        super().__init__(key, mode, who)
        self.values = [0] * count
        self.pids = [0] * count
        self.adjustments: dict[Undoing, list[int]] = {}
        self.operated = 0
        self.changed = self._now(system)
        self._system = system

    @staticmethod
    def _now(system: System) -> int:
        return system.clock.time_of_day // NANOSECONDS

    @property
    def channel(self) -> tuple[object, ...]:
        """Where those wait who have requested something."""
        return ("semaphores", self.identifier)

    @property
    def waiting(self) -> list[Operations]:
        """What is requested, in the order in which it was."""
        return [request for _, request in self._waiting()]

    def _waiting(self) -> Iterator[tuple[Task, Operations]]:
        for task in self._system.scheduler.waiting(*self.channel):
            if isinstance(task.request, Operations):
                yield task, task.request

    def perform(self, request: Operations) -> bool:
        """Do what is requested, and what others have that can be done then. False when it has to wait.

        SystemCallError(EAGAIN) when it must not wait, ERANGE when a value would leave its range.
        """
        outcome = self._try(request)
        if outcome is None:
            return False
        if outcome:
            raise SystemCallError(Errno(-outcome))
        self.operated = self._now(self._system)
        if request.alters:
            self._serve(request.operations)
        return True

    def _try(self, request: Operations) -> int | None:
        """Do all the operations, 0; or none of them, and return None to wait or the error as -errno."""
        adjustments = self.adjustments.get(request.undoing) if request.undoing is not None else None
        values: dict[int, int] = {}
        undone: dict[int, int] = {}
        for index, (number, change, flags) in enumerate(request.operations):
            value = values.get(number, self.values[number])
            if value + change < 0 or (value and not change):
                request.blocking = index
                return -Errno.EAGAIN if flags & IPC_NOWAIT else None
            if value + change > SEMVMX:
                return -Errno.ERANGE
            values[number] = value + change
            if flags & SEM_UNDO and adjustments is not None:
                undone[number] = undone.get(number, adjustments[number]) - change
                if not -SEMAEM - 1 <= undone[number] <= SEMAEM:
                    return -Errno.ERANGE
        for number, value in values.items():
            self.values[number], self.pids[number] = value, request.pid
        for number, adjustment in undone.items():
            assert adjustments is not None
            adjustments[number] = adjustment
        return 0

    # --- those who wait ---------------------------------------------------------------------------------------------

    def serve(self, *, operated: bool = False) -> None:
        """Do what is requested that can be done now: any value may have changed, by an operation or otherwise."""
        if self._serve(None) or operated:
            self.operated = self._now(self._system)

    def _serve(self, done: Sequence[Sembuf] | None) -> bool:
        """Do what can be done after the operations ``done``; None when any value may have changed. True if anything.

        As Linux's do_smart_update: who waits for zeros is first. The others come in the order of their requests, but
        one semaphore after the other while nobody waits for several.
        """
        is_anything = self._serve_zeros(done)
        if any(len(request.operations) > 1 for request in self.waiting):
            return self._serve_in_order(None) or is_anything
        numbers: Sequence[int] = range(len(self.values))
        if done is not None:
            numbers = [operation.sem_num for operation in done if operation.sem_op > 0]
        wanted = {request.blocker.sem_num for request in self.waiting}
        for number in numbers:
            if number in wanted:
                is_anything |= self._serve_in_order(number)
        return is_anything

    def _serve_zeros(self, done: Sequence[Sembuf] | None) -> bool:
        """Do what waits for zeros alone: of one semaphore first, in the order of ``done``."""
        requests = [(task, request) for task, request in self._waiting() if not request.alters]
        if not requests:
            return False
        numbers = range(len(self.values)) if done is None else [operation.sem_num for operation in done]
        zeros = list(dict.fromkeys([number for number in numbers if not self.values[number]]))
        ordered = [
            each for number in zeros for each in requests
            if len(each[1].operations) == 1 and each[1].blocker.sem_num == number
        ]  # fmt: skip
        if zeros:
            ordered += [each for each in requests if len(each[1].operations) > 1]
        granted = [self._grant(task, request) for task, request in ordered]
        return any(granted)

    def _serve_in_order(self, number: int | None) -> bool:
        """Do what can be done of requests that alter semaphore ``number``, or any, from the first on after each."""

        def grant_first() -> bool:
            return any(
                request.alters and number in (None, request.blocker.sem_num) and self._grant(task, request)
                for task, request in self._waiting()
            )

        is_anything = grant_first()
        while is_anything and grant_first():
            pass
        return is_anything

    def _grant(self, task: Task, request: Operations) -> bool:
        """Let a request be done or fail, if it needs not wait on; True when it is done."""
        outcome = self._try(request)
        if outcome is not None:
            self._answer(task, request, outcome)
        if outcome == 0 and request.alters:
            self._serve_zeros(request.operations)
        return outcome == 0

    def _answer(self, task: Task, request: Operations, outcome: int) -> None:
        request.outcome = outcome
        self._system.scheduler.unblock(task, *self.channel)

    # --- semctl(2) and the end of processes ---------------------------------------------------------------------------

    def assign(self, values: dict[int, int], pid: int) -> None:
        """Give semaphores other values (SETVAL, SETALL); what was to be undone of them is not any more."""
        for number, value in values.items():
            self.values[number], self.pids[number] = value, pid
            for adjustments in self.adjustments.values():
                adjustments[number] = 0
        self.note_change()
        self.serve()

    def note_change(self) -> None:
        """It is changed now."""
        self.changed = self._now(self._system)

    def count_waiting(self, number: int, *, for_zero: bool) -> int:
        """Return how many wait for semaphore ``number`` to be zero, or to be more than it is."""
        blockers = [request.blocker for request in self.waiting]
        return sum(each.sem_num == number and (each.sem_op == 0) == for_zero for each in blockers)

    def undo(self, undoing: Undoing, pid: int) -> None:
        """Undo what a process did that has ended, as far as values allow; who waits can perhaps go on."""
        self._system.part(Semaphores).noted -= len(self.values)
        for number, adjustment in enumerate(self.adjustments.pop(undoing)):
            if adjustment:
                self.values[number] = min(max(self.values[number] + adjustment, 0), SEMVMX)
                self.pids[number] = pid
        self.serve(operated=True)

    def remove(self) -> None:
        """Let all who wait fail with EIDRM; nothing is undone at the end of processes."""
        for undoing in self.adjustments:
            undoing.forget(self)
        self.adjustments.clear()
        for task, request in list(self._waiting()):
            self._answer(task, request, -Errno.EIDRM)


class Semaphores(Part):
    """All sets of a machine, with ``count`` semaphores in all. ``noted`` of them count for what is to be undone."""

    _follow: ClassVar[tuple[str, ...]] = ("sets",)

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.sets: Identifiers[SemaphoreSet] = Identifiers(SEMMNI)
        self.count = self.noted = 0

    def find_or_make(self, key: int, count: int, flags: int, who: User) -> int:
        """Return the identifier of a set (semget(2)). Raises SystemCallError."""

        def make() -> SemaphoreSet:
            if not count:
                raise SystemCallError(Errno.EINVAL)
            if self.count + count > SEMMNS:
                raise SystemCallError(Errno.ENOSPC)
            self.sets.demand_room()
            self.count += count
            return SemaphoreSet(self.system, key, flags, who, count)

        return self.sets.find_or_make(key, flags, who, make, lambda found: count <= len(found.values))

    def note_undoing(self, found: SemaphoreSet, undoing: Undoing) -> None:
        """Note that what is done to a set is undone at the end of processes. SystemCallError(ENOMEM) for too much."""
        if undoing not in found.adjustments:
            if self.noted + len(found.values) > UNDONE_IN_ALL:
                raise SystemCallError(Errno.ENOMEM)
            self.noted += len(found.values)
            found.adjustments[undoing] = [0] * len(found.values)
        undoing.note(found)

    def remove(self, gone: SemaphoreSet) -> None:
        """Remove a set (IPC_RMID)."""
        self.count -= len(gone.values)
        self.noted -= len(gone.values) * len(gone.adjustments)
        gone.remove()
        self.sets.remove(gone)
