"""What notes of actors.c may say: they are replayed one by one in plain Python, each must be possible when it comes.

The machine's order of events is taken from the notes, everything else is this model's: who holds a mutex, what a
semaphore holds, who has come to a barrier, which signals are pending and blocked, and what is in the cells.
"""

from __future__ import annotations

import struct
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import NamedTuple

from tests.interleavings.script import (
    CELLS,
    GROUP,
    HANDLED,
    SIGNALS,
    THREADS,
    WITH_A_THREAD,
    Ending,
    How,
    Script,
    What,
)

CANCELLED = 255
SILENT = {What.UPDATE, What.YIELD, What.SPIN, What.NAP}
"""Actions without a note."""
BEGINNINGS = {(What.MEET, 0), (What.AWAIT, 1)}
"""Notes of actions that go on: a thread has come to a barrier, or has met a mutex of one who has ended."""


class Note(NamedTuple):
    """Thread ``who`` has done its action number ``at``."""

    who: int
    at: int
    what: What
    result: int


def read_report(output: bytes) -> tuple[list[Note], list[int]]:
    """The notes, and the cells at the end."""
    (count,) = struct.unpack_from("<I", output)
    end = 4 + 4 * count
    assert len(output) == end + 4 * CELLS
    quadruples = struct.iter_unpack("4B", output[4:end])
    notes = [Note(who, at, What(what), result) for who, at, what, result in quadruples]
    return notes, list(struct.unpack_from(f"<{CELLS}I", output, end))


def write_report(notes: list[Note], cells: list[int]) -> bytes:
    """A report that says this."""
    return struct.pack("<I", len(notes)) + b"".join(bytes(note) for note in notes) + struct.pack(f"<{CELLS}I", *cells)


