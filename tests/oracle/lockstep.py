"""Runs the same sequences on several machines and demands equal registers and equal memory after each.

The naive interpreter leads: it gives the pieces that a sequence is cut into, and every machine that can stop after an
exact number of instructions is compared with it after each piece. Unicorn, which cannot do so quickly, runs each
sequence in one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from tests.oracle import naive
from tests.oracle.generator import CODE, Batch, Case
from tests.oracle.unicorn_machine import UnicornMachine

LONGEST = 5000
"""More instructions than any generated sequence retires."""


class Follower(Protocol):
    """A machine under test: the naive interpreter's shape."""

    x: list[int]
    pc: int
    reservation: tuple[int, int] | None

    def install(self, address: int, data: bytes, permissions: str) -> None:
        """Map pages with this content, in place of what was there."""

    def run(self, budget: int) -> naive.Stop:
        """Retire at most ``budget`` instructions."""

    def peek(self, address: int, size: int) -> bytes:
        """Bytes of mapped pages."""


def install(machine: Follower | UnicornMachine, batch: Batch) -> None:
    """Give ``machine`` the batch's memory and no reservation."""
    for address, content, permissions in batch.regions:
        machine.install(address, content, permissions)
    if isinstance(machine, UnicornMachine):
        machine.clear_reservation()
    else:
        machine.reservation = None


class Lockstep:
    """The naive interpreter, Unicorn if wanted, and followers, run through batches side by side."""

    def __init__(self, followers: Iterable[Follower] = (), *, unicorn: bool = True, longest: int = LONGEST) -> None:
        self.naive = naive.Machine()
        self.unicorn = UnicornMachine() if unicorn else None
        self.followers = list(followers)
        self.longest = longest

    def install(self, batch: Batch) -> None:
        """Begin a batch: its memory, which its cases then change one after the other."""
        machines = [self.naive, *self.followers] + ([self.unicorn] if self.unicorn else [])
        for machine in machines:
            install(machine, batch)

    def run(self, batch: Batch, case: Case, pieces: Iterator[int]) -> naive.Stop:
        """Run one case in ``pieces``; returns its last stop, with ``retired`` counted over all of them."""
        for machine in (self.naive, *self.followers):
            machine.x, machine.pc = list(case.registers), case.start
        stop = self._run_pieces(batch, case, pieces)
        self._compare_memory(batch, case, self.followers)
        if self.unicorn:
            assert stop.pc == case.end, f"{describe(batch, case)}: a legal sequence stopped: {stop}"
            self.unicorn.x = list(case.registers)
            self.unicorn.run(case.start, case.end)
            same(batch, case, "Unicorn's registers", self.naive.x, self.unicorn.x)
            self._compare_memory(batch, case, [self.unicorn])
        return stop

    def _run_pieces(self, batch: Batch, case: Case, pieces: Iterator[int]) -> naive.Stop:
        retired = 0
        while True:
            budget = min(next(pieces), self.longest - retired)
            stop = self.naive.run(budget)
            retired += stop.retired
            for follower in self.followers:
                place = f"after {retired} instructions"
                same(batch, case, f"stop {place}", stop, follower.run(budget))
                same(batch, case, f"registers {place}", self.naive.x, follower.x)
                same(batch, case, f"pc {place}", self.naive.pc, follower.pc)
                same(batch, case, f"reservation {place}", self.naive.reservation, follower.reservation)
            if stop.reason != naive.BUDGET or retired == self.longest:
                return naive.Stop(stop.reason, stop.pc, stop.address, retired)

    def _compare_memory(self, batch: Batch, case: Case, machines: Iterable[Follower | UnicornMachine]) -> None:
        for address, content, permissions in batch.regions:
            expected = self.naive.peek(address, len(content)) if "w" in permissions else content
            for machine in machines:
                found = machine.peek(address, len(content))
                if expected != found:
                    offset = next(i for i in range(len(content)) if expected[i] != found[i])
                    place = f"memory at {address + offset:#x} in {type(machine).__name__}"
                    same(batch, case, place, expected[offset : offset + 8].hex(), found[offset : offset + 8].hex())


def same(batch: Batch, case: Case, what: str, expected: object, found: object) -> None:
    """Raise AssertionError with everything needed to run the case again unless the two are equal."""
    if expected != found:
        if isinstance(expected, list) and isinstance(found, list):
            pairs = enumerate(zip(expected, found, strict=True))
            expected, found = zip(*((f"x{n}={a:#x}", f"x{n}={b:#x}") for n, (a, b) in pairs if a != b), strict=True)
        raise AssertionError(f"{what}: expected {expected}, found {found}\n{describe(batch, case)}")


def describe(batch: Batch, case: Case) -> str:
    """Seed, first registers and words of a case."""
    words = batch.code[case.start - CODE : case.end + 4 - CODE]
    listing = " ".join(words[i : i + 4][::-1].hex() for i in range(0, len(words), 4))
    registers = " ".join(f"x{n}={value:#x}" for n, value in enumerate(case.registers))
    return f"seed {batch.seed}, case {batch.cases.index(case)} at {case.start:#x}\n  {registers}\n  words {listing}"
