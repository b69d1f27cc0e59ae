"""What is wrong with a file with tests is told all at once, each at its line and with what to do."""

from __future__ import annotations

import os
import pickle
import re
from pathlib import Path

import pytest

from tests.grade.reading.labs_written import HEAD, write_lab
from vm.grade.reading import Problem, WrongLab, read_lab
from vm.grade.reading.tables import TABLES

PARTS = re.split(r"^=== (.*)\n", (Path(__file__).parent / "wrong_labs.txt").read_text(), flags=re.MULTILINE)[1:]
CASES = dict(zip(PARTS[::2], PARTS[1::2], strict=True))
"""What stands in the file, by what it is called."""


def cases(part: str) -> pytest.MarkDecorator:
    named = {name.removeprefix(f"{part}: "): text for name, text in CASES.items() if name.startswith(f"{part}: ")}
    return pytest.mark.parametrize("text", named.values(), ids=named)


def expected(text: str) -> list[tuple[int, str]]:
    """What a document says will be said of it: at the line of each mark, or at the line that one names."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for mark, words in re.findall(r"#([!?]) (.*)$", line):
            for each in words.split(" | "):
                at, _, rest = each.partition(" ") if mark == "?" else (str(number), "", each)
                found.append((int(at), rest))
    return sorted(found, key=lambda pair: pair[0])


def told(path: Path) -> list[Problem]:
    with pytest.raises(WrongLab) as caught:
        read_lab(path)
    assert caught.value.more == 0
    return list(caught.value.problems)


def check(path: Path, text: str) -> None:
    problems = told(write_lab(path, text))
    shown = "\n".join(map(str, problems))
    wanted = expected(text)
    assert [problem.place.line for problem in problems] == [line for line, _ in wanted], shown
    for line in {line for line, _ in wanted}:
        here = "\n".join(str(problem) for problem in problems if problem.place.line == line)
        for _, words in (each for each in wanted if each[0] == line):
            assert re.search(re.escape(words).replace(r"\*", ".*"), here), shown


@cases("whole")
def test_what_is_wrong_with_a_file_is_told(text: str, tmp_path: Path) -> None:
    rest = HEAD.partition("\n")[2]
    check(tmp_path, text.replace("@HEAD\n", HEAD).replace("@REST\n", rest))


@cases("above")
def test_what_is_wrong_above_the_tests_is_told(text: str, tmp_path: Path) -> None:
    check(tmp_path, f"{HEAD}{text}[[tests]]\nname = 'a test'\nprogram = 'tree'\n")


@cases("test")
def test_what_is_wrong_with_a_test_is_told(text: str, tmp_path: Path) -> None:
    begins = "" if text.startswith("[[tests]]") else "[[tests]]\n"
    name = "" if text.startswith(("name", "[[tests]]")) else "name = 'a test'\n"
    check(tmp_path, f"{HEAD}{begins}{name}{text}")


@cases("syntax")
def test_what_is_no_toml_is_told_with_its_column(text: str, tmp_path: Path) -> None:
    check(tmp_path, text)
    (problem,) = told(tmp_path / "lab.toml")
    place = f"{tmp_path / 'lab.toml'}:{problem.place.line}:{problem.column}: this is no TOML: "
    assert problem.column > 0
    assert str(problem).startswith(place)


def test_every_kind_of_case_is_there() -> None:
    assert {name.partition(": ")[0] for name in CASES} == {"whole", "above", "test", "syntax"}


def test_every_key_that_may_be_wrong_has_a_case() -> None:
    """Whatever a table has: its name stands in a line that is told of."""
    wrong = "\n".join(line for text in CASES.values() for line in text.splitlines() if re.search("#[!?]", line))
    for table in TABLES.values():
        for name in table.keys:
            assert name in UNTOLD or re.search(rf"\b{name}\b", wrong), name


UNTOLD = {
    "stack", "disk", "calls", "output", "first", "quantum", "epoch", "overcommit", "dialect", "send", "end",
}  # fmt: skip
"""Keys whose kind has other cases."""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            b"\xef\xbb\xbfforklore = 1\n",
            ":1: the file is UTF-8 with a byte order mark; save it as UTF-8 without a mark",
        ),
        ("forklore = 1\n".encode("utf-16"), ":1: the file is UTF-16; save it as UTF-8 without a mark"),
        (b"forklore = 1\r\nname = '\xc3\xa9\xff'\r\n", ":2:10: the file is not UTF-8; save it as UTF-8"),
        (b"#" * ((256 << 10) + 1), ":1: larger than 262,144 bytes, the most that is read"),
        (b"a = " + b"[" * 1000, ":1: more than 64 tables or lists are inside each other"),
        (b"a = " + b"1" * 1000, ":1: a number has more than 200 digits"),
    ],
    ids=["mark", "UTF-16", "not UTF-8", "too large", "too deep", "too long"],
)
def test_a_file_that_cannot_be_read_is_told(data: bytes, words: str, tmp_path: Path) -> None:
    path = write_lab(tmp_path, data)
    assert [str(problem) for problem in told(path)] == [f"{path}{words}"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, words in (
        ("none.toml", "No such file or directory"),
        (".", "this is a folder; name the file with the tests that is in it"),
        ("pipe", "not a regular file"),
        ("a\0b", "embedded null byte"),
    ):
        (problem,) = told(tmp_path / name)
        assert str(problem).endswith(f":1: {words}")


def test_names_are_shown_as_text(tmp_path: Path) -> None:
    """Whatever they are: no line of a report is another's."""
    folder = tmp_path / "a\nb\x1b[31m"
    folder.mkdir()
    path = write_lab(folder, HEAD + '"\\u001b[31m\\n" = 1\n[programs."\\n"]\nsource = "\\u001b.c\\n/"\n')
    with pytest.raises(WrongLab) as caught:
        read_lab(path)
    lines = str(caught.value).split("\n")
    assert len(lines) == len(caught.value.problems) > 2
    assert all(line.isprintable() for line in lines)


def test_problems_are_sorted_bounded_and_told_once(tmp_path: Path) -> None:
    tests = "".join(f"[[tests]]\nname = '{number}'\nx = {number}\n" for number in range(300))
    path = write_lab(tmp_path, f"{HEAD}[defaults]\nprogram = 'none'\n{tests}")
    with pytest.raises(WrongLab) as caught:
        read_lab(path)
    problems = caught.value.problems
    assert len(problems) == 100
    assert caught.value.more == 201
    assert str(caught.value).endswith("\n… and 201 more")
    assert [problem.place.line for problem in problems] == sorted(problem.place.line for problem in problems)
    assert [problem.message for problem in problems].count("there is no program 'none'") == 1
    assert pickle.loads(pickle.dumps(caught.value)).problems == problems