class Model:
    """The state between two notes."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.position = [0] * THREADS
        self.started, self.ended, self.cancelled = {0}, set[int](), set[int]()
        self.owners: dict[int, int] = {}
        self.orphans: set[int] = set()
        self.tokens = list(script.tokens)
        self.arrived = Counter[int]()
        self.entered: dict[int, int] = {}
        self.counters = Counter[int]()
        self.cells = [0] * CELLS
        self.queued: dict[tuple[int | None, int], list[tuple[int, int]]] = defaultdict(list)
        self.handled = Counter[int | None]()
        self.blocked = [set(range(HANDLED, SIGNALS)) for _ in range(THREADS)]

    def step(self, note: Note) -> None:
        """Take one note."""
        who, at, what, result = note
        assert who in self.started
        if what is What.HANDLER:
            return self.handler(who, result)
        assert who not in self.ended
        self.pass_silently(who, at)
        assert self.position[who] == at
        told, a, b, c = self.script.parts[who][at]
        assert told is what
        EFFECTS[what](self, who, a, b, c, result)
        if (what, result) not in BEGINNINGS:
            self.position[who] += 1
        return None

    def pass_silently(self, who: int, end: int) -> None:
        """What ``who`` did since its last note, up to its action number ``end``."""
        part = self.script.parts[who]
        while self.position[who] < end and part[self.position[who]][0] in SILENT:
            what, cell, number, _ = part[self.position[who]]
            if what is What.UPDATE:
                assert self.owners[cell] == who
                self.cells[cell] = (self.cells[cell] * 5 + number) % 2**32
            self.position[who] += 1

    def lock(self, who: int, mutex: int, _b: int, _c: int, result: int) -> None:
        self.meet_orphan(mutex, result)
        self.owners[mutex] = who

    def meet_orphan(self, mutex: int, result: int) -> None:
        """A free mutex is locked; 1 tells that it was held by one who has ended, which only the next one learns."""
        assert mutex not in self.owners
        assert result == (mutex in self.orphans)
        self.orphans.discard(mutex)

    def unlock(self, who: int, mutex: int, _b: int, _c: int, _result: int) -> None:
        assert self.owners.pop(mutex) == who

    def post(self, _who: int, token: int, _b: int, _c: int, _result: int) -> None:
        self.tokens[token] += 1

    def take(self, _who: int, token: int, _b: int, _c: int, _result: int) -> None:
        assert self.tokens[token] > 0
        self.tokens[token] -= 1

    def try_to_take(self, who: int, token: int, b: int, c: int, result: int) -> None:
        if result:
            self.take(who, token, b, c, result)

    def meet(self, who: int, barrier: int, _b: int, _c: int, result: int) -> None:
        parties = self.script.parties[barrier]
        if result == 0:
            self.entered[who] = self.arrived[barrier] // parties
            self.arrived[barrier] += 1
        else:
            assert self.arrived[barrier] >= (self.entered.pop(who) + 1) * parties

    def count(self, _who: int, mutex: int, counter: int, _c: int, result: int) -> None:
        self.meet_orphan(mutex, result)
        self.counters[counter] += 1

    def await_count(self, _who: int, mutex: int, counter: int, least: int, result: int) -> None:
        self.meet_orphan(mutex, result)
        assert result or self.counters[counter] >= least

    def start(self, _who: int, thread: int, _b: int, _c: int, _result: int) -> None:
        assert thread not in self.started
        self.started.add(thread)

    def join(self, _who: int, thread: int, _b: int, _c: int, result: int) -> None:
        if result == CANCELLED:
            assert thread in self.cancelled
            self.pass_silently(thread, THREADS * 256)
            assert self.script.parts[thread][self.position[thread]][0] is What.SLEEP_ON
            self.ended.add(thread)
        else:
            assert thread in self.ended
            assert result == 100 + thread

    def cancel(self, _who: int, thread: int, _b: int, _c: int, _result: int) -> None:
        assert thread in self.started
        self.cancelled.add(thread)

    def send(self, who: int, thread: int, number: int, value: int, _result: int) -> None:
        assert thread in self.started - self.ended
        self.queued[thread, number].append((who, value))

    def send_to_group(self, who: int, number: int, value: int, _c: int, _result: int) -> None:
        self.queued[None, number].append((who, value))

    def receive(self, who: int, number: int, _b: int, _c: int, result: int) -> None:
        """Of one sender, signals arrive in their order."""
        queue = self.queued[None if number == GROUP else who, number]
        first: dict[int, tuple[int, int]] = {}
        for entry in queue:
            first.setdefault(entry[0], entry)
        queue.remove(next(entry for entry in first.values() if entry[1] == result))

    def mask(self, who: int, is_unblocking: int, number: int, _c: int, _result: int) -> None:
        numbers = {number} if number else set(range(HANDLED, SIGNALS))
        self.blocked[who] = self.blocked[who] - numbers if is_unblocking else self.blocked[who] | numbers

    def handler(self, who: int, number: int) -> None:
        """A handler runs in ``who``, perhaps on its way out: for a signal of its own, or one of the group's."""
        assert number not in self.blocked[who]
        target = who if self.queued[who, number] else None
        if number == SIGNALS - 1:
            assert self.queued[who, number] or self.queued[None, number]
            self.handled[target] += 1
        else:
            self.queued[target, number].pop()

    def fork(self, who: int, cell: int, how: int, _c: int, result: int) -> None:
        self.pass_silently(who, self.position[who])
        assert self.owners[cell] == who
        assert result == (self.cells[cell] + (how == WITH_A_THREAD)) % 64

    def vfork(self, _who: int, code: int, _b: int, _c: int, result: int) -> None:
        assert result == code

    def end(self, who: int, _a: int, _b: int, _c: int, _result: int) -> None:
        self.ended.add(who)
        for mutex in [mutex for mutex, owner in self.owners.items() if owner == who]:
            del self.owners[mutex]
            self.orphans.add(mutex)

    def check_end(self, cells: list[int]) -> None:
        """Everything was done, and nothing is left."""
        assert self.cells == cells
        assert not self.owners
        assert not self.entered
        for thread, part in enumerate(self.script.parts):
            left = [what for what, *_ in part[self.position[thread] :]]
            last, how = part[-1][:2] if part else (None, 0)
            waits = last is What.SLEEP_ON or (last is What.END and How.WAITS_FOR_WORD <= how < How.REPORTS)
            assert left == ([last] if waits else [])
            assert not part or self.script.ending is not Ending.JOINED or thread in self.ended
        for (target, number), queue in self.queued.items():
            if number == SIGNALS - 1:
                assert bool(queue) <= (self.handled.total() > 0)
            else:
                assert not queue, f"signal {number} to {target} was lost"


EFFECTS: dict[What, Callable[[Model, int, int, int, int, int], None]] = {
    What.LOCK: Model.lock, What.UNLOCK: Model.unlock, What.POST: Model.post, What.TAKE: Model.take,
    What.TRY: Model.try_to_take, What.MEET: Model.meet, What.COUNT: Model.count, What.AWAIT: Model.await_count,
    What.START: Model.start, What.JOIN: Model.join, What.SEND: Model.send, What.RAISE: Model.send_to_group,
    What.RECEIVE: Model.receive, What.MASK: Model.mask, What.FORK: Model.fork, What.VFORK: Model.vfork,
    What.CANCEL: Model.cancel, What.END: Model.end,
}  # fmt: skip
"""What checks and applies an action of a thread with its three arguments, and the result that was noted."""


def replay(script: Script, output: bytes) -> None:
    """Take the whole report of a program. Raises AssertionError, which says at which note."""
    notes, cells = read_report(output)
    model = Model(script)
    for number, note in enumerate(notes):
        try:
            model.step(note)
        except (AssertionError, IndexError, KeyError, StopIteration) as error:
            raise AssertionError(f"note {number}, {note}: {error!r}; before: {notes[:number][-8:]}") from error
    model.check_end(cells)
