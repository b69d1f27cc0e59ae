"""Labs that come along: what is wrong fails for the reason that it tells, what is right passes, whatever the seed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from tests.forking import forked_command
from tests.sampling import one_in
from vm.grade.classes import common_of
from vm.grade.grading import Common, grade_submission
from vm.grade.lab import Lab
from vm.grade.reading import read_lab
from vm.grade.submissions import Handed, read_submission
from vm.grade.verdict import Failure, State, Verdict
from vm.toolchain import is_installed

LABS = Path(__file__).parents[3] / "programs" / "labs"
NAMES = ("shell", "tree", "vfork")
SEEDS = range(10)
WRONG = sorted(path for name in NAMES for path in (LABS / name / "wrong").iterdir())
RIGHT = sorted(path for name in NAMES for path in [LABS / name / "reference", *(LABS / name / "right").iterdir()])
HEADER = re.compile(
    r"/\* \S.*\n(?: \* \S.*\n)*"  # what is wrong
    r"(?: \*\n(?: \* (?!fails:).*\n)+)*"  # more of it
    r' \*\n(?: \* fails: "[^"\n]+": .+\n)+ \*/\n'
)

needs_compiler = pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")
every_lab = pytest.mark.parametrize("name", NAMES)


def lab_name(folder: Path) -> str:
    return folder.relative_to(LABS).parts[0]


def id_of(value: object) -> str:
    return f"{lab_name(value)}-{value.name}" if isinstance(value, Path) else str(value)


@cache
def lab_of(name: str, seed: int = 0) -> Lab:
    return read_lab(LABS / name / "tests.toml", seed=seed)


@cache
def common(name: str, seed: int) -> Common:
    return common_of(lab_of(name, seed), LABS / name)


def grade(folder: Path, seed: int) -> Verdict:
    return grade_submission(common(lab_name(folder), seed), read_submission(Handed(folder.name, folder)))


def told(folder: Path) -> Mapping[str, frozenset[str]]:
    """What the header of a wrong submission says of itself: the tests that it fails, and what for."""
    (source,) = folder.iterdir()
    header = source.read_text().partition("*/")[0]
    rows = re.findall(r'^ \* fails: "(.*?)": (.+)$', header, re.MULTILINE)
    return {test: frozenset(kinds.split(", ")) for test, kinds in rows}


def kind_of(failure: Failure) -> str:
    return f"rule {failure.what}" if failure.kind == "rule" else failure.kind


def found(verdict: Verdict) -> Mapping[str, frozenset[str]]:
    return {test.name: frozenset(map(kind_of, test.failures)) for test in verdict.tests if test.failures}


@needs_compiler
@pytest.mark.parametrize(("seed", "folder"), one_in(10, product(SEEDS[:1], WRONG)), ids=id_of)
def test_what_is_wrong_fails_for_the_reason_that_it_tells(folder: Path, seed: int) -> None:
    verdict = grade(folder, seed)
    assert found(verdict) == told(folder)
    stops = any(test.stops for test in lab_of(lab_name(folder)).tests if test.name in told(folder))
    assert any(test.state is State.SKIPPED for test in verdict.tests) == stops
    assert verdict.points < verdict.out_of


@needs_compiler
@pytest.mark.parametrize(("seed", "folder"), one_in(5, product(SEEDS[:1], RIGHT)), ids=id_of)
def test_what_is_right_has_all_points(folder: Path, seed: int) -> None:
    verdict = grade(folder, seed)
    assert found(verdict) == {}
    assert verdict.is_passed
    assert verdict.points == verdict.out_of == lab_of(lab_name(folder)).points


@needs_compiler
@pytest.mark.full
@pytest.mark.parametrize("folder", [*WRONG, *RIGHT], ids=id_of)
def test_the_seed_changes_nothing(folder: Path) -> None:
    expected = told(folder) if folder in WRONG else {}
    for seed in SEEDS[1:]:
        assert found(grade(folder, seed)) == expected, f"seed {seed}"


@pytest.mark.parametrize("folder", WRONG, ids=id_of)
def test_a_header_tells_what_is_wrong_and_what_fails(folder: Path) -> None:
    (source,) = folder.iterdir()
    assert HEADER.match(source.read_text()), "the header is not of the form that the others have"
    assert told(folder).keys() <= {test.name for test in lab_of(lab_name(folder)).tests}


@every_lab
def test_every_test_is_failed_by_some_typical_mistake(name: str) -> None:
    failed = {test for folder in WRONG if lab_name(folder) == name for test in told(folder)}
    assert {test.name for test in lab_of(name).tests if not test.stops} <= failed
    assert len([folder for folder in WRONG if lab_name(folder) == name]) >= 10


@every_lab
def test_a_handout_gives_the_points_that_the_tests_give(name: str) -> None:
    text = (LABS / name / "README.md").read_text()
    points = [float(each) for each in re.findall(r"^\|.*\| (\d+) \|$", text, re.MULTILINE)]
    assert points == [test.points for test in lab_of(name).tests]
    assert "forklore grade tests.toml ." in text


@every_lab
def test_a_lab_stops_where_a_program_does_not_say_hello(name: str) -> None:
    first, *others = lab_of(name).tests
    assert first.stops
    assert not any(test.stops for test in others)


def public_part(lab: Path) -> str:
    """The tests of a lab as students get them: without the hidden ones, and without the solution's name."""
    head, *tests = (lab / "tests.toml").read_text().split("[[tests]]\n")
    public = [test for test in tests if "visibility = " not in test]
    assert len(public) < len(tests)
    return "[[tests]]\n".join([head.replace('reference = "reference"\n', ""), *public])


@needs_compiler
@pytest.mark.parametrize("name", [NAMES[0], *(pytest.param(each, marks=pytest.mark.full) for each in NAMES[1:])])
def test_the_commands_of_a_handout_run(name: str, tmp_path: Path) -> None:
    """In a folder with what students get, and with the solution as their work."""
    lab = LABS / name
    for path in lab.glob("reference/*"):
        shutil.copy(path, tmp_path)
    (tmp_path / "tests.toml").write_text(public_part(lab))
    if (lab / "bin").exists():
        shutil.copytree(lab / "bin", tmp_path / "bin")
    [block] = re.findall(r"^```console\n(.*?)^```$", (lab / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    commands = re.findall(r"^\$ (.*)$", block, re.MULTILINE)
    script = [f'forklore() {{ {shlex.join(forked_command())} "$@"; }}']
    script += [f"{command}\necho STATUS $?" for command in commands]
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", "\n".join(script)], cwd=tmp_path, text=True, timeout=300,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    statuses = [int(each) for each in re.findall(r"^STATUS (\d+)$", done.stdout, re.MULTILINE)]
    assert len(statuses) == len(commands), done.stdout
    for command, status in zip(commands, statuses, strict=True):
        own = 7 if command.startswith("forklore run") and name == "tree" else 0
        assert status == own, f"{command}\n{done.stdout}"
