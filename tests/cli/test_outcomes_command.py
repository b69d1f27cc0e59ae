"""`forklore outcomes` from outside: what it finds of the programs in programs/outcomes, how it ends, what it prints."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from click.testing import CliRunner, Result

from forklore import Machine, read_schedule
from tests.outcomes.test_working import Here
from vm.cli import forklore as command
from vm.cli.outcomes_progress import exploring
from vm.outcomes import exploring as exploring_runs

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "programs"
WRITERS = PROGRAMS / "outcomes" / "two_writers.s"
SPINS = """
_start:
    li a7, 1079
    ecall
    beqz a0, quick
1:  j 1b
quick:
    li a7, 93
    ecall
"""
ESCAPE = r"""
_start:
    li a0, 1
    la a1, text
    li a2, 5
    li a7, 64
    ecall
    li a7, 93
    ecall
    .data
text: .ascii "\033[31m"
"""


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def run(*arguments: object, name: str = "outcomes", input: bytes = b"") -> Result:
    return CliRunner().invoke(command, [name, *map(str, arguments)], input=input)


def printed(*arguments: object, status: int = 0, **options: Any) -> str:
    done = run(*arguments, **options)
    assert (done.exit_code, done.stderr) == (status, "")
    return done.stdout


def test_outcomes_are_listed_with_their_number_and_their_end() -> None:
    assert printed(WRITERS) == (
        "6 outcomes, complete; exit status 0\n   1  abxy\n   2  axby\n   3  axyb\n   4  xaby\n   5  xayb\n   6  xyab\n"
    )


def test_a_list_has_a_limit() -> None:
    assert printed("--show", 1, WRITERS) == "6 outcomes, complete; exit status 0\n   1  abxy\n      … 5 more\n"
    assert printed("--show", 0, WRITERS) == "6 outcomes, complete; exit status 0\n"
    thrice = PROGRAMS / "outcomes" / "forks_thrice.s"
    assert len(printed("--all", thrice).splitlines()) == 1 + 279


def test_their_number_can_be_had_alone() -> None:
    assert printed("--count", PROGRAMS / "outcomes" / "forks_four_times.s") == "127952289\n"


def test_samples_are_those_of_the_seed() -> None:
    one, two = (printed("--sample", 9, "--seed", seed, WRITERS).splitlines() for seed in (1, 2))
    assert one == printed("--sample", 9, "--seed", 1, WRITERS).splitlines() != two
    assert len(one) == 10
    assert {line.strip() for line in one[1:]} <= {"abxy", "axby", "axyb", "xaby", "xayb", "xyab"}


@pytest.mark.parametrize("how", ["text", "file", "@file"])
def test_what_is_possible_comes_with_a_run(how: str, tmp_path: Path) -> None:
    file = tmp_path / "answer.txt"
    file.write_text("axby")
    asked = {"text": r"axb\x79", "file": str(file), "@file": f"@{file}"}[how]
    told = printed("--possible", asked, WRITERS).splitlines()
    assert told[0] == "possible: exit status 0, in this order"
    writes = [line.split() for line in told if "write(" in line]
    assert writes[-1][-1] == "axby"
    assert [words[1] for words in writes] == ["3", "4", "3", "4", "2"]
    assert all(words[7].startswith("programs/outcomes/two_writers.s:") for words in writes)


def test_what_is_not_possible_is_status_1() -> None:
    told = printed("--possible", "ba", WRITERS, status=1)
    assert told.startswith("impossible: ")
    assert " line 55 writes `abxy`" in told
    assert "\n  programs/outcomes/two_writers.s:55  " in told


@pytest.mark.parametrize(
    ("asked", "output"), [(["--outcome", 4], "xaby"), (["--possible", "xyab"], "xyab"), ([], "abxy")]
)
def test_a_schedule_is_saved_and_repeated(asked: list[object], output: str, tmp_path: Path) -> None:
    schedule = tmp_path / "schedule.json"
    printed(*asked, "--schedule", schedule, WRITERS)
    repeated = read_schedule(schedule)
    assert Machine(**repeated.settings).run(WRITERS, schedule=repeated).output == output.encode()


def test_a_schedule_is_saved_before_anything_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads only the first lines has it all the same."""
    schedule = tmp_path / "schedule.json"

    def break_pipe(*lines: object) -> None:
        assert read_schedule(schedule).choices is not None
        raise BrokenPipeError

    monkeypatch.setattr("vm.cli.outcomes_asking.print_lines", break_pipe)
    for question in (["--outcome", "1"], ["--show", "1"]):
        schedule.unlink(missing_ok=True)
        run(*question, "--schedule", schedule, WRITERS)
        assert schedule.exists()


