"""What changed between two looks at the pages of a space."""

from __future__ import annotations

import random

from tests.accounting import leaves
from tests.memory.test_memory_copies import attempt, populated
from vm.memory import AddressSpace
from vm.memory.resident import changes, resident
from vm.memory.strategies import STRATEGIES


def by_page(space: AddressSpace) -> set[tuple[int, int]]:
    return {(page, entry >> 10) for page, entry in leaves(space.memory, space.root).items()}


def test_changes_are_what_the_page_tables_differ_in() -> None:
    for strategy in STRATEGIES:
        spaces, chance = populated(strategy), random.Random(strategy)
        first, moved = spaces[0], 0
        for _ in range(100):
            before, known = resident(first), by_page(first)
            attempt(spaces, chance, strategy)
            if first not in spaces:
                first = spaces[0]
                continue
            lost, gained = changes(before, resident(first))
            assert {tuple(pair) for pair in lost.tolist()} == known - by_page(first)
            assert {tuple(pair) for pair in gained.tolist()} == by_page(first) - known
            moved += len(lost) + len(gained)
        assert moved
