"""Families at random: what rules say of a program is what a plain model of the family says of it.

A node forks its children one after the other, waits for some, or for all, and ends with a status of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import pytest

from tests.grade.rules.observing import PRELUDE, observe, rules_of
from vm.grade.conduct import Wanted
from vm.grade.observation import Observation
from vm.grade.rules.judging import judge_rules
from vm.kernel.choice import Choice
from vm.machine import Machine

RECORDED = Wanted(life=True, calls=frozenset(("fork", "wait4", "waitid")))


@dataclass
class Node:
    """A process: its children, how many of them it waits for, and its status."""

    children: list[Node]
    waits: int
    status: int

    def all(self) -> list[Node]:
        return [self, *(node for child in self.children for node in child.all())]

    def shape(self) -> list[object]:
        return [child.shape() for child in self.children]

    def depth(self) -> int:
        return 1 + max((child.depth() for child in self.children), default=-1)


class AtRandom:
    def __init__(self, random: Random) -> None:
        self._random = random

    def choose(self, choice: Choice) -> int:
        return self._random.randrange(len(choice.options))


def tree(random: Random, depth: int, is_tidy: bool) -> Node:
    children = [tree(random, depth - 1, is_tidy) for _ in range(random.randrange(4) if depth else 0)]
    waits = len(children) if is_tidy or random.random() < 0.7 else random.randrange(len(children) + 1)
    return Node(children, waits, random.randrange(256))


def written(root: Node) -> str:
    lines, label = ["_start:"], iter(range(10_000))

    def write(node: Node) -> None:
        for child in node.children:
            name = f"n{next(label)}"
            lines.append(f" sys fork\n bnez a0, {name}")
            write(child)
            lines.append(f"{name}:")
        lines.extend([" sys wait4, -1, 0, 0, 0"] * node.waits)
        lines.append(f" sys exit, {node.status}")

    write(root)
    return "\n".join(lines) + "\n"


def is_broken(seen: Observation, rule: str) -> bool:
    return bool(judge_rules(rules_of(rule), seen))


def check(seed: int) -> None:
    random = Random(seed)
    root = tree(random, 3, seed % 3 == 0)
    nodes, waits = root.all(), sum(node.waits for node in root.all())
    files = {"/guest.s": (PRELUDE + ".text\n" + written(root)).encode()}
    machine = Machine(files=files, quantum=random.choice((1, 3, 50, 10_000)), memory=32 << 20, processes=128)
    seen = observe(machine.boot("/guest.s", keep=False, chooser=AtRandom(random)), RECORDED)
    made = len(nodes) - 1
    assert not is_broken(seen, f"tree = {root.shape()}")
    assert is_broken(seen, f"tree = {[*root.shape(), []]}")
    bounds = f"depth = {root.depth()}, width = {max(len(node.children) for node in nodes)}, processes = {len(nodes)}"
    assert not is_broken(seen, f"tree = {{ {bounds} }}")
    assert not is_broken(seen, f"forks-exactly = {made}")
    assert is_broken(seen, f"forks-exactly = {made + 1}")
    assert not is_broken(seen, f"call-counts = {{ fork = {made}, wait = {waits} }}")
    assert is_broken(seen, f"call-counts = {{ wait = {waits + 1} }}")
    assert not is_broken(seen, f"exit-statuses = {[child.status for child in root.children]}")
    unwaited = any(node.waits < len(node.children) for node in nodes)
    assert is_broken(seen, "every-child-waited = true") == unwaited
    assert (is_broken(seen, "no-zombie = true") or is_broken(seen, "no-orphan = true")) == unwaited
    if made:
        assert is_broken(seen, f"exit-statuses = {[(child.status + 1) % 256 for child in root.children]}")
        assert is_broken(seen, f"processes-at-most = {1}")
        assert not is_broken(seen, f"processes-at-most = {len(nodes)}")


@pytest.mark.parametrize("seed", range(16))
def test_a_family_at_random_is_judged_as_a_model_of_it_says(seed: int) -> None:
    check(seed)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(16, 400))
def test_very_many_families_are_judged_as_models_of_them_say(seed: int) -> None:
    check(seed)
