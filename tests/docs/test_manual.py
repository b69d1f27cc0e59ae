"""README and manual tell the truth: what they name is there, links lead somewhere, commands run and print that."""

from __future__ import annotations

import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import click
import pytest
from manual_pages import (
    MANUAL,
    PAGES,
    README,
    anchors,
    blocks,
    commands,
    links,
    name_of,
    named_commands,
    shows,
)
from reference import ROOT, fresh

from tests.forking import forked_command
from vm.cli import forklore
from vm.cli.help import title_of

SCRIPTS = Path(sysconfig.get_path("scripts"))
NOISE = re.compile(r"forklore: (compiling the \w+|building the C library).*\n")
LONGEST = 20_000
"""Characters of a page at most; of the front page 15,000."""
OWN_TEST = ("first", "cache")
"""Pages whose sessions with status 1, or in a folder of their own, are tested elsewhere."""

every_page = pytest.mark.parametrize("page", PAGES, ids=name_of)

SESSIONS = list(dict.fromkeys(block for page in PAGES for block in blocks(page, "console") if "$ python" not in block))
"""Commands that end well, with what they print."""
FAILING = [
    block for page in PAGES if page.stem not in OWN_TEST for block in blocks(page, "text") if block.startswith("$ ")
]
"""Commands that end with status 1, as `forklore check` does where it finds something."""
FUZZERS = [command for page in PAGES for command in re.findall(r"^\$ (python .*)$", page.read_text(), re.MULTILINE)]
EXAMPLES = [block for page in PAGES for block in blocks(page, "python")]


@every_page
def test_tables_are_those_of_the_machine(page: Path) -> None:
    assert page.read_text() == fresh(page), "run `python tests/docs/reference.py`"


@every_page
def test_a_page_has_a_title_and_a_sane_size(page: Path) -> None:
    text = page.read_text()
    assert re.match(r"# [A-Z][^\n]*\n\n[^#\n]", text), "a title, then a sentence"
    assert len(re.findall(r"^# ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)) == 1
    assert 500 < len(text) <= (15_000 if page == README else LONGEST)
    if page != README:
        assert len(title_of(page.stem)) <= 64, "too long for the list of pages"


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    """To a file of ours, from where the page is; and to a heading, where a place on it is named."""
    for target in links(page):
        if not re.match(r"https?:", target):
            path, _, place = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            assert file.exists(), target
            assert file.is_relative_to(ROOT), target
            assert not place or place in anchors(file), target


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = {README}, [README]
    while waiting:
        page = waiting.pop()
        for target in links(page):
            file = (page.parent / target.partition("#")[0]).resolve()
            if file.suffix == ".md" and file.exists() and file not in reached:
                reached.add(file)
                waiting.append(file)
    assert {page.name for page in PAGES} <= {page.name for page in reached}


@every_page
def test_files_that_are_named_exist(page: Path) -> None:
    """A test that is named as what holds a bound has tests in it."""
    named = set(re.findall(r"\b(?:vm|asm|tests|bench|programs)/[\w/.-]+\w", page.read_text()))
    for name in sorted(named):
        path = ROOT / name
        assert path.exists() or name == "programs/NAME", f"{page.name} names {name}"
        if path.name.startswith("test_"):
            assert re.search(r"^def test_", path.read_text(), re.MULTILINE), f"{name} tests nothing"
    assert len(named) > (10 if page.stem == "boundary" else 0)


@every_page
def test_functions_that_are_named_exist(page: Path) -> None:
    for names, path in re.findall(r"\(((?:`\w+`(?: and )?)+) in `(vm/[\w/]+)\.py`\)", page.read_text()):
        module = importlib.import_module(path.replace("/", "."))
        for name in re.findall(r"`(\w+)`", names):
            assert hasattr(module, name), f"{path}.py has no {name}"


@every_page
def test_commands_that_are_named_are_understood(page: Path) -> None:
    """Every command and option of ours exists, in sentences too."""
    context = click.Context(forklore, **forklore.context_settings)
    for line in named_commands(page):
        name, *words = shlex.split(line, comments=True)
        if name.startswith("-"):
            continue
        command = forklore.get_command(context, name)
        assert command is not None, line
        inner = click.Context(command, context, name, ignore_unknown_options=name == "cc")
        try:
            command.make_parser(inner).parse_args(words)
        except click.BadOptionUsage:
            continue  # named without its value
        except click.UsageError as error:
            pytest.fail(f"{line}: {error.format_message()}")


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's programs, where commands may leave files."""
    folder = tmp_path_factory.mktemp("manual")
    shutil.copytree(ROOT / "programs", folder / "programs")
    return folder


@pytest.mark.parametrize("block", SESSIONS + FAILING, ids=lambda block: block.splitlines()[0])
def test_commands_print_what_is_shown(block: str, workplace: Path) -> None:
    environment = os.environ | {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    for command, shown in commands(block):
        name, *words = shlex.split(command)
        program = forked_command() if name == "forklore" else [name]
        done = subprocess.run(
            [*program, *words], cwd=workplace, env=environment, text=True, timeout=300,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        printed = NOISE.sub("", done.stdout)
        assert done.returncode == (block in FAILING), printed
        assert shows(shown, re.sub(r" +\n", "\n", printed)), printed


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.splitlines()[-1])
def test_examples_in_python_run(example: str, workplace: Path) -> None:
    """What an example prints is what the comment at its end says, if there is one."""
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=workplace, capture_output=True, text=True, timeout=300,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'vm' / 'api'}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = "".join(f"{line}\n" for line in re.findall(r"^# (.*)$", example, re.MULTILINE))
    assert not shown or shows(shown, done.stdout), done.stdout


def test_the_cache_is_shown_as_the_page_has_it(tmp_path: Path) -> None:
    """But for its figures, which are those of another day."""
    (tmp_path / ".cache" / "zig" / "o").mkdir(parents=True)
    environment = {"HOME": str(tmp_path), "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    [(command, shown)] = commands(blocks(MANUAL / "cache.md", "text")[0])
    done = subprocess.run(shlex.split(command), env=environment, capture_output=True, text=True, check=True)
    figures = re.compile(r" *[\d.,]+ (?:[KM]iB|B|files|versions?)\b")
    assert figures.sub(" N", done.stdout) == figures.sub(" N", shown)


@pytest.mark.parametrize("command", FUZZERS)
def test_fuzzers_run(command: str) -> None:
    """Those that go on for a time try one case."""
    words = shlex.split(command)
    assert words[:2] == ["python", "-m"]
    assert "--seconds" in words
    words[words.index("--seconds") : words.index("--seconds") + 2] = ["--count", "1"]
    done = subprocess.run([sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 cases, 0 distinct failures" in done.stdout
