"""Programs keep the rules that their headers say they keep, and break the others: under seeded schedules, too.

A header names the plain rules that its program ``breaks``, and other rules, in TOML, that it ``holds`` or has
``broken``. They follow from what the program does, as the kernel's manual pages say it is.
"""

from __future__ import annotations

import re

import pytest

from tests.grade.rules.observing import PROGRAMS, boot, broken, observe, rules_of, source_of
from vm.grade.conduct import Conduct, Wanted
from vm.grade.rules.judging import judge_rules, needs

PLAIN = (
    "every-child-waited", "no-zombie", "no-orphan", "no-descriptor-left-open", "no-pipe-left-open", "no-deadlock",
    "parent-waits-before-output", "exec-after-vfork", "no-crash", "no-vfork-damage", "no-hazard",
)  # fmt: skip
NAMES = sorted(path.stem for path in PROGRAMS.glob("*.s"))


def header(name: str, key: str) -> list[str]:
    return re.findall(rf"^# {key}: (.*)$", source_of(name), re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_a_program_breaks_the_rules_that_its_header_names(name: str) -> None:
    said = {word for line in header(name, "breaks") for word in line.split(", ")}
    assert said <= set(PLAIN)
    assert broken(source_of(name), "".join(f"{rule} = true\n" for rule in PLAIN)) == said


@pytest.mark.parametrize("name", [name for name in NAMES if header(name, "holds") or header(name, "broken")])
def test_a_program_keeps_and_breaks_the_rules_that_its_header_writes(name: str) -> None:
    lines = [(line, False) for line in header(name, "holds")] + [(line, True) for line in header(name, "broken")]
    rules = [rules_of(line) for line, _ in lines]
    seen = observe(boot(source_of(name)), needs([rule for each in rules for rule in each]))
    for each, (line, is_broken) in zip(rules, lines, strict=True):
        failures = judge_rules(each, seen)
        assert bool(failures) == is_broken, (line, failures)
        assert all(failure.key.startswith(f"rule:{each[0].name}:") for failure in failures)


def test_a_run_without_rules_is_not_listened_to() -> None:
    from vm.grade.recorder import Recorder

    run = boot(source_of("waited"))
    before = dict(run.kernel.events.listeners)
    assert needs([]) == Wanted()
    recorder = Recorder(run.kernel, Wanted())
    assert run.kernel.events.listeners == before
    run.finish()
    assert recorder.conduct().calls == Conduct().calls
    Recorder(run.kernel, needs(rules_of("no-zombie = true\nforks-at-most = 1")))
    assert not run.kernel.events.wants_calls
