"""Mutants: what the reference solution would be with one mistake in it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence

from vm.grade.checking.changes import Change
from vm.grade.checking.operators import find_changes, is_mutable
from vm.grade.lab import Lab
from vm.grade.submissions import Submission
from vm.text import printable, shortened
from vm.values import dataclass

MUTANTS = 60
"""How many there are unless told otherwise."""
LARGEST = 1 << 20
"""Bytes of a source that mistakes are made in."""
_LONGEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One mistake: in ``file`` of the reference solution, at ``line``, from 1. ``before`` and ``after`` are what it
    changes, printable and bounded; ``operator`` is one of :mod:`vm.grade.checking.operators`.
    """

    file: str
    line: int
    operator: str
    before: str
    after: str
    change: Change

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.operator}: {self.before} → {self.after or 'nothing'}"

    def made_of(self, reference: Submission) -> Submission:
        """Return the reference solution with the mistake."""
        data = self.change.apply(reference.files[self.file].decode("latin-1")).encode("latin-1")
        digest = hashlib.sha256(f"{reference.digest} {self.file} ".encode("utf-8", "surrogateescape") + data)
        files = {**reference.files, self.file: data}
        return Submission(name=f"{self.file}:{self.line} {self.operator}", digest=digest.hexdigest(), files=files)


def find_mutants(lab: Lab, reference: Submission) -> list[Mutant]:
    """Find every mistake that the operators make in what the programs of a lab are made of; as they stand there."""
    found = [mutant for name in _sources(lab, reference) for mutant in _of_file(name, reference.files[name])]
    return sorted(found, key=lambda each: (each.file, each.change.start, each.operator, each.after))


def choose_mutants(found: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """Choose ``count`` of them by the seed, of every operator as many where there are; in the order of ``found``."""
    by_operator: dict[str, list[int]] = {}
    for index, mutant in enumerate(found):
        by_operator.setdefault(mutant.operator, []).append(index)
    for operator, indices in sorted(by_operator.items()):
        random.Random(f"{seed} {operator}").shuffle(indices)
    chosen: list[int] = []
    queues = [indices for _, indices in sorted(by_operator.items())]
    while queues and len(chosen) < count:
        chosen += [indices.pop() for indices in queues]
        queues = [indices for indices in queues if indices]
    return [found[index] for index in sorted(chosen[:count])]


def _sources(lab: Lab, reference: Submission) -> list[str]:
    """What a submission's programs are made of: what the lab puts there itself has no mistakes of theirs."""
    found: set[str] = {name for name in reference.files if name.endswith(".h")}
    for program in lab.programs.values():
        if not program.is_labs:
            found.update([name for name in program.sources if name in reference.files][:1])
            found.update(program.others)
    return sorted(name for name in found if name in reference.files and name not in lab.given and is_mutable(name))


def _of_file(name: str, data: bytes) -> Iterator[Mutant]:
    text = data[:LARGEST].decode("latin-1")
    seen = set()
    for operator, change in find_changes(name, text):
        if text[change.start : change.end] != change.after and change not in seen:
            seen.add(change)
            yield Mutant(
                file=name, line=text.count("\n", 0, change.start) + 1, operator=operator,
                before=_shown(text[change.start : change.end]), after=_shown(change.after), change=change,
            )  # fmt: skip


def _shown(text: str) -> str:
    return shortened(printable(text.encode("latin-1").decode("utf-8", "surrogateescape")), _LONGEST)
