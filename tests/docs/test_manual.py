"""The pages of the manual tell the truth: what they name is there, and their commands run."""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
import sys

import pytest
from reference import ROOT, with_tables
from test_readme import commands, shows

PAGES = sorted((ROOT / "vm" / "manual").glob("*.md"))
COMMANDS = [
    (page.name, command)
    for page in PAGES
    for block in re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL)
    for command in re.findall(r"^\$ (python .*)$", block, re.MULTILINE)
]
SHOWN = [
    block for page in PAGES for block in re.findall(r"```console\n(\$ forklore .*?)```", page.read_text(), re.DOTALL)
]
"""Commands with what they print."""


def test_the_manual_has_pages_and_commands():
    assert "boundary.md" in [page.name for page in PAGES]
    assert len(COMMANDS) >= 4


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page):
    """A test that is named as what holds a bound has tests in it."""
    named = set(re.findall(r"\b(?:vm|asm|tests)/[\w/.]+\w", page.read_text()))
    assert len(named) > (10 if page.name == "boundary.md" else 0)
    for name in sorted(named):
        path = ROOT / name
        assert path.exists(), f"{page.name} names {name}"
        if path.name.startswith("test_"):
            assert re.search(r"^def test_", path.read_text(), re.MULTILINE), f"{name} tests nothing"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_are_those_of_the_machine(page):
    text = page.read_text()
    assert text == with_tables(text), "run `python tests/docs/reference.py`"


def test_functions_that_are_named_exist():
    text = (ROOT / "vm" / "manual" / "boundary.md").read_text()
    for names, path in re.findall(r"\(((?:`\w+`(?: and )?)+) in `(vm/[\w/]+)\.py`\)", text):
        module = importlib.import_module(path.replace("/", "."))
        for name in re.findall(r"`(\w+)`", names):
            assert hasattr(module, name), f"{path}.py has no {name}"


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: block.splitlines()[0])
def test_commands_print_what_is_shown(block: str):
    [(command, shown)] = commands(block)
    words = [sys.executable, "-c", "from vm.cli import main; main()", *shlex.split(command)[1:]]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    printed = re.sub(r"forklore: compiling the \w+.*\n", "", done.stdout)
    assert shows(shown, printed), printed


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_commands_run(page: str, command: str):
    """Fuzzers that go on for a time try one case."""
    words = shlex.split(command)
    assert words[:2] == ["python", "-m"]
    assert "--seconds" in words
    words[words.index("--seconds") : words.index("--seconds") + 2] = ["--count", "1"]
    done = subprocess.run([sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 cases, 0 distinct failures" in done.stdout
