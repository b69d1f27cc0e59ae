"""`Machine.outcomes`: a program of the host's or of the machine's files, its arguments, input, limits and schedules."""

from __future__ import annotations

import pickle

import pytest

from forklore import Machine
from tests.programs.headers import PROGRAMS_FOLDER
from vm.outcomes.orders import End, Outcome
from vm.run import CannotRun

WRITERS = PROGRAMS_FOLDER / "outcomes" / "two_writers.s"
SPINS = b"_start: j _start\n"


def test_a_program_has_outcomes_each_with_a_schedule_that_prints_it() -> None:
    found = Machine().outcomes(WRITERS)
    assert (found.count, found.complete, found.bounds) == (6, True, ())
    for outcome in found:
        schedule = found.schedule(outcome)
        result = Machine(**schedule.settings).run(WRITERS, schedule=schedule)
        assert Outcome(result.output, b"", b"", outcome.end) == outcome
    assert found.runs >= len(found.orders) == 6
    assert found.steps > 6
    assert found.seconds > 0


def test_arguments_variables_and_input_are_given_to_each_run() -> None:
    assert [each.terminal for each in Machine().outcomes(PROGRAMS_FOLDER / "echo.s", ["a", b"b"])] == [b"a b\n"]
    assert [each.terminal for each in Machine().outcomes(PROGRAMS_FOLDER / "cat.s", input=b"x")] == [b"x"]


def test_without_a_terminal_there_are_two_streams() -> None:
    [outcome] = Machine().outcomes(PROGRAMS_FOLDER / "echo.s", ["a"], terminal=False)
    assert (outcome.terminal, outcome.output, outcome.errors) == (b"", b"a\n", b"")


def test_limits_end_it_with_what_is_known() -> None:
    found = Machine().outcomes(WRITERS, runs=2)
    assert (found.count, found.complete, found.bounds) == (2, False, ("up to 2 runs",))
    spinning = Machine(files={"/spins.s": SPINS}, instructions=1000).outcomes("/spins.s")
    assert not spinning.complete
    assert [outcome.end.limit for outcome in spinning] == ["instruction limit of 1,000"]
    assert not Machine(files={"/spins.s": SPINS}, instructions=1000).outcomes("/spins.s", steps=1).complete


def test_who_looks_on_is_told() -> None:
    seen: list[int] = []
    Machine().outcomes(
        PROGRAMS_FOLDER / "outcomes" / "short_reads.s", progress=lambda explorer: seen.append(explorer.runs)
    )
    assert seen == sorted(seen)


@pytest.mark.parametrize(("service", "status"), [(10, 0), (93, 3)])
def test_a_program_for_a_simulator_ends_by_its_services(service: int, status: int) -> None:
    source = f"li a0, 'A'\nli a7, 11\necall\nli a0, 3\nli a7, {service}\necall\n"
    found = Machine(files={"/letter.s": source.encode()}, dialect="rars").outcomes("/letter.s")
    assert (found.complete, found.bounds) == (True, ())
    assert [(outcome.terminal, outcome.end) for outcome in found] == [(b"A", End(exit_code=status))]


def test_what_cannot_be_run_is_said() -> None:
    with pytest.raises(CannotRun, match="nowhere"):
        Machine().outcomes("nowhere.s")


def test_an_answer_can_be_sent_to_another_process() -> None:
    found = Machine().outcomes(WRITERS)
    twin = pickle.loads(pickle.dumps(found))
    assert list(twin) == list(found)
    assert twin.schedule("xyab").choices == found.schedule("xyab").choices
