"""Every program of programs/hazards is judged as its header says: rule, level, line, and line of first use."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.hazards.catalogue import FOLDER, check, check_optimised, expectation, programs, verdicts
from tests.natively import Program, build_native
from vm import toolchain


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", [*programs("bad", ".s"), *programs("good", ".s")], ids=name_of)
def test_assembly_programs_are_judged_rightly(path: Path) -> None:
    expected = expectation(path)
    findings, output, status = check(path, expected.instructions)
    assert verdicts(findings) == expected.verdicts
    assert bool(expected.verdicts) is (path.parent.name == "bad")
    assert expected.output is None or output.decode() == expected.output
    assert expected.status is None or status == expected.status


needs_compiler = pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")


@needs_compiler
@pytest.mark.parametrize("path", [*programs("bad", ".c"), *programs("good", ".c")], ids=name_of)
def test_c_programs_are_judged_rightly(path: Path) -> None:
    expected = expectation(path)
    findings, output, status = check(path, expected.instructions)
    assert verdicts(findings) == expected.verdicts
    assert bool(expected.verdicts) is (path.parent.name == "bad")
    assert expected.output is None or output.decode() == expected.output
    assert expected.status is None or status == expected.status


@pytest.mark.full
@needs_compiler
@pytest.mark.parametrize("flag", ["-O1", "-O2", "-Os"])
@pytest.mark.parametrize("path", [*programs("bad", ".c"), *programs("good", ".c")], ids=name_of)
def test_optimised_programs_are_judged_rightly(path: Path, flag: str, tmp_path: Path) -> None:
    """The optimiser may remove or move what is wrong, but not make a good program bad or a bad one clean."""
    found = {rule for _, rule, _, _ in verdicts(check_optimised(path, flag, tmp_path))}
    rules = {rule for _, rule, _, _ in expectation(path).verdicts}
    if path.name in ASTRAY:
        assert rules <= found
        return
    assert found <= rules | {"unread"}
    assert bool(found) is bool(rules) or path.name in UNDONE_BY_OPTIMISERS


def stripped_verdicts(path: Path, folder: Path) -> set[str]:
    return {rule for _, rule, _, _ in verdicts(check_optimised(path, "-s", folder))}


@needs_compiler
@pytest.mark.parametrize("name", ["bad/global.c", "bad/static_local.c", "good/in_function.c", "good/twenty.c"])
def test_programs_without_names_are_judged_as_well(name: str, tmp_path: Path) -> None:
    assert stripped_verdicts(FOLDER / name, tmp_path) == ({"damage"} if name.startswith("bad/") else set())


@needs_compiler
def test_a_jump_to_behind_a_call_that_never_returns_is_no_return(tmp_path: Path) -> None:
    """Optimised, `goodbye` begins where the call of exit would return to, and is jumped to from inside exit."""
    found = {rule for _, rule, _, _ in verdicts(check_optimised(FOLDER / "bad/exit.c", "-O2", tmp_path))}
    assert found <= {"damage", "unread", "exit"}


@pytest.mark.full
@needs_compiler
@pytest.mark.parametrize("path", programs("good", ".c"), ids=name_of)
def test_no_good_program_is_blamed_without_its_names(path: Path, tmp_path: Path) -> None:
    assert stripped_verdicts(path, tmp_path) == set()


UNDONE_BY_OPTIMISERS = frozenset(
    {
        "balanced_allocation.c", "counter_in_local.c", "malloc_in_child.c", "read_another_time.c", "struct_argument.c",
        "struct_member.c",
    }
)  # fmt: skip
"""Programs whose fault an optimiser may remove, as the language lets it."""
ASTRAY = frozenset({"main_returns.c", "one_return_of_two.c", "return.c", "returns_two_levels.c"})
"""Programs whose parent goes on anywhere, and breaks further rules there."""


NATIVE = [path for path in programs("bad", ".c") if expectation(path).output and expectation(path).is_native]


@needs_compiler
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=name_of(path), marks=pytest.mark.full if number % 3 else ())
        for number, path in enumerate(NATIVE)
    ],
)
def test_the_hosts_kernel_lets_the_same_happen(path: Path, tmp_path: Path) -> None:
    """The same source, compiled for this computer, prints what the header says: the damage is real."""
    expected = expectation(path)
    image = tmp_path / path.stem
    image.write_bytes(build_native(Program(path)))
    image.chmod(0o755)
    done = subprocess.run(
        [image], cwd=path.parent, capture_output=True, timeout=300, check=False, start_new_session=True
    )
    assert (done.stdout.decode(), done.returncode) == (expected.output, expected.status)
