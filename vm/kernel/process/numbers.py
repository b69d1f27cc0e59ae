"""The numbers of processes and threads: one after another, or by a plan that names them by their descent."""

from __future__ import annotations

from collections.abc import Mapping

from vm.copying import Copier

FIRST = 3
"""The first number that a plan may give: 1 is the reaper's, and 2 the first program's."""
LIMIT = 1 << 22
"""What numbers of a plan are below: Linux's largest pid_max (proc_sys_kernel(5))."""
PROGRAM = (1,), 2
"""The descent and the number of the first program, which a plan may say, too."""
MADE_LIMIT = 100_000
"""How many numbers are remembered that were given out, besides those of the plan."""
DESCENT_LIMIT = 1 << 22
"""How long the descents may be together by which they are remembered: a family may have very many generations."""

Plan = Mapping[tuple[int, ...], int]


def check_plan(plan: Plan) -> None:
    """Raise ValueError for a plan that no run can have: two with one number, or a number that is nobody's to have."""
    owners: dict[int, tuple[int, ...]] = {}
    for descent, number in plan.items():
        if (other := owners.setdefault(number, descent)) != descent:
            raise ValueError(f"{told(other)} and {told(descent)} cannot both have the number {number}")
        if (descent, number) != PROGRAM and (descent == PROGRAM[0] or not FIRST <= number < LIMIT):
            raise ValueError(f"{told(descent)} cannot have the number {number}")


def told(descent: tuple[int, ...]) -> str:
    """Return a descent as text: "1.2" is the second child of the first program."""
    return ".".join(map(str, descent))


class Numbers:
    """Gives numbers to processes and threads, each once.

    ``plan`` says which of them, by descent, get which number; the others get the next one that is not in it. ``made``
    tells which numbers were given so far, at least the first MADE_LIMIT of them whose descents have no more than
    DESCENT_LIMIT entries together. ``next`` is the next one.
    """

    def __init__(self) -> None:
        self.next = 1
        self.plan: dict[tuple[int, ...], int] = {}
        self.made: dict[tuple[int, ...], int] = {}
        self._remembered = 0
        self._reserved: frozenset[int] = frozenset()

    def copied_by(self, copier: Copier) -> Numbers:
        """Return the same numbers, for a copied machine."""
        twin = Numbers()
        twin.next, twin._reserved = self.next, self._reserved
        twin.plan, twin.made, twin._remembered = self.plan.copy(), self.made.copy(), self._remembered
        return twin

    def give(self, descent: tuple[int, ...]) -> int:
        """Return the number of a process or thread that comes into being."""
        number = self.plan.get(descent)
        if number is None:
            while self.next in self._reserved:
                self.next += 1
            number = self.next
            self.next += 1
            if len(self.made) >= MADE_LIMIT or self._remembered + len(descent) > DESCENT_LIMIT:
                return number
            self._remembered += len(descent)
        self.made[descent] = number
        return number

    def add(self, plan: Plan) -> None:
        """Plan further numbers.

        Raises ValueError, and changes nothing, for a number that is or will be another's, and for another number of
        what has one.
        """
        whole = {**self.plan, **plan}
        check_plan(whole)
        for descent, number in plan.items():
            known = self.made.get(descent, self.plan.get(descent, number))
            if known != number:
                raise ValueError(f"{told(descent)} has the number {known}, and cannot have {number}")
            if number < self.next and number not in self._reserved and self.made.get(descent) != number:
                raise ValueError(f"{told(descent)} cannot have the number {number}: it is another's")
        self.plan, self._reserved = whole, frozenset(whole.values())

    def to_come(self) -> list[object]:
        """Return what of the plan decides about numbers that are still to be given; empty when nothing does."""
        planned = sorted(item for item in self.plan.items() if item[0] not in self.made)
        skipped = sorted(number for number in self._reserved if number >= self.next)
        return [*planned, *skipped]
