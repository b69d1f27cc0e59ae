"""Runs of small programs on the machine, told in the words of the model that judges them."""

from __future__ import annotations

import random

from tests.oracle.every_schedule import Outcome
from tests.oracle.in_assembly import to_assembly
from tests.oracle.small_language import Body, Pid
from tests.oracle.small_world import FIRST, End
from vm import events
from vm.kernel.choice import Choice
from vm.machine import Machine

ONLY_AT_CALLS = 1_000_000
"""A quantum that no small program uses up: threads change where one makes a call, if the chooser says so."""
WAITS = {
    "data in pipe": "read",
    "room in pipe": "write",
    "its vfork child": "vfork",
    "the word at": "futex",
    "a lock that": "lock",
    "its sleep": "sleep",
    "any of its children": "wait",
    "child ": "wait",
    "a signal": "pause",
}
"""What the machine says of somebody who waits, by its beginning."""


class AtRandom:
    """Makes every choice at random, by a seed."""

    def __init__(self, seed: object) -> None:
        self.random = random.Random(str(seed))

    def choose(self, choice: Choice) -> int:
        return self.random.randrange(len(choice.options))


def wait_of(why: str) -> str:
    """Return the model's word for what a thread waits for."""
    return next((word for beginning, word in WAITS.items() if why.startswith(beginning)), why)


def run_at_random(program: Body, seed: object, quantum: int = ONLY_AT_CALLS) -> Outcome:
    """Run ``program`` once, with choices by ``seed``: what it writes, and how it ends."""
    machine = Machine(quantum=quantum, files={"/small.s": to_assembly(program).encode()})
    run = machine.boot("/small.s", chooser=AtRandom(seed), keep=False)
    names: dict[int, Pid] = {2: FIRST}
    births: dict[int, int] = {}

    def note_birth(event: events.Created) -> None:
        births[event.pid] = births.get(event.pid, 0) + 1
        names[event.child] = (*names[event.pid], births[event.pid])

    waits: list[tuple[int, str]] = []
    run.subscribe(events.Created, note_birth)
    run.subscribe(events.Stalled, lambda event: waits.extend(event.waits))
    result = run.finish()
    status = result.exit_code if result.signal is None else -result.signal
    return result.output, End(status, frozenset([(names[pid], wait_of(why)) for pid, why in waits]))
