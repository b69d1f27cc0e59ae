"""The page of the manual about files with tests: what it shows is a lab, and what it says of errors is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.grade.reading.labs_written import HEAD, write_lab
from vm.grade.lab import SCHEMA_VERSION, Lab, Schedules
from vm.grade.reading import WrongLab, read_lab
from vm.grade.reading.tables import TABLES
from vm.grade.rules.table import RULES

PAGE = (Path(__file__).parents[3] / "vm" / "manual" / "tests.md").read_text()
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
A_TEST = "[[tests]]\nname = 'a test'\nprogram = 'tree'\n"


def read(example: str, folder: Path) -> Lab:
    """The lab of an example: of a part of one, what else it needs is added."""
    if not example.startswith("forklore"):
        example = HEAD + example + ("" if "[[tests]]" in example else A_TEST)
    return read_lab(write_lab(folder, example))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.splitlines()[0])
def test_an_example_is_a_lab(example: str, tmp_path: Path) -> None:
    assert read(example, tmp_path).tests


def test_the_first_example_is_what_it_seems(tmp_path: Path) -> None:
    lab = read(EXAMPLES[0], tmp_path)
    assert [test.points for test in lab.tests] == [2, 5, 1]
    assert [test.schedules for test in lab.tests] == [Schedules.ONE, Schedules.EVERY, Schedules.ONE]
    assert all("every-child-waited" in [rule.name for rule in test.rules] for test in lab.tests)


def test_errors_are_told_as_the_page_shows_them(tmp_path: Path) -> None:
    slips = EXAMPLES[0].replace("{ instructions", "{ instruction").replace("children in any order", "one child")
    (shown,) = re.findall(r"^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    with pytest.raises(WrongLab) as caught:
        read(slips, tmp_path)
    assert f"{caught.value}\n".replace(f"{tmp_path}/", "") == shown


def test_the_page_has_every_key_and_rule() -> None:
    for name in [*RULES, *(key for table in TABLES.values() for key in table.keys)]:
        assert f"| `{name}` |" in PAGE
    assert f"The version of this description: {SCHEMA_VERSION}." in PAGE
