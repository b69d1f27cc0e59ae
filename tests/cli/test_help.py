"""The built-in help: in groups, whole sentences, eighty columns, every default once; and what a slip may have meant."""

from __future__ import annotations

import re

import click
import pytest
from click.testing import CliRunner

from tests.programs.headers import PROGRAMS_FOLDER
from vm.cli import COMMANDS
from vm.cli import forklore as command
from vm.cli.groups import ORDER

WITH_GROUPS = ("run", "check", "compare", "outcomes", "bench")


def help_of(*names: str) -> str:
    done = CliRunner().invoke(command, [*names, "--help"], terminal_width=80)
    assert done.exit_code == 0
    return done.output


def headings(text: str) -> list[str]:
    return re.findall(r"^(\w+):$", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_has_eighty_columns(name: str) -> None:
    for line in help_of(*name.split()).splitlines():
        assert len(line) <= 80, line


def test_every_command_has_its_whole_summary() -> None:
    _, _, text = help_of().partition("Commands:\n")
    listed, _, _ = text.partition("\n\n")
    rows = re.split(r"\n(?=  \w)", listed)
    assert [" ".join(row.split()) for row in rows] == [f"{name} {summary}" for name, summary in COMMANDS.items()]
    for name, summary in COMMANDS.items():
        found = command.get_command(click.Context(command), name)
        assert found is not None
        assert name in WITH_GROUPS or summary == found.get_short_help_str(limit=1000)
        assert summary.endswith(".")


@pytest.mark.parametrize("name", COMMANDS)
def test_files_of_this_project_that_an_example_names_exist(name: str) -> None:
    named = re.findall(r"\bprograms/\S+", help_of(name))
    assert [path for path in named if not (PROGRAMS_FOLDER.parent / path).exists()] == []
    assert named or name != "check"


@pytest.mark.parametrize("name", WITH_GROUPS)
def test_options_are_in_groups(name: str) -> None:
    found = headings(help_of(name))
    assert [group for group in found if group in ORDER] == [group for group in ORDER if group in found]
    assert "Reports" in found
    assert found[-1] == "Options"
    _, _, rest = help_of(name).partition("\nOptions:\n")
    assert rest.split("\n")[0].split() == ["-h,", "--help", "Show", "this", "message", "and", "exit."]
    assert len(re.findall(r"^  +--", rest, re.MULTILINE)) == 0
    assert f"  forklore {name} " in rest, "an example"


def test_the_groups_of_run_are_all_of_them() -> None:
    assert headings(help_of("run")) == [*ORDER, "Options"]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_default_is_told_once(name: str) -> None:
    found = command.get_command(click.Context(command), name)
    assert found is not None
    for param in found.get_params(click.Context(found)):
        record = param.get_help_record(click.Context(found, show_default=True))
        if record is not None:
            assert record[1].count("[default:") + record[1].count("; default:") <= 1, record
            assert not re.search('""|None', record[1]), record


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("rn", "x.s"), "'run'"), (("compair", "x.s"), "'compare'"), (("inspekt",), "'inspect'"),
        (("run", "--memry", "1M", "x.s"), "'--memory'"), (("check", "--nots", "x.s"), "'--notes'"),
    ],
)  # fmt: skip
def test_a_slip_is_told_what_it_may_have_meant(arguments: tuple[str, ...], meant: str) -> None:
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 2
    assert re.search(f"Did you mean .*{meant}", done.stderr)


def test_a_name_that_is_like_none() -> None:
    done = CliRunner().invoke(command, ["\x1b[2Jzzz"])
    assert done.exit_code == 2
    assert "No such command" in done.stderr
    assert "Did you mean" not in done.stderr
    assert "\x1b" not in done.stderr
