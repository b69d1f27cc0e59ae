"""Every guest program does what its header says, whatever the scheduler does, and reads like the others."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.programs.headers import PROGRAMS, PROGRAMS_FOLDER, PUZZLES, read_header
from tests.sampling import one_in
from vm import Machine, Result
from vm.abi import CALL_NUMBERS
from vm.settings import First

QUANTA = (1, 7, 100, 10_000)
SOURCES = [program for program in [*PROGRAMS, *PUZZLES] if program.suffix == ".s"]
DEPENDENT = [program for program in PROGRAMS if "# Scheduling: depends\n" in program.read_text()]


@cache
def run(program: Path, **settings: Any) -> Result:
    header = read_header(program.read_text())
    return Machine(**settings).run(program, header.arguments, input=header.input)


@pytest.mark.parametrize("program", [*PROGRAMS, *PUZZLES], ids=lambda program: program.name)
def test_program_does_what_its_header_says(program: Path) -> None:
    header = read_header(program.read_text())
    result = run(program)
    assert result.output.decode() == header.output.decode()
    assert result.status == header.status


@pytest.mark.parametrize(
    ("program", "quantum", "first"),
    one_in(3, product(sorted({*PROGRAMS} - {*DEPENDENT}), QUANTA, get_args(First))),
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_scheduling_changes_nothing(program: Path, quantum: int, first: First) -> None:
    header = read_header(program.read_text())
    result = run(program, quantum=quantum, first=first)
    assert result.output.decode() == header.output.decode()
    assert result.status == header.status


@pytest.mark.parametrize("program", DEPENDENT, ids=lambda program: program.name)
def test_scheduling_changes_what_it_may(program: Path) -> None:
    settings = [(quantum, first) for quantum in QUANTA for first in get_args(First)]
    outputs = {run(program, quantum=quantum, first=first).output for quantum, first in settings}
    assert len(outputs) > 2


def test_fork_order_keeps_the_order_within_each_process() -> None:
    program = PROGRAMS_FOLDER / "fork_order.s"
    for quantum in range(1, 60):
        lines = run(program, quantum=quantum).output.decode().splitlines()
        for name in ("parent", "child"):
            assert [line.split()[1] for line in lines if line.startswith(name)] == ["one", "two", "three"]


def test_what_the_race_lost_is_what_is_missing() -> None:
    for quantum in QUANTA:
        text = run(PROGRAMS_FOLDER / "race_shared.s", quantum=quantum, first="parent").output.decode()
        counter, lost = (int(number) for number in re.findall(r"(?:is|lost:) (\d+)", text))
        assert lost > 0
        assert counter + lost == 40_000


def test_two_processes_in_step_lose_every_second_update() -> None:
    result = run(PROGRAMS_FOLDER / "race_shared.s", quantum=1, first="parent")
    assert result.output == b"2 x 20000 rounds, counter is 20000\nupdates lost: 20000\n"


def test_fork_bomb_counts_the_slots_of_the_table() -> None:
    for slots in (3, 10, 64, 200):
        result = run(PROGRAMS_FOLDER / "fork_bomb.s", processes=slots)
        assert result.output.startswith(b"%d children" % (slots - 2))
        assert result.output.endswith(b"waited for %d\nfork works again\n" % (slots - 2))


def test_deadlock_says_who_waits_for_what() -> None:
    result = run(PROGRAMS_FOLDER / "deadlock.s")
    assert "blocked for ever" in result.message
    assert "pid 2 waits for" in result.message


def test_only_cat_sh_and_echo_take_anything() -> None:
    """The others can be started by name alone, from the shell too."""
    headers = {program.stem: read_header(program.read_text()) for program in PROGRAMS}
    assert {name for name, header in headers.items() if header.arguments or header.input} == {"cat", "sh", "echo"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_system_call_numbers_are_right(source: Path) -> None:
    numbers = re.findall(r"\.equ\s+SYS_(\w+), (\d+)", source.read_text())
    assert numbers
    for name, number in numbers:
        assert CALL_NUMBERS[name] == int(number)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_constants_and_labels_are_used(source: Path) -> None:
    code = re.sub(r"#.*", "", source.read_text())
    for name in re.findall(r"\.equ\s+(\w+),", code) + re.findall(r"^([A-Za-z_]\w*):", code, re.MULTILINE):
        assert len(re.findall(rf"\b{name}\b", code)) > 1, f"{name} is defined and never used"


def test_a_program_stands_alone() -> None:
    for source in SOURCES:
        assert ".include" not in source.read_text()


def test_helpers_of_one_name_are_one_helper() -> None:
    """A helper known from one program is known in all: same comment, same instructions."""
    bodies: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for source in SOURCES:
        if source.stem == "sh":  # its print takes a descriptor
            continue
        for paragraph in source.read_text().split("\n\n"):
            match = re.search(r"^(print\w*):$", paragraph, re.MULTILINE)
            if match:
                bodies[match[1]][paragraph.strip()].append(source.stem)
    assert {"print", "print_number", "print_line", "print_hex"} <= bodies.keys()
    for name, versions in bodies.items():
        assert len(versions) == 1, f"{name} differs between {list(versions.values())}"


def test_lines_are_short_and_blank_free() -> None:
    for program in [*PROGRAMS, *PUZZLES]:
        for number, line in enumerate(program.read_text().splitlines(), 1):
            assert len(line) <= 120, f"{program.name}:{number}"
            assert line == line.rstrip(), f"{program.name}:{number}"
            assert "\t" not in line, f"{program.name}:{number}"
