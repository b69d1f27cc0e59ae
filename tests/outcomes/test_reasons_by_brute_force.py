"""What is said to be impossible is so in every schedule of small programs, by an oracle that knows no orders."""

from __future__ import annotations

import random
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from forklore import Machine
from tests.oracle.every_choice import EveryChoice
from vm.outcomes.exploration import QUANTUM, explore
from vm.outcomes.exploring import Limits
from vm.outcomes.reasons import why_not

PROGRAMS = Path("programs/outcomes")
QUICK = ["pipe_semaphore"]
SLOW = [
    "waits_in_order",
    "waits_out_of_order",
    "wait_unused",
    "wait_for_any",
    "forks_twice",
    "lost_wakeup",
    "philosophers_2",
]
MOST_TEXTS = 1_500


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.full) for name in SLOW)])
def test_a_reason_holds_in_every_schedule(name: str) -> None:
    path = PROGRAMS / f"{name}.s"
    outputs = {outcome.output for outcome in EveryChoice(path, stdout="pipe").outcomes()}
    orders = explore(partial(Machine(quantum=QUANTUM).boot, path, keep=False), Limits()).orders
    letters = sorted({bytes([letter]) for output in outputs for letter in output})
    longest = max(map(len, outputs)) + 1
    texts = [b"".join(text) for size in range(longest + 1) for text in product(letters, repeat=size)]
    if len(texts) > MOST_TEXTS:
        source = random.Random(1)
        shuffled = [bytes(source.sample(output, len(output))) for output in outputs for _ in range(50)]
        texts = [*source.sample(texts, MOST_TEXTS), *shuffled]
    runs = [[("output", bytes([letter])) for letter in output] for output in outputs]  # each letter is a write
    for text in texts:
        reason = why_not(orders, {"output": text})
        assert (reason is None) == (text in outputs), text
        if reason is not None:
            assert all(map(reason.holds_in, orders))
            assert all(map(reason.holds_in_run, runs)), (text, reason)
            assert not reason.holds_in_run([("output", bytes([letter])) for letter in text])
