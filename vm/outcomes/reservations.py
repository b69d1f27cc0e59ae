"""Pairs of LR and SC that are tried again until they succeed, and so can be taken for one access.

Nobody can tell an SC that fails, and is tried again from LR on, from a pair that begins later.
"""

from __future__ import annotations

from vm.isa import extract, find
from vm.kernel.process.task import Task
from vm.memory import BadAddress

FARTHEST = 8
"""Instructions between an LR and its SC, at most."""


class Reservations:
    """Finds the pairs in programs, each once."""

    def __init__(self) -> None:
        self._is_begin: dict[tuple[str, int], bool] = {}

    def begins(self, task: Task, pc: int) -> bool:
        """Tell whether the instruction at ``pc`` is an LR that is tried again when the SC behind it fails."""
        key = task.process.path, pc
        found = self._is_begin.get(key)
        if found is None:
            found = self._is_begin[key] = _is_begin(task, pc)
        return found

    def ends(self, task: Task, pc: int) -> bool:
        """Tell whether the instruction at ``pc`` is an SC."""
        return _name(task, pc) == "sc.w"


def _is_begin(task: Task, pc: int) -> bool:
    """Look for an SC of the same word behind an LR, and a branch behind that which leads back if it has failed."""
    name, first = _instruction(task, pc)
    if name != "lr.w":
        return False
    for place in range(pc + 4, pc + 4 * FARTHEST, 4):
        name, fields = _instruction(task, place)
        if name == "sc.w":
            branch, where = _instruction(task, place + 4)
            fails = {where.get("rs1"), where.get("rs2")} == {fields["rd"], 0}
            return (
                fields["rs1"] == first["rs1"] and branch == "bne" and fails and place + 4 + where["imm"] <= pc
            )  # fmt: skip
    return False


def _name(task: Task, pc: int) -> str:
    return _instruction(task, pc)[0]


def _instruction(task: Task, pc: int) -> tuple[str, dict[str, int]]:
    try:
        word = task.memory.read_word(pc)
    except BadAddress:
        return "", {}
    row = find(word)
    return ("", {}) if row is None else (row.name, extract(row, word))
