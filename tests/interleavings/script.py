"""What the threads of actors.c are told, and random programs of it that end whatever the schedule.

A program is made in an order in which it could run: a thread is told to wait only for what another was told before.
It has no other orders that block: a semaphore, a signal and a barrier have one waiting thread or fixed parties, what is
counted only grows, mutexes are locked in the order of their numbers, and nothing waits under a mutex.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

THREADS, MUTEXES, TOKENS, BARRIERS, CELLS = 16, 6, 24, 4, 8
HANDLED, SIGNALS = 8, 12
"""Signals below HANDLED are received, the others have a handler; the last is not queued."""
GROUP = 7
"""The signal that is received from the group's queue, by one thread."""
PERMITS, LOOSE = range(16, 20), range(20, 24)
"""Semaphores that are taken and given back, and those on which no thread waits for good. Below: one for each thread."""

What = IntEnum(
    "What",
    "LOCK UNLOCK UPDATE POST TAKE TRY MEET COUNT AWAIT START JOIN SEND RAISE RECEIVE MASK FORK VFORK YIELD SPIN NAP"
    " SLEEP_ON CANCEL END HANDLER",
    start=0,
)
Kind = IntEnum("Kind", "STATES COMMON INHERITING TICKETS ROBUST PLAIN", start=0)
Ending = IntEnum("Ending", "JOINED LAST_ONE EXIT_GROUP TERMINATED KILLED EXECUTED FAULTED", start=0)
How = IntEnum(
    "How", "LEAVES LEAVES_BY_CALL WAITS_FOR_WORD WAITS_FOR_SIGNAL WAITS_FOR_ONE_SIGNAL WAITS_FOR_BYTES REPORTS", start=0
)

STATUS = {
    Ending.JOINED: 0, Ending.LAST_ONE: 0, Ending.EXIT_GROUP: 7, Ending.TERMINATED: 143, Ending.KILLED: 137,
    Ending.EXECUTED: 3, Ending.FAULTED: 139,
}  # fmt: skip
"""How a program ends, as a shell shows it."""

WITH_A_THREAD = 1
"""How a forked child adds one to the cell that it ends with."""

Action = tuple[What, int, int, int]


@dataclass
class Script:
    """A program: ``lasting`` threads that stay until its end, and others; what each thread does."""

    lasting: int
    ending: Ending
    kinds: list[Kind]
    tokens: list[int]
    parties: list[int]
    parts: list[list[Action]] = field(default_factory=lambda: [[] for _ in range(THREADS)])

    def encode(self) -> bytes:
        """As actors.c reads it."""
        lengths = [len(part) for part in self.parts]
        head = [self.lasting, self.ending, *self.kinds, *self.tokens, *self.parties, *lengths]
        return bytes(head) + b"".join(struct.pack("4B", *action) for part in self.parts for action in part)