def test_nothing_is_saved_of_what_is_not_possible(tmp_path: Path) -> None:
    schedule = tmp_path / "schedule.json"
    done = run("--possible", "ba", "--schedule", schedule, WRITERS)
    assert (done.exit_code, done.stderr) == (
        1,
        f"forklore: {schedule} is not written: there is no run to be shown in it\n",
    )
    assert not schedule.exists()


def test_a_deadlock_tells_who_waits_and_who_holds_the_other_end() -> None:
    told = printed(PROGRAMS / "outcomes" / "forgotten_close.s")
    assert told.startswith("1 outcome, complete; deadlock\n  pid 2 waits for data in pipe 1: programs/")
    assert "    it itself " in told
    assert ", since programs/outcomes/forgotten_close.s:" in told
    assert printed("--sample", 1, PROGRAMS / "outcomes" / "forgotten_close.s") == told.replace("   1  a", "      a")


def test_input_is_read_from_a_file_or_from_ours(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("given\n")
    assert printed("--input", words, PROGRAMS / "cat.s").splitlines()[1] == r"   1  given\n"
    assert printed("--input", "-", PROGRAMS / "cat.s", input=b"given\n").splitlines()[1] == r"   1  given\n"
    assert printed(PROGRAMS / "cat.s").splitlines()[1] == "   1  –"


def test_arguments_and_variables_are_the_programs() -> None:
    assert printed(PROGRAMS / "echo.s", "--count", "x").splitlines()[1] == r"   1  --count x\n"


def test_a_pipe_has_streams_of_its_own() -> None:
    assert "      output" not in printed("--stdout", "pipe", WRITERS)
    assert json.loads(printed("--stdout", "pipe", "--format", "json", WRITERS))["outcomes"][0] == {
        "number": 1, "terminal": "", "output": "abxy", "errors": "", "end": 0,
    }  # fmt: skip


def test_what_a_limit_ends_is_marked_and_status_124(tmp_path: Path) -> None:
    assert printed("--runs", 2, WRITERS, status=124).startswith("at least 2 outcomes, up to 2 runs; exit status 0\n")
    assert printed("--steps", 5, WRITERS, status=124).startswith("at least 1 outcome, up to the limit of 5 steps\n")
    done = run("--runs", 2, "--count", WRITERS)
    assert (done.exit_code, done.stdout, done.stderr) == (124, "2\n", "forklore: there may be more: up to 2 runs\n")
    assert printed("--runs", 2, "--possible", "ba", WRITERS, status=124) == "not found, up to 2 runs\n"
    spins = tmp_path / "spins.s"
    spins.write_text(SPINS)
    told = printed("--instructions", 10_000, spins, status=124)
    assert told == "at least 1 outcome, up to the instruction limit of 10,000\n   1  –\n"


def test_json_is_one_document() -> None:
    found = json.loads(printed("--format", "json", "--show", 2, WRITERS))
    assert (found["version"], found["count"], found["complete"], len(found["outcomes"])) == (1, 6, True, 2)
    found = json.loads(printed("--format", "json", "--possible", "ba", WRITERS, status=1))
    assert (found["outcomes"], found["asked"]["possible"], found["asked"]["text"]) == ([], False, "ba")
    assert " line 55 writes `abxy`" in found["asked"]["reasons"][0]
    found = json.loads(printed("--format", "json", "--outcome", 2, WRITERS))
    assert (found["asked"]["possible"], found["asked"]["outcome"]["terminal"]) == (True, "axby")
    assert {step["pid"] for step in found["asked"]["steps"]} == {2, 3, 4}
    assert json.loads(printed("--format", "json", "--count", WRITERS))["outcomes"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--possible", r"\q", "p.s"], r"'\q' is no escape; there are \n"),
        (["--possible", "@nowhere", "p.s"], "nowhere: No such file or directory"),
        (["--input", "nowhere", "p.s"], "nowhere: No such file or directory"),
        (["--count", "--sample", "3", "p.s"], "--count and --sample are two questions: ask one"),
        (["--count", "--schedule", "x", "p.s"], "--schedule is of one outcome, and --count asks for none"),
        (["--schedule", "/nowhere/x", "p.s"], "no file can be made in '/nowhere'"),
        (["--graph", "x.pdf", "p.s"], "the file's name must end in .svg or .png"),
        (["--partial", "p.s"], "--partial says that --possible has a pattern: give both"),
        (["--partial", "--possible", "{a", "p.s"], "character 1 of the pattern: the brace is not closed"),
        (["--all", "--format", "json", PROGRAMS / "outcomes" / "forks_four_times.s"], "are too many for one JSON"),
        (["--outcome", "7", WRITERS], "there is no outcome 7; the last one is 6"),
        (["--quantum", "7", WRITERS], "No such option '--quantum'"),
    ],
)  # fmt: skip
def test_wrong_questions_are_told(arguments: list[object], message: str) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_program_that_cannot_be_run_has_runs_status() -> None:
    for program, status in (("nowhere.s", 127), (PROGRAMS / "not_an_image", 126)):
        done = run(program)
        assert (done.exit_code, done.stdout) == (status, "")
        assert done.stderr.startswith("forklore: ")


