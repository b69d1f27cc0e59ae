"""Whatever a client sends: an answer for each packet, within a count of steps, and nothing outside the guest."""

from __future__ import annotations

from typing import Any

import pytest

from tests.debug.fake import IMAGE, FakeTarget, Process
from tests.debug.hostile import Author, conversation, is_an_answer
from vm.debug.target import Stop, Why

SEED = 16
A_CONVERSATION = 50
STEPS = 600
"""Most calls of the machine that one packet may make: 100 kills or the like, and what is looked at for them."""


class Counted(FakeTarget):
    """Counts its ``steps``; what it is told outside the guest fails (see FakeTarget's assertions)."""

    def __init__(self) -> None:
        super().__init__(IMAGE)
        self.steps = 0
        self.processes[2].threads[3] = [0] * 33
        self.processes[5] = Process(IMAGE, b"/bin/prog", 5)

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and callable(getattr(FakeTarget, name, None)):
            self.steps += 1
        return super().__getattribute__(name)

    def exit(self, pid: int, tid: int) -> Stop:
        """A program that lasts, in most runs."""
        return super().exit(pid, tid) if self.steps % 8 == 0 else Stop(Why.SIGNAL, pid, tid, 11)


@pytest.mark.parametrize("packets", [2000, pytest.param(100_000, marks=pytest.mark.full)])
def test_damaged_packets_are_answered(packets: int) -> None:
    count = 0
    while count < packets:
        author = Author(SEED * 1_000_003 + count)
        target = Counted()
        before = 0
        for text, answers in conversation(target, author, A_CONVERSATION):
            count += 1
            assert target.steps - before <= STEPS, text
            assert all(map(is_an_answer, answers)), (text, answers)
            before = target.steps
