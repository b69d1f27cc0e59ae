"""The README tells the truth: its tables are those of the code, its commands run and print what it shows."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from picture import PICTURE, PROGRAM, text_of
from reference import INDEX, ROOT, with_index, with_tables

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
FAILING = re.findall(r"```text\n(\$ .*?)```", README, re.DOTALL)
"""Commands that end with status 1, as `forklore check` does where it finds something."""
SCRIPTS = Path(sysconfig.get_path("scripts"))


def test_tables_are_current():
    assert with_tables(README) == README, "run `python tests/docs/reference.py`"
    assert with_index(INDEX.read_text()) == INDEX.read_text(), "run `python tests/docs/reference.py`"


def commands(block: str) -> list[tuple[str, str]]:
    """Pairs of a command and the output shown for it."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def shows(shown: str, printed: str) -> bool:
    """True when ``printed`` is what ``shown`` says; a line `…` stands for any lines, `…` in a line for any text."""
    pattern = ""
    for line in shown.splitlines(keepends=True):
        pattern += r"(?:.*\n)*" if line.strip() == "…" else re.escape(line).replace("…", ".*")
    return re.fullmatch(pattern, printed) is not None


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's programs, where commands may leave files."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "programs", folder / "programs")
    return folder


@pytest.mark.parametrize("block", BLOCKS + FAILING, ids=lambda block: block.splitlines()[0])
def test_commands_print_what_is_shown(block: str, workplace: Path):
    environment = os.environ | {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    for command, shown in commands(block):
        done = subprocess.run(
            shlex.split(command), cwd=workplace, env=environment, text=True, timeout=300,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        printed = re.sub(r"forklore: (compiling the \w+|building the C library).*\n", "", done.stdout)
        assert done.returncode == (block in FAILING), printed
        assert shows(shown, re.sub(r" +\n", "\n", printed)), printed


def test_the_picture_shows_what_the_command_says(workplace: Path):
    assert f"({PICTURE.relative_to(ROOT)})" in README
    done = subprocess.run(
        [SCRIPTS / "forklore", "check", PROGRAM], cwd=workplace, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    report = re.sub(r"forklore: (compiling the \w+|building the C library).*\n", "", done.stderr)
    shown = text_of(PICTURE.read_text())
    assert shown == report.rstrip(), "run `python tests/docs/picture.py`"


def test_python_example_runs(workplace: Path):
    [example] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=workplace, capture_output=True, text=True, timeout=300,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'vm' / 'api'}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "child:  data 2" in done.stdout
    assert "fork of pid 2: 3 pages copied, 2 shared" in done.stdout


def test_ci_runs_the_test_command():
    [command] = re.findall(r"^    (python3 -m venv .*pytest -n 2)$", README, re.MULTILINE)
    assert ".[test]" in command
    [extraction] = re.findall(r"^test_command=\$\((sed .*)\)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert subprocess.check_output(extraction, shell=True, cwd=ROOT, text=True) == command + "\n"


def test_every_option_of_run_is_real():
    """Options that the README names exist."""
    help_text = subprocess.run(
        [sys.executable, "-c", "from vm.cli import main; main()", "run", "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    ).stdout  # fmt: skip
    for option in set(re.findall(r"forklore run[^`\n]*?(--[a-z-]+)", README)):
        assert option in help_text