def test_programs_are_compared_side_by_side() -> None:
    told = printed("--compare", WRITERS, PROGRAMS / "outcomes" / "pipe_semaphore.s").splitlines()
    assert told[0].endswith("programs/outcomes/two_writers.s     6 outcomes, complete; exit status 0")
    assert told[-1] == "–    yes    cpd"
    found = json.loads(printed("--compare", "--format", "json", WRITERS, WRITERS))
    assert [(each["answer"]["count"], each["damage"]) for each in found["compared"]] == [(6, ""), (6, "")]


def test_one_program_alone_is_compared_with_vfork_made_a_fork_and_with_a_pipe() -> None:
    told = printed("--compare", "programs/vfork_global.s").splitlines()
    assert told[:6] == [
        "1  as it is           1 outcome, complete; exit status 0",
        "   vfork child damaged its parent's memory: programs/vfork_global.s:34",
        "2  vfork made a fork  4 outcomes, complete; exit status 0",
        "3  into a pipe        1 outcome, complete; exit status 0",
        "",
        "1    2    3",
    ]
    assert [line[:15] for line in told[6:] if not line.startswith(" ")] == ["yes  –    yes  ", *4 * ["–    yes  –    "]]
    told = printed("--compare", "--stdout", "pipe", WRITERS).splitlines()
    assert told[1] == "2  at a terminal  6 outcomes, complete; exit status 0"
    assert {line[:10] for line in told[4:]} == {"yes  yes  "}


@pytest.mark.parametrize(("pattern", "status"), [("{a~b|x~y}", 0), ("{b|x~y}a", 1)])
def test_a_pattern_says_what_may_come_in_any_order(pattern: str, status: int, tmp_path: Path) -> None:
    told = printed("--partial", "--possible", pattern, WRITERS, status=status)
    assert told.startswith("impossible" if status else "possible")
    file = tmp_path / "pattern"
    file.write_text(pattern)
    assert printed("--partial", "--possible", f"@{file}", WRITERS, status=status) == told


def test_a_picture_is_drawn_of_one_run(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "graph.svg"
    printed("--outcome", 2, "--graph", file, WRITERS)
    assert b"<svg" in file.read_bytes()
    assert b"line 55" in file.read_bytes()


def test_a_terminal_is_shown_styles_and_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "escape.s"
    program.write_text(ESCAPE)
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = CliRunner().invoke(command, ["outcomes", str(program)], color=True).stdout
    assert shown == "\x1b[1m1 outcome\x1b[0m, complete; exit status 5\n   1  \\x1b[31m\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in CliRunner().invoke(command, ["outcomes", str(program)], color=True).stdout


def test_who_looks_on_at_a_terminal_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", screen)
    with exploring() as tell:
        assert tell is not None
        tell(SimpleNamespace(runs=1234, classes=range(56)))
    assert "exploring: 1,234 runs, 56 classes" in screen.getvalue()


class InThisProcess(Here):
    """Makes runs in this process, and notes how many processes it was to have."""

    made_of: ClassVar[list[int]] = []

    def __init__(self, jobs: int) -> None:
        super().__init__()
        self.made_of.append(jobs)

    def end(self) -> None:
        """Nothing is left."""


def test_more_processes_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploring_runs, "ALONE", 1)
    monkeypatch.setattr("vm.many.processes._Executor", InThisProcess)
    mended = PROGRAMS / "outcomes" / "philosophers_mended_3.s"
    explored = [json.loads(printed("--format", "json", *jobs, mended)) for jobs in ((), ("--jobs", 2))]
    for each in explored:
        del each["seconds"]
    assert explored[0] == explored[1]
    assert InThisProcess.made_of == [2]