class Writer:
    """Writes one random program of about ``steps`` steps."""

    def __init__(self, chance: random.Random, steps: int) -> None:
        lasting = chance.randint(2, 6)
        self.chance = chance
        self.parties = [chance.sample(range(lasting), chance.randint(2, lasting)) for _ in range(BARRIERS)]
        self.parties[0] = list(range(lasting))
        tokens = [0] * 16 + [chance.randint(1, 3) for _ in PERMITS] + [chance.randint(0, 2) for _ in LOOSE]
        self.script = Script(
            lasting, chance.choice(list(Ending)), [chance.choice(list(Kind)) for _ in range(MUTEXES)], tokens,
            [len(threads) for threads in self.parties],
        )  # fmt: skip
        self.counts = [0] * CELLS
        self.value = 0
        self.receiver = chance.randrange(lasting)
        self.short = lasting
        self.joinable: list[int] = []
        for thread in range(1, lasting):
            self.tell(0, What.START, thread)
        self.meet(0)
        for _ in range(steps):
            chance.choices([step for step, _ in STEPS], [weight for _, weight in STEPS])[0](self)
        self.finish()

    def tell(self, thread: int, what: What, a: int = 0, b: int = 0, c: int = 0) -> None:
        self.script.parts[thread].append((what, a, b, c))

    def anyone(self) -> int:
        return self.chance.randrange(self.script.lasting)

    def next_value(self) -> int:
        self.value = (self.value + 1) % 256
        return self.value

    # --- what one thread does ---------------------------------------------------------------------------------------

    def section(self, thread: int) -> None:
        """Locks, what is done under them, and unlocks in any order; perhaps with a permit."""
        chance = self.chance
        permit = chance.choice(PERMITS) if chance.random() < 0.3 else None
        if permit:
            self.tell(thread, What.TAKE, permit)
        locks = sorted(chance.sample(range(MUTEXES), chance.choice([1, 1, 1, 2, 3])))
        for mutex in locks:
            self.tell(thread, What.LOCK, mutex)
            self.under(thread, mutex)
        chance.shuffle(locks)
        for mutex in locks:
            self.under(thread, mutex)
            self.tell(thread, What.UNLOCK, mutex)
        if permit:
            self.tell(thread, What.POST, permit)

    def under(self, thread: int, mutex: int) -> None:
        """Something under a mutex."""
        for _ in range(self.chance.randint(0, 2)):
            self.tell(thread, What.UPDATE, mutex, self.chance.randrange(256))
        choice = self.chance.random()
        if choice < 0.1:
            self.tell(thread, What.FORK, mutex, self.chance.randrange(3))
        elif choice < 0.15:
            self.tell(thread, What.VFORK, self.chance.randrange(96))
        elif choice < 0.3:
            self.pass_time(thread)

    def pass_time(self, thread: int) -> None:
        what = self.chance.choice([What.YIELD, What.SPIN, What.NAP])
        self.tell(thread, what, self.chance.randint(1, 60))

    def mask(self, thread: int) -> None:
        number = self.chance.choice([0, *range(HANDLED, SIGNALS)])
        self.tell(thread, What.MASK, self.chance.choice([0, 1, 1]), number)

    def loose(self, thread: int) -> None:
        token = self.chance.choice(LOOSE)
        if self.chance.random() < 0.4:
            self.tell(thread, What.POST, token)
        else:
            self.tell(thread, What.TRY, token, self.chance.randint(1, 100))

    def count(self, thread: int) -> None:
        counter = self.chance.randrange(CELLS)
        self.counts[counter] += 1
        self.tell(thread, What.COUNT, counter % MUTEXES, counter)

    def alone(self, thread: int) -> None:
        """Something that waits for nobody in particular."""
        deeds: list[Callable[[int], None]] = [self.section, self.section, self.mask, self.loose, self.count,
                                              self.pass_time]  # fmt: skip
        self.chance.choice(deeds)(thread)

    # --- steps ------------------------------------------------------------------------------------------------------

    def solo(self) -> None:
        self.alone(self.anyone())

    def hand_over(self) -> None:
        """A token, or a signal that is waited for, from one thread to another or itself."""
        giver, taker = self.anyone(), self.anyone()
        self.give(giver, taker)

    def give(self, giver: int, taker: int) -> None:
        if self.chance.random() < 0.5:
            self.tell(giver, What.POST, taker)
            self.tell(taker, What.TAKE, taker)
        else:
            number = self.chance.randrange(GROUP)
            self.tell(giver, What.SEND, taker, number, self.next_value())
            self.tell(taker, What.RECEIVE, number)

    def give_to_group(self) -> None:
        self.tell(self.anyone(), What.RAISE, GROUP, self.next_value())
        self.tell(self.receiver, What.RECEIVE, GROUP)

    def disturb(self) -> None:
        """A signal with a handler, to a thread or to the group."""
        number = self.chance.randrange(HANDLED, SIGNALS)
        if self.chance.random() < 0.5:
            self.tell(self.anyone(), What.SEND, self.anyone(), number, self.next_value())
        else:
            self.tell(self.anyone(), What.RAISE, number, self.next_value())

    def meet(self, barrier: int | None = None) -> None:
        barrier = self.chance.randrange(BARRIERS) if barrier is None else barrier
        for thread in self.parties[barrier]:
            self.tell(thread, What.MEET, barrier)

    def await_count(self) -> None:
        counter = self.chance.randrange(CELLS)
        least = self.chance.randint(0, self.counts[counter])
        self.tell(self.anyone(), What.AWAIT, counter % MUTEXES, counter, least)

    def start(self) -> None:
        """A thread that ends before the program does: by itself, with a robust mutex, or because it is cancelled."""
        if self.short == THREADS:
            return
        thread, creator = self.short, self.anyone()
        self.short += 1
        self.tell(creator, What.START, thread)
        for _ in range(self.chance.randint(0, 3)):
            self.alone(thread)
            if self.chance.random() < 0.4:
                self.give(creator, thread)
        robust = [mutex for mutex, kind in enumerate(self.script.kinds) if kind is Kind.ROBUST]
        if self.chance.random() < 0.4:
            self.tell(thread, What.SLEEP_ON)
            self.tell(self.anyone(), What.CANCEL, thread)
        else:
            if robust and self.chance.random() < 0.7:
                self.tell(thread, What.LOCK, self.chance.choice(robust))
            self.tell(thread, What.END, self.chance.choice([How.LEAVES, How.LEAVES_BY_CALL]))
        self.joinable.append(thread)

    def join(self) -> None:
        if self.joinable:
            thread = self.joinable.pop(self.chance.randrange(len(self.joinable)))
            self.tell(self.anyone(), What.JOIN, thread)

    def finish(self) -> None:
        """Everything is delivered and joined, then the program ends in its way."""
        while self.joinable:
            self.join()
        self.meet(0)
        for thread in range(self.script.lasting):
            self.tell(thread, What.MASK, 1)
        self.meet(0)
        self.leave()

    def leave(self) -> None:
        """Who reports does so when the others have nothing left to do but to leave or to wait."""
        lasting, ending = range(self.script.lasting), self.script.ending
        leaving, waiting = [How.LEAVES, How.LEAVES_BY_CALL], list(How)[How.WAITS_FOR_WORD : How.REPORTS]
        reporter = 0 if ending is Ending.JOINED else self.anyone()
        for thread in reversed(lasting):
            how = self.chance.choice(leaving if ending in (Ending.JOINED, Ending.LAST_ONE) else waiting)
            if ending is Ending.JOINED and thread == 0:
                for other in lasting[1:]:
                    self.tell(0, What.JOIN, other)
            if ending is Ending.LAST_ONE:
                how = How.LEAVES_BY_CALL if thread == 0 else how
            elif thread == reporter:
                how = How.REPORTS
                for _ in lasting[1:] if ending is not Ending.JOINED else ():
                    self.tell(thread, What.TAKE, thread)
            elif ending is not Ending.JOINED:
                self.tell(thread, What.POST, reporter)
            self.tell(thread, What.END, how)


STEPS: list[tuple[Callable[[Writer], None], int]] = [
    (Writer.solo, 8), (Writer.hand_over, 6), (Writer.give_to_group, 2), (Writer.disturb, 4), (Writer.meet, 2),
    (Writer.await_count, 3), (Writer.start, 3), (Writer.join, 2),
]  # fmt: skip


def random_script(seed: int, steps: int = 30) -> Script:
    """The program of this seed."""
    return Writer(random.Random(seed), steps).script
