"""The C programs of programs/c do what their headers say, and what the host's kernel makes of the same source."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.natively import Program, build_native
from tests.sampling import one_in
from vm import Machine
from vm.toolchain import is_installed

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = sorted(path for path in (ROOT / "programs" / "c").glob("**/*.c") if path.stem != "sh")
HOSTS_OWN = ("id", "ls", "ps", "pwd")
"""What they print on the host is about the host."""
pytestmark = pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")


def header(path: Path) -> str:
    return path.read_text().split("*/")[0]


def expected_output(path: Path) -> str:
    [block] = re.findall(r"^ \* Expected output:\n((?: \*   .*\n)*)", header(path), re.MULTILINE)
    return re.sub(r"^ \*   ", "", block, flags=re.MULTILINE)


def arguments(path: Path) -> list[str]:
    found = re.findall(r"^ \* Arguments: (.*)$", header(path), re.MULTILINE)
    return found[0].split() if found else []


def standard_input(path: Path) -> bytes:
    return "".join(line + "\n" for line in re.findall(r"^ \* Input: (.*)$", header(path), re.MULTILINE)).encode()


def expected_status(path: Path) -> int:
    return int(re.findall(r"^ \* Exit status: (\d+)$", header(path), re.MULTILINE)[0])


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
@pytest.mark.parametrize("settings", [{}, {"quantum": 97, "first": "child"}], ids=["default", "child-first"])
def test_program_does_what_its_header_says(path: Path, settings: dict[str, object]):
    result = Machine(instructions=200_000_000, **settings).run(path, arguments(path), input=standard_input(path))
    assert result.output.decode() == expected_output(path), result.message
    assert result.status == expected_status(path)


def test_philosophers_who_all_take_the_left_fork_first_wait_for_ever() -> None:
    result = Machine(quantum=97).run(ROOT / "programs" / "c" / "philosophers.c", ["deadlock"])
    assert (result.output, result.status) == (b"", 124)
    assert "blocked for ever" in result.message
    assert result.message.count("waits for the word at") == 6  # five for a fork, the first thread for the first of them


@pytest.mark.parametrize("path", one_in(4, PROGRAMS), ids=lambda path: path.stem)
def test_host_does_the_same(path: Path, tmp_path: Path):
    program = tmp_path / "program"
    program.write_bytes(build_native(Program(path, ("-D_GNU_SOURCE", "-Wall"))))
    program.chmod(0o755)
    command = [str(program), *(["0"] if path.stem == "sleep" else arguments(path))]
    done = subprocess.run(command, input=standard_input(path), capture_output=True, timeout=300, check=False)
    output = done.stdout.decode() if path.stem in HOSTS_OWN else expected_output(path)
    assert (done.stdout.decode(), done.returncode) == (output, expected_status(path))
