"""Orders of a class's steps in which processes end sooner, or later, than they were found to.

Runs of one class do the same, but what happens while something else is still going on differs: a child that its parent
has left behind, a process that has ended while nobody waited for it. For each end of a process there is an order in
which it comes as early as it can, before all that need not come before it, and one in which it comes as late as it can.
So for any end and any other step, if neither has to come first, both orders are among them. In two more all ends come
as early, and as late, as they can together.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from random import Random

from vm.grade.lab import Rule
from vm.outcomes.orders import STREAMS, Order, Outcome
from vm.values import dataclass

MOST = 32
"""Ends of a class that are put early and late at most."""
ENDS = frozenset({"exit", "exit_group", "death"})
"""Steps with which threads end."""


@dataclass(frozen=True, slots=True)
class Extensions:
    """Orders of the steps of a class, by their numbers; ``is_cut``: there were more ends than MOST."""

    sequences: tuple[tuple[int, ...], ...]
    is_cut: bool


def extensions(order: Order, rules: Sequence[Rule]) -> Extensions:
    """Return the order in which the class was found, and others if there are ``rules``."""
    found = tuple(range(len(order.steps)))
    if not rules or len({step.thread for step in order.steps}) < 2:
        return Extensions((found,), False)
    every, after = set(found), _after(order)
    ends = [number for number in found if order.steps[number].call in ENDS]
    firsts = [set(ends), every - set(ends)]
    for number in ends[:MOST]:
        firsts += [_before(order, number), every - _behind(after, number)]
    several = dict.fromkeys([found, *(_in_order(order, after, first) for first in firsts)])
    return Extensions(tuple(several), len(ends) > MOST)


def at_random(order: Order, rng: Random) -> tuple[int, ...]:
    """Return the steps in an order in which each that can be next is as likely as any other."""
    after, missing = _after(order), [len(step.links) for step in order.steps]
    ready = [number for number, count in enumerate(missing) if not count]
    made = []
    while ready:
        at = rng.randrange(len(ready))
        ready[at], ready[-1] = ready[-1], ready[at]
        made.append(ready.pop())
        for each in after[made[-1]]:
            missing[each] -= 1
            if not missing[each]:
                ready.append(each)
    return tuple(made)


def outcome_of(order: Order, sequence: Sequence[int]) -> Outcome:
    """Return what a run writes whose steps come in this sequence, and how it ends."""
    texts = dict.fromkeys(STREAMS, b"")
    for number in sequence:
        for written in order.steps[number].written:
            texts[written.stream] += written.data
    return Outcome(texts["terminal"], texts["output"], texts["errors"], order.end)


def _after(order: Order) -> list[list[int]]:
    """The steps that name each of them."""
    after: list[list[int]] = [[] for _ in order.steps]
    for number, step in enumerate(order.steps):
        for link in step.links:
            after[link.step].append(number)
    return after


def _in_order(order: Order, after: list[list[int]], first: set[int]) -> tuple[int, ...]:
    """All steps, the ``first`` before the others where they can be, else as they were found."""
    missing = [len(step.links) for step in order.steps]
    ready = [(number not in first, number) for number, count in enumerate(missing) if not count]
    heapify(ready)
    made = []
    while ready:
        _, number = heappop(ready)
        made.append(number)
        for each in after[number]:
            missing[each] -= 1
            if not missing[each]:
                heappush(ready, (each not in first, each))
    return tuple(made)


def _before(order: Order, number: int) -> set[int]:
    """The step, and all that has to come before it."""
    found, waiting = {number}, [number]
    while waiting:
        for link in order.steps[waiting.pop()].links:
            if link.step not in found:
                found.add(link.step)
                waiting.append(link.step)
    return found


def _behind(after: list[list[int]], number: int) -> set[int]:
    """The step, and all that has to come behind it."""
    found, waiting = {number}, [number]
    while waiting:
        for each in after[waiting.pop()]:
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found
