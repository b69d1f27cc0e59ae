"""What rules count is recounted from the lines of ``--events``, by code that shares nothing with them.

Those who made whom, who ended when and who collected whom are read from JSON alone; so are the pages that were copied.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.grade.rules.observing import rules_of
from vm import events
from vm.events.json import to_json
from vm.grade.conduct import Conduct, Wanted
from vm.grade.observation import Observation
from vm.grade.recorder import Recorder
from vm.grade.rules.judging import judge_rules
from vm.machine import Machine

PROGRAMS = Path(__file__).parents[3] / "programs"
ALL = sorted(path.relative_to(PROGRAMS).as_posix() for path in PROGRAMS.glob("**/*.s") if "bin" not in path.parts)
FEW = ("zombie.s", "orphan.s", "fork_tree.s", "vfork_exec.s", "pipeline.s", "fork_isolation.s", "fork_bomb.s")
STRATEGIES = ("copy", "cow", "on-demand")
KINDS = (events.Created, events.Exited, events.Reaped, events.Deferred, events.CallEntered, events.CallReturned)


def recorded(program: str, **settings: Any) -> tuple[list[dict[str, Any]], Conduct]:
    """The lines of a run's events, and what was recorded of it."""
    machine = Machine(instructions=300_000, memory=32 << 20, processes=40, seconds=20, **settings)
    run = machine.boot(PROGRAMS / program, keep=False, input=b"1\n")
    lines: list[str] = []
    for kind in KINDS:
        run.subscribe(kind, lambda event: lines.append(json.dumps(to_json(event))))
    recorder = Recorder(run.kernel, Wanted(life=True, calls=frozenset(("fork", "vfork", "write", "writev"))))
    run.finish()
    return [json.loads(line) for line in lines], recorder.conduct()


class Recount:
    """The figures of a run, from its lines."""

    def __init__(self, lines: Sequence[dict[str, Any]]) -> None:
        self.parents = {line["child"]: line["pid"] for line in lines if line["kind"] == "Created"}
        self.ends = {line["pid"]: at for at, line in enumerate(lines) if line["kind"] == "Exited"}
        self.killed = {line["pid"] for line in lines if line["kind"] == "Exited" and line["signal"] is not None}
        self.reaps = {line["child"]: (at, line["pid"]) for at, line in enumerate(lines) if line["kind"] == "Reaped"}
        pages = 0
        for line in lines:
            if line["kind"] == "Created":
                pages += sum(segment["copied"] for segment in line["costs"]["segments"])
            elif line["kind"] == "Deferred":
                pages += line["pages"]
        self.copied = 4096 * pages
        writes = [line for line in lines if line.get("call_number") in (64, 66)]
        failed = [line for line in writes if line["kind"] == "CallReturned" and (line["result"] or 0) < 0]
        self.writes = sum(line["kind"] == "CallEntered" for line in writes) - len(failed)

    def orphans(self) -> set[int]:
        return {child for child, parent in self._left() if self.ends.get(child, 1 << 60) > self.ends[parent]}

    def zombies(self) -> set[int]:
        return {
            child
            for child, parent in self._left()
            if self.ends.get(child, 1 << 60) < self.ends[parent]
            and self.reaps.get(child, (1 << 60, 0))[0] > self.ends[parent]
        }

    def _left(self) -> list[tuple[int, int]]:
        """Children with the parents that ended by themselves."""
        return [(child, who) for child, who in self.parents.items() if who in self.ends and who not in self.killed]


def failures(conduct: Conduct, text: str) -> int:
    seen = Observation(output=b"", errors=b"", terminal=b"", exit_code=0, signal=None, conduct=conduct)
    return len(judge_rules(rules_of(text), seen))


def check(program: str, **settings: Any) -> None:
    lines, conduct = recorded(program, **settings)
    counted = Recount(lines)
    made = len(counted.parents)
    assert {member.pid: member.ended > 0 for member in conduct.members} == {
        pid: pid in counted.ends for pid in {2, *counted.parents}
    }
    assert not failures(conduct, f"forks-exactly = {made}")
    assert not failures(conduct, f"forks-at-most = {made}")
    assert made == 0 or failures(conduct, f"forks-at-most = {made - 1}")
    assert not failures(conduct, f"bytes-copied-at-most = {counted.copied}")
    assert counted.copied == 0 or failures(conduct, f"bytes-copied-at-most = {counted.copied - 1}")
    assert bool(failures(conduct, "no-orphan = true")) == bool(counted.orphans())
    assert bool(failures(conduct, "no-zombie = true")) == bool(counted.zombies())
    assert not failures(conduct, f"call-counts = {{ write = {counted.writes} }}")
    assert counted.writes == 0 or failures(conduct, f"call-counts = {{ write = {{ max = {counted.writes - 1} }} }}")


@pytest.mark.parametrize("program", FEW)
def test_what_is_counted_is_what_the_events_tell(program: str) -> None:
    check(program)


@pytest.mark.full
@pytest.mark.parametrize("fork", STRATEGIES)
@pytest.mark.parametrize("program", ALL)
def test_what_is_counted_of_every_program_is_what_the_events_tell(program: str, fork: str) -> None:
    check(program, fork=fork)


@pytest.mark.parametrize("fork", STRATEGIES)
def test_what_every_strategy_copies_is_counted(fork: str) -> None:
    check("fork_isolation.s", fork=fork)
