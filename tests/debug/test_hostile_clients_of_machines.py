"""A real machine under a hostile client: an answer for each packet, and a run that stays within its limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.debug.hostile import Author, conversation, is_an_answer
from vm.debug.checkpoints import Limits
from vm.debug.history import History
from vm.debug.machine_target import MachineTarget
from vm.machine import Machine

PROGRAM = Path(__file__).parents[2] / "programs" / "vfork_global.s"
SEED = 61
A_CONVERSATION = 50
INSTRUCTIONS = 3000
"""The whole program takes a tenth of them: one that has been damaged may loop for the rest."""


@pytest.mark.parametrize("packets", [500, pytest.param(100_000, marks=pytest.mark.full)])
def test_damaged_packets_are_answered_by_a_machine(packets: int) -> None:
    machine = Machine(instructions=INSTRUCTIONS, memory=1 << 20, quantum=100)
    count = 0
    while count < packets:
        author = Author(SEED * 1_000_003 + count)
        history = History(machine.boot(PROGRAM), Limits(instructions=200, share=1.0))
        for text, answers in conversation(MachineTarget(history), author, A_CONVERSATION):
            count += 1
            assert all(map(is_an_answer, answers)), (text, answers)
            assert history.run.kernel.moment.clock <= INSTRUCTIONS
