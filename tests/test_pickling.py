"""Plain data travels: whatever is pickled and unpickled is equal to what it was, exceptions too."""

from __future__ import annotations

import dataclasses
import enum
import pickle
from typing import Any

import numpy as np
import pytest

import forklore
from asm import AssemblyError, Source, assemble
from tests.samples import CannotMake, make_instance, public_classes
from vm.run import Run

LIVE = {
    "vm.abi.layout.Structure": "no fields: what declares structures",
    "vm.cli.grade_reports.Extras": "where things lie, for who prints",
    "vm.cli.film_recording": "a terminal, and the program that has it",
    "vm.debug.checkpoints.Checkpoint": "a machine that could go on",
    "vm.debug.monitor.asking.Question": "a history, and who asks",
    "vm.debug.monitor.commands.Command": "the function that answers",
    "vm.debug.monitor.frames.Account": "an address space",
    "vm.debug.monitor.lasts.Kind": "functions that know events of a kind",
    "vm.debug.monitor.waits.Hope": "threads",
    "vm.observe.cores.contents.Range": "a part of an address space",
    "vm.grade.checking.checking.Plan": "a proof, and its tasks; what is sent is these (test_checking_a_lab.py)",
    "vm.grade.checking.proving.Proof": "what a reference solution can print, which travels (test_checking_a_lab.py)",
    "vm.grade.grading.Common": "what a reference solution can print, which travels (tests/grade/test_classes.py)",
    "vm.kernel.exec.loader": "holds the kernel's ways to go on, an open file or a new address space",
    "vm.kernel.files.epoll.Interest": "an open file, and the set that it is in",
    "vm.kernel.files.opened.Descriptor": "an open file",
    "vm.kernel.files.terminal.Console": "the ends of streams",
    "vm.kernel.files.vfs": "inodes, and what holds them",
    "vm.kernel.files.world.Files": "functions that read the host's files",
    "vm.kernel.ipc": "processes that wait, and what they undo",
    "vm.kernel.net": "sockets, and what is on its way to them",
    "vm.kernel.process.task": "threads, their address space and their open files",
    "vm.kernel.syscalls.messages": "messages, and the files that come with them",
    "vm.kernel.syscalls.table.Row": "the function that makes the call; rows are looked up by number",
    "vm.native.placing.Loaded": "machine code in the memory of this process",
    "vm.memory.segments": "parts of an address space, and files that pages are read from",
    "vm.grade.reading.kinds.Key": "what reads its value; rows are looked up by name",
    "vm.grade.rules.table.Row": "functions that read and judge; rows are looked up by name",
    "vm.hazards.causes.Cause": "a test of what was recorded",
    "vm.laboratory.plot.Panel": "a function of measurements",
    "vm.outcomes.comparing.Compared": "answers, which travel, and of which two are never equal",
    "vm.outcomes.driving.Arrival": "a run's trace",
    "vm.outcomes.history.History": "what the steps of a run that is made have used",
    "vm.outcomes.history.Trace": "the accesses of a run, which travel packed",
    "vm.outcomes.schedules": "a place in the partial orders of a search",
    "vm.outcomes.uses.Asked": "an open file",
    "vm.outcomes.wanted.Wanted": "classes that are known",
    "vm.outcomes.working.Came": "a run's trace",
    "vm.outcomes.working.Job": "what is under way elsewhere",
    "asm.assembler.Condition": "a place in a source that is being read",
    "asm.image.Assembly": "the assemblers, from which a listing is made",
    "asm.instructions": "functions that read operands",
    "asm.linker": "symbols that are being linked",
    "asm.outputs.Output": "sections that are being laid out",
    "asm.symbols": "places in sources that are being assembled",
}
"""Classes, or modules of them, that do not travel, with what they hold."""
LIVE_TO_USERS = {Run: "a machine that runs"}
"""Public names of forklore that do not travel."""


def name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def is_live(kind: type) -> bool:
    name = name_of(kind)
    return any(name == each or name.startswith(each + ".") for each in LIVE)


def is_data(kind: type) -> bool:
    """False for what has an identity rather than a value, and for what only describes others."""
    return dataclasses.is_dataclass(kind) or issubclass(kind, tuple | enum.Enum | BaseException)


DATA = sorted((kind for kind in public_classes("vm", "asm") if is_data(kind)), key=name_of)


def same(first: Any, second: Any) -> bool:
    """Equality, by fields where a class has none or an array has one for each item."""
    if type(first) is not type(second):
        return False
    if isinstance(first, np.ndarray):
        return bool(first.dtype == second.dtype and np.array_equal(first, second))
    if isinstance(first, BaseException):
        return str(first) == str(second) and same((first.args, vars(first)), (second.args, vars(second)))
    if dataclasses.is_dataclass(first):
        return all(same(getattr(first, each.name), getattr(second, each.name)) for each in dataclasses.fields(first))
    if isinstance(first, tuple | list):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        return list(first) == list(second) and all(map(same, first.values(), second.values()))
    return bool(first == second)


def travelled(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


@pytest.mark.parametrize("kind", [kind for kind in DATA if not is_live(kind)], ids=name_of)
def test_an_instance_travels(kind: type) -> None:
    instance = make_instance(kind)
    assert same(travelled(instance), instance)


def test_the_list_names_only_what_does_not_travel() -> None:
    idle = set(LIVE)
    for kind in filter(is_live, DATA):
        try:
            instance = make_instance(kind)
            assert same(travelled(instance), instance)
        except (CannotMake, AssertionError, pickle.PicklingError, TypeError, AttributeError):
            idle -= {each for each in LIVE if name_of(kind).startswith(each)}
    assert not idle


def test_what_users_get_travels() -> None:
    """The names of forklore are data that is tested above, or what its own tests send away."""
    given = {getattr(forklore, name) for name in forklore.__all__ if name != "events"}
    others = {each for each in given if isinstance(each, type)} - set(DATA)
    assert others == {*LIVE_TO_USERS, forklore.Report, forklore.Outcomes, forklore.Film}
    assert not any(is_live(getattr(forklore, name)) for name in forklore.__all__ if name != "events")


def test_what_the_assembler_says_travels() -> None:
    with pytest.raises(AssemblyError) as caught:
        assemble([Source("wrong.s", "_start: adi a0, a0, 1\n  j nowhere\n")])
    assert same(travelled(caught.value), caught.value)
