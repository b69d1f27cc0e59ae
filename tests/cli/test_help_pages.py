"""`forklore help`: the manual's pages by name, drawn on a terminal, plain Markdown elsewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pexpect
import pytest
from click.testing import CliRunner

from vm.cli import forklore as command
from vm.cli.help import MANUAL, PAGES, contents, rendered, text_of, title_of

STYLE = re.compile(r"\x1b\[[0-9;]*m")


def test_every_page_of_the_manual_is_listed_once_with_a_line() -> None:
    assert sorted(PAGES) == sorted(path.stem for path in MANUAL.glob("*.md"))
    done = CliRunner().invoke(command, ["help"])
    assert (done.exit_code, done.stdout) == (0, contents())
    for page in PAGES:
        assert contents().count(f"  {page:<14}{title_of(page)}\n") == 1
    assert max(map(len, contents().splitlines())) <= 80


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_plain_markdown_where_nobody_looks(page: str) -> None:
    done = CliRunner().invoke(command, ["help", page])
    assert done.exit_code == 0
    assert done.stdout.startswith(f"# {title_of(page)}\n")
    assert "<!--" not in done.stdout
    assert done.stdout.replace("\n", "").isprintable(), "control characters"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_eighty_columns(page: str) -> None:
    """All its words are there, and nothing but styles commands the terminal."""
    drawn = STYLE.sub("", rendered(text_of(page), 80))
    assert max(map(len, drawn.splitlines())) <= 80
    assert drawn.replace("\n", "").isprintable()
    assert drawn.startswith(title_of(page))
    assert drawn.count("…") == text_of(page).count("…"), "nothing is cut off"
    for heading in re.findall(r"^##+ (.*)", text_of(page), re.MULTILINE):
        assert heading.replace("`", "") in drawn
    fenced = re.findall(r"^```\w+\n(.*?)^```", text_of(page), re.DOTALL | re.MULTILINE)
    indented = re.findall(r"(?<=\n\n)(?: {4}.*\n)+", text_of(page))
    for line in "".join(fenced + indented).splitlines():
        assert line.strip() in drawn, "code is shown as it is"


def test_a_link_is_said_in_words() -> None:
    """A page, another file, a place on a page, an address, a picture."""
    files = "[one](cache.md) [two](../../bench/compare.py) [three](trace.md#options)"
    text = f"{files} [four](https://riscv.org) ![five](a.png)"
    assert " ".join(STYLE.sub("", rendered(text, 100)).split()) == (
        "one (forklore help cache) two (bench/compare.py) three (forklore help trace) four (https://riscv.org) "
        "five (vm/manual/a.png)"
    )


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("egines", "there is no page 'egines'; did you mean 'engines'?"),
        ("Trace", "there is no page 'Trace'; did you mean 'trace'?"),
        ("zzz", "there is no page 'zzz'; `forklore help` lists the pages"),
        ("\x1b[2J", r"there is no page '\x1b[2J'; `forklore help` lists the pages"),
        ("../../README", "there is no page '../../README'"),
        ("x" * 5000, "<5,000 letters>; `forklore help` lists the pages"),
        ("run", "'run' is a command, not a page: `forklore run --help` tells of it"),
    ],
)
def test_a_page_that_is_not_there(page: str, message: str) -> None:
    done = CliRunner().invoke(command, ["help", page])
    assert done.exit_code == 2
    assert message in done.stderr
    assert "\x1b" not in done.stderr


def on_a_terminal(pager: str, **environment: str) -> str:
    """What the page of the trace looks like there, in the words of the pager."""
    arguments = ["-c", "from vm.cli import main; main()", "help", "trace"]
    environment |= {"PATH": "/usr/bin:/bin", "PAGER": pager, "HOME": "/nonexistent"}
    child = pexpect.spawn(sys.executable, arguments, cwd=MANUAL.parents[1], env=environment, dimensions=(24, 80))
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    shown: str = child.before.decode()
    return shown


def test_a_terminal_is_shown_it_by_a_pager() -> None:
    assert on_a_terminal("head -n 1", TERM="xterm").strip() == title_of("trace")


def test_less_is_told_to_keep_the_styles(tmp_path: Path) -> None:
    less = tmp_path / "less"
    less.write_text('#!/bin/sh\necho "$LESS"\nhead -n 1\n')
    less.chmod(0o755)
    flags, title = on_a_terminal(str(less), TERM="xterm").splitlines()
    assert flags == "-FRX"
    assert STYLE.search(title)
    assert STYLE.sub("", title) == title_of("trace")
    own, _ = on_a_terminal(str(less), TERM="xterm", LESS="-iR").splitlines()
    assert own == "-iR"
